package prep

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// ValidPath reports whether a znode may be called path. The path must start with a slash and not end with one ("/" alone
// is fine), have no empty, "." or ".." component, and no character that ZooKeeper forbids. Those are the ranges of UTF-16
// code units U+0000-001F, U+007F-009F, U+D800-F8FF (so every character outside the basic plane) and U+FFF0-FFFF (so
// U+FFFD too, which stands for bytes that were no UTF-8). A null path is not valid.
func ValidPath(path string) bool {
	if len(path) == 0 || path[0] != '/' {
		return false
	}
	if len(path) == 1 {
		return true
	}
	start := 1 // of the present component
	for i := 1; i < len(path); i++ {
		c := path[i]
		switch {
		case c == '/':
			if !validComponent(path[start:i]) {
				return false
			}
			start = i + 1
		case c < 0x20 || c == 0x7f:
			return false
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(path[i:])
			if !validRune(r) {
				return false
			}
			i += size - 1
		}
	}
	return validComponent(path[start:])
}

func validComponent(name string) bool { return name != "" && name != "." && name != ".." }

// validRune judges characters outside ASCII.
func validRune(r rune) bool {
	return r > 0x9f && (r < 0xd800 || r > 0xf8ff) && r < 0xfff0
}

// splitPath returns the parent's path ("" is the root) of a path with a slash and without NUL; ok is false for others.
func splitPath(path string) (parent string, ok bool) {
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 || strings.IndexByte(path, 0) >= 0 {
		return "", false
	}
	return path[:slash], true
}

// isReserved reports whether a path may never be deleted.
func isReserved(path string) bool {
	switch path {
	case "/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config":
		return true
	}
	return false
}

// sequenceDigits is the least width of a sequence number, its sign included.
const sequenceDigits = 10

// appendSequence is Java's %010d.
func appendSequence(dst []byte, n int32) []byte {
	v, width := int64(n), sequenceDigits
	if v < 0 {
		dst, v, width = append(dst, '-'), -v, width-1
	}
	for limit := int64(10); width > 1; width-- {
		if v < limit {
			dst = append(dst, zeros[:width-1]...)
			break
		}
		limit *= 10
	}
	return strconv.AppendInt(dst, v, 10)
}

const zeros = "0000000000"
