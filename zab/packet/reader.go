package packet

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"troupe/jute/data"
)

// ErrMalformed: the peer sent bytes that mean nothing. Close its connection; it will come back if it is well.
var ErrMalformed = errors.New("malformed quorum packet")

// ErrTooLarge: the peer sent a packet above the limits. Raise jute.maxbuffer on all members if it was meant.
var ErrTooLarge = errors.New("quorum packet too large: jute.maxbuffer must be the same on all members")

// Limits bound what a Reader takes from its peer.
type Limits struct {
	Data   int // bytes of the data of a packet; 0: 2097150, as Apache with its default jute.maxbuffer
	Auth   int // ids in authinfo; 0: 1024
	String int // bytes of a scheme or id in authinfo; 0: as Data
}

func (l Limits) orDefaults() Limits {
	if l.Data <= 0 {
		l.Data = 2 * 0xfffff
	}
	if l.Auth <= 0 {
		l.Auth = 1024
	}
	if l.String <= 0 {
		l.String = l.Data
	}
	return l
}

// chunk is how many bytes are allocated on a peer's word alone.
const chunk = 64 << 10

// Reader reads packets from the stream of a connection. It allocates the data of each packet anew, so packets may be
// kept.
type Reader struct {
	in      *bufio.Reader
	limits  Limits
	scratch [12]byte // numbers are read into it: on the stack each would be allocated (3 a packet)
}

// NewReader reads from r.
func NewReader(r io.Reader, l Limits) *Reader {
	return &Reader{in: bufio.NewReaderSize(r, chunk), limits: l.orDefaults()}
}

// Stream is the connection behind the packets read so far: the snapshot that follows a SNAP. Its reader must take
// exactly the bytes of the snapshot before Next is called again.
func (r *Reader) Stream() io.Reader { return r.in }

// Next reads one packet. io.EOF: the peer has closed between two packets; io.ErrUnexpectedEOF: in the middle of one.
// After any error the stream is of no use.
func (r *Reader) Next() (Packet, error) {
	head := r.scratch[:]
	if _, err := io.ReadFull(r.in, head); err != nil {
		return Packet{}, err
	}
	p := Packet{Kind: Kind(binary.BigEndian.Uint32(head)), Zxid: int64(binary.BigEndian.Uint64(head[4:]))}
	var err error
	if p.Data, err = r.buffer(r.limits.Data); err != nil {
		return Packet{}, fmt.Errorf("data of %s: %w", p.Kind, err)
	}
	if p.Auth, err = r.auth(); err != nil {
		return Packet{}, fmt.Errorf("authinfo of %s: %w", p.Kind, err)
	}
	return p, nil
}

func (r *Reader) int() (int, error) {
	b := r.scratch[:4]
	if _, err := io.ReadFull(r.in, b); err != nil {
		return 0, unexpected(err)
	}
	return int(int32(binary.BigEndian.Uint32(b))), nil
}

// buffer reads a length and that many bytes; nil for null. Memory grows with what has arrived.
func (r *Reader) buffer(limit int) ([]byte, error) {
	n, err := r.int()
	switch {
	case err != nil:
		return nil, err
	case n == -1:
		return nil, nil
	case n < 0:
		return nil, fmt.Errorf("%w: length %d", ErrMalformed, n)
	case n > limit:
		return nil, fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, n, limit)
	case n <= chunk:
		b := make([]byte, n)
		_, err := io.ReadFull(r.in, b)
		return b, unexpected(err)
	}
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r.in, int64(n)); err != nil {
		return nil, unexpected(err)
	}
	return b.Bytes(), nil
}

func (r *Reader) auth() ([]data.ID, error) {
	n, err := r.int()
	switch {
	case err != nil:
		return nil, err
	case n == -1:
		return nil, nil
	case n < 0:
		return nil, fmt.Errorf("%w: %d ids", ErrMalformed, n)
	case n > r.limits.Auth:
		return nil, fmt.Errorf("%w: %d ids, the limit is %d", ErrTooLarge, n, r.limits.Auth)
	}
	ids := make([]data.ID, 0, n)
	left := r.limits.String
	for range n {
		var id data.ID
		for _, s := range []*string{&id.Scheme, &id.ID} {
			b, err := r.buffer(left)
			if err != nil {
				return nil, err
			}
			left -= len(b)
			if b == nil {
				return nil, fmt.Errorf("%w: an id without scheme or name", ErrMalformed)
			}
			*s = string(bytes.ToValidUTF8(b, []byte("\uFFFD")))
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// unexpected makes the end of the stream inside of a packet an error of its own.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
