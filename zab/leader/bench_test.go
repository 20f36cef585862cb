package leader

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/zab"
	"troupe/zab/packet"
)

// round is how many proposals a leader takes at once from 16 clients with some requests under way each.
const round = 190

// rounds makes a function that takes a leader with two followers through a round: proposed, in the own log, acked by both, applied.
// Outputs are counted and let go.
func rounds(t testing.TB) func() {
	l := New(options())
	sent, next := 0, uint32(0)
	carryOut := func() {
		for {
			r := l.Ready()
			sent += len(r.Send)
			for _, s := range r.Synchronise {
				l.Synchronise(s, nil)
			}
			if r.Activate {
				l.Serving()
			}
			if len(r.Synchronise) == 0 && !r.Activate {
				return
			}
		}
	}
	followers := []ID{2, 3}
	for _, id := range followers {
		l.Connect(id)
		l.Step(id, info(int64(id), 0))
		l.Step(id, packet.AckEpochPacket(0, 0))
		carryOut()
		l.Step(id, ack(e1(0)))
		carryOut()
	}
	require.True(t, l.Established())
	data := make([]byte, 150)
	return func() {
		first := next + 1
		for range round {
			next++
			if err := l.Propose(zab.Entry{Zxid: e1(next), Data: data}, nil); err != nil {
				t.Fatal(err)
			}
		}
		carryOut()
		l.Logged(e1(next))
		carryOut()
		for _, id := range followers {
			for n := first; n <= next; n++ {
				l.Step(id, ack(e1(n)))
			}
			carryOut()
		}
		if err := l.Applied(e1(next)); err != nil {
			t.Fatal(err)
		}
		carryOut()
		if want := 2 * round * len(followers); sent < want {
			t.Fatalf("%d packets sent, not %d", sent, want)
		}
		sent = 0
	}
}

// BenchmarkRound is the leader's work for 190 transactions.
func BenchmarkRound(b *testing.B) {
	turn := rounds(b)
	b.ReportAllocs()
	for b.Loop() {
		turn()
	}
}

// When its lists have grown to the size of the rounds a leader allocates nothing.
func TestRoundAllocatesNothing(t *testing.T) {
	turn := rounds(t)
	for range 10 {
		turn()
	}
	require.Zero(t, testing.AllocsPerRun(20, turn))
}
