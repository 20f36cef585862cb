package persistence

import "encoding/binary"

// adler is the Adler-32 of all that was added to it.
type adler uint32

const (
	// noAdler is the checksum of nothing.
	noAdler adler = 1
	// adlerBase is the modulus.
	adlerBase = 65521
	// adlerWords is how many words are summed in lanes of 16 bits before a lane might overflow: 2·255·(1+...+15) is below 2^16.
	adlerWords = 15
	// adlerPiece is how many bytes are summed before the sums, of 64 bits, must be reduced.
	adlerPiece = 1 << 20
)

// adlerChecksum is adler32.Checksum in half its time (BenchmarkAdler): that was 4 % of what a server does at creates, whose
// log and snapshots it sums up.
func adlerChecksum(b []byte) adler { return noAdler.with(b) }

// with is the checksum of what gave a, and b behind it.
func (a adler) with(b []byte) adler {
	for len(b) > adlerPiece {
		a = a.with(b[:adlerPiece])
		b = b[adlerPiece:]
	}
	s1, s2 := uint64(a&0xffff), uint64(a>>16) // the sum of all bytes, and of all values that s1 had
	for len(b) >= 8 {
		n := 8 * min(len(b)/8, adlerWords)
		bytes, sums := adlerBlock(b[:n])
		s2 += s1*uint64(n) + sums
		s1 += bytes
		b = b[n:]
	}
	for _, c := range b {
		s1 += uint64(c)
		s2 += s1
	}
	return adler(s2%adlerBase<<16 | s1%adlerBase)
}

// newSum is a checksum to add to.
func newSum() *adler {
	a := noAdler
	return &a
}

func (a *adler) add(b []byte) { *a = a.with(b) }

// adlerBlock adds up to adlerWords words, four bytes of a word at once: the sum of their bytes, and of all sums on the way.
func adlerBlock(b []byte) (bytes, sums uint64) {
	const (
		low    = 0x00ff00ff00ff00ff
		halves = 0x0000ffff0000ffff
		all    = 0x0001000100010001 // as a factor: sums up the lanes in the uppermost
		evens  = 0x0000000200040006 // the same, each lane times its place in the word, for which it counts less
		odds   = 0x0001000300050007
	)
	var even, odd, prefix uint64 // bytes 0, 2, 4, 6 and 1, 3, 5, 7; sums by lane on the way
	for i := 8; i <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i-8 : i])
		even += x & low
		odd += x >> 8 & low
		prefix += even + odd
	}
	prefix = prefix&halves + prefix>>16&halves
	return (even + odd) * all >> 48, 8*(prefix&0xffffffff+prefix>>32) - even*evens>>48 - odd*odds>>48
}
