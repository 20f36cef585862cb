package netio

import (
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Loop is one event loop: the goroutine on which the connections that it owns take their turns.
type Loop struct {
	engine *Engine
	index  int
	poll   poller

	turns sync.Mutex // held while functions run: after the loop's end by one goroutine after the other

	mu    sync.Mutex
	queue []func()
	spare []func() // the queue that was drained last, kept for its capacity
	dead  bool     // the loop has ended: goroutines drain the queue

	awake atomic.Bool // the loop looks at the queue before it sleeps, or the bell was rung

	// Touched by the loop only.
	conns    []*Conn  // by descriptor
	input    []byte   // what was read last, for the turn that runs
	scratch  []byte   // output of the turn that runs
	buffers  buffers  // of large frames and answers
	later    []func() // what is to run at the end of the round
	stopping bool
}

const (
	// maxScratch bounds what a loop keeps after a turn with very large replies, in bytes.
	maxScratch = 1 << 20
	// maxEvents is how many sockets are looked at before the queue is.
	maxEvents = 256
)

func newLoop(e *Engine, index int) (*Loop, error) {
	p, err := newPoller()
	if err != nil {
		return nil, err
	}
	l := &Loop{engine: e, index: index, poll: p, input: make([]byte, e.opt.ReadBuffer)}
	l.awake.Store(true)
	return l, nil
}

// Execute runs f on the loop, after what was given to it before. All that is queued when the loop
// comes round runs together: however many connections a batch of commits concerns, the loop is woken once, and not at all
// while it is busy.
func (l *Loop) Execute(f func()) {
	l.mu.Lock()
	l.queue = append(l.queue, f)
	dead := l.dead
	if !dead && l.awake.CompareAndSwap(false, true) {
		l.poll.ring() // under the lock, since the loop closes the bell when it ends
	}
	l.mu.Unlock()
	if dead {
		go l.drain()
	}
}

// run serves until the engine stops. An error is the system's refusal to go on.
func (l *Loop) run() (err error) {
	events := make([]unix.EpollEvent, maxEvents)
	for !l.stopping && err == nil {
		n := l.poll.ready(events)
		if n == 0 && len(l.later) == 0 && l.mayRest() {
			n, err = l.poll.wait(events)
			l.awake.Store(true)
		}
		for _, ev := range events[:n] {
			switch fd := int(ev.Fd); fd {
			case l.poll.bell:
			case l.engine.listener:
				l.accept()
			default:
				// A descriptor that was closed and given out again in this round is read in vain, which does no harm.
				if c := l.conns[fd]; c != nil {
					l.serve(c, ev.Events)
				}
			}
		}
		l.drain()
		l.endRound()
	}
	l.end()
	return err
}

// endRound runs what was to run behind everything else.
func (l *Loop) endRound() {
	if len(l.later) == 0 {
		return
	}
	for i := 0; i < len(l.later); i++ {
		l.later[i]()
	}
	clear(l.later)
	l.later = l.later[:0]
	l.drain() // mostly the answers of a server that has one client
}

// mayRest tells that nothing is queued. From now on Execute rings.
func (l *Loop) mayRest() bool {
	l.awake.Store(false)
	l.mu.Lock()
	rest := len(l.queue) == 0
	l.mu.Unlock()
	if !rest {
		l.awake.Store(true)
	}
	return rest
}

// serve gives a connection the turn that its socket asks for.
func (l *Loop) serve(c *Conn, ready uint32) {
	if ready&unix.EPOLLOUT != 0 && len(c.out) > 0 {
		c.writable()
	}
	switch {
	case c.wants()&toRead != 0:
		c.arrived(l.input)
	case ready&(unix.EPOLLERR|unix.EPOLLHUP) != 0:
		c.Abort(errReset)
	}
	c.endTurn()
}

// watch asks for what the connection waits for.
func (l *Loop) watch(c *Conn) error {
	w := c.wants()
	if w == c.watch && c.watched {
		return nil
	}
	if c.fd >= len(l.conns) {
		l.conns = slices.Grow(l.conns, c.fd+1-len(l.conns))[:c.fd+1]
	}
	l.conns[c.fd] = c
	if err := l.poll.set(c.fd, w, c.watched); err != nil {
		return err
	}
	c.watch, c.watched = w, true
	return nil
}

// forget closes the socket.
func (l *Loop) forget(c *Conn) {
	if c.watched {
		l.conns[c.fd] = nil
	}
	_ = unix.Close(c.fd)
	c.fd = -1
}

// end closes all connections. Their owners must still hear what was meant for them, also what was queued and never ran.
func (l *Loop) end() {
	l.stopping = true
	for _, c := range l.conns {
		if c != nil {
			c.leave(ErrStopped)
		}
	}
	l.mu.Lock()
	l.dead = true
	l.poll.close()
	l.mu.Unlock()
	l.drain()
	l.endRound()
}

// drain runs what is queued.
func (l *Loop) drain() {
	l.turns.Lock()
	defer l.turns.Unlock()
	l.mu.Lock()
	run := l.queue
	if len(run) == 0 {
		l.mu.Unlock()
		return
	}
	l.queue, l.spare = l.spare[:0], nil
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
}

func (l *Loop) takeScratch() []byte {
	s := l.scratch
	l.scratch = nil
	if s == nil {
		s = l.buffers.get(bufferKept)
	}
	return s[:0]
}

func (l *Loop) giveScratch(s []byte) {
	if l.scratch == nil && cap(s) <= maxScratch {
		l.scratch = s
		return
	}
	l.buffers.put(s)
}
