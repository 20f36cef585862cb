package tree

import "hash/maphash"

// index finds nodes by their path. It is an extendible hash table: a directory of small segments,
// each an open table with linear probing.
//
// Why not map[string]*Node: the node has its path already, so a slot here is a pointer and 32 bits
// of hash, and after a change of the data no key keeps the old buffer alive. With a million nodes
// it takes 19 bytes a node where the map takes 32, and finds a node in the same time
// (BenchmarkLookup).
//
// A segment grows by a step, and splits in two when it has maxSlots: no insertion moves more than
// some hundred nodes, however large the tree is. The hash is seeded per process, so nobody can
// choose paths that collide.
type index struct {
	seed maphash.Seed
	// dir is addressed by the low bits of the hash (but for bit 0); a segment of depth d stands at
	// every place that agrees with it in d bits.
	dir   []*segment
	count int
}

// segment holds the nodes whose hashes agree in the lowest depth bits.
type segment struct {
	tags  []uint32 // hashes; 0 is an empty slot. A node is at its home or behind it, with no empty slot between
	nodes []*Node
	count int
	depth uint
}

// Sizes are one below powers of two because arrays of pointers above 512 bytes get a header of 8
// bytes from the allocator.
const (
	minSlots   = 7
	splitSlots = 511 // the halves of a split segment
	maxSlots   = 767
	maxDepth   = 22 // beyond it (thousands of millions of nodes) segments grow and do not split
)

func newIndex() index {
	return index{seed: maphash.MakeSeed(), dir: []*segment{newSegment(minSlots, 0)}}
}

func newSegment(slots int, depth uint) *segment {
	return &segment{tags: make([]uint32, slots), nodes: make([]*Node, slots), depth: depth}
}

// tag is the hash of a path; bit 0 is set, so that it differs from that of an empty slot.
func (x *index) tag(path string) uint32 { return uint32(maphash.String(x.seed, path)) | 1 }

func (x *index) segment(tag uint32) *segment { return x.dir[(tag>>1)&uint32(len(x.dir)-1)] }

// get returns the node with this path, nil if there is none.
func (x *index) get(path string) *Node {
	tag := x.tag(path)
	s := x.segment(tag)
	tags := s.tags
	for i := home(tag, len(tags)); ; {
		switch tags[i] {
		case 0:
			return nil
		case tag:
			if n := s.nodes[i]; n.path() == path {
				return n
			}
		}
		if i++; i == len(tags) {
			i = 0
		}
	}
}

// add puts in a node, if no other has its path.
func (x *index) add(n *Node) bool {
	path := n.path()
	tag := x.tag(path)
	s := x.segment(tag)
	i := home(tag, len(s.tags))
	for ; s.tags[i] != 0; i = s.next(i) {
		if s.tags[i] == tag && s.nodes[i].path() == path {
			return false
		}
	}
	x.count++
	if !s.full() {
		s.put(i, tag, n)
		return true
	}
	for s.full() && len(s.tags) >= maxSlots && s.depth < maxDepth {
		x.split(s, tag)
		s = x.segment(tag)
	}
	s.add(tag, n)
	return true
}

// expect makes room for about n nodes in an empty index, which saves the splits on the way there.
func (x *index) expect(n int) {
	depth := uint(0)
	for n>>depth > maxSlots*3/4 && depth < maxDepth {
		depth++
	}
	if depth == 0 || x.count > 0 {
		return
	}
	slots := splitSlots
	if n>>depth > splitSlots*3/4 {
		slots = maxSlots
	}
	x.dir = make([]*segment, 1<<depth)
	for i := range x.dir {
		x.dir[i] = newSegment(slots, depth)
	}
}

// remove takes out a node that is there.
func (x *index) remove(n *Node) {
	tag := x.tag(n.path())
	x.segment(tag).remove(tag, n)
	x.count--
}

// split divides a segment by the next bit of the hashes; tag is one of them.
func (x *index) split(s *segment, tag uint32) {
	if len(x.dir) == 1<<s.depth {
		x.dir = append(x.dir, x.dir...)
	}
	bit := uint32(1) << s.depth
	halves := [2]*segment{newSegment(splitSlots, s.depth+1), newSegment(splitSlots, s.depth+1)}
	for i, n := range s.nodes {
		if n != nil {
			t := s.tags[i]
			halves[which(t>>1, bit)].add(t, n)
		}
	}
	for i := (tag >> 1) & (bit - 1); i < uint32(len(x.dir)); i += bit {
		x.dir[i] = halves[which(i, bit)]
	}
}

func which(v, bit uint32) int {
	if v&bit != 0 {
		return 1
	}
	return 0
}

// home is the slot where the search begins. It depends on the upper bits of the hash, the directory
// on the lower ones.
func home(tag uint32, slots int) int { return int(uint64(tag) * uint64(slots) >> 32) }

// full tells that another node would make searches long: 7 of 8 slots are taken.
func (s *segment) full() bool { return s.count >= len(s.tags)*7/8 }

func (s *segment) add(tag uint32, n *Node) {
	if s.full() {
		s.resize(larger(len(s.tags)))
	}
	i := home(tag, len(s.tags))
	for s.tags[i] != 0 {
		i = s.next(i)
	}
	s.put(i, tag, n)
}

func (s *segment) put(i int, tag uint32, n *Node) {
	s.tags[i], s.nodes[i] = tag, n
	s.count++
}

func (s *segment) next(i int) int {
	if i++; i == len(s.tags) {
		return 0
	}
	return i
}

// remove closes the gap behind it, so that searches may still stop at an empty slot.
func (s *segment) remove(tag uint32, n *Node) {
	hole := home(tag, len(s.tags))
	for s.nodes[hole] != n {
		hole = s.next(hole)
	}
	for i := s.next(hole); s.tags[i] != 0; i = s.next(i) {
		if h := home(s.tags[i], len(s.tags)); !between(hole, h, i) {
			s.tags[hole], s.nodes[hole] = s.tags[i], s.nodes[i]
			hole = i
		}
	}
	s.tags[hole], s.nodes[hole] = 0, nil
	s.count--
	if len(s.tags) > minSlots && s.count < len(s.tags)/8 {
		s.resize(smaller(len(s.tags)))
	}
}

// between tells whether h is in (a, b], going round.
func between(a, h, b int) bool {
	if a <= b {
		return a < h && h <= b
	}
	return a < h || h <= b
}

func (s *segment) resize(slots int) {
	old := *s
	*s = *newSegment(slots, old.depth)
	for i, n := range old.nodes {
		if n != nil {
			s.add(old.tags[i], n)
		}
	}
}

func larger(slots int) int {
	if slots == splitSlots {
		return maxSlots
	}
	return 2*slots + 1
}

func smaller(slots int) int {
	if slots == maxSlots {
		return splitSlots
	}
	return slots / 2
}
