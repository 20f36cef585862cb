package actors

import "github.com/asynkron/protoactor-go/actor"

// Runtime is how the actors of a server run. The zero value is the real thing: they run on goroutines, and who waits
// for one blocks. A simulation puts its own scheduler in that place, on one goroutine.
type Runtime struct {
	// Props come last among those of each actor, and so override its dispatcher and mailbox. Actors that run on their
	// senders' stacks do not take them.
	Props []actor.PropsOption
	// Settle, if it is set, lets all other actors of the server do what they have to do. It is called before somebody waits.
	Settle func()
	// Detached, if it is set, takes what would run on a goroutine of its own as long as the server does.
	Detached func(f func())
}

// End waits until an actor that was told to stop has ended.
func (r Runtime) End(f *actor.Future) error {
	r.settle()
	return f.Wait()
}

// Go runs f beside everything else.
func (r Runtime) Go(f func()) {
	if r.Detached != nil {
		r.Detached(f)
		return
	}
	go f()
}

// Aside runs f, which comes to an end, beside everything else; nobody waits for it.
func (r Runtime) Aside(f func()) {
	if r.Settle != nil { // time stands still meanwhile
		f()
		return
	}
	go f()
}

// Answer waits for what another actor of the server sends.
func Answer[T any](r Runtime, from <-chan T) T {
	r.settle()
	return <-from
}

func (r Runtime) settle() {
	if r.Settle != nil {
		r.Settle()
	}
}
