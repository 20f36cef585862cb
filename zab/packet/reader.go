package packet

import (
	"bytes"
	"errors"
	"io"
)

// chunk is how many bytes are read at a time, and how many are allocated on a peer's word alone.
const chunk = 64 << 10

// Reader reads packets from the stream of a connection. It allocates the data of each packet anew, so packets may be
// kept.
type Reader struct {
	in     io.Reader
	limits Limits
	buf    []byte // read, and not taken yet
	room   []byte // what buf lies in
	err    error  // of in, for when buf is empty
}

// NewReader reads from r.
func NewReader(r io.Reader, l Limits) *Reader { return &Reader{in: r, limits: l.orDefaults()} }

// Buffered is how many bytes were read ahead.
func (r *Reader) Buffered() int { return len(r.buf) }

// Next reads one packet. io.EOF: the peer has closed between two packets; io.ErrUnexpectedEOF: in the middle of one.
// After any error the stream is of no use.
func (r *Reader) Next() (Packet, error) {
	for need := 1; ; {
		if len(r.buf) >= need {
			p, n, more, err := Take(r.buf, r.limits)
			if err != nil {
				return Packet{}, err
			}
			if n > 0 {
				r.buf = r.buf[n:]
				p.Data = bytes.Clone(p.Data)
				return p, nil
			}
			need = more
		}
		if err := r.fill(); err != nil {
			if len(r.buf) > 0 && errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return Packet{}, err
		}
	}
}

// fill reads once, behind what is there. Memory grows with what has arrived.
func (r *Reader) fill() error {
	if r.err != nil {
		return r.err
	}
	switch have := len(r.buf); {
	case have == 0 && cap(r.room) != chunk:
		r.room = make([]byte, chunk)
	case have > 0 && have == cap(r.room):
		r.room = make([]byte, 2*have)
	}
	have := copy(r.room, r.buf)
	n, err := r.in.Read(r.room[have:])
	r.buf = r.room[:have+n]
	if n > 0 {
		r.err, err = err, nil
	}
	return err
}

// Stream is the connection behind the packets read so far: the snapshot that follows a SNAP. Its reader must take
// exactly the bytes of the snapshot before Next is called again.
func (r *Reader) Stream() io.Reader { return (*stream)(r) }

type stream Reader

// Read implements io.Reader.
func (s *stream) Read(b []byte) (int, error) {
	r := (*Reader)(s)
	if len(r.buf) == 0 {
		if len(b) >= chunk && r.err == nil {
			return r.in.Read(b)
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(b, r.buf)
	r.buf = r.buf[n:]
	return n, nil
}
