package persistence

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/persistence/vfs"
)

// Fault: read-only directory.
func TestReadOnlyDirectory(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	logAll(t, s, tr, creates(1, 3)...)
	f.SetReadOnly(true)
	err := s.Close()
	require.ErrorIs(t, err, vfs.ErrReadOnly)

	_, err = Open(f, testOptions(nil))
	var bad *DirError
	require.ErrorAs(t, err, &bad)
	require.Equal(t, dir, bad.Dir)
	require.ErrorContains(t, err, "cannot be written to")

	f = vfs.New()
	f.SetReadOnly(true)
	_, err = Open(f, testOptions(nil))
	require.ErrorContains(t, err, "cannot be made")
}

// Fault: directory in use by another process, on the real file system: the error names the process, and the end of it frees the
// directory. Apache takes no notice of the lock file.
func TestDirectoryInUse(t *testing.T) {
	o := DefaultOptions(t.TempDir())
	o.DataLogDir = t.TempDir()
	s := mustOpen(t, vfs.OS(), o)
	_, err := Open(vfs.OS(), o)
	var locked *LockedError
	require.ErrorAs(t, err, &locked)
	require.Equal(t, os.Getpid(), locked.PID)
	require.ErrorContains(t, err, filepath.Join(o.DataDir, versionDir)+" is in use by process "+strconv.Itoa(os.Getpid()))

	other := DefaultOptions(t.TempDir())
	other.DataLogDir = o.DataLogDir
	_, err = Open(vfs.OS(), other)
	require.ErrorContains(t, err, o.DataLogDir, "the log directory is locked for itself")
	mustOpenAndClose(t, DefaultOptions(other.DataDir), "the first lock was given back")

	require.NoError(t, s.Close())
	mustOpenAndClose(t, o, "closed, so free")
}

func mustOpenAndClose(t *testing.T, o Options, why string) {
	s, err := Open(vfs.OS(), o)
	require.NoError(t, err, why)
	require.NoError(t, s.Close())
}

// Fault: directories that are missing and must not be made, or exchanged.
func TestWrongDirectories(t *testing.T) {
	o := testOptions(nil)
	o.AutoCreateDirs = false
	_, err := Open(vfs.New(), o)
	require.ErrorContains(t, err, "/d/version-2: is missing, and datadir.autocreate=false")

	f := vfs.New()
	o = testOptions(nil)
	o.DataLogDir = "/log"
	s, tr := started(t, f, o)
	logAll(t, s, tr, creates(1, 2)...)
	require.NoError(t, s.Close())
	o.DataDir, o.DataLogDir = o.DataLogDir, o.DataDir
	_, err = Open(f, o)
	require.ErrorContains(t, err, "are dataDir and dataLogDir exchanged?")

	o = testOptions(nil)
	o.DataDir = ""
	_, err = Open(f, o)
	require.ErrorContains(t, err, "dataDir is not set")
	o = testOptions(nil)
	o.Compression = "zip"
	_, err = Open(f, o)
	require.ErrorContains(t, err, "must be empty, gz or snappy")
}

// Errors that the operating system gives for a directory are passed on, not taken for its absence.
func TestUnreadableDirectory(t *testing.T) {
	f := vfs.New()
	s, _ := started(t, f, testOptions(nil))
	require.NoError(t, s.Close())
	s = mustOpen(t, f, testOptions(nil))
	f.SetFault(func(op vfs.Op, name string) error {
		if op == vfs.OpReadDir {
			return fs.ErrPermission
		}
		return nil
	})
	_, _, err := s.Load()
	require.ErrorIs(t, err, fs.ErrPermission)
	_, err = Open(f, testOptions(nil))
	require.Error(t, err)
}
