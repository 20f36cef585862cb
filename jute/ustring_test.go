package jute_test

import (
	"encoding/hex"
	"slices"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute"
)

// Strings are written as Java writes them.
func TestUstringBytes(t *testing.T) {
	for s, want := range map[string]string{
		"\x00":                        "00",
		"h\u00e9\u4e2d":               "68c3a9e4b8ad",
		"\U0001F600":                  "eda0bdedb880",
		"\U0010ffff":                  "edafbfedbfbf",
		"a\xffb":                      "61efbfbd62",
		"/a path that is long enough": hex.EncodeToString([]byte("/a path that is long enough")),
	} {
		b := jute.AppendUstring(nil, s)
		require.Equal(t, want, hex.EncodeToString(b[4:]), "%q", s)
		require.Equal(t, jute.AppendInt(nil, int32(len(want)/2)), b[:4])
	}
}

// Bytes that are not UTF-8 become U+FFFD where Java's decoder puts them, but for
// whole surrogate pairs, which are what Java writes for one character.
func TestUstringRepair(t *testing.T) {
	for in, want := range map[string]string{
		"ff":               "\ufffd",
		"61ff62":           "a\ufffdb",
		"80bf":             "\ufffd\ufffd",
		"c0af":             "\ufffd\ufffd",
		"c2":               "\ufffd",
		"c241":             "\ufffdA",
		"e08080":           "\ufffd\ufffd\ufffd",
		"e282":             "\ufffd",
		"e28241":           "\ufffdA",
		"e2e282ac":         "\ufffd\u20ac",
		"f0808080":         "\ufffd\ufffd\ufffd\ufffd",
		"f09f98":           "\ufffd",
		"f09f9841":         "\ufffdA",
		"f09f41":           "\ufffdA",
		"f48fbfbf":         "\U0010ffff",
		"f4908080":         "\ufffd\ufffd\ufffd\ufffd",
		"f5808080":         "\ufffd\ufffd\ufffd\ufffd",
		"f09f9880":         "\U0001F600",
		"eda0bd":           "\ufffd",
		"eda0bd41":         "\ufffdA",
		"edb880":           "\ufffd",
		"edb880eda0bd":     "\ufffd\ufffd",
		"eda0bdeda0bd":     "\ufffd\ufffd",
		"eda0bdedb880":     "\U0001F600",
		"61eda0bdedb88062": "a\U0001F600b",
		"eda0":             "\ufffd",
		"efbfbd":           "\ufffd",
	} {
		b := unhex(t, in)
		d := jute.NewDecoder(append(jute.AppendInt(nil, int32(len(b))), b...))
		require.Equal(t, want, d.Ustring(), in)
		require.NoError(t, d.Err())
	}
}

// Whatever is decoded is valid UTF-8 and survives being written and read.
func TestUstringIsAlwaysValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOf(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte{0xed, 0xa0, 0xb0, 0xf0, 0x90, 0x80}))).Draw(t, "in")
		d := jute.NewDecoder(jute.AppendBuffer(nil, in))
		s := d.Ustring()
		require.True(t, utf8.ValidString(s))
		d = jute.NewDecoder(jute.AppendUstring(nil, s))
		require.Equal(t, s, d.Ustring())
	})
}

// Keys of maps are in the order of Java's String.compareTo.
func TestCompareUstring(t *testing.T) {
	text := rapid.StringOf(rapid.RuneFrom([]rune{'a', 'b', 0xd7ff, 0xe000, 0xff00, 0xffff, 0x10000, 0x1f600, 0x10ffff}))
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		require.Equal(t, slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b))), jute.CompareUstring(a, b))
	})
}

// NaN comes after every number, false before true.
func TestCompareKeys(t *testing.T) {
	nan := float64(0)
	nan /= nan
	for _, c := range []struct {
		a, b float64
		want int
	}{{1, 2, -1}, {2, 1, 1}, {1, 1, 0}, {nan, 1, 1}, {1, nan, -1}, {nan, nan, 0}} {
		require.Equal(t, c.want, jute.CompareFloat(c.a, c.b), "%v %v", c.a, c.b)
	}
	require.Equal(t, -1, jute.CompareBool(false, true))
	require.Equal(t, 1, jute.CompareBool(true, false))
	require.Equal(t, 0, jute.CompareBool(true, true))
}
