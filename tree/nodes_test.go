package tree

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Each node is found by its number as long as it is there, no two have the same, and numbers that are free are used before new ones.
func TestNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, nodes := newNodeTable(), map[number]*Node{}
		var held []number // the oldest first
		most := 0
		for _, burst := range rapid.SliceOfN(rapid.IntRange(-2*tableChunk, 2*tableChunk), 1, 5).Draw(t, "bursts") {
			for range burst {
				n := &Node{}
				i := table.add(n)
				if i == 0 || nodes[i] != nil {
					t.Fatalf("number %d was given out again", i)
				}
				nodes[i], held = n, append(held, i)
			}
			most = max(most, len(held))
			for range min(-burst, len(held)) {
				table.remove(held[0])
				delete(nodes, held[0])
				held = held[1:]
			}
			for i, n := range nodes {
				if table.at(i) != n {
					t.Fatalf("another node has the number %d", i)
				}
			}
			require.Equal(t, number(most), table.last)
		}
		require.Nil(t, table.at(0))
	})
}
