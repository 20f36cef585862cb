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

// Size tells how many bytes the packet has that b begins with. n is 0 where its end is not there yet: b must grow to need bytes
// before it is worth another look. It only looks at lengths: whoever sends a packet in very many pieces makes little work.
func Size(b []byte, l Limits) (n, need int, err error) {
	t := taker{b: b, limits: l.orDefaults()}
	t.packet()
	switch {
	case t.err != nil:
		return 0, 0, t.err
	case t.need > 0:
		return 0, t.need, nil
	}
	return t.at, 0, nil
}

// Take reads the packet that b begins with. n and need are those of Size. The packet's data lie in b. After an error the
// stream is of no use.
func Take(b []byte, l Limits) (p Packet, n, need int, err error) {
	if n, need, err = Size(b, l); n == 0 {
		return Packet{}, 0, need, err
	}
	t := taker{b: b, limits: l.orDefaults(), wanted: true}
	return t.packet(), n, 0, nil
}

// taker is a place in bytes. When need or err is set nothing more is taken.
type taker struct {
	b      []byte
	limits Limits
	wanted bool // ids are made, not only passed over
	at     int
	need   int
	err    error
}

func (t *taker) packet() (p Packet) {
	head := t.bytes(12)
	if head == nil {
		return p
	}
	p.Kind, p.Zxid = Kind(binary.BigEndian.Uint32(head)), int64(binary.BigEndian.Uint64(head[4:]))
	if p.Data = t.buffer(t.limits.Data); t.err != nil {
		t.err = fmt.Errorf("data of %s: %w", p.Kind, t.err)
		return p
	}
	if p.Auth = t.auth(); t.err != nil {
		t.err = fmt.Errorf("authinfo of %s: %w", p.Kind, t.err)
	}
	return p
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

func (t *taker) auth() (ids []data.ID) {
	n := t.length(t.limits.Auth, "ids")
	if n < 0 {
		return nil
	}
	if t.wanted {
		ids = make([]data.ID, 0, n)
	}
	left := t.limits.String
	for range n {
		scheme := t.name(&left)
		id := t.name(&left)
		if id == nil {
			return nil
		}
		if t.wanted {
			ids = append(ids, data.ID{Scheme: text(scheme), ID: text(id)})
		}
	}
	return ids
}

// name takes a string that is not null.
func (t *taker) name(left *int) []byte {
	b := t.buffer(*left)
	if b == nil && t.need == 0 && t.err == nil {
		t.err = fmt.Errorf("%w: an id without scheme or name", ErrMalformed)
	}
	*left -= len(b)
	return b
}

func text(b []byte) string { return string(bytes.ToValidUTF8(b, []byte("\uFFFD"))) }
