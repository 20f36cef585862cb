package heap

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A small heap gets the least, a larger one as much as lives, a large one the most and then the fraction; and the change is smooth.
func TestPercent(t *testing.T) {
	r := Rule{Least: 32 << 20, Most: 64 << 20, Fraction: 0.25}
	require.Equal(t, 800, r.Percent(0))
	require.Equal(t, 800, r.Percent(4<<20))
	require.Equal(t, 100, r.Percent(32<<20))
	require.Equal(t, 100, r.Percent(64<<20))
	require.Equal(t, 50, r.Percent(128<<20))
	require.Equal(t, 25, r.Percent(256<<20))
	require.Equal(t, 25, r.Percent(10<<30))
	last := r.Percent(0)
	for live := uint64(1 << 20); live < 1<<30; live += 1 << 20 {
		now := r.Percent(live)
		require.LessOrEqual(t, now, last)
		last = now
	}
}

// The setting follows the live heap up, and stop puts back what was there.
func TestPaceFollowsTheHeap(t *testing.T) {
	before := debug.SetGCPercent(77)
	defer debug.SetGCPercent(before)
	stop := Pace(Rule{Least: 8 << 20, Most: 8 << 20, Fraction: 0.2})
	ballast := make([]byte, 64<<20)
	require.Eventually(t, func() bool {
		runtime.GC()
		p := debug.SetGCPercent(20)
		debug.SetGCPercent(p)
		return p == 20
	}, 10*time.Second, time.Millisecond)
	runtime.KeepAlive(ballast)
	stop()
	require.Equal(t, 77, debug.SetGCPercent(77))
}
