package conn

import (
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// box is a connection's mailbox. It schedules one turn for all that comes until the turn begins, and a
// turn that begins for another reason (bytes have arrived) takes what is there along.
type box struct {
	turn func() // the handler's turn, to be scheduled

	mu        sync.Mutex
	system    []any
	user      []any
	scheduled bool

	invoker    actor.MessageInvoker
	dispatcher actor.Dispatcher
	suspended  bool // touched only in turns
}

func (b *box) PostUserMessage(m any) { b.post(&b.user, m) }

func (b *box) PostSystemMessage(m any) { b.post(&b.system, m) }

func (b *box) post(q *[]any, m any) {
	b.mu.Lock()
	*q = append(*q, m)
	wake := !b.scheduled
	b.scheduled = true
	b.mu.Unlock()
	if wake {
		b.dispatcher.Schedule(b.turn)
	}
}

func (b *box) RegisterHandlers(i actor.MessageInvoker, d actor.Dispatcher) {
	b.invoker, b.dispatcher = i, d
}

func (b *box) Start() {}

func (b *box) UserMessageCount() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.user)
}

// drain hands over all messages; it runs in a turn.
func (b *box) drain() {
	for {
		b.mu.Lock()
		system, user := b.system, b.user
		b.system = nil
		if b.suspended {
			user = nil
		} else {
			b.user = nil
		}
		b.scheduled = false
		b.mu.Unlock()
		if len(system) == 0 && len(user) == 0 {
			return
		}
		for _, m := range system {
			switch m.(type) {
			case *actor.SuspendMailbox:
				b.suspended = true
			case *actor.ResumeMailbox:
				b.suspended = false
			default:
				b.invoker.InvokeSystemMessage(m)
			}
		}
		for _, m := range user {
			b.invoker.InvokeUserMessage(m)
		}
	}
}

// dispatcher lets the actor run where its link takes its turns.
type dispatcher struct{ link Link }

func (d dispatcher) Schedule(f func()) { d.link.Execute(f) }

func (d dispatcher) Throughput() int { return 1 << 30 }
