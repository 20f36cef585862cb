package ledger

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/wire"
)

// state gives the nodes after the first done operations, as a server would show them.
func state(done int) []wire.Node {
	var out []wire.Node
	for _, l := range expected(done) {
		var name, data string
		var version int32
		for i, c := range l {
			if c == ' ' {
				name, l = l[:i], l[i:]
				break
			}
		}
		_, err := fmt.Sscanf(l, " v%d %s", &version, &data)
		if err != nil {
			panic(err)
		}
		out = append(out, wire.Node{Path: "/w" + name, Data: []byte(data), Stat: wire.Stat{Version: version}})
	}
	return out
}

func TestCheckFindsHowFarAWriterCame(t *testing.T) {
	for _, done := range []int{0, 1, 2, 3, 4, 5, 50, 51, 52, 53, 54, 55, 56, 57, 100, 1001, 1002, 1003, 1004} {
		got, err := Check("/w", state(done), done-1, done+1)
		require.NoError(t, err, "%d", done)
		require.Equal(t, done, got)
	}
}

func TestCheckSeesWhatIsLostOrTooMuch(t *testing.T) {
	_, err := Check("/w", state(100), 101, 200)
	require.ErrorContains(t, err, "101 were acknowledged")
	_, err = Check("/w", state(100), 0, 99)
	require.ErrorContains(t, err, "only 99 were sent")
	for i := range state(100) {
		nodes := state(100)
		_, err = Check("/w", append(nodes[:i:i], nodes[i+1:]...), 0, 200)
		require.Error(t, err, "without %s", nodes[i].Path)
		nodes = state(100)
		nodes[i].Stat.Version++
		_, err = Check("/w", nodes, 0, 200)
		require.Error(t, err, "with a change of %s counted twice", nodes[i].Path)
	}
	_, err = Check("/w", nil, 0, 0)
	require.ErrorContains(t, err, "missing")
}
