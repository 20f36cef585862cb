package netio

import (
	"context"
	"sync"

	"github.com/panjf2000/gnet/v2"
)

// Loop is one event loop: the goroutine on which the connections that it owns take their turns.
type Loop struct {
	gnet  gnet.EventLoop
	index int

	turns sync.Mutex // held while functions run: after the loop's end by one goroutine after the other

	mu        sync.Mutex
	queue     []func()
	spare     []func() // the queue that was drained last, kept for its capacity
	scheduled bool
	serving   bool // in Readable of a connection: what is queued meanwhile runs right behind it
	dead      bool // the loop has ended: goroutines drain the queue

	scratch []byte // output of the turn that runs; owned by the loop
}

// maxScratch bounds what a loop keeps after a turn with very large replies, in bytes.
const maxScratch = 1 << 20

// Execute runs f on the loop, after what was given to it before. All that is queued when the loop
// comes round runs together: however many connections a batch of commits concerns, the loop is woken once.
func (l *Loop) Execute(f func()) {
	l.mu.Lock()
	l.queue = append(l.queue, f)
	wake, dead := !l.scheduled && !l.serving, l.dead
	l.scheduled = l.scheduled || wake
	l.mu.Unlock()
	if wake {
		l.wake(dead)
	}
}

func (l *Loop) wake(dead bool) {
	if dead || l.gnet.Execute(context.Background(), gnet.RunnableFunc(l.drain)) != nil {
		go l.drain(context.Background()) //nolint:errcheck // drain never fails
	}
}

// serve runs f, which handles input, on the loop. What is queued meanwhile needs no waking of the loop: it runs behind f,
// once, before the loop looks at other sockets.
func (l *Loop) serve(f func()) {
	l.mu.Lock()
	l.serving = true
	l.mu.Unlock()
	f()
	l.mu.Lock()
	if len(l.queue) > 0 && !l.scheduled {
		l.mu.Unlock()
		_ = l.drain(context.Background())
		l.mu.Lock()
	}
	l.serving = false
	again := len(l.queue) > 0 && !l.scheduled
	l.scheduled = l.scheduled || again
	dead := l.dead
	l.mu.Unlock()
	if again {
		l.wake(dead)
	}
}

// end is told when the loop's goroutine has ended. Its connections are closed, but their owners must still hear
// what was meant for them, also what was queued and never ran.
func (l *Loop) end() {
	l.mu.Lock()
	l.dead = true
	l.mu.Unlock()
	_ = l.drain(context.Background())
}

func (l *Loop) drain(context.Context) error {
	l.turns.Lock()
	defer l.turns.Unlock()
	l.mu.Lock()
	run := l.queue
	l.queue, l.spare = l.spare[:0], nil
	l.scheduled = false
	l.mu.Unlock()
	for i, f := range run {
		f()
		run[i] = nil
	}
	l.mu.Lock()
	if l.spare == nil {
		l.spare = run[:0]
	}
	l.mu.Unlock()
	return nil
}

func (l *Loop) takeScratch() []byte {
	s := l.scratch
	l.scratch = nil
	if s == nil {
		s = make([]byte, 0, 16<<10)
	}
	return s[:0]
}

func (l *Loop) giveScratch(s []byte) {
	if cap(s) <= maxScratch {
		l.scratch = s
	}
}
