package vfs

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// OS is the operating system's file system.
func OS() FS { return osFS{} }

type osFS struct{}

func (osFS) Open(name string) (File, error) { return open(name, os.O_RDONLY) }

func (osFS) OpenWrite(name string) (File, error) { return open(name, os.O_RDWR) }

func (osFS) Create(name string) (File, error) { return open(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC) }

func open(name string, flag int) (File, error) {
	f, err := os.OpenFile(name, flag, 0o644)
	if err != nil {
		return nil, osError(err)
	}
	return osFile{f}, nil
}

func (osFS) Rename(oldName, newName string) error { return osError(os.Rename(oldName, newName)) }

func (osFS) Remove(name string) error { return osError(os.Remove(name)) }

func (osFS) MkdirAll(dir string) error { return osError(os.MkdirAll(dir, 0o755)) }

func (osFS) ReadDir(dir string) ([]Info, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, osError(err)
	}
	infos := make([]Info, 0, len(entries))
	for _, e := range entries {
		fi, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since the list was read
		}
		if err != nil {
			return nil, osError(err)
		}
		infos = append(infos, Info{Name: e.Name(), Size: fi.Size(), Dir: e.IsDir()})
	}
	return infos, nil
}

func (osFS) Stat(name string) (Info, error) {
	fi, err := os.Stat(name)
	if err != nil {
		return Info{}, osError(err)
	}
	return Info{Name: fi.Name(), Size: fi.Size(), Dir: fi.IsDir()}, nil
}

func (osFS) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return osError(err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return osError(err)
	}
	return nil
}

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	fi, err := f.Stat()
	if err != nil {
		return 0, osError(err)
	}
	return fi.Size(), nil
}

func (f osFile) WriteAt(b []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(b, off)
	return n, osError(err)
}

func (f osFile) Truncate(size int64) error { return osError(f.File.Truncate(size)) }

func (f osFile) Allocate(off, n int64) error { return osError(allocate(f.File, off, n)) }

func (f osFile) DataEnd() (int64, error) {
	size, err := f.Size()
	if err != nil {
		return 0, err
	}
	return dataEnd(f.File, size), nil
}

func (f osFile) Sync() error { return osError(syncData(f.File)) }

// osError makes the errors of a full and of a read-only disk recognisable by the names of this package.
func osError(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return classified{err, ErrFull}
	case errors.Is(err, syscall.EROFS):
		return classified{err, ErrReadOnly}
	}
	return err
}

// classified reads as the system's error and is, for errors.Is, one of ours too.
type classified struct{ err, class error }

func (c classified) Error() string   { return c.err.Error() }
func (c classified) Unwrap() []error { return []error{c.err, c.class} }
