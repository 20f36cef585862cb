package actors

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

// Inline is the dispatcher of actors that run on the stack of whoever sends first. What such an actor does must be short, and
// wait for nothing that a sender may hold. Whoever must be sure that it has been done when Send returns needs more: that all
// senders hold the gate (see package comment).
func Inline() actor.Dispatcher { return actor.NewSynchronizedDispatcher(1 << 30) }

// Handy is the dispatcher of a stage that its sender runs itself when there is little to do: a goroutine
// that has to be woken costs more than a small batch (see docs/performance.md). The mailbox keeps the order,
// and one goroutine in it at a time, whoever runs it.
type Handy struct{ little atomic.Bool }

// Little tells, before sending, whether the message in hand is so small that the sender may run the stage.
func (d *Handy) Little(yes bool) { d.little.Store(yes) }

// Schedule implements actor.Dispatcher.
func (d *Handy) Schedule(f func()) {
	if d.little.Load() {
		f()
		return
	}
	go spacious(f)
}

// spacious runs f on a stack that has room for a stage. A goroutine begins with 2 KiB, and one that grows when it is some twenty
// calls deep has to move all their frames, two or three times: that was 1.0 to 1.6 % of the processor time of writes. Here
// there is nothing yet to move.
func spacious(f func()) {
	grow(0)
	f()
}

// stageStack is about what a stage needs, in bytes.
const stageStack = 8 << 10

// grow has a large frame, which is why it is called with 0, and does nothing then.
//
//go:noinline
func grow(use int) byte {
	if use == 0 {
		return 0
	}
	var room [stageStack]byte
	for i := range use {
		room[i] = byte(i)
	}
	return room[use-1]
}

// Throughput implements actor.Dispatcher.
func (d *Handy) Throughput() int { return 300 }

// Failed is told to whoever is responsible when an actor whose state cannot be rebuilt alone has failed.
type Failed struct {
	Who    string
	Reason error
}

func (f *Failed) Error() string { return fmt.Sprintf("%s failed: %v", f.Who, f.Reason) }

func (f *Failed) Unwrap() error { return f.Reason }

// StopOne supervises children that are dispensable: one that panics is stopped, told reports it.
func StopOne(told func(*Failed)) actor.SupervisorStrategy { return &strategy{told: told, stop: true} }

// StopRole supervises children that are not: told must take the whole role down. The child stays
// suspended until then, so that nothing acts on its broken state. The runtime's own default (restart
// with an empty state, drop the message in hand) would lose acknowledged requests.
func StopRole(told func(*Failed)) actor.SupervisorStrategy { return &strategy{told: told} }

type strategy struct {
	told func(*Failed)
	stop bool
}

func (s *strategy) HandleFailure(_ *actor.ActorSystem, sup actor.Supervisor, child *actor.PID, _ *actor.RestartStatistics, reason, _ any) {
	s.told(&Failed{Who: child.Id, Reason: asError(reason)})
	if s.stop {
		sup.StopChildren(child)
	}
}

// Guarded runs f and turns a panic into an error with the stack, for code that an event loop calls: a panic
// there would end the process.
func Guarded(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w\n%s", asError(r), debug.Stack())
		}
	}()
	f()
	return nil
}

func asError(r any) error {
	if err, ok := r.(error); ok {
		return err
	}
	return fmt.Errorf("%v", r)
}
