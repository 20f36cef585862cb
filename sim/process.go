package sim

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"troupe/actors"
	"troupe/actors/server"
)

// process is one life of a server.
type process struct {
	w           *world
	m           *machine
	number      uint64 // of all processes of the run
	server      *server.Server
	dead        bool
	pausedUntil time.Duration
	inner       []*event // what its actors and connections have to do
	mailboxes   uint64
	timers      uint64
	sockets     []*socket
	ballots     *ballots
}

// crashed unwinds what was waiting when its process died.
type crashed struct{}

// runtime runs the server's actors here.
func (p *process) runtime() actors.Runtime {
	return actors.Runtime{
		Props:    []actor.PropsOption{actor.WithMailbox(p.mailbox)},
		Settle:   p.settle,
		Detached: func(func()) {}, // they watch over failures, which end a run
	}
}

// took forgets an inner event.
func (p *process) took(e *event) {
	if i := slices.Index(p.inner, e); i >= 0 {
		p.inner[i] = p.inner[len(p.inner)-1]
		p.inner = p.inner[:len(p.inner)-1]
	}
}

// settle runs the actors until they have nothing to do. No time passes: whoever waits for them holds up nobody else.
func (p *process) settle() {
	for range maxSettling {
		if p.dead {
			panic(crashed{})
		}
		if len(p.inner) == 0 {
			return
		}
		first := p.inner[0]
		for _, e := range p.inner[1:] {
			if e.before(first) {
				first = e
			}
		}
		p.w.perform(first)
	}
	p.w.fail("server %d: its actors do not come to rest", p.m.id)
	panic(crashed{})
}

const maxSettling = 200_000

// Now is the wall clock of the machine (actors.Clock).
func (p *process) Now() time.Time { return time.UnixMilli(1_700_000_000_000).Add(p.m.skew + p.w.now) }

// Millis implements actors.Clock.
func (p *process) Millis() int64 { return (p.w.now + p.m.skew).Milliseconds() }

// AfterFunc implements actors.Clock.
func (p *process) AfterFunc(d time.Duration, f func()) (stop func()) {
	p.timers++
	e := p.w.later(p, keyOf(keyTimer, p.number), p.timers, d, false, f)
	return func() { e.over = true }
}

// mailbox is an actor's: each message is an event of its own, so that others, and crashes, come between.
type mailbox struct {
	p            *process
	key, n       uint64
	system, user []any
	due          bool // an event is under way, or a message
	suspended    bool
	invoker      actor.MessageInvoker
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
	usual := 30 * time.Microsecond
	if self, ok := b.invoker.(actor.Context); ok && strings.HasSuffix(self.Self().GetId(), "pipeline/sync") {
		usual = b.p.w.plan.Disk
	}
	b.p.w.later(b.p, b.key, b.n, b.p.w.lag(b.key, b.n, usual, 4*time.Millisecond), true, b.run)
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

// guarded runs something of the server. A panic in a living one is a violation; a dead one feels nothing.
func (p *process) guarded(f func()) {
	defer func() {
		r := recover()
		if _, unwound := r.(crashed); r != nil && !unwound && !p.dead {
			p.w.fail("server %d: panic: %v\n%s", p.m.id, r, debug.Stack())
		}
	}()
	f()
}

// Write takes the server's log, for the story.
func (p *process) Write(line []byte) (int, error) {
	if !p.dead && p.w.tell != nil {
		p.w.tell(fmt.Sprintf("%10.3f ms    server %d: %s", float64(p.w.now)/float64(time.Millisecond), p.m.id, bytes.TrimSpace(line)))
	}
	return len(line), nil
}
