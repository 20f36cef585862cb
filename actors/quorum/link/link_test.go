package link

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/jute/data"
	"troupe/zab/packet"
)

// Packets of all shapes come as they were sent, in order, both ways, over real sockets.
func TestLoopback(t *testing.T) {
	leader, learner := pair(t, TCP(Options{}), "127.0.0.1:0")
	a, b := newEars(), newEars()
	const last = 2000
	done := make(chan struct{}, 2)
	hear := func(l Link, ps []packet.Packet) {
		if ps[len(ps)-1].Zxid == last {
			done <- struct{}{}
		}
	}
	a.hear, b.hear = hear, hear
	leader.Start(a)
	learner.Start(b)
	var down, up []packet.Packet
	for i := int64(0); i <= last; i++ {
		down = append(down, proposal(i, strings.Repeat("x", int(i))))
		up = append(up, packet.Packet{Kind: packet.Request, Zxid: i, Data: []byte{}, Auth: []data.ID{{Scheme: "ip", ID: "::1"}}})
	}
	for i := 0; i <= last; i += 7 {
		leader.Send(down[i:min(last+1, i+7)])
		learner.Send(up[i:min(last+1, i+7)])
	}
	<-done
	<-done
	require.Equal(t, up, a.heard())
	require.Equal(t, down, b.heard())
	require.Greater(t, leader.ID(), int64(1))
	require.NotEqual(t, leader.ID(), learner.ID())
	require.NotEmpty(t, leader.Remote())
	learner.Close(nil)
	require.ErrorIs(t, b.end(), ErrClosed)
	require.Error(t, a.end())
}

// What one read brought comes as one batch, without waiting for the rest of a packet that has begun.
func TestBatches(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		leader, learner := pair(t, TCP(Options{Sockets: n}), "a:1")
		e := newEars()
		learner.Start(e)
		raw := leader.(*conn).raw
		var bytes []byte
		for i := range int64(5) {
			bytes = proposal(i, "data").Append(bytes)
		}
		cut := len(bytes) - 3
		_, err := raw.Write(bytes[:cut])
		require.NoError(t, err)
		synctest.Wait()
		require.Len(t, e.batches, 1)
		require.Len(t, e.batches[0], 4)
		_, err = raw.Write(bytes[cut:])
		require.NoError(t, err)
		synctest.Wait()
		require.Len(t, e.batches, 2)
		require.Equal(t, proposal(4, "data"), e.batches[1][0])
		leader.Close(nil)
		require.ErrorIs(t, e.end(), ErrPeerClosed)
	})
}

// A snapshot travels between packets, is read exactly, and both sides go on behind it.
func TestSnapshot(t *testing.T) {
	leader, learner := pair(t, TCP(Options{}), "127.0.0.1:0")
	a, b := newEars(), newEars()
	content := strings.Repeat("0123456789abcdef", 300_000/16) + "BenWasHere"
	var order []string
	b.snapshot = func(snap packet.Packet, r io.Reader) error {
		order = append(order, snap.Kind.String())
		got := make([]byte, len(content))
		_, err := io.ReadFull(r, got)
		if string(got) != content {
			return errors.New("another snapshot")
		}
		return err
	}
	done := make(chan struct{})
	b.hear = func(_ Link, ps []packet.Packet) {
		for _, p := range ps {
			order = append(order, p.Kind.String())
			if p.Kind == packet.NewLeader {
				close(done)
			}
		}
	}
	leader.Start(a)
	learner.Start(b)
	leader.Send([]packet.Packet{packet.LeaderInfoPacket(1)})
	leader.SendSnapshot(packet.Packet{Kind: packet.Snap, Zxid: 7}, func(w io.Writer) error {
		for rest := content; len(rest) > 0; {
			n := min(len(rest), 1000)
			if _, err := io.WriteString(w, rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return nil
	})
	leader.Send([]packet.Packet{proposal(8, "x"), {Kind: packet.NewLeader, Zxid: 1 << 32}})
	<-done
	require.Equal(t, []string{"LEADERINFO", "SNAP", "PROPOSAL", "NEWLEADER"}, order)
	learner.Close(nil)
	require.ErrorIs(t, b.end(), ErrClosed)
	require.Error(t, a.end())
}

// On a link from a learner SNAP is a packet like others.
func TestSnapFromLearner(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		leader, learner := pair(t, TCP(Options{Sockets: n}), "a:1")
		a, b := newEars(), newEars()
		leader.Start(a)
		learner.Start(b)
		learner.Send([]packet.Packet{{Kind: packet.Snap, Zxid: 1}})
		synctest.Wait()
		require.Equal(t, []packet.Packet{{Kind: packet.Snap, Zxid: 1}}, a.heard())
		leader.Close(errors.New("no learner sends that"))
		require.ErrorContains(t, a.end(), "no learner sends that")
		require.ErrorIs(t, b.end(), ErrPeerClosed)
	})
}

// CloseAfterFlush sends all that was queued, however much; the peer hears it, and nothing more is heard from it.
func TestLastWords(t *testing.T) {
	leader, learner := pair(t, TCP(Options{Linger: time.Minute}), "127.0.0.1:0")
	a := newEars()
	leader.Start(a)
	saysLastWords(t, leader, learner, a)
}

// saysLastWords lets the leader, whose handler is a, say much before it closes, and the learner listen only then.
func saysLastWords(t *testing.T, leader, learner Link, a *ears) {
	t.Helper()
	b := newEars()
	for i := range int64(100) {
		leader.Send([]packet.Packet{proposal(i, strings.Repeat("x", 50_000))})
	}
	leader.CloseAfterFlush()
	leader.Send([]packet.Packet{proposal(1000, "never sent")})
	learner.Send([]packet.Packet{{Kind: packet.Ack}})
	learner.Start(b)
	require.ErrorIs(t, b.end(), ErrPeerClosed)
	require.Len(t, b.heard(), 100)
	require.ErrorIs(t, a.end(), ErrClosed)
	require.Empty(t, a.heard())
}

// Packets arrive in the order in which they were sent, whether the kernel takes them at once, in part, or not.
func TestOrderWhateverTheKernelTakes(t *testing.T) {
	const n = 3000
	leader, learner := pair(t, TCP(Options{SendBound: 1 << 30}), "127.0.0.1:0")
	leader.Start(newEars())
	send := func(i int64) {
		size := []int{10, 300, 5_000, 40_000}[i%4]
		leader.Send([]packet.Packet{proposal(2*i, strings.Repeat("x", size)), proposal(2*i+1, "y")})
	}
	for i := range int64(n / 2) { // 17 MB, of which nobody takes anything yet
		send(i)
	}
	e := newEars()
	got, all := int64(0), make(chan struct{})
	e.hear = func(_ Link, ps []packet.Packet) {
		for _, p := range ps {
			if p.Zxid != got {
				panic(fmt.Sprintf("%d comes in place of %d", p.Zxid, got))
			}
			got++
		}
		if got == 2*n {
			close(all)
		}
	}
	learner.Start(e)
	for i := int64(n / 2); i < n; i++ {
		send(i)
	}
	<-all
	leader.Close(nil)
	require.ErrorIs(t, e.end(), ErrPeerClosed)
}
