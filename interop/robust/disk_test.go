//go:build interop

package robust

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/ledger"
	"troupe/interop/peer"
	"troupe/interop/wire"
)

// TestFullDisk writes until the disk is full: the process ends and says why, and when there is room again all
// that was acknowledged is there.
func TestFullDisk(t *testing.T) {
	dir, may := peer.SmallDisk(t, "2m")
	if !may {
		return
	}
	s := peer.Start(t, peer.Target(), peer.Options{DataDir: dir, Settings: []string{"preAllocSize=64",
		"snapCount=1000000"}})
	w := &ledger.Writer{Root: "/w"}
	c := connect(t, s)
	require.NoError(t, w.Open(c))
	err := w.Run(c, 50, 1_000_000, nil)
	require.ErrorIs(t, err, wire.ErrClosed, "the server stops serving")
	require.NotZero(t, s.WaitExit(20*time.Second))
	if peer.Target() == peer.Troupe {
		require.Contains(t, strings.ToLower(s.LogTail(5)), "no space left")
	}
	peer.Remount(t, dir, "size=40m", 0)
	s = peer.Start(t, peer.Target(), peer.Options{DataDir: dir, Settings: []string{"preAllocSize=64"}})
	require.NoError(t, w.Verify(connect(t, s)))
	t.Logf("%d writes were acknowledged and are there", w.Acked)
}

// TestReadOnlyDisk starts on a directory that cannot be written.
func TestReadOnlyDisk(t *testing.T) {
	dir, may := peer.SmallDisk(t, "4m")
	if !may {
		return
	}
	s := peer.Start(t, peer.Target(), peer.Options{DataDir: dir, Settings: []string{"preAllocSize=64"}})
	ok(t, connect(t, s), create("/n", nil))
	s.Kill()
	peer.Remount(t, dir, "size=4m", syscall.MS_RDONLY)
	refuses(t, peer.Options{DataDir: dir}, exitDataDir, dir)
}
