package sim

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"troupe/persistence/vfs"
)

var errSkipped = errors.New("fsync skipped")

// files are those of a machine, for a server.
type files struct {
	*vfs.Mem
	bug *Bug
}

// Rename implements vfs.FS.
func (f files) Rename(from, to string) error {
	if f.bug.ForgetAccepted && path.Base(to) == "acceptedEpoch" {
		if _, err := f.Stat(to); err == nil {
			return f.Remove(from)
		}
	}
	return f.Mem.Rename(from, to)
}

// SyncDir implements vfs.FS.
func (f files) SyncDir(dir string) error {
	if f.bug.SkipSyncDir {
		return nil
	}
	return f.Mem.SyncDir(dir)
}

// Open implements vfs.FS.
func (f files) Open(name string) (vfs.File, error) { return lazy(f.Mem.Open(name)) }

// Create implements vfs.FS, and hides fsyncs that a deliberate mistake leaves out.
func (f files) Create(name string) (vfs.File, error) { return lazy(f.Mem.Create(name)) }

// OpenWrite implements vfs.FS.
func (f files) OpenWrite(name string) (vfs.File, error) { return lazy(f.Mem.OpenWrite(name)) }

func lazy(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return lazyFile{f}, nil
}

type lazyFile struct{ vfs.File }

// Sync implements vfs.File.
func (f lazyFile) Sync() error {
	if err := f.File.Sync(); !errors.Is(err, errSkipped) {
		return err
	}
	return nil
}

// backup copies a machine's files, as an operator does while the server runs.
func (m *machine) backup() map[string][]byte {
	m.disk.SetFault(nil)
	defer m.disk.SetFault(m.fault)
	files := map[string][]byte{}
	var walk func(dir string)
	walk = func(dir string) {
		infos, err := m.disk.ReadDir(dir)
		must(err)
		for _, i := range infos {
			name := dir + "/" + i.Name
			if i.Dir {
				walk(name)
				continue
			}
			f, err := m.disk.Open(name)
			must(err)
			b := make([]byte, i.Size)
			if _, err := f.ReadAt(b, 0); i.Size > 0 {
				must(err)
			}
			files[name] = b
			must(f.Close())
		}
	}
	walk(dataDir)
	return files
}

// restore puts copied files onto a new disk.
func (m *machine) restore(files map[string][]byte) {
	m.format(false)
	m.disk.SetFault(nil)
	defer m.disk.SetFault(m.fault)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		dir := path.Dir(name)
		must(m.disk.MkdirAll(dir))
		must(m.disk.SyncDir(dataDir))
		must(vfs.WriteFileAtomic(m.disk, dir, dir+"/tmp", name, files[name]))
	}
}

// must: the simulated disk does not fail when nobody lets it.
func must(err error) {
	if err != nil {
		panic(fmt.Errorf("copying files: %w", err))
	}
}
