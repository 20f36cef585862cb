package tree

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute/data"
)

func nodeAt(path string) *Node {
	return looseNode(nil, path, nil, openACLID, &data.StatPersisted{})
}

func added(x *index, n *Node) bool {
	_, ok := x.add(n)
	return ok
}

// proveIndex checks the shape: every node is found from its home without an empty slot between, and
// no segment is too large.
func proveIndex(t require.TestingT, x *index) {
	seen := map[*segment]bool{}
	count := 0
	for i, s := range x.dir {
		require.LessOrEqual(t, 1<<s.depth, len(x.dir))
		require.LessOrEqual(t, len(s.slots), maxSlots)
		require.Same(t, x.dir[i&(1<<s.depth-1)], s)
		if seen[s] {
			continue
		}
		seen[s] = true
		n := 0
		for i, v := range s.slots {
			require.Equal(t, v.tag == 0, v.node == 0)
			if v.tag == 0 {
				continue
			}
			n++
			require.Same(t, s, x.segment(v.tag))
			for at := home(v.tag, len(s.slots)); at != i; at = s.next(at) {
				require.NotZero(t, s.slots[at].tag)
			}
		}
		require.Equal(t, s.count, n)
		require.LessOrEqual(t, n, len(s.slots)*7/8)
		count += n
	}
	require.Equal(t, x.count, count)
}

// The index does what a map does.
func TestIndexIsAMap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x, m := newIndex(), map[string]*Node{}
		for _, k := range rapid.SliceOfN(rapid.IntRange(0, 300), 0, 1500).Draw(rt, "paths") {
			path := fmt.Sprintf("/n%d", k)
			require.Same(rt, m[path], x.get(path))
			if n := m[path]; n != nil {
				x.remove(n)
				delete(m, path)
			} else {
				m[path] = nodeAt(path)
				x.add(m[path])
			}
		}
		for path, n := range m {
			require.Same(rt, n, x.get(path))
		}
		proveIndex(rt, &x)
	})
}

// Growing to many segments and shrinking again.
func TestIndexGrowsAndShrinks(t *testing.T) {
	const n = 30_000
	x := newIndex()
	nodes := make([]*Node, n)
	for i := range nodes {
		nodes[i] = nodeAt(fmt.Sprintf("/dir/node-%d", i))
		x.add(nodes[i])
	}
	proveIndex(t, &x)
	require.Greater(t, len(x.dir), n/maxSlots)
	rand.New(rand.NewPCG(3, 4)).Shuffle(n, func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	for i, node := range nodes {
		require.Same(t, node, x.get(node.path()))
		x.remove(node)
		require.Nil(t, x.get(node.path()))
		if i == n/2 {
			proveIndex(t, &x)
		}
	}
	proveIndex(t, &x)
	slots := 0
	for _, s := range x.dir {
		slots += len(s.slots)
	}
	require.LessOrEqual(t, slots, len(x.dir)*2*minSlots, "an empty index keeps its directory, but no large segments")
}

// Where the hashes of many nodes agree in all bits, a segment grows and nothing is lost.
func TestSegmentBeyondSplitting(t *testing.T) {
	s := newSegment(minSlots, maxDepth)
	const n = 3 * maxSlots
	for i := range n {
		s.add(slot{tag: 0xffffffff, node: number(i + 1)})
	}
	require.Equal(t, n, s.count)
	seen := map[number]bool{}
	for range n {
		i := home(0xffffffff, len(s.slots))
		seen[s.slots[i].node] = true
		s.remove(i)
	}
	require.Zero(t, s.count)
	require.Len(t, seen, n)
}

// A path is put in once, however the index was made and whether or not the segment must grow for it. Room made beforehand changes nothing
// but the number of splits.
func TestIndexExpect(t *testing.T) {
	for _, expected := range []int{0, 1, 500, 600, 5_000, 1_000_000} {
		x := newIndex()
		x.expect(expected)
		nodes := make([]*Node, 5_000)
		for i := range nodes {
			nodes[i] = nodeAt(fmt.Sprintf("/node-%d", i))
			require.True(t, added(&x, nodes[i]))
			require.False(t, added(&x, nodes[i/2]))
		}
		require.Equal(t, len(nodes), x.count)
		for _, n := range nodes {
			require.Same(t, n, x.get(n.path()))
			x.remove(n)
			require.Nil(t, x.get(n.path()))
		}
		x.expect(1_000) // empty again
		require.True(t, added(&x, nodes[0]))
	}
}
