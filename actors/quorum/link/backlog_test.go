package link

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute/data"
	"troupe/zab/packet"
)

// The bound is the usual one, but for who is being synchronised, until it has caught up.
func TestBacklog(t *testing.T) {
	const send, snapshot = 100, 1000
	fill := func(b *Backlog, n int) (err error) {
		for n > 0 && err == nil {
			err = b.Add(min(n, 10))
			n -= 10
		}
		return err
	}
	t.Run("proposals", func(t *testing.T) {
		b := NewBacklog(send, snapshot)
		require.NoError(t, fill(&b, 100))
		require.ErrorIs(t, b.Add(1), ErrSlow)
		b.Sent(10, 0)
		require.NoError(t, b.Add(9))
	})
	t.Run("a synchronisation of any size", func(t *testing.T) {
		b := NewBacklog(send, snapshot)
		require.NoError(t, b.Add(5000))
		require.NoError(t, fill(&b, 100), "what is proposed meanwhile")
		require.ErrorContains(t, b.Add(1), "5100 bytes")
	})
	t.Run("it ends when the peer has caught up", func(t *testing.T) {
		b := NewBacklog(send, snapshot)
		require.NoError(t, b.Add(5000))
		b.Sent(4899, 0)
		require.NoError(t, fill(&b, 150))
		b.Sent(151, 0)
		require.ErrorIs(t, b.Add(1), ErrSlow)
	})
	t.Run("a snapshot", func(t *testing.T) {
		b := NewBacklog(send, snapshot)
		b.AddSnapshot(20)
		require.NoError(t, fill(&b, 980))
		require.ErrorIs(t, b.Add(1), ErrSlow)
		b.Sent(20, 0)
		b.Sent(900, 0)
		require.NoError(t, fill(&b, 900), "its stream is not sent yet")
		b.Sent(0, 1)
		require.NoError(t, fill(&b, 10), "it has not caught up yet")
		b.Sent(891, 0)
		require.ErrorIs(t, b.Add(1), ErrSlow)
	})
}

// What is counted is what is written.
func TestPropertySize(t *testing.T) {
	word := rapid.StringOf(rapid.RuneFrom(nil, &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x20, Hi: 0xd7ff, Stride: 1}}}))
	rapid.Check(t, func(t *rapid.T) {
		p := packet.Packet{Kind: packet.Kind(rapid.Int32().Draw(t, "kind")), Zxid: rapid.Int64().Draw(t, "zxid")}
		if rapid.Bool().Draw(t, "data") {
			p.Data = rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		}
		for range rapid.IntRange(0, 3).Draw(t, "ids") {
			p.Auth = append(p.Auth, data.ID{Scheme: word.Draw(t, "scheme"), ID: word.Draw(t, "id")})
		}
		require.Equal(t, len(p.Append(nil)), size(&p))
	})
}

// Large and small packets share writes up to a bound; a packet that is larger is written alone.
func TestWrites(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		leader, learner := pair(t, TCP(Options{Sockets: n}), "a:1")
		raw := leader.(*conn).raw.(*pipe)
		learner.Start(newEars())
		small := proposal(1, "small")
		big := proposal(2, strings.Repeat("x", 700<<10))
		huge := proposal(3, strings.Repeat("x", 1500<<10))
		leader.Send([]packet.Packet{small, small, big, small, big, huge, small})
		leader.CloseAfterFlush()
		e := newEars()
		leader.Start(e)
		require.ErrorIs(t, e.end(), ErrClosed)
		s, b, h := size(&small), size(&big), size(&huge)
		require.Equal(t, []int{s + s + b + s, b, h, s}, raw.writes)
	})
}
