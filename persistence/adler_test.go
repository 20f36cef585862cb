package persistence

import (
	"bytes"
	"hash/adler32"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// It is the checksum that everybody knows, in one piece or in two.
func TestAdler(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 700).Draw(t, "bytes")
		cut := rapid.IntRange(0, len(b)).Draw(t, "cut")
		require.EqualValues(t, adler32.Checksum(b), adlerChecksum(b))
		require.EqualValues(t, adler32.Checksum(b), adlerChecksum(b[:cut]).with(b[cut:]))
	})
}

// No lane overflows when all bits are set.
func TestAdlerOfTheLargestBytes(t *testing.T) {
	for n := range 300 {
		b := bytes.Repeat([]byte{0xff}, n)
		require.EqualValues(t, adler32.Checksum(b), adlerChecksum(b), n)
	}
	b := bytes.Repeat([]byte{0xff}, adlerPiece+3)
	require.EqualValues(t, adler32.Checksum(b), adlerChecksum(b))
}

func BenchmarkAdler(b *testing.B) {
	for name, f := range map[string]func([]byte){
		"standard": func(b []byte) { adler32.Checksum(b) },
		"ours":     func(b []byte) { adlerChecksum(b) },
	} {
		for _, size := range []int{190, 32 << 10} {
			data := bytes.Repeat([]byte("troupe"), size/6+1)[:size]
			b.Run(name+"/"+strconv.Itoa(size), func(b *testing.B) {
				b.SetBytes(int64(size))
				for b.Loop() {
					f(data)
				}
			})
		}
	}
}
