package tree

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The list holds what was pushed and not removed, each at its position, and its chunks are full but
// for the last.
func TestNodeList(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var l nodeList
		table := newNodeTable()
		members := map[number]bool{}
		prove := func() {
			require.Equal(rt, len(members), l.len())
			for i := range l.len() {
				if n := l.at(i); !members[n] || table.at(n).pos != uint32(i) {
					rt.Fatalf("number %d at %d", n, i)
				}
			}
			for i, chunk := range l.chunks {
				require.NotEmpty(rt, chunk)
				require.True(rt, i == len(l.chunks)-1 || len(chunk) == chunkLen)
			}
		}
		for _, burst := range rapid.SliceOfN(rapid.IntRange(-2*chunkLen, 2*chunkLen), 1, 6).Draw(rt, "bursts") {
			for range burst {
				n := &Node{}
				added := table.add(n)
				n.pos = l.push(added)
				members[added] = true
			}
			for range min(-burst, l.len()) {
				pos := uint32(rapid.IntRange(0, l.len()-1).Draw(rt, "pos"))
				gone := l.at(int(pos))
				delete(members, gone)
				if moved := l.remove(pos); moved != 0 {
					table.at(moved).pos = pos
				}
				table.remove(gone)
			}
			prove()
		}
	})
}

// A directory that was large once gives its memory back.
func TestNodeListShrinks(t *testing.T) {
	var l nodeList
	for range 5 * chunkLen {
		l.push(1)
	}
	for l.len() > 1 {
		l.remove(0)
	}
	require.Len(t, l.chunks, 1)
	require.LessOrEqual(t, cap(l.chunks[0]), 4)
	l.remove(0)
	require.Empty(t, l.chunks)
}
