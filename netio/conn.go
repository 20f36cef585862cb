package netio

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"
)

// ErrPeerClosed is given to Owner.Closed when the peer ended the connection in good order.
var ErrPeerClosed = errors.New("closed by the peer")

// Owner is who a connection belongs to. Its methods are called one at a time, in the connection's
// turn: on its event loop, or under its lock once it lives on goroutines.
type Owner interface {
	// Readable tells that Input has grown, or, once, that the peer will send no more (InputEnded).
	Readable()
	// Drained tells that all bytes that Pending counted have left.
	Drained()
	// Closed is the last call. err says why; nil means that Close was called.
	Closed(err error)
}

// Conn is one connection. All methods but Execute, OnLoop, ID and the addresses may be called only in the
// connection's turn.
type Conn struct {
	id     uint64
	remote netip.AddrPort
	local  netip.AddrPort
	owner  Owner

	loop   *Loop
	gnet   gnet.Conn // nil once the connection has moved to a stream or is closed
	stream *stream   // nil while the connection lives on its loop

	need     int // input below this many bytes holds no whole frame
	closing  bool
	moving   *stream // set from the decision to move until the end of the turn
	reported bool    // Owner.Closed was called
}

// ID is unique among the connections of an engine, for logs and actor names.
func (c *Conn) ID() uint64 { return c.id }

// Loop is the number of the event loop that the connection began on, from 0: who counts by it shares no cache line
// with another loop.
func (c *Conn) Loop() int { return c.loop.index }

// Remote is the peer's address. IPv4 peers of a dual-stack listener appear as IPv4.
func (c *Conn) Remote() netip.AddrPort { return c.remote }

// Local is our side of the connection.
func (c *Conn) Local() netip.AddrPort { return c.local }

// Execute runs f in the connection's turn, later, from any goroutine. Functions given by one
// goroutine run in the order given. After Closed they still run.
func (c *Conn) Execute(f func()) { c.loop.Execute(func() { c.InTurn(f) }) }

// OnLoop runs f on the connection's event loop, later, from any goroutine. It is no turn of the connection, but f may call
// InTurn of all connections of the loop.
func (c *Conn) OnLoop(f func()) { c.loop.Execute(f) }

// InTurn runs f in the connection's turn: at once, or later if the connection has moved, as it then takes its turns under
// its stream's lock. REQUIRES: the caller was given to OnLoop of a connection with the same Loop.
func (c *Conn) InTurn(f func()) {
	if s := c.stream; s != nil {
		// The loop must not wait for a stream's turn: it has other connections to serve.
		s.post(f)
		return
	}
	f()
	if c.gnet != nil && c.leaving() {
		_ = c.loop.gnet.Close(c.gnet)
	}
}

// leaving tells, at the end of a turn on the loop, that gnet is to forget the socket: the connection
// ends, or goes on elsewhere. Before the end of the turn would be too early: its goroutines would start.
func (c *Conn) leaving() bool { return c.closing || c.moving != nil }

// Input is what has arrived and was not consumed yet, contiguous. It is valid until Consume or the
// end of the turn.
func (c *Conn) Input() []byte {
	if c.stream != nil {
		return c.stream.in
	}
	if c.gnet == nil {
		return nil
	}
	in, _ := c.gnet.Peek(-1)
	return in
}

// Consume drops the first n bytes of Input.
func (c *Conn) Consume(n int) {
	c.need = 0
	switch {
	case n == 0:
	case c.stream != nil:
		c.stream.consume(n)
	case c.gnet != nil:
		_, _ = c.gnet.Discard(n)
	}
}

// Need says that the owner can do nothing before Input has n bytes: it spares it, and the copying of
// a large frame's beginning, a call for each packet.
func (c *Conn) Need(n int) { c.need = n }

// InputEnded tells that the peer has closed its sending side; the owner closes the connection when it
// has answered. Only a connection that lives on goroutines sees this state; on a loop it is the end.
func (c *Conn) InputEnded() bool { return c.stream != nil && c.stream.eof }

// TakeBuffer lends the buffer that the turn's output is gathered in. Give it back with Flush.
func (c *Conn) TakeBuffer() []byte {
	if c.stream != nil {
		return c.stream.takeScratch()
	}
	return c.loop.takeScratch()
}

// Flush writes the gathered output and takes the buffer back. What the kernel does not accept at once
// moves the connection to goroutines, counts as Pending, and leaves as the peer reads.
func (c *Conn) Flush(buf []byte) {
	if len(buf) > 0 {
		c.write(buf)
	}
	if c.stream != nil {
		c.stream.giveScratch(buf)
		return
	}
	c.loop.giveScratch(buf)
}

func (c *Conn) write(p []byte) {
	if c.stream != nil {
		c.stream.write(p)
		return
	}
	if c.gnet == nil || c.closing {
		return
	}
	if c.moving != nil {
		c.moving.out = append(c.moving.out, p...)
		return
	}
	for len(p) > 0 {
		n, err := unix.Write(c.gnet.Fd(), p)
		switch {
		case n > 0:
			p = p[n:]
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			c.Move(p)
			return
		default:
			c.fail(fmt.Errorf("write: %w", err))
			return
		}
	}
}

// Pending is how many bytes of output wait for the peer.
func (c *Conn) Pending() int {
	if c.stream != nil {
		return c.stream.pending()
	}
	if c.moving != nil {
		return len(c.moving.out)
	}
	return 0
}

// PauseReading stops taking bytes from the socket until ResumeReading, so that TCP slows the peer
// down. It moves the connection off its loop. At most one more Readable may follow.
func (c *Conn) PauseReading() {
	if c.stream == nil && c.moving == nil {
		c.Move(nil)
	}
	if s := c.anyStream(); s != nil {
		s.pause()
	}
}

// ResumeReading undoes PauseReading.
func (c *Conn) ResumeReading() {
	if s := c.anyStream(); s != nil {
		s.resume()
	}
}

func (c *Conn) anyStream() *stream {
	if c.stream != nil {
		return c.stream
	}
	return c.moving
}

// Move takes the connection off its loop; rest is output that still has to leave. It is a no-op for
// a connection that has moved or is closed.
func (c *Conn) Move(rest []byte) {
	if c.stream != nil || c.moving != nil || c.gnet == nil || c.closing {
		return
	}
	s, err := newStream(c, rest)
	if err != nil {
		c.fail(err)
		return
	}
	c.moving = s
}

// Close ends the connection after what was flushed has been given to the kernel. A peer that does not
// read is not waited for longer than closeLinger.
func (c *Conn) Close() {
	if s := c.anyStream(); s != nil {
		s.closeAfterFlush()
		return
	}
	if c.gnet == nil || c.closing {
		return
	}
	c.closing = true
}

// Abort ends the connection at once; output that is pending is lost.
func (c *Conn) Abort(err error) {
	if s := c.anyStream(); s != nil {
		s.abort(err)
		return
	}
	c.fail(err)
}

func (c *Conn) fail(err error) {
	if c.gnet == nil || c.closing {
		return
	}
	c.closing = true
	c.report(err)
}

// leftGnet runs when gnet has let go of the socket: the end of the connection, or of its life on a loop.
func (c *Conn) leftGnet(err error) {
	if s := c.moving; s != nil {
		s.in = append(s.in, c.Input()...)
		c.gnet, c.moving, c.stream = nil, nil, s
		s.start()
		return
	}
	c.gnet = nil
	if c.closing {
		err = nil
	} else if err == nil {
		err = ErrPeerClosed
	}
	c.report(err)
}

func (c *Conn) report(err error) {
	if c.reported {
		return
	}
	c.reported = true
	c.owner.Closed(err)
}
