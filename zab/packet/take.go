package packet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"troupe/jute/data"
)

// ErrMalformed: the peer sent bytes that mean nothing. Close its connection; it will come back if it is well.
var ErrMalformed = errors.New("malformed quorum packet")

// ErrTooLarge: the peer sent a packet above the limits. Raise jute.maxbuffer on all members if it was meant.
var ErrTooLarge = errors.New("quorum packet too large: jute.maxbuffer must be the same on all members")

// Limits bound what is taken from a peer.
type Limits struct {
	Data   int // bytes of the data of a packet; 0: 2097150, as Apache with its default jute.maxbuffer
	Auth   int // ids in authinfo; 0: 1024
	String int // bytes of the schemes and ids of an authinfo; 0: as Data
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

// Take reads the packet that b begins with. n is how many bytes it has; 0: its end is not there yet, and b must grow to need
// bytes before it is worth another look. The packet's data lie in b. After an error the stream is of no use.
func Take(b []byte, l Limits) (p Packet, n, need int, err error) {
	t := taker{b: b}
	l = l.orDefaults()
	head := t.bytes(12)
	if t.need > 0 {
		return p, 0, t.need, nil
	}
	p.Kind, p.Zxid = Kind(binary.BigEndian.Uint32(head)), int64(binary.BigEndian.Uint64(head[4:]))
	p.Data = t.buffer(l.Data)
	if t.err != nil {
		return Packet{}, 0, 0, fmt.Errorf("data of %s: %w", p.Kind, t.err)
	}
	p.Auth = t.auth(l)
	switch {
	case t.err != nil:
		return Packet{}, 0, 0, fmt.Errorf("authinfo of %s: %w", p.Kind, t.err)
	case t.need > 0:
		return Packet{}, 0, t.need, nil
	}
	return p, t.at, 0, nil
}

// taker is a place in bytes. When need or err is set nothing more is taken.
type taker struct {
	b    []byte
	at   int
	need int
	err  error
}

// bytes takes the next n; nil if they are not all there.
func (t *taker) bytes(n int) []byte {
	if t.need > 0 || t.err != nil {
		return nil
	}
	if t.at+n > len(t.b) {
		t.need = t.at + n
		return nil
	}
	t.at += n
	return t.b[t.at-n : t.at : t.at]
}

// length takes a number up to limit; -1 for null, or if there is none.
func (t *taker) length(limit int, unit string) int {
	b := t.bytes(4)
	if b == nil {
		return -1
	}
	n := int(int32(binary.BigEndian.Uint32(b)))
	switch {
	case n < -1:
		t.err = fmt.Errorf("%w: %d %s", ErrMalformed, n, unit)
	case n > limit:
		t.err = fmt.Errorf("%w: %d %s, the limit is %d", ErrTooLarge, n, unit, limit)
	default:
		return n
	}
	return -1
}

// buffer takes a length and that many bytes; nil for null.
func (t *taker) buffer(limit int) []byte {
	n := t.length(limit, "bytes")
	if n < 0 {
		return nil
	}
	return t.bytes(n)
}

func (t *taker) auth(l Limits) (ids []data.ID) {
	n := t.length(l.Auth, "ids")
	if n < 0 {
		return nil
	}
	ids = make([]data.ID, 0, n)
	left := l.String
	for range n {
		var id data.ID
		for _, s := range []*string{&id.Scheme, &id.ID} {
			b := t.buffer(left)
			if b == nil {
				if t.need == 0 && t.err == nil {
					t.err = fmt.Errorf("%w: an id without scheme or name", ErrMalformed)
				}
				return nil
			}
			left -= len(b)
			*s = string(bytes.ToValidUTF8(b, []byte("\uFFFD")))
		}
		ids = append(ids, id)
	}
	return ids
}
