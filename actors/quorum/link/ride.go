package link

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"

	"troupe/netio"
	"troupe/zab/packet"
)

// Loops are event loops that links can ride on: *netio.Engine.
type Loops interface {
	Adopt(fd int, remote netip.AddrPort, own func(*netio.Conn) netio.Owner)
}

// ride is the life of a link on an event loop, beside the clients' connections: no goroutine has to be woken for what comes,
// and what clients ask for and learners acknowledge in one round of the loop goes on together.
//
// With goroutines three members made 1.3 to 1.4 times the wake-ups per group of writes, in each of them, and at 1x1 0.75 of
// the operations per CPU second.
//
// Who sends gives packets to the kernel itself. What the kernel does not take the loop sends when the peer has made room.
type ride struct {
	c      *conn
	h      Handler
	conn   *netio.Conn
	before int // length of the last batch: a guess for the next

	// Under conn.mu:
	fd      int    // to write with; -1 when the link is closed. The loop has one of its own
	waiting []byte // for the loop to send
	busy    bool   // the loop has something to send: what is sent now goes behind it
	given   int    // bytes that the loop is sending
}

var errLateSnap = errors.New("a snapshot from a leader that had brought this server up to date")

// board moves the link to an event loop, if it can: nothing is queued, and it is a socket of the kernel's. It is called by
// the reader between two packets, with nothing read ahead. From then on the loop calls the handler.
func (c *conn) board(h Handler) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	loops := c.o.Loops()
	s, ok := c.net.(*net.TCPConn)
	if !ok || loops == nil || c.closed || c.flushing || c.writing || len(c.queue) > 0 {
		return false
	}
	mine, err := duplicate(s)
	if err != nil {
		return false
	}
	its, err := unix.FcntlInt(uintptr(mine), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		_ = unix.Close(mine)
		return false
	}
	_ = c.raw.Close() // Go's own poller would be woken for each packet
	c.ride = &ride{c: c, h: h, fd: mine}
	c.wake.Signal() // the writer has nothing to do any more
	loops.Adopt(its, s.RemoteAddr().(*net.TCPAddr).AddrPort(), func(k *netio.Conn) netio.Owner {
		c.ride.conn = k
		return c.ride
	})
	return true
}

func duplicate(s *net.TCPConn) (fd int, err error) {
	raw, err := s.SyscallConn()
	if err != nil {
		return -1, err
	}
	var failed error
	err = raw.Control(func(of uintptr) { fd, failed = unix.FcntlInt(of, unix.F_DUPFD_CLOEXEC, 0) })
	return fd, errors.Join(err, failed)
}

// send needs conn.mu.
func (r *ride) send(ps []packet.Packet) error {
	if r.busy {
		before := len(r.waiting)
		for i := range ps {
			r.waiting = ps[i].Append(r.waiting)
		}
		return r.c.backlog.Add(len(r.waiting) - before)
	}
	d := r.c.direct
	d.encode(ps)
	rest, err := d.write(r.fd)
	if err != nil || len(rest) == 0 {
		return err
	}
	r.waiting, r.busy = append(r.waiting, rest...), true
	r.conn.Execute(r.flush)
	return r.c.backlog.Add(len(rest))
}

// Drained implements netio.Owner: what the loop was given has left.
func (r *ride) Drained() { r.flush() }

// flush runs on the loop, which sends what waits.
func (r *ride) flush() {
	for r.conn.Pending() == 0 {
		out := r.next()
		if out == nil {
			return
		}
		r.conn.Flush(append(r.conn.TakeBuffer(), out...))
	}
}

// next is what the loop is to send when it has sent all that it was given; nil: nothing waits.
func (r *ride) next() []byte {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	r.c.backlog.Sent(r.given, 0)
	out := r.waiting
	r.waiting, r.given, r.busy = nil, len(out), len(out) > 0
	if r.c.flushing {
		r.hush()
	}
	return out
}

// hush tells the peer that no more comes, when all is sent. It needs conn.mu.
func (r *ride) hush() {
	if !r.busy && r.fd >= 0 {
		_ = unix.Shutdown(r.fd, unix.SHUT_WR)
	}
}

// Readable implements netio.Owner.
func (r *ride) Readable() {
	in := r.conn.Input()
	if silent, _ := r.c.silent(); silent {
		r.conn.Consume(len(in))
		if r.conn.InputEnded() {
			r.c.Close(nil)
		}
		return
	}
	if err := r.packets(in); err != nil {
		r.c.Close(err)
		return
	}
	if r.conn.InputEnded() {
		err := ErrPeerClosed
		if len(r.conn.Input()) > 0 {
			err = io.ErrUnexpectedEOF
		}
		r.c.Close(err)
	}
}

// packets hands over all packets that are there as a whole.
func (r *ride) packets(in []byte) error {
	whole, need := 0, 0
	var failed error
	for n := 1; n > 0 && whole < len(in); whole += n {
		n, need, failed = packet.Size(in[whole:], r.c.o.Limits)
	}
	own := bytes.Clone(in[:whole]) // packets may be kept
	r.conn.Consume(whole)
	r.conn.Need(need)
	ps := make([]packet.Packet, 0, max(4, r.before))
	for len(own) > 0 {
		p, n, _, err := packet.Take(own, r.c.o.Limits)
		if err == nil && p.Kind == packet.Snap && r.c.dialed {
			err = errLateSnap
		}
		if err != nil {
			failed = err
			break
		}
		ps = append(ps, p)
		own = own[n:]
	}
	if r.before = len(ps); len(ps) > 0 {
		r.h.Packets(r.c, ps)
	}
	return failed
}

// Closed implements netio.Owner.
func (r *ride) Closed(err error) {
	if err == nil || errors.Is(err, netio.ErrPeerClosed) {
		err = ErrPeerClosed
	}
	r.c.Close(err)
	r.h.Closed(r.c, r.c.reason())
}

// end needs conn.mu: the link is closed.
func (r *ride) end(err error) {
	_ = unix.Shutdown(r.fd, unix.SHUT_RDWR)
	_ = unix.Close(r.fd)
	r.fd = -1
	r.conn.Execute(func() { r.conn.Abort(err) })
}
