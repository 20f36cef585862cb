package persistence

import (
	"encoding/binary"
	"fmt"
	"io"

	"troupe/jute"
	"troupe/tree"
)

// A snapshot is read and handed on in pieces of window bytes, or less if the file is small.
const (
	window    = 256 << 10
	minWindow = 16 << 10
)

// snapReader is a window on the uncompressed bytes: buf[pos:] is read, but not consumed. Consumed bytes are summed up when they leave.
type snapReader struct {
	src io.Reader
	buf []byte
	pos int
	off int64  // offset in the content of buf[0]
	sum *adler // nil: nothing is summed up

	// exact: src goes on behind the content, and nothing of that may be read. behind is how many bytes of the content follow, at the least, on
	// whatever is asked for: they are read ahead, so that a node takes two reads of src and not five.
	exact  bool
	behind int

	size     int64 // of the content; 0: not known, since it is compressed
	newest   int64 // largest zxid in the nodes
	digests  bool  // the tree wants them
	digester tree.Digester
}

// steady repeats an error for ever.
type steady struct {
	src io.Reader
	err error
}

func (s *steady) Read(b []byte) (n int, err error) {
	if s.err == nil {
		n, s.err = s.src.Read(b)
	}
	return n, s.err
}

func (r *snapReader) bad(reason string, err error) error {
	return &SnapshotError{Offset: r.off + int64(r.pos), Reason: reason, Err: err}
}

// need makes sure that n more bytes are in the window. It grows only as bytes arrive, whatever n claims.
func (r *snapReader) need(n int) error {
	if len(r.buf)-r.pos >= n {
		return nil
	}
	if r.exact {
		return r.needExactly(n)
	}
	r.drop(r.pos)
	if missing := n - len(r.buf); missing > cap(r.buf)-len(r.buf) {
		var err error
		if r.buf, err = readGrowing(r.src, r.buf, missing); err != nil {
			return r.bad("it ends too early", err)
		}
		return nil
	}
	k, err := io.ReadFull(r.src, r.buf[len(r.buf):cap(r.buf)])
	r.buf = r.buf[:len(r.buf)+k]
	if len(r.buf) >= n {
		return nil // an error comes again when more is needed
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return r.bad("it ends too early", err)
}

// needExactly is need where nothing behind the content may be read. Consumed bytes stay in the window as long as there is room for them.
func (r *snapReader) needExactly(n int) error {
	if !r.fits(n) {
		r.drop(r.pos)
	}
	var err error
	r.buf, err = readGrowing(r.src, r.buf, r.pos+n+r.behind-len(r.buf))
	if len(r.buf)-r.pos < n {
		return r.bad("it ends too early", err)
	}
	return nil // an error comes again when more is needed
}

// fits tells whether n more bytes have room in the window beside the consumed ones.
func (r *snapReader) fits(n int) bool { return r.pos+n+r.behind <= cap(r.buf) }

// drop lets the first n bytes of the window go.
func (r *snapReader) drop(n int) {
	r.sumUp(r.buf[:n])
	r.buf = r.buf[:copy(r.buf, r.buf[n:])]
	r.pos -= n
	r.off += int64(n)
}

func (r *snapReader) sumUp(b []byte) {
	if r.sum != nil {
		r.sum.add(b)
	}
}

func (r *snapReader) int() (int32, error) {
	if err := r.need(4); err != nil {
		return 0, err
	}
	r.pos += 4
	return int32(binary.BigEndian.Uint32(r.buf[r.pos-4:])), nil
}

func (r *snapReader) long() (int64, error) {
	if err := r.need(8); err != nil {
		return 0, err
	}
	r.pos += 8
	return int64(binary.BigEndian.Uint64(r.buf[r.pos-8:])), nil
}

// count reads the length of a list; null is -1.
func (r *snapReader) count(what string) (int, error) {
	n, err := r.int()
	if err == nil && n < null {
		err = r.bad(fmt.Sprintf("%d %s", n, what), nil)
	}
	return int(n), err
}

// null is the length of what is not there.
const null = -1

func (r *snapReader) ustring() (string, error) {
	n, err := r.count("bytes of text")
	if err != nil || n == null {
		return jute.Null, err
	}
	if err := r.need(n); err != nil {
		return "", err
	}
	r.pos += n
	return jute.Text(r.buf[r.pos-n : r.pos]), nil
}

// checkSum consumes a checksum and its end mark, and compares it with everything before.
func (r *snapReader) checkSum() error {
	r.drop(r.pos)
	want := int64(*r.sum)
	got, err := r.long()
	if err != nil {
		return err
	}
	mark, err := r.ustring()
	if err != nil {
		return err
	}
	if got != want || mark != "/" {
		return r.bad("its checksum is wrong", nil)
	}
	return nil
}

// rest is how many bytes are left up to the end of the file, which is at most maxTrailer away.
func (r *snapReader) rest() (int, error) {
	r.drop(r.pos)
	for len(r.buf) <= maxTrailer {
		if cap(r.buf) <= maxTrailer {
			r.buf = append(make([]byte, 0, 2*maxTrailer), r.buf...)
		}
		n, err := r.src.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+n]
		if err == io.EOF {
			return len(r.buf), nil
		}
		if err != nil {
			return 0, r.bad("it cannot be read to its end", err)
		}
	}
	return 0, r.bad("it goes on behind its end", nil)
}
