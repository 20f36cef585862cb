package quorum

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Who never comes to serve looks for a leader again at once a few times, then more and more seldom.
func TestAfterFutileRoles(t *testing.T) {
	for roles := range 4 {
		require.Zero(t, afterFutile(roles))
	}
	before := time.Duration(0)
	for roles := 4; roles < 100; roles++ {
		now := afterFutile(roles)
		require.GreaterOrEqual(t, now, before)
		before = now
	}
	require.Equal(t, time.Second, before)
}
