//go:build interop

package directories

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/ledger"
	"troupe/interop/peer"
	"troupe/interop/wire"
)

// TestKilledWhileWriting kills a server in the middle of many writes and lets the other kind open what is
// left, again and again in turn: all that one of them has acknowledged, the next one has.
func TestKilledWhileWriting(t *testing.T) {
	o := peer.Options{DataDir: t.TempDir(), Settings: []string{"snapCount=300", "preAllocSize=64"}}
	w := &ledger.Writer{Root: "/w"}
	for round, kind := range []peer.Kind{peer.Apache, peer.Target(), peer.Apache, peer.Target(), peer.Apache} {
		s := peer.Start(t, kind, o)
		c, err := wire.Connect(s.Addr, 5000)
		require.NoError(t, err)
		require.NoError(t, w.Open(c), "%s in round %d", kind, round)
		before := w.Acked
		done := make(chan error, 1)
		go func() { done <- w.Run(c, 40, 1<<30, nil) }()
		<-time.After(700 * time.Millisecond)
		s.Kill()
		require.ErrorIs(t, <-done, wire.ErrClosed, "%s in round %d", kind, round)
		c.Close()
		t.Logf("round %d: %s acknowledged %d writes", round, kind, w.Acked-before)
	}
	s := peer.Start(t, peer.Target(), o)
	c, err := wire.Connect(s.Addr, 5000)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, w.Verify(c))
}
