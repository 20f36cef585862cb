package sim

import (
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// mailbox is an actor's: each message is an event of its own, so that others, and crashes, come between.
type mailbox struct {
	p            *process
	key, n       uint64
	system, user []any
	due          bool // an event is under way, or a message
	suspended    bool
	invoker      actor.MessageInvoker
	dice         dice
	stage        stage // of the pipeline, if it is one
}

func (p *process) mailbox() actor.Mailbox {
	p.mailboxes++
	return &mailbox{p: p, key: keyOf(keyMailbox, p.number<<32|p.mailboxes)}
}

// PostUserMessage implements actor.Mailbox.
func (b *mailbox) PostUserMessage(m any) {
	b.user = append(b.user, m)
	b.wake()
}

// PostSystemMessage implements actor.Mailbox.
func (b *mailbox) PostSystemMessage(m any) {
	b.system = append(b.system, m)
	b.wake()
}

// RegisterHandlers implements actor.Mailbox. The dispatcher is not needed: the scheduler is it.
func (b *mailbox) RegisterHandlers(i actor.MessageInvoker, _ actor.Dispatcher) { b.invoker = i }

// Start implements actor.Mailbox.
func (b *mailbox) Start() {}

// UserMessageCount implements actor.Mailbox.
func (b *mailbox) UserMessageCount() int { return len(b.user) }

func (b *mailbox) wake() {
	if b.due || b.p.dead || len(b.system) == 0 && (b.suspended || len(b.user) == 0) {
		return
	}
	b.due = true
	b.n++
	b.p.w.later(b.p, b.key, b.n, b.wait(), true, b.run)
}

// stage is a part of the pipeline that can be slow.
type stage int

const (
	notAsked stage = iota
	otherStage
	syncStage
	finalStage
)

// wait is how long a message waits: for the disk, if it is for the log.
func (b *mailbox) wait() time.Duration {
	m := b.p.m
	if b.stage == notAsked {
		name := ""
		if self, ok := b.invoker.(actor.Context); ok {
			name = self.Self().GetId()
		}
		switch {
		case strings.HasSuffix(name, "pipeline/sync"):
			b.stage = syncStage
		case strings.HasSuffix(name, "pipeline/final"):
			b.stage = finalStage
		default:
			b.stage = otherStage
		}
		// Numbers in names count what came before, which is nothing to the delays.
		b.dice = diceOf(diceMailbox, uint64(m.id), hashOf(strings.TrimRight(name, "0123456789")))
	}
	usual := 30 * time.Microsecond
	if b.stage == syncStage {
		usual = b.p.w.plan.Disk
	}
	return max(b.p.w.lag(&b.dice, usual, 4*time.Millisecond), m.stalled[b.stage]-b.p.w.now)
}

// run takes one message.
func (b *mailbox) run() {
	defer func() {
		b.due = false
		b.wake()
	}()
	b.p.guarded(func() {
		if len(b.system) > 0 {
			m := b.system[0]
			b.system = b.system[1:]
			switch m.(type) {
			case *actor.SuspendMailbox:
				b.suspended = true
			case *actor.ResumeMailbox:
				b.suspended = false
			default:
				b.invoker.InvokeSystemMessage(m)
			}
		} else if !b.suspended && len(b.user) > 0 {
			m := b.user[0]
			b.user = b.user[1:]
			b.invoker.InvokeUserMessage(m)
		}
	})
}
