package vfs

import (
	"os"

	"golang.org/x/sys/unix"
)

func allocate(f *os.File, off, n int64) error {
	return ignoringEINTR(func() error { return unix.Fallocate(int(f.Fd()), 0, off, n) }, "fallocate", f)
}

func syncData(f *os.File) error {
	return ignoringEINTR(func() error { return unix.Fdatasync(int(f.Fd())) }, "fdatasync", f)
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
