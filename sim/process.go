package sim

import (
	"runtime/debug"
	"slices"
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
	p.w.fail(Sound, "server %d: its actors do not come to rest", p.m.id)
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

// guarded runs something of the server. A panic in a living one is a violation; a dead one feels nothing.
func (p *process) guarded(f func()) {
	defer func() {
		r := recover()
		if _, unwound := r.(crashed); r != nil && !unwound && !p.dead {
			p.w.fail(Sound, "server %d: panic: %v", p.m.id, r)
			p.w.violation.Stack = string(debug.Stack())
		}
	}()
	f()
}
