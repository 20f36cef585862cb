package tree

import "unsafe"

// GuessBatch is how many paths Guess takes at once: enough cache misses for a core to have under way together, and few
// enough that what they bring stays in its first-level cache (32 * 6 lines of 64 bytes).
const GuessBatch = 32

// Guess puts into nodes what Lookup would probably find for each of the paths, for LookupGuessed, and brings what a read
// needs of these nodes into the processor's caches. There are at most GuessBatch paths; an empty one finds nothing.
//
// A lookup in a large tree waits for main memory four times, and knows the next address only then: slot, number, node, path and
// data. Here every step is made for all paths before the next one, and their misses overlap. Out of 100,000 znodes of 100
// bytes a read at random costs 0.2 us instead of 0.43, out of a million 0.34 instead of 0.83 (BenchmarkGuess).
func (t *Tree) Guess(paths []string, nodes *[GuessBatch]*Node) {
	var (
		tags  [GuessBatch]uint32
		blobs [GuessBatch]*byte
		sizes [GuessBatch]int
	)
	x := &t.index
	for i, path := range paths {
		tags[i] = x.tag(path)
	}
	for i := range paths {
		nodes[i] = x.nodes.at(x.first(tags[i]))
	}
	for i := range paths {
		if n := nodes[i]; n != nil {
			blobs[i], sizes[i] = n.blob, int(n.pathLen)+n.DataLength()
		}
	}
	for i := range paths {
		touch(blobs[i], sizes[i])
	}
}

// LookupGuessed is Lookup, quicker if the guess is right.
func (t *Tree) LookupGuessed(path string, guess *Node) *Node {
	if guess != nil && guess.path() == path {
		return guess
	}
	return t.Lookup(path)
}

// first returns the first node with this hash, 0 if there is none.
func (x *index) first(tag uint32) number {
	s := x.segment(tag)
	for i := home(tag, len(s.slots)); s.slots[i].tag != 0; i = s.next(i) {
		if s.slots[i].tag == tag {
			return s.slots[i].node
		}
	}
	return 0
}

// touch reads a byte of each of the first cache lines of a buffer; the processor sees to the rest by itself. It is not
// inlined, for then the reading would be optimised away.
//
//go:noinline
func touch(blob *byte, size int) (sum byte) {
	const line, lines = 64, 4
	for at := 0; at < min(size, lines*line); at += line {
		sum += *(*byte)(unsafe.Add(unsafe.Pointer(blob), at))
	}
	return sum
}
