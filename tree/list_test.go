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
		members := map[*Node]bool{}
		prove := func() {
			require.Equal(rt, len(members), l.len())
			for i := range l.len() {
				require.True(rt, members[l.at(i)])
				require.Equal(rt, uint32(i), l.at(i).pos)
			}
			for i, chunk := range l.chunks {
				require.NotEmpty(rt, chunk)
				require.True(rt, i == len(l.chunks)-1 || len(chunk) == chunkLen)
			}
		}
		for _, burst := range rapid.SliceOfN(rapid.IntRange(-1500, 1500), 1, 6).Draw(rt, "bursts") {
			for range burst {
				n := &Node{}
				n.pos = l.push(n)
				members[n] = true
			}
			for range min(-burst, l.len()) {
				pos := uint32(rapid.IntRange(0, l.len()-1).Draw(rt, "pos"))
				delete(members, l.at(int(pos)))
				if moved := l.remove(pos); moved != nil {
					moved.pos = pos
				}
			}
			prove()
		}
	})
}

// A directory that was large once gives its memory back.
func TestNodeListShrinks(t *testing.T) {
	var l nodeList
	for range 5 * chunkLen {
		l.push(&Node{})
	}
	for l.len() > 1 {
		l.remove(0)
	}
	require.Len(t, l.chunks, 1)
	require.LessOrEqual(t, cap(l.chunks[0]), 4)
	l.remove(0)
	require.Empty(t, l.chunks)
}
