package vfs

import (
	"math"
	"os"

	"golang.org/x/sys/unix"
)

func allocate(f *os.File, off, n int64) error {
	return ignoringEINTR(func() error { return unix.Fallocate(int(f.Fd()), 0, off, n) }, "fallocate", f)
}

func syncData(f *os.File) error {
	return ignoringEINTR(func() error { return unix.Fdatasync(int(f.Fd())) }, "fdatasync", f)
}

// nextData asks the file system where data is; one that does not know says that all is. The position that it moves is used by nobody.
func nextData(f *os.File, off int64) (int64, error) {
	next, err := unix.Seek(int(f.Fd()), off, unix.SEEK_DATA)
	switch err {
	case nil:
		return next, nil
	case unix.ENXIO: // nothing more
		return math.MaxInt64, nil
	default:
		return off, nil
	}
}

func ignoringEINTR(call func() error, op string, f *os.File) error {
	for {
		err := call()
		if err == nil {
			return nil
		}
		if err != unix.EINTR {
			return &os.PathError{Op: op, Path: f.Name(), Err: err}
		}
	}
}
