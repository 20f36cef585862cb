package leader

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/zab"
	"troupe/zab/packet"
)

// What Ready gave stays as it is, whatever comes, until the next call.
func TestReadyHoldsUntilTheNext(t *testing.T) {
	b := established(t, options())
	for n := uint32(1); n < 50; n += 2 {
		require.NoError(t, b.l.Propose(entry(e1(n)), nil))
		r := b.l.Ready()
		require.NoError(t, b.l.Propose(entry(e1(n+1)), nil))
		b.l.Logged(e1(n + 1))
		b.l.Step(2, ack(e1(n)))
		require.Equal(t, []zab.Entry{entry(e1(n))}, r.Append)
		require.Len(t, r.Send, 1)
		require.Equal(t, entry(e1(n)).Data, r.Send[0].Packet.Data)
		require.Empty(t, r.Commit)
		r = b.l.Ready()
		b.l.Step(2, ack(e1(n+1)))
		require.Equal(t, []zab.Entry{entry(e1(n + 1))}, r.Append)
		require.Equal(t, []zab.Entry{entry(e1(n))}, r.Commit)
		require.Equal(t, []packet.Kind{packet.Proposal, packet.Commit}, []packet.Kind{r.Send[0].Packet.Kind, r.Send[1].Packet.Kind})
		require.Equal(t, []zab.Entry{entry(e1(n + 1))}, b.l.Ready().Commit)
		require.NoError(t, b.l.Applied(e1(n+1)))
	}
}

// Any number of voters may ack, each counts once, and what is withdrawn is not there any more.
func TestAcks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a acks
		want := map[int64]bool{}
		for _, sid := range rapid.SliceOf(rapid.Int64Range(-9, 9)).Draw(t, "sids") {
			if rapid.Bool().Draw(t, "acked") {
				a.add(sid)
				want[sid] = true
			} else {
				a.remove(sid)
				delete(want, sid)
			}
			moved := a // as proposals are in their queue
			a = acks{}
			for sid := int64(-9); sid <= 9; sid++ {
				require.Equal(t, want[sid], moved.has(sid), "%d", sid)
			}
			require.Equal(t, len(want), moved.n+len(moved.more))
			a = moved
		}
	})
}
