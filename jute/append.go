package jute

import (
	"encoding/binary"
	"math"
)

// The NaN that Java writes, whatever bits the value had.
const (
	canonicalNaN32 = 0x7fc00000
	canonicalNaN64 = 0x7ff8000000000000
)

// nullLength is the length of a null ustring, buffer or vector.
const nullLength = -1

// AppendByte appends a signed byte.
func AppendByte(dst []byte, v int8) []byte { return append(dst, byte(v)) }

// AppendBool appends 0x01 for true and 0x00 for false.
func AppendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// AppendInt appends 4 bytes, big-endian two's complement. It also writes the
// lengths of vectors and maps.
func AppendInt(dst []byte, v int32) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(v))
}

// AppendLong appends 8 bytes, big-endian two's complement.
func AppendLong(dst []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(v))
}

// AppendFloat appends the IEEE-754 bits, big-endian; every NaN becomes Java's.
func AppendFloat(dst []byte, v float32) []byte {
	if v != v {
		return binary.BigEndian.AppendUint32(dst, canonicalNaN32)
	}
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(v))
}

// AppendDouble appends the IEEE-754 bits, big-endian; every NaN becomes Java's.
func AppendDouble(dst []byte, v float64) []byte {
	if v != v {
		return binary.BigEndian.AppendUint64(dst, canonicalNaN64)
	}
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(v))
}

// AppendBuffer appends a length and the bytes. A nil buffer is null, length -1;
// an empty one that is not nil has length 0.
func AppendBuffer(dst []byte, v []byte) []byte {
	if v == nil {
		return AppendInt(dst, nullLength)
	}
	dst = AppendInt(dst, int32(len(v)))
	return append(dst, v...)
}

// AppendVectorLen appends the element count of v; a nil v is a null vector, -1.
// The elements follow, one by one.
func AppendVectorLen[T any](dst []byte, v []T) []byte {
	return AppendInt(dst, int32(VectorLen(v)))
}
