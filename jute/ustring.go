package jute

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// Null is the Go value of a null ustring. Decoded strings are always valid
// UTF-8 and this one is not, so it cannot collide with a string that somebody
// sent. It encodes as length -1.
const Null = "\xff"

// AppendUstring appends a byte length and the string's bytes; Null appends
// length -1 alone.
//
// The bytes are Java's: UTF-8, but for characters above U+FFFF, whose two
// UTF-16 surrogates are written as three bytes each (CESU-8). Bytes that are not
// UTF-8 are written as U+FFFD.
func AppendUstring(dst []byte, s string) []byte {
	if isPlain(s) {
		dst = AppendInt(dst, int32(len(s)))
		return append(dst, s...)
	}
	if s == Null {
		return AppendInt(dst, nullLength)
	}
	start := len(dst)
	dst = AppendInt(dst, 0)
	for _, r := range s {
		if r <= 0xffff {
			dst = utf8.AppendRune(dst, r)
			continue
		}
		high, low := utf16.EncodeRune(r)
		dst = appendSurrogate(appendSurrogate(dst, high), low)
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

// isPlain reports whether s is all ASCII, as nearly every path and scheme is.
func isPlain(s string) bool {
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for len(b) >= 8 {
		if binary.NativeEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func appendSurrogate(dst []byte, r rune) []byte {
	return append(dst, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
}

// Text is the string that a server reads received bytes as where the protocol has text in a buffer, as in the
// credentials of an auth packet: as Decoder.Ustring does, but it never aliases b.
func Text(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return repair(b)
}

// ustring turns received bytes into a string without copying them, unless they
// need repair.
func ustring(b []byte) string {
	if utf8.Valid(b) {
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	return repair(b)
}

// repair decodes as Java's UTF-8 decoder does: each longest prefix of a
// character that stays unfinished is one U+FFFD. It differs in one point: the
// two halves of a surrogate pair, which is what Java itself writes for a
// character above U+FFFF, are read as that character and not as two U+FFFD.
func repair(b []byte) string {
	out := make([]byte, 0, len(b)+len(b)/2)
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			r, size = decodeBroken(b)
		}
		out = utf8.AppendRune(out, r)
		b = b[size:]
	}
	return string(out)
}

// decodeBroken reads one character from bytes that utf8.DecodeRune refused.
func decodeBroken(b []byte) (r rune, size int) {
	if high, ok := surrogateAt(b); ok {
		if low, ok := surrogateAt(b[3:]); ok {
			if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
				return r, 6
			}
		}
		return utf8.RuneError, 3
	}
	return utf8.RuneError, brokenPrefix(b)
}

// surrogateAt decodes a UTF-16 surrogate written as three bytes.
func surrogateAt(b []byte) (rune, bool) {
	if len(b) < 3 || b[0] != 0xed || b[1]&0xe0 != 0xa0 || !isContinuation(b[2]) {
		return 0, false
	}
	return 0xd000 | rune(b[1]&0x3f)<<6 | rune(b[2]&0x3f), true
}

// brokenPrefix is how many bytes of b one U+FFFD stands for: the part that
// could have begun a character.
func brokenPrefix(b []byte) int {
	var need int
	lowest, highest := byte(0x80), byte(0xbf) // of the second byte
	switch c := b[0]; {
	case c >= 0xc2 && c <= 0xdf:
		need = 2
	case c >= 0xe0 && c <= 0xef:
		need = 3
		if c == 0xe0 {
			lowest = 0xa0
		}
	case c >= 0xf0 && c <= 0xf4:
		need = 4
		if c == 0xf0 {
			lowest = 0x90
		}
		if c == 0xf4 {
			highest = 0x8f
		}
	default:
		return 1
	}
	if len(b) < 2 || b[1] < lowest || b[1] > highest {
		return 1
	}
	n := 2
	for n < need && n < len(b) && isContinuation(b[n]) {
		n++
	}
	return n
}

func isContinuation(c byte) bool { return c&0xc0 == 0x80 }
