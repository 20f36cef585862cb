package learner

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/zab/packet"
)

// round is how many proposals come at once.
const round = 190

// rounds makes a function that takes a follower through a round: proposals come, are durable, are committed. Outputs are
// counted and let go.
func rounds(t testing.TB) func() {
	l := New(Options{InitLimit: 10, SyncLimit: 5})
	for _, p := range []packet.Packet{packet.LeaderInfoPacket(9), diff, newLeader, upToDate} {
		l.Step(p)
		require.NoError(t, l.Ready().Done)
	}
	require.True(t, l.Serving())
	var data [round][150]byte
	logged, sent, delivered, next := 0, 0, 0, uint32(0)
	carryOut := func() {
		r := l.Ready()
		logged, sent, delivered = logged+len(r.Log), sent+len(r.Send), delivered+len(r.Deliver)
	}
	return func() {
		first := next + 1
		for i := range data {
			next++
			binary.BigEndian.PutUint64(data[i][12:], uint64(z(next)))
			l.Step(packet.Packet{Kind: packet.Proposal, Zxid: z(next), Data: data[i][:]})
		}
		carryOut()
		for n := first; n <= next; n++ {
			l.Logged(z(n))
		}
		carryOut()
		for n := first; n <= next; n++ {
			l.Step(commit(n))
		}
		carryOut()
		if logged != round || sent != round || delivered != round {
			t.Fatalf("%d logged, %d acked, %d delivered", logged, sent, delivered)
		}
		logged, sent, delivered = 0, 0, 0
	}
}

// BenchmarkRound is a follower's work for 190 transactions.
func BenchmarkRound(b *testing.B) {
	turn := rounds(b)
	b.ReportAllocs()
	for b.Loop() {
		turn()
	}
}

// When its lists have grown to the size of the rounds a follower allocates nothing.
func TestRoundAllocatesNothing(t *testing.T) {
	turn := rounds(t)
	for range 10 {
		turn()
	}
	require.Zero(t, testing.AllocsPerRun(20, turn))
}
