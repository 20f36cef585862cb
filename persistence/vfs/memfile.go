package vfs

import (
	"io"
	"io/fs"
)

// content is the bytes of a file; those from len(data) to size are zeros that take no memory.
type content struct {
	data []byte
	size int64
}

// edit is one change of a file's content: data written at off, or, if truncate, the new size off.
type edit struct {
	off      int64
	data     []byte
	truncate bool
}

func (c *content) apply(e edit) {
	if e.truncate {
		if int64(len(c.data)) > e.off {
			c.data = c.data[:e.off:e.off] // the capacity goes too: what lies behind must not come back
		}
		c.size = e.off
		return
	}
	end := e.off + int64(len(e.data))
	if end > int64(len(c.data)) {
		if end > int64(cap(c.data)) {
			grown := make([]byte, len(c.data), end+end/2)
			copy(grown, c.data)
			c.data = grown
		}
		c.data = c.data[:end]
	}
	copy(c.data[e.off:], e.data)
	c.size = max(c.size, end)
}

func (c *content) readAt(b []byte, off int64) (int, error) {
	if off >= c.size {
		return 0, io.EOF
	}
	n := len(b)
	short := int64(n) > c.size-off
	if short {
		n = int(c.size - off)
	}
	k := 0
	if off < int64(len(c.data)) {
		k = copy(b[:n], c.data[off:])
	}
	clear(b[k:n])
	if short {
		return n, io.EOF
	}
	return n, nil
}

// do carries an edit out where it is seen and notes it as pending.
func (n *inode) do(e edit) {
	n.seen.apply(e)
	n.pending = append(n.pending, e)
}

// sync makes all that is pending durable.
func (n *inode) sync() {
	for _, e := range n.pending {
		n.safe.apply(e)
	}
	n.pending = nil
}

type memFile struct {
	fs       *Mem
	node     *inode
	name     string
	gen      int
	writable bool
	closed   bool
}

// enter locks the file system if the handle is alive and the operation may go on; the caller unlocks after nil.
func (f *memFile) enter(op Op) error {
	f.fs.mu.Lock()
	err := f.fs.check(op, f.name)
	switch {
	case f.gen != f.fs.gen:
		err = ErrCrashed
	case f.closed:
		err = fs.ErrClosed
	case !f.writable && (op == OpWrite || op == OpTruncate || op == OpAllocate):
		err = fs.ErrPermission
	}
	if err != nil {
		f.fs.mu.Unlock()
	}
	return err
}

func (f *memFile) ReadAt(b []byte, off int64) (int, error) {
	if err := f.enter(OpRead); err != nil {
		return 0, err
	}
	defer f.fs.mu.Unlock()
	return f.node.seen.readAt(b, off)
}

func (f *memFile) WriteAt(b []byte, off int64) (int, error) {
	if err := f.enter(OpWrite); err != nil {
		return 0, err
	}
	defer f.fs.mu.Unlock()
	granted := f.fs.reserve(f.node.seen.size, off+int64(len(b)))
	n := int(min(int64(len(b)), max(0, granted-off)))
	if n > 0 {
		f.node.do(edit{off: off, data: append([]byte(nil), b[:n]...)})
	}
	if n < len(b) {
		return n, &fs.PathError{Op: string(OpWrite), Path: f.name, Err: ErrFull}
	}
	return n, nil
}

// reserve lets a file grow from size to want as far as the capacity allows, and returns the size that it may have.
func (m *Mem) reserve(size, want int64) int64 {
	if want <= size {
		return want
	}
	if m.capacity > 0 {
		want = min(want, size+max(0, m.capacity-m.used))
	}
	m.used += want - size
	return want
}

func (f *memFile) Truncate(size int64) error {
	if err := f.enter(OpTruncate); err != nil {
		return err
	}
	defer f.fs.mu.Unlock()
	f.fs.used += size - f.node.seen.size
	f.node.do(edit{off: size, truncate: true})
	return nil
}

func (f *memFile) Allocate(off, n int64) error {
	if err := f.enter(OpAllocate); err != nil {
		return err
	}
	defer f.fs.mu.Unlock()
	size := f.node.seen.size
	if off+n <= size {
		return nil
	}
	if f.fs.capacity > 0 && f.fs.used+off+n-size > f.fs.capacity {
		return &fs.PathError{Op: string(OpAllocate), Path: f.name, Err: ErrFull}
	}
	f.fs.used += off + n - size
	f.node.do(edit{off: off + n, truncate: true})
	return nil
}

func (f *memFile) Size() (int64, error) {
	if err := f.enter(OpRead); err != nil {
		return 0, err
	}
	defer f.fs.mu.Unlock()
	return f.node.seen.size, nil
}

func (f *memFile) DataEnd() (int64, error) {
	if err := f.enter(OpRead); err != nil {
		return 0, err
	}
	defer f.fs.mu.Unlock()
	return int64(len(f.node.seen.data)), nil
}

func (f *memFile) Sync() error {
	if err := f.enter(OpSync); err != nil {
		return err
	}
	defer f.fs.mu.Unlock()
	f.node.sync()
	return nil
}

func (f *memFile) Close() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.closed {
		return fs.ErrClosed
	}
	f.closed = true
	return nil
}
