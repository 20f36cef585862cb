package sim

import (
	"bytes"
	"net/netip"
	"strings"
	"time"

	"troupe/netio"
)

// door is where a simulated server lets clients in.
type door struct{ done chan struct{} }

// Addr implements server.Door.
func (*door) Addr() netip.AddrPort { return netip.MustParseAddrPort("127.0.0.1:2181") }

// Done implements server.Door.
func (d *door) Done() <-chan struct{} { return d.done }

// Err implements server.Door.
func (*door) Err() error { return nil }

// Stop implements server.Door.
func (*door) Stop() {}

// socket is a client's connection: the server's end of it is a conn.Link.
type socket struct {
	w    *world
	p    *process
	c    *client
	id   uint64
	loop int // of its own: who passes over connections in the order of a map wakes each for itself

	owner           netio.Owner
	in, scratch     []byte
	paused          bool
	closing, closed bool
	reason          error

	n        uint64 // of its events
	dice     dice
	up, down time.Duration // when the last bytes arrive there and here
	left     bool          // the client has gone
}

// connect lets a client connect. It hears of the end if there is nobody.
func (w *world) connect(c *client, m *machine) *socket {
	s := &socket{w: w, c: c, id: uint64(c.id+1)<<20 | c.round, dice: diceOf(diceSocket, uint64(c.id), c.round)}
	p := m.proc
	if p == nil || p.dead || p.server == nil {
		s.answer(func() { c.ended(s, "refused") })
		return s
	}
	s.p = p
	for s.loop = 0; s.loop < len(p.sockets) && !p.sockets[s.loop].closed; s.loop++ {
	}
	if s.loop < len(p.sockets) {
		p.sockets[s.loop] = s
	} else {
		p.sockets = append(p.sockets, s)
	}
	s.arrive(func() {
		if s.owner = p.server.Admit(s); s.owner == nil {
			s.Close()
		}
		s.turned()
	})
	return s
}

func (s *socket) key() uint64 { return keyOf(keySocket, s.id) }

// arrive lets something happen at the server, behind what was sent there before.
func (s *socket) arrive(f func()) {
	s.n++
	s.up = max(s.up, s.w.now+s.w.lag(&s.dice, 400*time.Microsecond, 10*time.Millisecond))
	s.w.later(s.p, s.key(), s.n, s.up-s.w.now, false, func() {
		s.p.guarded(func() {
			if !s.closing {
				f()
			}
		})
	})
}

// answer lets something happen at the client, behind what was sent here before.
func (s *socket) answer(f func()) {
	s.n++
	s.down = max(s.down, s.w.now+s.w.lag(&s.dice, 400*time.Microsecond, 10*time.Millisecond))
	s.w.later(nil, s.key(), s.n, s.down-s.w.now, false, func() {
		if !s.left {
			f()
		}
	})
}

// send is the client's.
func (s *socket) send(frame []byte) {
	if s.p == nil {
		return
	}
	s.arrive(func() {
		s.in = append(s.in, frame...)
		if !s.paused {
			s.owner.Readable()
		}
		s.turned()
	})
}

// leave is the client's end of it.
func (s *socket) leave() {
	if s.left {
		return
	}
	s.left = true
	if s.p != nil {
		s.arrive(func() {
			s.closing, s.reason = true, netio.ErrPeerClosed
			s.turned()
		})
	}
}

// serverGone: the process is dead. If the machine lives it says so.
func (s *socket) serverGone(power bool) {
	if !power && !s.closed {
		s.answer(func() { s.c.ended(s, "closed") })
	}
}

// turned is the end of a turn.
func (s *socket) turned() {
	if !s.closing || s.closed {
		return
	}
	s.closed = true
	if s.owner != nil {
		s.inner(func() { s.owner.Closed(s.reason) })
	}
	s.answer(func() { s.c.ended(s, "closed") })
}

func (s *socket) inner(f func()) { s.queue(f, 30*time.Microsecond) }

func (s *socket) queue(f func(), usual time.Duration) {
	s.n++
	s.w.later(s.p, s.key(), s.n, s.w.lag(&s.dice, usual, 4*time.Millisecond), true, func() { s.p.guarded(f) })
}

// ID implements conn.Link.
func (s *socket) ID() uint64 { return s.id }

// Loop implements conn.Link.
func (s *socket) Loop() int { return s.loop }

// Remote implements conn.Link.
func (s *socket) Remote() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(s.id))
}

// Input implements conn.Link.
func (s *socket) Input() []byte { return s.in }

// InputEnded implements conn.Link.
func (s *socket) InputEnded() bool { return false }

// Consume implements conn.Link.
func (s *socket) Consume(n int) { s.in = s.in[n:] }

// Need implements conn.Link.
func (s *socket) Need(int) {}

// TakeBuffer implements conn.Link.
func (s *socket) TakeBuffer() []byte { return s.scratch[:0] }

// Flush implements conn.Link.
func (s *socket) Flush(b []byte) {
	s.scratch = b
	if len(b) > 0 && !s.closed && !s.p.dead {
		b = bytes.Clone(b)
		s.answer(func() { s.c.receive(s, b) })
	}
}

// Pending implements conn.Link: the client reads at once.
func (s *socket) Pending() int { return 0 }

// PauseReading implements conn.Link.
func (s *socket) PauseReading() { s.paused = true }

// ResumeReading implements conn.Link.
func (s *socket) ResumeReading() { s.paused = false }

// Close implements conn.Link.
func (s *socket) Close() { s.closing = true }

// Abort implements conn.Link.
func (s *socket) Abort(err error) {
	if err != nil && strings.HasPrefix(err.Error(), "panic") {
		s.w.fail(Sound, "server %d: connection %d: %v", s.p.m.id, s.id, err)
	}
	s.closing, s.reason = true, err
}

// Execute implements conn.Link.
func (s *socket) Execute(f func()) { s.inner(func() { s.InTurn(f) }) }

// OnLoop implements conn.Link.
func (s *socket) OnLoop(f func()) { s.queue(f, time.Millisecond) } // it has others to serve

// AfterRound implements conn.Link.
func (s *socket) AfterRound(f func()) { s.inner(f) }

// InTurn implements conn.Link.
func (s *socket) InTurn(f func()) {
	f()
	s.turned()
}
