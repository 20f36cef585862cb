//go:build interop

package robust

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/ledger"
	"troupe/interop/peer"
	"troupe/interop/wire"
)

// Exit codes of operations.md §1.
const (
	exitUnexpected = 1 // damaged data
	exitConfig     = 2
	exitDataDir    = 3
)

// written gives a directory with a snapshot of a part of a ledger and a log of the rest, of a server that
// was killed, and the writer that knows what it must hold.
func written(t *testing.T) (string, *ledger.Writer) {
	t.Helper()
	dir := t.TempDir()
	w := &ledger.Writer{Root: "/w"}
	for range 2 { // each start writes a snapshot
		s := peer.Start(t, peer.Target(), peer.Options{DataDir: dir, Settings: []string{"preAllocSize=64",
			"snapCount=100000"}})
		c := connect(t, s)
		require.NoError(t, w.Open(c))
		require.NoError(t, w.Run(c, 20, 300, nil))
		s.Kill()
	}
	return dir, w
}

// opens checks that a server starts on the directory with all that was acknowledged.
func opens(t *testing.T, dir string, w *ledger.Writer) {
	t.Helper()
	s := peer.Start(t, peer.Target(), peer.Options{DataDir: dir})
	require.NoError(t, w.Verify(connect(t, s)))
	s.Kill()
}

// refuses checks that a server ends with the code and says all the words.
func refuses(t *testing.T, o peer.Options, code int, words ...string) {
	t.Helper()
	s := peer.Launch(t, peer.Target(), o)
	got := s.WaitExit(30 * time.Second)
	require.Equal(t, code, got, "exit code; the log ends:\n%s", s.LogTail(20))
	if peer.Target() == peer.Troupe {
		for _, w := range words {
			require.Contains(t, strings.ToLower(s.LogTail(5)), strings.ToLower(w), "the last lines must say what is wrong")
		}
	}
}

func files(t *testing.T, dir, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "version-2", pattern))
	require.NoError(t, err)
	require.NotEmpty(t, found, pattern)
	return found
}

// newest is the file of a pattern that was made last.
func newest(t *testing.T, dir, pattern string) string {
	t.Helper()
	var best string
	var when time.Time
	for _, f := range files(t, dir, pattern) {
		info, err := os.Stat(f)
		require.NoError(t, err)
		if info.ModTime().After(when) {
			best, when = f, info.ModTime()
		}
	}
	return best
}

// flip changes one bit of a file.
func flip(t *testing.T, file string, at int) {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Less(t, at, len(b))
	b[at] ^= 0x10
	require.NoError(t, os.WriteFile(file, b, 0o644))
}

// entryOffset finds where the n-th entry of a log starts.
func entryOffset(t *testing.T, file string, n int) int {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	at := 16
	for range n {
		size := int(binary.BigEndian.Uint32(b[at+8:]))
		require.Positive(t, size, "the log has fewer than %d entries", n)
		at += 12 + size + 1
	}
	return at
}

func TestDamageInTheMiddleOfALog(t *testing.T) {
	dir, _ := written(t)
	log := newest(t, dir, "log.*")
	at := entryOffset(t, log, 100)
	flip(t, log, at+30)
	refuses(t, peer.Options{DataDir: dir}, exitUnexpected, filepath.Base(log), fmt.Sprint(at))
}

func TestWrongMagicOfALog(t *testing.T) {
	dir, _ := written(t)
	log := newest(t, dir, "log.*")
	flip(t, log, 1)
	refuses(t, peer.Options{DataDir: dir}, exitUnexpected, filepath.Base(log), "magic")
}

func TestDamagedSnapshotFallsBackToAnOlderOne(t *testing.T) {
	dir, w := written(t)
	last := newest(t, dir, "snapshot.*")
	info, err := os.Stat(last)
	require.NoError(t, err)
	flip(t, last, int(info.Size())/2)
	opens(t, dir, w)
}

func TestAllSnapshotsDamaged(t *testing.T) {
	dir, _ := written(t)
	for _, f := range files(t, dir, "snapshot.*") {
		flip(t, f, 40)
	}
	refuses(t, peer.Options{DataDir: dir}, exitUnexpected, "snapshot.")
}

func TestEmptyFilesAreNoDamage(t *testing.T) {
	dir, w := written(t)
	for _, name := range []string{"snapshot.ffff", "log.ffff"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "version-2", name), nil, 0o644))
	}
	if peer.Target() == peer.Apache {
		t.Log("3.8.0 does not start with an empty log (fixed in 3.9): without it")
		require.NoError(t, os.Remove(filepath.Join(dir, "version-2", "log.ffff")))
	}
	opens(t, dir, w)
}

func TestForeignFilesAreNoDamage(t *testing.T) {
	dir, w := written(t)
	for _, name := range []string{"snapshot.zz", "log.", "README", "logs.1", "xsnapshot.1"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "version-2", name), []byte("not ours"), 0o644))
	}
	opens(t, dir, w)
}

func TestLogWithoutSnapshot(t *testing.T) {
	dir, w := written(t)
	for _, f := range files(t, dir, "snapshot.*") {
		require.NoError(t, os.Remove(f))
	}
	refuses(t, peer.Options{DataDir: dir}, exitUnexpected, "snapshot")
	s := peer.Start(t, peer.Target(), peer.Options{DataDir: dir, Settings: []string{"snapshot.trust.empty=true"}})
	require.NoError(t, w.Verify(connect(t, s)))
}

func TestTwoProcessesOnOneDirectory(t *testing.T) {
	if peer.Target() == peer.Apache {
		t.Log("Apache has no lock on its directory: nothing to run against it")
		return
	}
	s := start(t)
	c := connect(t, s)
	ok(t, c, create("/mine", nil))
	refuses(t, peer.Options{DataDir: s.DataDir}, exitDataDir, s.DataDir)
	ok(t, c, create("/still", nil))
	s.Kill() // the lock dies with its owner
	s = s.Again(t)
	ok(t, connect(t, s), wire.WatchReq(wire.OpExists, "/still", false))
}

func TestDirectoriesThatCannotBeUsed(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	refuses(t, peer.Options{DataDir: missing, Settings: []string{"datadir.autocreate=false"}}, exitDataDir, missing)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	refuses(t, peer.Options{DataDir: file}, exitDataDir, file)
	// Logs in the directory for snapshots: the two were mixed up.
	dir, _ := written(t)
	refuses(t, peer.Options{DataDir: dir, DataLogDir: t.TempDir()}, exitDataDir, dir)
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	for _, bad := range []string{"tickTime=0", "tickTime=abc", "minSessionTimeout=99999999", "maxClientCnxns=many"} {
		t.Run(bad, func(t *testing.T) {
			key, _, _ := strings.Cut(bad, "=")
			refuses(t, peer.Options{Settings: []string{bad}}, exitConfig, key)
		})
	}
}

func TestPortInUse(t *testing.T) {
	s := start(t)
	second := peer.Launch(t, peer.Target(), peer.Options{Port: port(t, s.Addr)})
	require.NotZero(t, second.WaitExit(30*time.Second))
	require.Contains(t, strings.ToLower(second.LogTail(60)), "address already in use")
	ok(t, connect(t, s), create("/alive", nil))
}

func port(t *testing.T, addr string) int {
	t.Helper()
	var n int
	_, err := fmt.Sscanf(addr, "127.0.0.1:%d", &n)
	require.NoError(t, err)
	return n
}
