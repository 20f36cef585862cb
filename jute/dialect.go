package jute

import (
	"errors"
	"strconv"
)

// Dialect chooses between two ways of writing CSV and XML.
type Dialect int

const (
	// Portable output can be read back: a buffer is two lower-case hex digits per
	// byte, and in XML the three characters ]]> are written ]]&gt;. Everything
	// else is as in Java.
	Portable Dialect = iota
	// Java output is byte for byte that of Apache's archives, which print each byte
	// of a buffer as a signed number without leading zeros (0x01 is 1, 0xab is
	// ffffffab), so that nobody can tell where one ends and the next begins.
	Java
)

const hexDigits = "0123456789abcdef"

// appendHex writes a buffer.
func (d Dialect) appendHex(dst, buf []byte) []byte {
	for _, c := range buf {
		if d == Java {
			dst = strconv.AppendUint(dst, uint64(uint32(int8(c))), 16)
			continue
		}
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

var (
	errHexDigit     = errors.New("a buffer holds something that is not a hex digit")
	errHexAmbiguous = errors.New("a buffer has an odd number of hex digits, and Java's unpadded form of it is not unambiguous")
)

// parseHex reads a buffer: two digits per byte if their number is even, otherwise
// Java's form, provided that it can be meant in one way only. An empty text is a
// null buffer, for both are written as nothing.
func parseHex(s []byte) ([]byte, error) {
	if len(s) == 0 {
		return nil, nil
	}
	for _, c := range s {
		if hexValue(c) < 0 {
			return nil, errHexDigit
		}
	}
	if len(s)%2 == 1 {
		return parseUnpaddedHex(s)
	}
	out := make([]byte, len(s)/2)
	for i := range out {
		out[i] = byte(hexValue(s[2*i])<<4 | hexValue(s[2*i+1]))
	}
	return out, nil
}

// parseUnpaddedHex reads Java's form, in which a byte is one digit (0-f), two
// (10-7f) or eight (ffffff80-ffffffff).
func parseUnpaddedHex(s []byte) ([]byte, error) {
	// ways[i] is in how many ways the first i digits can be read: 0, 1, or 2 for
	// more than one; width[i] is the width of the last byte in the only way.
	ways := make([]byte, len(s)+1)
	width := make([]byte, len(s)+1)
	ways[0] = 1
	for i := 1; i <= len(s); i++ {
		for _, w := range [...]int{1, 2, 8} {
			if w > i || ways[i-w] == 0 || !isUnpaddedByte(s[i-w:i]) {
				continue
			}
			ways[i] = min(2, ways[i]+ways[i-w])
			width[i] = byte(w)
		}
	}
	if ways[len(s)] != 1 {
		return nil, errHexAmbiguous
	}
	n := 0
	for i := len(s); i > 0; i -= int(width[i]) {
		n++
	}
	out := make([]byte, n)
	for i := len(s); i > 0; i -= int(width[i]) {
		n--
		low := hexValue(s[i-1])
		if width[i] > 1 {
			low |= hexValue(s[i-2]) << 4
		}
		out[n] = byte(low)
	}
	return out, nil
}

// isUnpaddedByte reports whether Java prints some byte with these digits.
func isUnpaddedByte(s []byte) bool {
	switch len(s) {
	case 1:
		return true
	case 2:
		return hexValue(s[0]) >= 1 && hexValue(s[0]) <= 7
	}
	for _, c := range s[:6] {
		if hexValue(c) != 15 {
			return false
		}
	}
	return hexValue(s[6]) >= 8
}

// hexValue is the value of a hex digit of either case, -1 for anything else.
func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
