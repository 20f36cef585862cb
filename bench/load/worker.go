package load

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"
)

const (
	readBytes = 256 << 10
	// discardBytes is how much uninteresting rest of a frame makes it worth while to have
	// the kernel drop it instead of copying it out.
	discardBytes = 8 << 10
	maxEvents    = 1024
	// tick bounds how long a worker sleeps before it looks whether it is to stop.
	tick = 5 * time.Millisecond
	// stallTime is the silence after which a server that owes answers is given up.
	stallTime = 30 * time.Second
)

// worker is one event loop with its share of the connections. Its methods run on one
// goroutine at a time; only the atomics are for others.
type worker struct {
	epoll   int
	dialect dialect
	to      []unix.Sockaddr // own: connecting writes to it
	timeout time.Duration
	resume  time.Duration // pause before a lost connection is dialled again; 0: its loss ends the load
	conns   []*conn
	unwell  []*conn // with resume: those that are not open
	player  *player
	beats   *beats
	clock   time.Time // origin of all times
	depth   int       // requests that each connection keeps in flight
	inFly   int       // requests without an answer, of all connections
	events  []unix.EpollEvent
	in, out []byte
	hist    *hdrhistogram.Histogram
	closing bool  // the server may close a connection that has all its answers
	begun   int   // connections that were begun
	opened  int   // those of them that have a session
	failed  int   // those of them that will never have one
	reason  error // why the first one failed
	playing bool  // a script is under way
	lost    int   // requests that went down with their connection
	expired int   // sessions that a server did not give back

	recording atomic.Bool  // what comes in goes into hist
	stop      atomic.Bool  // begin nothing more
	origin    atomic.Int64 // what events are timed from
	mark      atomic.Int64 // see Generator.Mark
	afterMark atomic.Int64
	done      atomic.Int64 // replies
	heard     atomic.Int64 // watch events
	lastHeard atomic.Int64 // time of the newest one
	bytesIn   atomic.Int64
	bytesOut  atomic.Int64
}

func newWorker(clock time.Time, o Options) (*worker, error) {
	to, err := socketAddresses(o.Address)
	if err != nil {
		return nil, err
	}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("load: epoll: %w", err)
	}
	return &worker{
		epoll:   epoll,
		dialect: o.Protocol.dialect(),
		to:      to,
		timeout: o.Timeout,
		resume:  o.Resume,
		clock:   clock,
		events:  make([]unix.EpollEvent, maxEvents),
		in:      make([]byte, readBytes),
		hist:    NewHistogram(),
	}, nil
}

func (w *worker) now() int64 { return int64(time.Since(w.clock)) }

// loop serves events until finished says so. A connection's failure ends it, unless
// sessions are being opened: then it is counted.
func (w *worker) loop(finished func() bool) error {
	for !finished() {
		n, err := unix.EpollWait(w.epoll, w.events, int(w.patience()/time.Millisecond))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("load: epoll: %w", err)
		}
		for i := range n {
			e := &w.events[i]
			c := w.conns[e.Fd] // its slot, see watch
			if c.state == stateClosed || c.state == stateLost {
				continue
			}
			if err := w.serve(c, e.Events); err != nil {
				switch {
				case w.outlives(err):
					w.lose(c, err)
				case c.state == stateOpen:
					return err
				default:
					w.fail(c, err)
				}
			}
		}
		w.revive()
	}
	return nil
}

func (w *worker) serve(c *conn, ready uint32) error {
	if c.state == stateConnecting {
		return w.greet(c)
	}
	if ready&unix.EPOLLOUT != 0 {
		if err := w.flush(c); err != nil {
			return err
		}
	}
	if ready&(unix.EPOLLIN|unix.EPOLLHUP|unix.EPOLLERR) == 0 {
		return nil
	}
	return w.read(c)
}

// read takes what has arrived, notes the latencies and sends as many requests anew.
func (w *worker) read(c *conn) error {
	n, err := w.receive(c)
	if err != nil || n == 0 {
		return err
	}
	greeting := c.state == stateGreeting
	h, err := w.dialect.scan(c, w.in[:n], w.player)
	if err != nil {
		return answerError{err}
	}
	if len(c.owed) > 0 {
		if err := w.write(c, c.owed); err != nil {
			return err
		}
		c.owed = c.owed[:0]
	}
	now := w.now()
	if h.events > 0 {
		w.hear(h.events, now)
	}
	switch {
	case h.replies == 0:
		return nil
	case greeting && w.playing:
		return w.send(c, w.depth, now)
	case greeting:
		w.opened++
		return w.hist.RecordValue(now - c.begunAt)
	}
	if err := w.land(c, h.replies, now); err != nil || w.stop.Load() {
		return err
	}
	return w.send(c, h.replies, now)
}

// land notes the answers to the oldest requests of c.
func (w *worker) land(c *conn, replies int, now int64) error {
	w.done.Store(w.done.Load() + int64(replies)) // only this goroutine writes it
	w.inFly -= replies
	recording, mark := w.recording.Load(), w.mark.Load()
	for left := replies; left > 0; {
		f := c.flights.pop(left)
		if f.count == 0 {
			return fmt.Errorf("connection %d: more replies than requests", c.id)
		}
		left -= f.count
		if mark > 0 && f.sentAt >= mark && w.afterMark.Load() == 0 {
			w.afterMark.Store(now)
		}
		if !recording {
			continue
		}
		if err := w.hist.RecordValues(now-f.sentAt, int64(f.count)); err != nil {
			return fmt.Errorf("load: latency: %w", err)
		}
		w.beats.add(now, f)
	}
	return nil
}

// receive reads into w.in. What is only to be skipped is dropped by the kernel, and 0 returned.
func (w *worker) receive(c *conn) (n int, err error) {
	drop := c.skip >= discardBytes
	if drop {
		n, err = discard(c.fd, c.skip)
	} else {
		n, err = unix.Read(c.fd, w.in)
	}
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("connection %d: read: %w", c.id, err)
	case n == 0 && w.closing && c.sent == c.answered:
		c.close()
		return 0, nil
	case n == 0:
		return 0, fmt.Errorf("connection %d: closed by the server with %d requests in flight", c.id, c.sent-c.answered)
	}
	w.bytesIn.Store(w.bytesIn.Load() + int64(n))
	if drop {
		c.skip -= n
		return 0, nil
	}
	return n, nil
}

// discard has the kernel forget up to n received bytes (tcp(7): MSG_TRUNC). It needs no buffer.
func discard(fd, n int) (int, error) {
	got, _, errno := unix.Syscall6(unix.SYS_RECVFROM, uintptr(fd), 0, uintptr(n), unix.MSG_TRUNC, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(got), nil
}

func (w *worker) hear(events int, now int64) {
	w.lastHeard.Store(now)
	if w.recording.Load() {
		// An event that came before its trigger was stamped would be a mistake of ours.
		_ = w.hist.RecordValues(max(now-w.origin.Load(), 1), int64(events))
	}
	w.heard.Add(int64(events))
}

// send encodes up to want requests and hands them to the kernel in one write.
func (w *worker) send(c *conn, want int, now int64) error {
	count := w.player.take(c, want)
	if count == 0 {
		return nil
	}
	w.out = w.out[:0]
	for range count {
		w.out = w.player.append(w.out, c)
	}
	c.flights.push(flight{sentAt: now, count: count})
	w.inFly += count
	return w.write(c, w.out)
}

// write sends b, which stays the caller's; what the kernel does not take waits in c.
func (w *worker) write(c *conn, b []byte) error {
	w.bytesOut.Store(w.bytesOut.Load() + int64(len(b)))
	if len(c.pending) > 0 { // in flush's order
		c.pending = append(c.pending, b...)
		return nil
	}
	n, err := unix.Write(c.fd, b)
	if err != nil && err != unix.EAGAIN && err != unix.EINTR {
		return fmt.Errorf("connection %d: write: %w", c.id, err)
	}
	if n = max(n, 0); n < len(b) {
		c.pending = append(c.pending[:0], b[n:]...)
		return w.watch(c, unix.EPOLL_CTL_MOD, unix.EPOLLIN|unix.EPOLLOUT)
	}
	return nil
}

// flush goes on with what the kernel had no room for.
func (w *worker) flush(c *conn) error {
	n, err := unix.Write(c.fd, c.pending[c.flushed:])
	if err != nil && err != unix.EAGAIN && err != unix.EINTR {
		return fmt.Errorf("connection %d: write: %w", c.id, err)
	}
	c.flushed += max(n, 0)
	if c.flushed < len(c.pending) {
		if c.flushed > len(c.pending)/2 { // seldom enough to move the rest
			c.pending = c.pending[:copy(c.pending, c.pending[c.flushed:])]
			c.flushed = 0
		}
		return nil
	}
	c.pending, c.flushed = c.pending[:0], 0
	return w.watch(c, unix.EPOLL_CTL_MOD, unix.EPOLLIN)
}

// watch tells epoll what c waits for. The event carries the connection's slot, not its fd.
func (w *worker) watch(c *conn, how int, what uint32) error {
	e := unix.EpollEvent{Events: what, Fd: c.slot}
	if err := unix.EpollCtl(w.epoll, how, c.fd, &e); err != nil {
		return fmt.Errorf("connection %d: epoll: %w", c.id, err)
	}
	return nil
}
