package session

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func newSession(id int64, timeout int32, touched int64) *Session {
	s := &Session{ID: id}
	s.timeout.Store(timeout)
	s.Touch(touched)
	return s
}

// A bucket's time is the next multiple of the interval strictly behind the deadline.
func TestRoundUp(t *testing.T) {
	b := newBuckets(2000)
	for _, c := range []struct{ in, out int64 }{{0, 2000}, {1, 2000}, {1999, 2000}, {2000, 4000}, {2001, 4000}, {30000, 32000}} {
		require.Equal(t, c.out, b.roundUp(c.in), "%d", c.in)
	}
}

// Whatever is touched when: no session expires before its timeout has passed without a sign of life,
// each expires at the latest one interval and one look after that, and none twice.
func TestExpiryProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		interval := rapid.Int64Range(1, 3000).Draw(t, "interval")
		b := newBuckets(interval)
		n := rapid.IntRange(1, 20).Draw(t, "sessions")
		live := map[int64]*Session{}
		for i := range n {
			s := newSession(int64(i), rapid.Int32Range(1, 20000).Draw(t, "timeout"), 0)
			live[s.ID] = s
			b.add(s)
		}
		now := int64(0)
		for range 60 {
			now = b.roundUp(now)
			for _, s := range b.due(now) {
				require.Contains(t, live, s.ID, "expired twice")
				require.Greater(t, now, s.deadline(), "expired early")
				delete(live, s.ID)
			}
			for _, s := range live {
				require.LessOrEqual(t, now, b.roundUp(s.deadline()), "overdue")
				if rapid.Bool().Draw(t, "touch") {
					s.Touch(now + rapid.Int64Range(0, interval-1).Draw(t, "later"))
				}
			}
		}
	})
}

// A session that has ended is not reported, and a shortened timeout counts from its next look on.
func TestGoneSessionsAreForgotten(t *testing.T) {
	b := newBuckets(1000)
	s := newSession(1, 500, 0)
	b.add(s)
	s.state.Store(gone)
	require.Empty(t, b.due(10_000))
	require.Empty(t, b.at)
}
