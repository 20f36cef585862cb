package link

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/zab/packet"
)

// A peer that takes nothing ends its own link when the bound is reached; sending never waits.
func TestSlowReader(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		leader, learner := pair(t, TCP(Options{Sockets: n, SendBound: 10_000}), "a:1")
		e := newEars()
		leader.Start(e)
		for i := range int64(200) {
			leader.Send([]packet.Packet{proposal(i, strings.Repeat("x", 80))})
			synctest.Wait()
			if i < 99 {
				require.NoError(t, e.ended())
			}
		}
		require.ErrorIs(t, e.end(), ErrSlow)
		require.Nil(t, leader.(*conn).queue)
		learner.Close(nil)
	})
}

// The same over real sockets, whose buffers take some of it.
func TestSlowReaderLoopback(t *testing.T) {
	leader, learner := pair(t, TCP(Options{SendBound: 1 << 20}), "127.0.0.1:0")
	e := newEars()
	leader.Start(e)
	p := []packet.Packet{proposal(1, strings.Repeat("x", 100<<10))}
	for range 1000 {
		leader.Send(p)
	}
	require.ErrorIs(t, e.end(), ErrSlow)
	learner.Close(nil)
}

// A large queue is sent whole, and nothing of it is kept afterwards.
func TestHugeQueue(t *testing.T) {
	leader, learner := pair(t, TCP(Options{Linger: time.Minute}), "127.0.0.1:0")
	const count = 50_000
	all := make([]packet.Packet, count)
	for i := range all {
		all[i] = proposal(int64(i), "0123456789abcdef")
	}
	leader.Send(all)
	b := newEars()
	done := make(chan struct{})
	b.hear = func(_ Link, ps []packet.Packet) {
		if ps[len(ps)-1].Zxid == count-1 {
			close(done)
		}
	}
	learner.Start(b)
	<-done
	for i, p := range b.heard() {
		if p.Zxid != int64(i) || string(p.Data) != string(all[i].Data) {
			require.Equal(t, all[i], p)
		}
	}
	require.Len(t, b.heard(), count)
	leader.CloseAfterFlush()
	require.ErrorIs(t, b.end(), ErrPeerClosed)
	a := newEars()
	leader.Start(a)
	require.ErrorIs(t, a.end(), ErrClosed)
	c := leader.(*conn)
	require.LessOrEqual(t, cap(c.queue), keepItems)
	require.Zero(t, c.backlog.queued)
}

// A peer that has vanished without a word (half-open) does not keep a link from closing, with or without last words.
func TestHalfOpen(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(l Link)
		after time.Duration
	}{
		"close":            {func(l Link) { l.Close(errors.New("silent for too long")) }, 0},
		"last words":       {func(l Link) { l.CloseAfterFlush() }, 2 * time.Second},
		"last words, then": {func(l Link) { l.CloseAfterFlush(); l.Close(nil) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *pipes) {
				leader, learner := pair(t, TCP(Options{Sockets: n, Linger: 2 * time.Second}), "a:1")
				e := newEars()
				leader.Start(e)
				leader.Send([]packet.Packet{proposal(1, "x")})
				after(time.Hour)
				require.NoError(t, e.ended())
				began := time.Now()
				c.end(leader)
				require.Zero(t, time.Since(began))
				require.Error(t, e.end())
				require.Equal(t, c.after, time.Since(began))
				learner.Close(nil)
			})
		})
	}
}

// After last words the peer may go on to talk, even nonsense: nobody listens, and they still arrive.
func TestLastWordsToOneWhoTalks(t *testing.T) {
	leader, learner := pair(t, TCP(Options{Linger: time.Minute}), "127.0.0.1:0")
	a := newEars()
	leader.Start(a)
	leader.Send([]packet.Packet{proposal(1, strings.Repeat("x", 4<<20))})
	leader.CloseAfterFlush()
	raw := learner.(*conn).raw
	_, err := raw.Write(proposal(2, "x").Append(nil))
	require.NoError(t, err)
	_, err = raw.Write([]byte("GET / HTTP/1.1\r\n\r\n and so on"))
	require.NoError(t, err)
	in := packet.NewReader(raw, packet.Limits{Data: 8 << 20})
	p, err := in.Next()
	require.NoError(t, err)
	require.Len(t, p.Data, 4<<20)
	_, err = in.Next()
	require.ErrorIs(t, err, io.EOF)
	learner.Close(nil)
	require.ErrorIs(t, a.end(), ErrClosed)
	require.Empty(t, a.heard())
}

// pump streams n bytes in small writes.
func pump(n int) func(w io.Writer) error {
	return func(w io.Writer) error {
		b := make([]byte, 1000)
		for ; n > 0; n -= len(b) {
			if _, err := w.Write(b[:min(n, len(b))]); err != nil {
				return fmt.Errorf("tree: %w", err)
			}
		}
		return nil
	}
}

// A learner that stops reading in the middle of a snapshot is given up; one that is slow is not.
func TestLearnerStopsReading(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		leader, learner := pair(t, TCP(Options{Sockets: n, Stall: 10 * time.Second}), "a:1")
		e := newEars()
		leader.Start(e)
		began := time.Now()
		leader.SendSnapshot(packet.Packet{Kind: packet.Snap, Zxid: 1}, pump(1<<20))
		for range 8 {
			_, err := io.ReadFull(learner.(*conn).raw, make([]byte, 64<<10))
			require.NoError(t, err)
			after(9 * time.Second)
		}
		require.NoError(t, e.ended())
		err := e.end()
		require.ErrorIs(t, err, ErrStalled)
		require.ErrorContains(t, err, "sending snapshot 0x1: tree: ")
		require.Equal(t, 73*time.Second, time.Since(began).Truncate(time.Second))
		learner.Close(nil)
	})
}

// A leader that stops sending in the middle of a snapshot is given up; before it and after it there is no such limit.
func TestLeaderStopsSending(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		leader, learner := pair(t, TCP(Options{Sockets: n, Stall: 10 * time.Second}), "a:1")
		e := newEars()
		e.snapshot = func(snap packet.Packet, r io.Reader) error {
			_, err := io.ReadFull(r, make([]byte, 100))
			return err
		}
		learner.Start(e)
		after(time.Hour)
		raw := leader.(*conn).raw
		snap := packet.Packet{Kind: packet.Snap, Zxid: 5}
		send := func(b []byte) {
			_, err := raw.Write(b)
			require.NoError(t, err)
		}
		send(snap.Append(nil))
		for range 10 {
			after(9 * time.Second)
			send(make([]byte, 10))
		}
		after(time.Hour)
		send(proposal(6, "x").Append(nil))
		synctest.Wait()
		require.Len(t, e.heard(), 1)
		send(snap.Append(nil))
		began := time.Now()
		err := e.end()
		require.ErrorIs(t, err, ErrStalled)
		require.ErrorContains(t, err, "snapshot 0x5: ")
		require.Equal(t, 10*time.Second, time.Since(began))
		leader.Close(nil)
	})
}

// A stream that fails, and a reader that fails, end the link with their reasons. What was read of the stream is not whole.
func TestSnapshotFails(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		leader, learner := pair(t, TCP(Options{Sockets: n}), "a:1")
		a, b := newEars(), newEars()
		b.snapshot = func(_ packet.Packet, r io.Reader) error {
			_, err := io.ReadFull(r, make([]byte, 1<<20))
			return err
		}
		leader.Start(a)
		learner.Start(b)
		leader.SendSnapshot(packet.Packet{Kind: packet.Snap, Zxid: 5}, func(w io.Writer) error {
			return errors.Join(pump(300_000)(w), errors.New("the role has ended"))
		})
		leader.Send([]packet.Packet{proposal(6, "never sent")})
		require.ErrorContains(t, a.end(), "sending snapshot 0x5: the role has ended")
		require.ErrorContains(t, b.end(), "snapshot 0x5: ")
		require.Empty(t, b.heard())
	})
	bubble(t, func(t *testing.T, n *pipes) {
		leader, learner := pair(t, TCP(Options{Sockets: n}), "a:1")
		a, b := newEars(), newEars()
		b.snapshot = func(packet.Packet, io.Reader) error { return errors.New("no memory left") }
		leader.Start(a)
		learner.Start(b)
		leader.SendSnapshot(packet.Packet{Kind: packet.Snap, Zxid: 5}, pump(1<<20))
		require.ErrorContains(t, b.end(), "snapshot 0x5: no memory left")
		require.Error(t, a.end())
	})
}

// Bytes that no server sends end their own link, with a reason, after what was right before them.
func TestHostileBytes(t *testing.T) {
	head := func(data int32) []byte { return jute.AppendInt(make([]byte, 12), data) }
	cases := map[string]struct {
		bytes []byte
		is    error
	}{
		"data of 1195725856 bytes":  {head(0x47455420), packet.ErrTooLarge},
		"data of -2 bytes":          {head(-2), packet.ErrMalformed},
		"2000000000 ids":            {jute.AppendInt(head(-1), 2_000_000_000), packet.ErrTooLarge},
		"a packet that breaks off":  {head(1000), io.ErrUnexpectedEOF},
		"a head that breaks off":    {[]byte{0, 0}, io.ErrUnexpectedEOF},
		"a browser":                 {[]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), packet.ErrTooLarge},
		"nothing, and it is closed": {nil, ErrPeerClosed},
	}
	bubble(t, func(t *testing.T, n *pipes) {
		network := TCP(Options{Sockets: n})
		good, other := pair(t, network, "a:1")
		g := newEars()
		good.Start(g)
		for name, c := range cases {
			leader, learner := pair(t, network, "b:1")
			e := newEars()
			leader.Start(e)
			raw := learner.(*conn).raw
			_, err := raw.Write(proposal(1, "good").Append(nil))
			require.NoError(t, err)
			_, _ = raw.Write(c.bytes)
			synctest.Wait()
			learner.Close(nil)
			require.ErrorIs(t, e.end(), c.is, name)
			require.Len(t, e.heard(), 1, name)
		}
		other.Send([]packet.Packet{proposal(1, "still here")})
		synctest.Wait()
		require.Len(t, g.heard(), 1)
		good.Close(nil)
		require.ErrorIs(t, g.end(), ErrClosed)
		other.Close(nil)
	})
}

// Handlers may call anything, and hear no packets of a link that they have closed.
func TestHandlerCallsBack(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		leader, learner := pair(t, TCP(Options{Sockets: n}), "a:1")
		a, b := newEars(), newEars()
		b.hear = func(l Link, ps []packet.Packet) {
			l.Send([]packet.Packet{{Kind: packet.Ack, Zxid: ps[0].Zxid}})
			if ps[0].Zxid == 2 {
				l.CloseAfterFlush()
			}
		}
		a.hear = func(l Link, ps []packet.Packet) {
			if ps[0].Zxid == 2 {
				l.Close(errors.New("seen enough"))
			}
		}
		leader.Start(a)
		learner.Start(b)
		for i := range int64(3) {
			leader.Send([]packet.Packet{proposal(i, "")})
			synctest.Wait()
		}
		require.ErrorContains(t, a.end(), "seen enough")
		require.ErrorIs(t, b.end(), ErrClosed)
		require.Len(t, b.heard(), 3)
	})
}

// Everything at the same time: whatever comes first, each handler that was started hears one end, and nothing hangs.
func TestRaces(t *testing.T) {
	network := TCP(Options{SendBound: 1 << 20, Linger: 100 * time.Millisecond})
	for seed := range uint64(60) {
		leader, learner := pair(t, network, "127.0.0.1:0")
		var all sync.WaitGroup
		var ears []*ears
		for i, l := range []Link{leader, learner} {
			e := newEars()
			e.snapshot = func(_ packet.Packet, r io.Reader) error {
				_, err := io.ReadFull(r, make([]byte, 200_000))
				return err
			}
			ears = append(ears, e)
			chance := rand.New(rand.NewPCG(seed, uint64(i)))
			calls := []func(){
				func() { l.Start(e) },
				func() { l.Send([]packet.Packet{proposal(1, "x"), proposal(2, "y")}) },
				func() { l.Send([]packet.Packet{proposal(1, strings.Repeat("x", 400_000))}) },
				func() { l.Close(errors.New("enough")) },
			}
			if l == leader {
				calls = append(calls, func() { l.SendSnapshot(packet.Packet{Kind: packet.Snap}, pump(200_000)) })
			}
			if chance.IntN(2) == 0 {
				calls = append(calls, l.CloseAfterFlush)
			}
			chance.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
			for _, call := range calls {
				all.Go(call)
			}
		}
		all.Wait()
		for _, e := range ears {
			require.Error(t, e.end())
		}
	}
}

// A link can be started after it has ended, to hear why; and only once.
func TestStart(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		leader, learner := pair(t, TCP(Options{Sockets: n}), "a:1")
		reason := errors.New("too late")
		leader.Close(reason)
		leader.Close(errors.New("another reason"))
		leader.Send([]packet.Packet{proposal(1, "")})
		leader.SendSnapshot(packet.Packet{Kind: packet.Snap}, pump(1))
		leader.CloseAfterFlush()
		e := newEars()
		leader.Start(e)
		require.Equal(t, reason, e.end())
		require.Panics(t, func() { leader.Start(e) })
		learner.Close(nil)
	})
}
