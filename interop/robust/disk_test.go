//go:build interop

package robust

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/ledger"
	"troupe/interop/peer"
	"troupe/interop/wire"
)

// smallDisk mounts a file system of the given size, if this process may. Where it may not, the unit tests of
// persistence with their injected file system stand alone, and the test says so and ends.
func smallDisk(t *testing.T, size string) (string, bool) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	require.NoError(t, os.Mkdir(dir, 0o755))
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Logf("mounting is not permitted here (%v): a full disk is tested in persistence only", err)
		return "", false
	}
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir, true
}

func remount(t *testing.T, dir, options string, flags uintptr) {
	t.Helper()
	require.NoError(t, syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|flags, options))
}

// TestFullDisk writes until the disk is full: the process ends and says why, and when there is room again all
// that was acknowledged is there.
func TestFullDisk(t *testing.T) {
	dir, may := smallDisk(t, "2m")
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
	remount(t, dir, "size=40m", 0)
	s = peer.Start(t, peer.Target(), peer.Options{DataDir: dir, Settings: []string{"preAllocSize=64"}})
	require.NoError(t, w.Verify(connect(t, s)))
	t.Logf("%d writes were acknowledged and are there", w.Acked)
}

// TestReadOnlyDisk starts on a directory that cannot be written.
func TestReadOnlyDisk(t *testing.T) {
	dir, may := smallDisk(t, "4m")
	if !may {
		return
	}
	s := peer.Start(t, peer.Target(), peer.Options{DataDir: dir, Settings: []string{"preAllocSize=64"}})
	ok(t, connect(t, s), create("/n", nil))
	s.Kill()
	remount(t, dir, "size=4m", syscall.MS_RDONLY)
	refuses(t, peer.Options{DataDir: dir}, exitDataDir, dir)
}
