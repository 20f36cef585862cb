// Package vfs is the file system as persistence sees it: few operations, each with the durability
// that it gives spelled out, so that a test or a simulation can put a disk in its place that forgets.
//
//	OS()      the real one
//	New()     *Mem: in memory, and on Crash it loses what was not synced, tears writes, fails and fills up on demand
//
// The rules that both keep, and that callers may rely on, are those of a POSIX file system without favours:
// what was written survives a crash only after File.Sync; a name that was created, renamed or removed survives only after
// SyncDir of its directory; of what was not synced any part may survive, sector by sector, in any order.
package vfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// FS names files by slash-separated paths. All methods may be called from any goroutine.
// Errors answer to errors.Is with fs.ErrNotExist, fs.ErrPermission, fs.ErrExist, ErrFull and ErrReadOnly.
type FS interface {
	// Open opens an existing file for reading.
	Open(name string) (File, error)
	// OpenWrite opens an existing file for reading and writing.
	OpenWrite(name string) (File, error)
	// Create makes the file, or empties it, and opens it for reading and writing.
	Create(name string) (File, error)
	// Rename replaces newName by oldName at once: after a crash newName is the old or the new file, never a mixture.
	Rename(oldName, newName string) error
	Remove(name string) error
	MkdirAll(dir string) error
	// ReadDir lists a directory in the order of names.
	ReadDir(dir string) ([]Info, error)
	Stat(name string) (Info, error)
	// SyncDir makes the names in dir durable.
	SyncDir(dir string) error
	// Lock takes an exclusive lock on the file (made if absent) for as long as the process lives or until Close.
	// A lock that somebody holds is a *LockedError.
	Lock(name string) (io.Closer, error)
}

// File is an open file. It has no position of its own.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	// DataEnd is an offset from which on nothing stands but zeros that were reserved and never written, as far as the file system tells; at most
	// the size. To ask before reading saves reading them (and pages that were read count as written).
	DataEnd() (int64, error)
	Truncate(size int64) error
	// Allocate reserves disk space for [off, off+n), which reads as zeros where nothing was written, and grows the file to
	// off+n if it is shorter. It may be refused (errors.ErrUnsupported); it is an optimisation.
	Allocate(off, n int64) error
	// Sync returns when the content and size are durable (fdatasync).
	Sync() error
}

// Info describes a directory entry.
type Info struct {
	Name string
	Size int64
	Dir  bool
}

var (
	// ErrFull means that the disk, or the quota on it, has no room left.
	ErrFull = errors.New("no space left on device")
	// ErrReadOnly means that the file system does not take writes.
	ErrReadOnly = errors.New("read-only file system")
)

// LockedError says that another process, PID if known (else 0), holds the lock file Name.
type LockedError struct {
	Name string
	PID  int
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%s is locked by another process", e.Name)
	}
	return fmt.Sprintf("%s is locked by process %d", e.Name, e.PID)
}

// Exists tells whether name is there; an error other than its absence is returned.
func Exists(f FS, name string) (bool, error) {
	_, err := f.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// ReadFile reads a whole small file.
func ReadFile(f FS, name string) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size, err := file.Size()
	if err != nil {
		return nil, err
	}
	b := make([]byte, size)
	if _, err := file.ReadAt(b, 0); err != nil && err != io.EOF {
		return nil, err
	}
	return b, nil
}

// WriteFileAtomic makes name hold content, durably and all or nothing: it writes and syncs tmp (in the same
// directory dir), renames it to name and syncs the directory. Both names are full paths.
func WriteFileAtomic(f FS, dir, tmp, name string, content []byte) error {
	file, err := f.Create(tmp)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(content, 0)
	if err == nil {
		err = file.Sync()
	}
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = f.Rename(tmp, name)
	}
	if err != nil {
		f.Remove(tmp) // best effort: the error that matters is the first
		return err
	}
	return f.SyncDir(dir)
}
