package persistence

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/golang/snappy"

	"troupe/persistence/vfs"
)

// Framing of snappy-java's SnappyOutputStream: a magic and two versions, then blocks of {int compressed length, raw snappy block}.
const (
	snappyMagic     = "\x82SNAPPY\x00"
	snappyHeader    = snappyMagic + "\x00\x00\x00\x01\x00\x00\x00\x01"
	snappyBlockSize = 32 << 10
	// maxSnappyBlock bounds what a block may say it holds; snappy-java's own block size can be configured, but not to this.
	maxSnappyBlock = 64 << 20
)

// bufferSize is that of the buffers between compression and file.
const bufferSize = 256 << 10

// syncEvery spreads the writing of a large snapshot: so much is handed to the disk at once. Less delays the log's own syncs more often (with 16 MiB
// the p99 of a commit beside a snapshot doubled), more delays one of them longer (all 200 MB at the end: 70 to 100 ms in place of 35).
const syncEvery = 64 << 20

// fileWriter appends to a file that is not read before it is finished.
type fileWriter struct {
	file   vfs.File
	pos    int64
	synced int64
}

func (w *fileWriter) Write(b []byte) (int, error) {
	n, err := w.file.WriteAt(b, w.pos)
	w.pos += int64(n)
	if err == nil && w.pos-w.synced >= syncEvery {
		err, w.synced = w.file.Sync(), w.pos
	}
	return n, err
}

// compressor returns a writer of uncompressed bytes; finish writes out what it still holds.
func compressor(w io.Writer, c Compression) (out io.Writer, finish func() error) {
	buffered := bufio.NewWriterSize(w, bufferSize)
	switch c {
	case Gzip:
		z, err := gzip.NewWriterLevel(buffered, gzip.BestSpeed)
		if err != nil {
			panic(err) // only for an invalid level
		}
		return z, func() error {
			if err := z.Close(); err != nil {
				return err
			}
			return buffered.Flush()
		}
	case Snappy:
		z := &snappyWriter{out: buffered, block: make([]byte, 0, snappyBlockSize)}
		return z, func() error {
			if err := z.finish(); err != nil {
				return err
			}
			return buffered.Flush()
		}
	default:
		return buffered, buffered.Flush
	}
}

// decompressor returns a reader of uncompressed bytes.
func decompressor(f vfs.File, size int64, c Compression) (io.Reader, error) {
	raw := io.NewSectionReader(f, 0, size)
	switch c {
	case Gzip:
		return gzip.NewReader(bufio.NewReaderSize(raw, bufferSize))
	case Snappy:
		return newSnappyReader(bufio.NewReaderSize(raw, bufferSize))
	default:
		return raw, nil
	}
}

type snappyWriter struct {
	out     io.Writer
	begun   bool
	block   []byte
	encoded []byte
}

func (w *snappyWriter) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		k := min(len(b), snappyBlockSize-len(w.block))
		w.block, b = append(w.block, b[:k]...), b[k:]
		if len(w.block) == snappyBlockSize {
			if err := w.flush(); err != nil {
				return n - len(b), err
			}
		}
	}
	return n, nil
}

func (w *snappyWriter) flush() error {
	if err := w.begin(); err != nil {
		return err
	}
	if w.encoded == nil {
		w.encoded = make([]byte, 4+snappy.MaxEncodedLen(snappyBlockSize))
	}
	enc := snappy.Encode(w.encoded[4:], w.block)
	binary.BigEndian.PutUint32(w.encoded, uint32(len(enc)))
	w.block = w.block[:0]
	_, err := w.out.Write(w.encoded[:4+len(enc)])
	return err
}

func (w *snappyWriter) begin() error {
	if w.begun {
		return nil
	}
	w.begun = true
	_, err := io.WriteString(w.out, snappyHeader)
	return err
}

func (w *snappyWriter) finish() error {
	if len(w.block) == 0 {
		return w.begin()
	}
	return w.flush()
}

type snappyReader struct {
	in      io.Reader
	encoded []byte
	block   []byte
	rest    []byte // of block, not read yet
}

func newSnappyReader(in io.Reader) (*snappyReader, error) {
	var head [len(snappyHeader)]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err
	}
	if string(head[:len(snappyMagic)]) != snappyMagic {
		return nil, fmt.Errorf("not a snappy stream")
	}
	return &snappyReader{in: in}, nil
}

func (r *snappyReader) Read(b []byte) (int, error) {
	for len(r.rest) == 0 {
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// next reads a block. A block that is cut short is io.ErrUnexpectedEOF.
func (r *snappyReader) next() error {
	var head [4]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		return err
	}
	n := int(int32(binary.BigEndian.Uint32(head[:])))
	if n <= 0 || n > snappy.MaxEncodedLen(maxSnappyBlock) {
		return fmt.Errorf("snappy block of %d bytes", n)
	}
	var err error
	if r.encoded, err = readGrowing(r.in, r.encoded[:0], n); err != nil {
		return err
	}
	size, err := snappy.DecodedLen(r.encoded)
	if err != nil {
		return err
	}
	if size > maxSnappyBlock || size > 64*len(r.encoded) { // snappy's best is about 21 to 1
		return fmt.Errorf("snappy block that claims to hold %d bytes", size)
	}
	if cap(r.block) < size {
		r.block = make([]byte, size)
	}
	r.block, err = snappy.Decode(r.block[:cap(r.block)], r.encoded)
	r.rest = r.block
	return err
}

// readGrowing reads n bytes to the end of buf, growing it only as bytes arrive.
func readGrowing(in io.Reader, buf []byte, n int) ([]byte, error) {
	for want := len(buf) + n; len(buf) < want; {
		if len(buf) == cap(buf) {
			grown := make([]byte, len(buf), min(want, max(2*cap(buf), bufferSize)))
			copy(grown, buf)
			buf = grown
		}
		k, err := io.ReadFull(in, buf[len(buf):min(cap(buf), want)])
		buf = buf[:len(buf)+k]
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return buf, err
		}
	}
	return buf, nil
}
