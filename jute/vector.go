package jute

import (
	"cmp"
	"slices"
)

// Resize returns a slice of n elements, never nil, that reuses the capacity of
// s. The elements keep what they held, so that a record decoded into again and
// again keeps the capacity of its inner slices too.
func Resize[T any](s []T, n int) []T {
	if s == nil || cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// VectorLen is the length of v, or -1 if v is nil, which stands for null.
func VectorLen[T any](v []T) int {
	if v == nil {
		return nullLength
	}
	return len(v)
}

// Entry is one key and its value.
type Entry[K comparable, V any] struct {
	Key   K
	Value V
}

// SortedEntries lists a map in the order of its keys, which is the order on the
// wire.
func SortedEntries[K comparable, V any](m map[K]V, compare func(a, b K) int) []Entry[K, V] {
	out := make([]Entry[K, V], 0, len(m))
	for k, v := range m {
		out = append(out, Entry[K, V]{k, v})
	}
	slices.SortFunc(out, func(a, b Entry[K, V]) int { return compare(a.Key, b.Key) })
	return out
}

// CompareBool orders false before true.
func CompareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// CompareUstring orders strings as Java does, by UTF-16 code unit. That differs
// from the order of bytes where a character above U+FFFF meets one of
// U+E000-U+FFFF: the first is smaller, for its surrogates are.
func CompareUstring(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) {
		return cmp.Compare(len(a), len(b))
	}
	x, y := a[i], b[i]
	if astral(x) != astral(y) && min(x, y) >= 0xee {
		return cmp.Compare(y, x)
	}
	return cmp.Compare(x, y)
}

// astral reports whether c leads (in valid UTF-8) a character above U+FFFF.
// Characters from U+E000 on are led by 0xee and 0xef.
func astral(c byte) bool { return c >= 0xf0 }

// CompareFloat orders numbers as Java does: NaN after all others.
func CompareFloat[T float32 | float64](a, b T) int {
	switch {
	case a != a || b != b:
		return CompareBool(a != a, b != b)
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
