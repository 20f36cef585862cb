package tree

import "hash/maphash"

// index finds nodes by their path. It is an extendible hash table: a directory of small segments,
// each an open table with linear probing.
//
// Why not map[string]*Node: the node has its path already, so a slot here is a number and 32 bits
// of hash, and after a change of the data no key keeps the old buffer alive. With a million nodes
// it takes 19 bytes a node, with the table of numbers, where the map takes 32, and finds a node in the same time
// (BenchmarkLookup).
//
// A segment grows by a step, and splits in two when it has maxSlots: no insertion moves more than
// some hundred slots, however large the tree is. The hash is seeded per process, so nobody can
// choose paths that collide.
type index struct {
	nodes nodeTable
	seed  maphash.Seed
	// dir is addressed by the low bits of the hash (but for bit 0); a segment of depth d stands at
	// every place that agrees with it in d bits.
	dir   []*segment
	count int
}

// segment holds the nodes whose hashes agree in the lowest depth bits.
type segment struct {
	slots []slot // a node is at its home or behind it, with no empty slot between
	count int
	depth uint
}

// slot is a node and the hash of its path; 0 for both is an empty slot.
type slot struct {
	tag  uint32
	node number
}

// Sizes of segments; of the large ones Go's allocator has classes.
const (
	minSlots   = 7
	splitSlots = 511 // the halves of a split segment
	maxSlots   = 767
	maxDepth   = 22 // beyond it (thousands of millions of nodes) segments grow and do not split
)

func newIndex() index {
	return index{nodes: newNodeTable(), seed: maphash.MakeSeed(), dir: []*segment{newSegment(minSlots, 0)}}
}

func newSegment(slots int, depth uint) *segment {
	return &segment{slots: make([]slot, slots), depth: depth}
}

// tag is the hash of a path; bit 0 is set, so that it differs from that of an empty slot.
func (x *index) tag(path string) uint32 { return uint32(maphash.String(x.seed, path)) | 1 }

func (x *index) segment(tag uint32) *segment { return x.dir[(tag>>1)&uint32(len(x.dir)-1)] }

// get returns the node with this path, nil if there is none.
func (x *index) get(path string) *Node {
	tag := x.tag(path)
	slots := x.segment(tag).slots
	for i := home(tag, len(slots)); ; {
		switch slots[i].tag {
		case 0:
			return nil
		case tag:
			if n := x.nodes.at(slots[i].node); n.path() == path {
				return n
			}
		}
		if i++; i == len(slots) {
			i = 0
		}
	}
}

// add puts in a node and gives it a number, if no other has its path.
func (x *index) add(n *Node) (number, bool) {
	path := n.path()
	tag := x.tag(path)
	s := x.segment(tag)
	i := home(tag, len(s.slots))
	for ; s.slots[i].tag != 0; i = s.next(i) {
		if s.slots[i].tag == tag && x.nodes.at(s.slots[i].node).path() == path {
			return 0, false
		}
	}
	x.count++
	added := slot{tag, x.nodes.add(n)}
	if !s.full() {
		s.put(i, added)
		return added.node, true
	}
	for s.full() && len(s.slots) >= maxSlots && s.depth < maxDepth {
		x.split(s, tag)
		s = x.segment(tag)
	}
	s.add(added)
	return added.node, true
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

// remove takes out a node that is there. Its number is free again, and returned.
func (x *index) remove(n *Node) number {
	tag := x.tag(n.path())
	s := x.segment(tag)
	i := home(tag, len(s.slots))
	for s.slots[i].tag != tag || x.nodes.at(s.slots[i].node) != n {
		i = s.next(i)
	}
	removed := s.slots[i].node
	x.nodes.remove(removed)
	s.remove(i)
	x.count--
	return removed
}

// split divides a segment by the next bit of the hashes; tag is one of them.
func (x *index) split(s *segment, tag uint32) {
	if len(x.dir) == 1<<s.depth {
		x.dir = append(x.dir, x.dir...)
	}
	bit := uint32(1) << s.depth
	halves := [2]*segment{newSegment(splitSlots, s.depth+1), newSegment(splitSlots, s.depth+1)}
	for _, v := range s.slots {
		if v.tag != 0 {
			halves[which(v.tag>>1, bit)].add(v)
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
func (s *segment) full() bool { return s.count >= len(s.slots)*7/8 }

func (s *segment) add(v slot) {
	if s.full() {
		s.resize(larger(len(s.slots)))
	}
	i := home(v.tag, len(s.slots))
	for s.slots[i].tag != 0 {
		i = s.next(i)
	}
	s.put(i, v)
}

func (s *segment) put(i int, v slot) {
	s.slots[i] = v
	s.count++
}

func (s *segment) next(i int) int {
	if i++; i == len(s.slots) {
		return 0
	}
	return i
}

// remove empties a slot, and closes the gap behind it, so that searches may still stop at an empty slot.
func (s *segment) remove(hole int) {
	for i := s.next(hole); s.slots[i].tag != 0; i = s.next(i) {
		if h := home(s.slots[i].tag, len(s.slots)); !between(hole, h, i) {
			s.slots[hole] = s.slots[i]
			hole = i
		}
	}
	s.slots[hole] = slot{}
	s.count--
	if len(s.slots) > minSlots && s.count < len(s.slots)/8 {
		s.resize(smaller(len(s.slots)))
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
	old := s.slots
	*s = *newSegment(slots, s.depth)
	for _, v := range old {
		if v.tag != 0 {
			s.add(v)
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
