package netio

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// ErrPeerClosed is given to Owner.Closed when the peer ended the connection in good order.
var ErrPeerClosed = errors.New("closed by the peer")

var errReset = errors.New("reset by the peer")

// closeLinger is how long Close waits for a peer that does not read before it drops what is pending.
const closeLinger = 5 * time.Second

// Owner is who a connection belongs to. Its methods are called one at a time, in the connection's turn, on its event loop.
type Owner interface {
	// Readable tells that Input has grown, or, once, that the peer will send no more (InputEnded).
	Readable()
	// Drained tells that all bytes that Pending counted have left.
	Drained()
	// Closed is the last call. err says why; nil means that Close was called.
	Closed(err error)
}

// Conn is one connection. All methods but Execute, OnLoop, ID, Loop and Remote may be called only in the connection's turn.
type Conn struct {
	id     uint64
	remote netip.AddrPort
	owner  Owner
	loop   *Loop
	fd     int // -1 once it is closed

	input            // what has come
	out     []byte   // what the kernel has not taken yet
	array   []byte   // what out lies in, if that is the loop's to have back
	watch   interest // what the loop watches the socket for
	watched bool     // the loop knows the socket

	paused   bool // nothing is read
	closing  bool // ends when all is out
	reported bool // Owner.Closed was called
}

// ID is unique among the connections of an engine, for logs and actor names.
func (c *Conn) ID() uint64 { return c.id }

// Loop is the number of the connection's event loop, from 0: who counts by it shares no cache line with another loop.
func (c *Conn) Loop() int { return c.loop.index }

// Remote is the peer's address. IPv4 peers of a dual-stack listener appear as IPv4.
func (c *Conn) Remote() netip.AddrPort { return c.remote }

// Execute runs f in the connection's turn, later, from any goroutine. Functions given by one
// goroutine run in the order given. After Closed they still run.
func (c *Conn) Execute(f func()) { c.loop.Execute(func() { c.InTurn(f) }) }

// OnLoop runs f on the connection's event loop, later, from any goroutine. It is no turn of the connection, but f may call
// InTurn of all connections of the loop.
func (c *Conn) OnLoop(f func()) { c.loop.Execute(f) }

// AfterRound runs f on the connection's event loop when all that is ready now has been served. It may be called on the loop only.
func (c *Conn) AfterRound(f func()) { c.loop.later = append(c.loop.later, f) }

// InTurn runs f in the connection's turn. REQUIRES: the caller was given to OnLoop of a connection with the same Loop.
func (c *Conn) InTurn(f func()) {
	f()
	c.endTurn()
}

// TakeBuffer lends the buffer that the turn's output is gathered in. Give it back with Flush.
func (c *Conn) TakeBuffer() []byte { return c.loop.takeScratch() }

// Flush writes the gathered output and takes the buffer back. What the kernel does not accept at once counts as Pending, and
// leaves as the peer reads.
func (c *Conn) Flush(buf []byte) {
	switch {
	case len(buf) == 0 || c.fd < 0 || c.closing:
	case len(c.out) > 0:
		c.out = append(c.out, buf...)
	default:
		rest, ok := c.push(buf)
		if ok && len(rest) > cap(buf)/2 { // the buffer stays with it: copying large answers costs as much as sending them
			c.out, c.array = rest, buf
			return
		}
		c.out = append(c.out, rest...)
	}
	c.loop.giveScratch(buf)
}

// push gives the kernel as much as it takes and returns the rest. It fails together with the connection.
func (c *Conn) push(p []byte) (rest []byte, ok bool) {
	for len(p) > 0 {
		n, err := write(c.fd, p)
		switch {
		case n > 0:
			p = p[n:]
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			return p, true
		default:
			c.Abort(fmt.Errorf("write: %w", err))
			return nil, false
		}
	}
	return nil, true
}

// Pending is how many bytes of output wait for the peer.
func (c *Conn) Pending() int { return len(c.out) }

// PauseReading stops taking bytes from the socket until ResumeReading, so that TCP slows the peer down. The end of the
// present turn may still bring one Readable.
func (c *Conn) PauseReading() { c.paused = true }

// ResumeReading undoes PauseReading.
func (c *Conn) ResumeReading() { c.paused = false }

// Close ends the connection after what was flushed has been given to the kernel. A peer that does not
// read is not waited for longer than closeLinger.
func (c *Conn) Close() {
	if c.fd < 0 || c.closing {
		return
	}
	c.closing = true
	if len(c.out) > 0 {
		time.AfterFunc(closeLinger, func() { c.Execute(func() { c.out = nil }) })
	}
}

// Abort ends the connection at once; output that is pending is lost.
func (c *Conn) Abort(err error) {
	if c.fd < 0 || c.reported {
		return
	}
	c.closing, c.out = true, nil
	c.report(err)
}

func (c *Conn) report(err error) {
	if !c.reported {
		c.reported = true
		c.owner.Closed(err)
	}
}

// arrived reads what has come, and lets the owner have its turn.
func (c *Conn) arrived(shared []byte) {
	err := c.fill(c.fd, shared)
	switch {
	case err == nil:
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return
	default:
		c.Abort(fmt.Errorf("read: %w", err))
		return
	}
	if c.complete() {
		c.owner.Readable()
		c.loop.drain() // a lone client's answers are there already, and others' need not wait for the round's end
	}
	c.hold()
}

// writable lets out what is pending.
func (c *Conn) writable() {
	rest, ok := c.push(c.out)
	if c.out = rest; !ok || len(rest) > 0 {
		return
	}
	c.loop.giveScratch(c.array)
	c.out, c.array = nil, nil
	if !c.closing {
		c.owner.Drained()
	}
}

// endTurn lets the loop watch for what the connection waits for, or forget it.
func (c *Conn) endTurn() {
	switch {
	case c.fd < 0:
	case c.closing && len(c.out) == 0:
		c.leave(nil)
	default:
		if err := c.loop.watch(c); err != nil {
			c.leave(err)
		}
	}
}

// leave closes the socket, at the end of a turn.
func (c *Conn) leave(err error) {
	if err == nil && c.ended {
		err = ErrPeerClosed
	}
	c.loop.forget(c)
	c.release()
	c.out, c.array = nil, nil
	c.report(err)
}

// wants is what the loop is to watch the socket for.
func (c *Conn) wants() (w interest) {
	if !c.paused && !c.ended && !c.closing {
		w = toRead
	}
	if len(c.out) > 0 {
		w |= toWrite
	}
	return w
}
