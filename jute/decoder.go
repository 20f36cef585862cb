package jute

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Decoder reads the binary form from a byte slice.
//
// It is a small value: make one per frame, pass its address down. The first
// error sticks, after it every method returns a zero value and reads nothing,
// so that one look at Err after a whole record is enough.
//
// Strings and buffers that it returns ALIAS the input. Whoever keeps one longer
// than the input lives, or would keep a large frame alive by it, clones it.
//
// No method panics, reads outside the input, or allocates more than in
// proportion to it, whatever the bytes are.
type Decoder struct {
	rest []byte // not yet read; nil after an error
	size int    // of the whole input
	err  error
}

// NewDecoder reads from b.
func NewDecoder(b []byte) Decoder { return Decoder{rest: b, size: len(b)} }

// Err is the first error, nil if all went well. It wraps ErrMalformed.
func (d *Decoder) Err() error { return d.err }

// Remaining is the number of bytes not read yet; 0 after an error.
func (d *Decoder) Remaining() int { return len(d.rest) }

// Rest is what has not been read yet, aliasing the input. It stays unread.
func (d *Decoder) Rest() []byte { return d.rest }

// Failf makes the decoder fail at its present offset, for hand-written records
// that find a value they cannot accept. An earlier error is kept.
func (d *Decoder) Failf(format string, args ...any) {
	if d.err != nil {
		return
	}
	d.err = &DecodeError{Offset: d.size - len(d.rest), Reason: fmt.Sprintf(format, args...)}
	d.rest = nil
}

// short records that a value of n bytes does not fit into what remains.
func (d *Decoder) short(n int) {
	if d.err == nil {
		d.Failf("%d bytes needed, but %d remain", n, len(d.rest))
	}
}

// Byte reads a signed byte.
func (d *Decoder) Byte() int8 {
	if len(d.rest) < 1 {
		d.short(1)
		return 0
	}
	v := int8(d.rest[0])
	d.rest = d.rest[1:]
	return v
}

// Bool reads a byte; any value but zero is true.
func (d *Decoder) Bool() bool { return d.Byte() != 0 }

// Int reads 4 bytes.
func (d *Decoder) Int() int32 {
	if len(d.rest) < 4 {
		d.short(4)
		return 0
	}
	v := binary.BigEndian.Uint32(d.rest)
	d.rest = d.rest[4:]
	return int32(v)
}

// Long reads 8 bytes.
func (d *Decoder) Long() int64 {
	if len(d.rest) < 8 {
		d.short(8)
		return 0
	}
	v := binary.BigEndian.Uint64(d.rest)
	d.rest = d.rest[8:]
	return int64(v)
}

// Float reads 4 bytes of IEEE-754.
func (d *Decoder) Float() float32 { return math.Float32frombits(uint32(d.Int())) }

// Double reads 8 bytes of IEEE-754.
func (d *Decoder) Double() float64 { return math.Float64frombits(uint64(d.Long())) }

// Ustring reads a string that aliases the input; length -1 gives Null. Bytes
// that are not UTF-8 are replaced (see repair); only that allocates.
func (d *Decoder) Ustring() string {
	b := d.sized("ustring")
	if b == nil {
		if d.err != nil {
			return ""
		}
		return Null
	}
	return ustring(b)
}

// Buffer reads bytes that alias the input; length -1 gives nil. The capacity
// ends with the buffer, so that appending to it never writes into the input.
func (d *Decoder) Buffer() []byte { return d.sized("buffer") }

// sized reads a length and that many bytes; nil for null or on an error.
func (d *Decoder) sized(what string) []byte {
	n := int(d.Int())
	if n < 0 || n > len(d.rest) {
		if n != nullLength {
			d.Failf("%s of length %d, but %d bytes remain", what, n, len(d.rest))
		}
		return nil
	}
	if d.err != nil {
		return nil
	}
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b
}

// VectorLen reads the element count of a vector: -1 for a null one, 0 for any
// other negative count, as Java's loop ends at once. minElemBytes is the least
// that one element can take; a count that cannot fit into what remains is an
// error, so the caller may allocate n elements.
func (d *Decoder) VectorLen(minElemBytes int) int {
	n := int(d.Int())
	if n < 0 {
		if n != nullLength {
			return 0
		}
		return nullLength
	}
	if n > len(d.rest)/minElemBytes {
		d.Failf("%d elements of at least %d bytes, but %d bytes remain", n, minElemBytes, len(d.rest))
		return 0
	}
	return n
}

// MapLen reads the entry count of a map; a negative one means an empty map.
// The check is that of VectorLen.
func (d *Decoder) MapLen(minEntryBytes int) int { return max(0, d.VectorLen(minEntryBytes)) }
