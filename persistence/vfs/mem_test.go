package vfs

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func write(t require.TestingT, f File, off int64, s string) {
	n, err := f.WriteAt([]byte(s), off)
	require.NoError(t, err)
	require.Equal(t, len(s), n)
}

// durableFile makes a file whose name survives; its content is not synced.
func durableFile(t require.TestingT, m *Mem, name string) File {
	f, err := m.Create(name)
	require.NoError(t, err)
	require.NoError(t, m.SyncDir("/"))
	return f
}

// What was synced survives every crash; a handle from before is dead, and so is a lock.
func TestSyncedSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := New()
		f := durableFile(t, m, "/a")
		write(t, f, 0, "hello")
		require.NoError(t, f.Sync())
		write(t, f, 3, "XXXXXXXXXX")
		_, err := m.Lock("/lock")
		require.NoError(t, err)
		m.Crash(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)))

		b, err := ReadFile(m, "/a")
		require.NoError(t, err)
		require.Equal(t, "hel", string(b[:3]))
		require.GreaterOrEqual(t, len(b), 5)
		_, err = f.WriteAt([]byte("x"), 0)
		require.ErrorIs(t, err, ErrCrashed)
		require.ErrorIs(t, f.Sync(), ErrCrashed)
		l, err := m.Lock("/lock")
		require.NoError(t, err, "the crash let go of the lock")
		require.NoError(t, l.Close())
	})
}

// Unsynced bytes may be lost, kept, or torn: over many crashes all of it is seen, and never a byte that nobody wrote.
func TestUnsyncedMayTear(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(200) {
		m := New()
		f := durableFile(t, m, "/a")
		content := make([]byte, 4*sector)
		for i := range content {
			content[i] = byte(1 + i/sector)
		}
		_, err := f.WriteAt(content, 0)
		require.NoError(t, err)
		m.Crash(rand.New(rand.NewPCG(seed, 1)))
		b, err := ReadFile(m, "/a")
		require.NoError(t, err)
		whole, zero := 0, 0
		for i, c := range b {
			require.True(t, c == 0 || c == content[i])
			if c == 0 {
				zero++
			} else {
				whole++
			}
		}
		switch {
		case len(b) == 0:
			seen["lost"] = true
		case whole == len(content):
			seen["kept"] = true
		case zero > 0:
			seen["scattered"] = true
		case len(b) < len(content):
			seen["torn"] = true
		}
	}
	require.Equal(t, map[string]bool{"lost": true, "kept": true, "scattered": true, "torn": true}, seen)
}

// A name survives only after SyncDir, however well the content was synced; so do a rename and a removal.
func TestNamesNeedSyncDir(t *testing.T) {
	outcomes := map[string]bool{}
	for seed := range uint64(64) {
		m := New()
		old := durableFile(t, m, "/old")
		write(t, old, 0, "old")
		require.NoError(t, old.Sync())
		f, err := m.Create("/new")
		require.NoError(t, err)
		write(t, f, 0, "new")
		require.NoError(t, f.Sync())
		require.NoError(t, m.Rename("/new", "/old"))
		m.Crash(rand.New(rand.NewPCG(seed, 2)))
		b, err := ReadFile(m, "/old")
		require.NoError(t, err, "the rename leaves the old or the new file")
		outcomes[string(b)] = true
		there, err := Exists(m, "/new")
		require.NoError(t, err)
		require.False(t, there && string(b) == "new")
	}
	require.Equal(t, map[string]bool{"old": true, "new": true}, outcomes)

	m := New()
	f := durableFile(t, m, "/a")
	require.NoError(t, f.Sync())
	require.NoError(t, m.Remove("/a"))
	require.NoError(t, m.SyncDir("/"))
	m.Crash(rand.New(rand.NewPCG(1, 1)))
	there, err := Exists(m, "/a")
	require.NoError(t, err)
	require.False(t, there)
}

// A file is lost with a directory that was not durable, also when its own name was.
func TestOrphansAreDropped(t *testing.T) {
	lost := false
	for seed := range uint64(32) {
		m := New()
		require.NoError(t, m.MkdirAll("/d/e"))
		_, err := m.Create("/d/e/f")
		require.NoError(t, err)
		require.NoError(t, m.SyncDir("/d/e"))
		m.Crash(rand.New(rand.NewPCG(seed, 3)))
		file, err := Exists(m, "/d/e/f")
		require.NoError(t, err)
		dir, err := Exists(m, "/d/e")
		require.NoError(t, err)
		require.False(t, file && !dir)
		lost = lost || !file
	}
	require.True(t, lost)
}

// The same seed gives the same disk.
func TestCrashReplays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		var disks []string
		for range 2 {
			m := New()
			all := ""
			for _, name := range []string{"/a", "/b", "/c"} {
				f := durableFile(t, m, name)
				write(t, f, 700, "some bytes that are not synced")
				require.NoError(t, f.Truncate(5000))
			}
			m.Crash(rand.New(rand.NewPCG(seed, 4)))
			infos, err := m.ReadDir("/")
			require.NoError(t, err)
			for _, info := range infos {
				b, err := ReadFile(m, "/"+info.Name)
				require.NoError(t, err)
				all += info.Name + string(b)
			}
			disks = append(disks, all)
		}
		require.Equal(t, disks[0], disks[1])
	})
}

// A full disk takes what fits and says so; room that is given back can be used again.
func TestCapacity(t *testing.T) {
	m := New()
	m.SetCapacity(10)
	f := durableFile(t, m, "/a")
	n, err := f.WriteAt([]byte("0123456789ab"), 0)
	require.ErrorIs(t, err, ErrFull)
	require.Equal(t, 10, n)
	require.ErrorIs(t, f.Allocate(0, 11), ErrFull)
	require.Equal(t, int64(10), m.Used())
	require.NoError(t, f.Truncate(4))
	write(t, f, 4, "xy")
	require.NoError(t, m.Remove("/a"))
	require.Zero(t, m.Used())
}

// Injected faults and a read-only disk come back as the error of the operation, which has no effect.
func TestFaults(t *testing.T) {
	m := New()
	f := durableFile(t, m, "/a")
	boom := errors.New("boom")
	m.SetFault(func(op Op, name string) error {
		if op == OpWrite && name == "/a" {
			return boom
		}
		return nil
	})
	_, err := f.WriteAt([]byte("x"), 0)
	require.ErrorIs(t, err, boom)
	size, err := f.Size()
	require.NoError(t, err)
	require.Zero(t, size)
	m.SetFault(nil)

	m.SetReadOnly(true)
	_, err = m.Create("/b")
	require.ErrorIs(t, err, ErrReadOnly)
	require.ErrorIs(t, m.MkdirAll("/d"), ErrReadOnly)
	require.ErrorIs(t, m.Remove("/a"), ErrReadOnly)
	_, err = f.WriteAt([]byte("x"), 0)
	require.ErrorIs(t, err, ErrReadOnly)
	_, err = m.Open("/a")
	require.NoError(t, err)
}

// Kill ends the process, not the machine: everything that was written is there.
func TestKill(t *testing.T) {
	m := New()
	f, err := m.Create("/a")
	require.NoError(t, err)
	write(t, f, 0, "hello")
	m.Kill()
	b, err := ReadFile(m, "/a")
	require.NoError(t, err)
	require.Equal(t, "hello", string(b))
	require.ErrorIs(t, f.Sync(), ErrCrashed)
}

// Both file systems agree on what the operations do, as long as nothing crashes.
func TestConformance(t *testing.T) {
	base := t.TempDir()
	for name, f := range map[string]struct {
		fs   FS
		root string
	}{"os": {OS(), base}, "mem": {New(), "/base"}} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, f.fs.MkdirAll(f.root+"/x/y"))
			file, err := f.fs.Create(f.root + "/x/f")
			require.NoError(t, err)
			require.NoError(t, file.Allocate(16, 4080))
			write(t, file, 100, "abc")
			require.NoError(t, file.Sync())
			size, err := file.Size()
			require.NoError(t, err)
			require.Equal(t, int64(4096), size)
			b := make([]byte, 6)
			n, err := file.ReadAt(b, 98)
			require.NoError(t, err)
			require.Equal(t, "\x00\x00abc\x00", string(b[:n]))
			n, err = file.ReadAt(b, 4094)
			require.Equal(t, io.EOF, err)
			require.Equal(t, 2, n)
			require.NoError(t, file.Truncate(101))
			require.NoError(t, file.Truncate(104))
			b, err = ReadFile(f.fs, f.root+"/x/f")
			require.NoError(t, err)
			require.Equal(t, "a\x00\x00\x00", string(b[100:]))
			require.NoError(t, file.Close())

			_, err = f.fs.Open(f.root + "/x/none")
			require.ErrorIs(t, err, fs.ErrNotExist)
			_, err = f.fs.OpenWrite(f.root + "/x/none")
			require.ErrorIs(t, err, fs.ErrNotExist)
			_, err = f.fs.Create(f.root + "/none/f")
			require.ErrorIs(t, err, fs.ErrNotExist)
			_, err = f.fs.ReadDir(f.root + "/none")
			require.ErrorIs(t, err, fs.ErrNotExist)
			require.Error(t, f.fs.SyncDir(f.root+"/none"))
			there, err := Exists(f.fs, f.root+"/none")
			require.NoError(t, err)
			require.False(t, there)

			read, err := f.fs.Open(f.root + "/x/f")
			require.NoError(t, err)
			_, err = read.WriteAt([]byte("x"), 0)
			require.Error(t, err, "opened for reading")
			require.NoError(t, read.Close())

			require.NoError(t, f.fs.Rename(f.root+"/x/f", f.root+"/x/a"))
			require.NoError(t, f.fs.SyncDir(f.root+"/x"))
			infos, err := f.fs.ReadDir(f.root + "/x")
			require.NoError(t, err)
			require.Len(t, infos, 2)
			require.Equal(t, Info{Name: "a", Size: 104}, infos[0])
			require.Equal(t, "y", infos[1].Name)
			require.True(t, infos[1].Dir)

			require.NoError(t, WriteFileAtomic(f.fs, f.root, f.root+"/tmp", f.root+"/number", []byte("42")))
			b, err = ReadFile(f.fs, f.root+"/number")
			require.NoError(t, err)
			require.Equal(t, "42", string(b))
			there, err = Exists(f.fs, f.root+"/tmp")
			require.NoError(t, err)
			require.False(t, there)

			lock, err := f.fs.Lock(f.root + "/lock")
			require.NoError(t, err)
			_, err = f.fs.Lock(f.root + "/lock")
			var held *LockedError
			require.ErrorAs(t, err, &held)
			require.NotZero(t, held.PID)
			require.ErrorContains(t, err, "locked by process")
			require.NoError(t, lock.Close())
			lock, err = f.fs.Lock(f.root + "/lock")
			require.NoError(t, err)
			require.NoError(t, lock.Close())
			require.NoError(t, f.fs.Remove(f.root+"/x/a"))
			require.Error(t, f.fs.Remove(f.root+"/x/a"))
		})
	}
}

// Errors of the operating system are recognised by class, and read as they are.
func TestOSErrorClasses(t *testing.T) {
	err := osError(&fs.PathError{Op: "write", Path: "/x", Err: syscall.ENOSPC})
	require.ErrorIs(t, err, ErrFull)
	require.EqualError(t, err, "write /x: no space left on device")
	require.ErrorIs(t, osError(&fs.PathError{Op: "open", Path: "/x", Err: syscall.EROFS}), ErrReadOnly)
	require.NoError(t, osError(nil))
}
