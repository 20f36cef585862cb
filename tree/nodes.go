package tree

// number is what the tree's own tables call a node. They hold numbers and no pointers, so that the garbage collector, which would
// follow each pointer to a node, those of the index in random order, has nothing to do with them: with 200,000 znodes it then needs half the time
// (BenchmarkCollect). 0 is no node.
type number uint32

// nodeTable gives numbers to nodes and finds them. It is the one place that keeps nodes alive.
type nodeTable struct {
	chunks []*[tableChunk]*Node
	last   number   // the highest number given out
	free   []number // given back
}

// tableChunk is how many nodes the table grows by: 32 KiB, which Go's allocator gives without a header.
const tableChunk = 4096

func newNodeTable() nodeTable {
	return nodeTable{chunks: []*[tableChunk]*Node{new([tableChunk]*Node)}}
}

// at is the node with this number; nil for 0.
func (t *nodeTable) at(i number) *Node { return t.chunks[i/tableChunk][i%tableChunk] }

// add gives n a number.
func (t *nodeTable) add(n *Node) number {
	i := t.last + 1
	if f := len(t.free); f > 0 {
		i, t.free = t.free[f-1], t.free[:f-1]
	} else {
		t.last = i
		if int(i/tableChunk) == len(t.chunks) {
			t.chunks = append(t.chunks, new([tableChunk]*Node))
		}
	}
	t.chunks[i/tableChunk][i%tableChunk] = n
	return i
}

// remove forgets a node; its number will be that of another one.
func (t *nodeTable) remove(i number) {
	t.chunks[i/tableChunk][i%tableChunk] = nil
	t.free = append(t.free, i)
}
