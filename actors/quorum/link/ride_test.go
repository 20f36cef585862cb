package link

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/netio"
	"troupe/zab/packet"
)

// station is an event loop that tells who has come aboard.
type station struct {
	*netio.Engine
	aboard chan struct{}
}

func newStation(t *testing.T) *station {
	e, err := netio.Listen(netio.Options{Address: "127.0.0.1:0", Loops: 1, Log: zerolog.Nop()}, nil)
	require.NoError(t, err)
	t.Cleanup(e.Stop)
	return &station{e, make(chan struct{}, 1000)}
}

func (s *station) Adopt(fd int, remote netip.AddrPort, own func(*netio.Conn) netio.Owner) {
	s.Engine.Adopt(fd, remote, own)
	s.aboard <- struct{}{}
}

// riding connects a leader that rides on a loop with a learner that does not.
func riding(t *testing.T, o Options, a, b *ears) (leader, learner Link, s *station) {
	s = newStation(t)
	var once sync.Once
	o.Loops = func() (l Loops) {
		once.Do(func() { l = s })
		return l
	}
	leader, learner = pair(t, TCP(o), "127.0.0.1:0")
	leader.Settle()
	leader.Start(a)
	if b != nil {
		learner.Start(b)
	}
	<-s.aboard
	return leader, learner, s
}

// Packets of all sizes come in order, both ways, whether the kernel takes them at once, in part or not.
func TestRide(t *testing.T) {
	const n = 3000
	a, b := newEars(), newEars()
	var all sync.WaitGroup
	inOrder := func() func(Link, []packet.Packet) {
		got := int64(0)
		return func(_ Link, ps []packet.Packet) {
			for _, p := range ps {
				if p.Zxid != got || len(p.Data) != sizeOf(p.Zxid) {
					panic(fmt.Sprintf("%d of %d bytes comes in place of %d", p.Zxid, len(p.Data), got))
				}
				got++
			}
			if got == n {
				all.Done()
			}
		}
	}
	all.Add(2)
	a.hear, b.hear = inOrder(), inOrder()
	leader, learner, _ := riding(t, Options{SendBound: 1 << 30}, a, nil)
	send := func(l Link, i int64) { l.Send([]packet.Packet{proposal(i, strings.Repeat("x", sizeOf(i)))}) }
	for i := range int64(n / 2) { // of which nobody takes anything yet
		send(leader, i)
	}
	learner.Start(b)
	for i := range int64(n) {
		if i >= n/2 {
			send(leader, i)
		}
		send(learner, i)
	}
	all.Wait()
	learner.Close(nil)
	require.ErrorIs(t, b.end(), ErrClosed)
	require.Error(t, a.end())
}

func sizeOf(i int64) int { return []int{0, 10, 300, 5_000, 40_000, 200_000}[i%6] }

// Both ends may ride, on one loop too.
func TestRideBothEnds(t *testing.T) {
	s := newStation(t)
	leader, learner := pair(t, TCP(Options{Loops: func() Loops { return s }}), "127.0.0.1:0")
	a, b := newEars(), newEars()
	done := make(chan struct{})
	a.hear = func(l Link, ps []packet.Packet) {
		for _, p := range ps {
			if p.Zxid == 100 {
				close(done)
				return
			}
			l.Send([]packet.Packet{proposal(p.Zxid+1, "there")})
		}
	}
	b.hear = func(l Link, ps []packet.Packet) {
		for _, p := range ps {
			l.Send([]packet.Packet{proposal(p.Zxid+1, "and back")})
		}
	}
	leader.Settle()
	learner.Settle()
	leader.Start(a)
	learner.Start(b)
	<-s.aboard
	<-s.aboard
	learner.Send([]packet.Packet{proposal(0, "")})
	<-done
	leader.CloseAfterFlush()
	require.ErrorIs(t, b.end(), ErrPeerClosed)
	require.ErrorIs(t, a.end(), ErrClosed)
}

// A peer that takes nothing ends its own link; sending never waits.
func TestRideSlowReader(t *testing.T) {
	a := newEars()
	leader, learner, _ := riding(t, Options{SendBound: 1 << 20}, a, nil)
	p := []packet.Packet{proposal(1, strings.Repeat("x", 100<<10))}
	for range 1000 {
		leader.Send(p)
	}
	require.ErrorIs(t, a.end(), ErrSlow)
	learner.Close(nil)
}

// A peer that is a little behind all the time is not slow, however much it is sent.
func TestRideBehindIsNotSlow(t *testing.T) {
	const bound, size = 1 << 20, 64 << 10
	a, b := newEars(), newEars()
	room := make(chan struct{}, 100)
	for range 8 { // so many may be under way: half of the bound
		room <- struct{}{}
	}
	b.hear = func(_ Link, ps []packet.Packet) {
		for range ps {
			room <- struct{}{}
		}
	}
	leader, _, _ := riding(t, Options{SendBound: bound}, a, b)
	for i := range int64(500) {
		<-room
		leader.Send([]packet.Packet{proposal(i, strings.Repeat("x", size))})
	}
	require.NoError(t, a.ended())
	leader.CloseAfterFlush()
	require.ErrorIs(t, b.end(), ErrPeerClosed)
	require.Len(t, b.heard(), 500)
}

// Last words right after the link came aboard are said, and the end is told once.
func TestRideLastWordsAtOnce(t *testing.T) {
	for range 100 {
		a, b := newEars(), newEars()
		leader, _, _ := riding(t, Options{Linger: time.Minute}, a, b)
		leader.Send([]packet.Packet{proposal(1, strings.Repeat("x", 1<<20))})
		leader.CloseAfterFlush()
		require.ErrorIs(t, b.end(), ErrPeerClosed)
		require.Len(t, b.heard(), 1)
		require.ErrorIs(t, a.end(), ErrClosed)
	}
}

// CloseAfterFlush sends all that was given before, however much, and nothing more is heard.
func TestRideLastWords(t *testing.T) {
	a := newEars()
	leader, learner, _ := riding(t, Options{Linger: time.Minute}, a, nil)
	saysLastWords(t, leader, learner, a)
}

// A peer that does not close after last words is not waited for longer than Linger.
func TestRideLinger(t *testing.T) {
	a := newEars()
	leader, learner, _ := riding(t, Options{Linger: time.Millisecond}, a, nil)
	leader.CloseAfterFlush()
	require.ErrorIs(t, a.end(), ErrClosed)
	learner.Close(nil)
}

// Bytes that no server sends end the link, with a reason, after what was right before them, however they are cut up.
func TestRideHostileBytes(t *testing.T) {
	good := proposal(1, "good").Append(nil)
	cases := map[string]struct {
		bytes string
		is    error
		text  string
	}{
		"a browser":                 {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", packet.ErrTooLarge, "jute.maxbuffer"},
		"a packet that breaks off":  {string(good[:len(good)-1]), io.ErrUnexpectedEOF, ""},
		"nothing, and it is closed": {"", ErrPeerClosed, ""},
	}
	for name, c := range cases {
		for _, pieces := range []bool{false, true} {
			a := newEars()
			_, learner, _ := riding(t, Options{}, a, nil)
			raw := learner.(*conn).raw
			all := append(append([]byte{}, good...), c.bytes...)
			for len(all) > 0 {
				n := len(all)
				if pieces {
					n = 1
				}
				_, err := raw.Write(all[:n])
				if all = all[n:]; err != nil {
					break // it has been closed there
				}
			}
			learner.Close(nil)
			require.ErrorIs(t, a.end(), c.is, name)
			require.ErrorContains(t, a.end(), c.text, name)
			require.Len(t, a.heard(), 1, name)
		}
	}
}

// A learner that is in step takes no snapshot.
func TestRideLateSnapshot(t *testing.T) {
	s := newStation(t)
	leader, learner := pair(t, TCP(Options{Loops: func() Loops { return s }}), "127.0.0.1:0")
	b := newEars()
	learner.Settle()
	learner.Start(b)
	<-s.aboard
	leader.Send([]packet.Packet{proposal(1, "x"), {Kind: packet.Snap, Zxid: 2}, proposal(3, "not heard")})
	require.ErrorIs(t, b.end(), errLateSnap)
	require.Len(t, b.heard(), 1)
	leader.Close(nil)
}

// A server that stops ends the links that ride on its loops; one that comes aboard too late hears it as well.
func TestRideEngineStops(t *testing.T) {
	a := newEars()
	_, learner, s := riding(t, Options{}, a, nil)
	s.Stop()
	require.ErrorIs(t, a.end(), netio.ErrStopped)
	learner.Close(nil)

	leader, learner := pair(t, TCP(Options{Loops: func() Loops { return s }}), "127.0.0.1:0")
	late := newEars()
	leader.Settle()
	leader.Start(late)
	require.ErrorIs(t, late.end(), netio.ErrStopped)
	learner.Close(nil)
}

// Everything at the same time: each handler hears one end, and nothing hangs.
func TestRideRaces(t *testing.T) {
	s := newStation(t)
	network := TCP(Options{SendBound: 1 << 20, Linger: 100 * time.Millisecond, Loops: func() Loops { return s }})
	for i := range 60 {
		leader, learner := pair(t, network, "127.0.0.1:0")
		a, b := newEars(), newEars()
		var all sync.WaitGroup
		for j, l := range []Link{leader, learner} {
			all.Go(func() { l.Start([]*ears{a, b}[j]) })
			all.Go(l.Settle)
			all.Go(func() { l.Send([]packet.Packet{proposal(1, "x"), proposal(2, strings.Repeat("y", 300_000))}) })
			all.Go(func() { l.Send([]packet.Packet{proposal(3, strings.Repeat("x", 300_000))}) })
			if (i+j)%3 == 0 {
				all.Go(l.CloseAfterFlush)
			}
			if (i+j)%3 != 2 {
				all.Go(func() { l.Close(nil) })
			}
		}
		all.Wait()
		leader.CloseAfterFlush()
		learner.CloseAfterFlush()
		require.Error(t, a.end())
		require.Error(t, b.end())
	}
}
