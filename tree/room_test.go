package tree

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute/data"
)

// Whatever lengths the data of a node have one after the other, path and data are what was set, and nothing of the other is touched.
func TestRoomsHoldPathAndData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(0, 2*inlineMost)
		path := strings.Repeat("p", length.Draw(t, "path"))
		n := looseNode(nil, path, nil, openACLID, &data.StatPersisted{EphemeralOwner: rapid.Int64Range(0, 1).Draw(t, "owner")})
		kept := n.path()
		for fill := range byte(10) {
			var content []byte
			if l := rapid.IntRange(-1, 2*inlineMost).Draw(t, "data"); l >= 0 {
				content = bytes.Repeat([]byte{fill}, l)
			}
			n.setData(content)
			require.Equal(t, content, n.Data())
			require.Equal(t, path, n.path())
			require.Equal(t, path, kept)
		}
	})
}

// A node of up to inlineMost bytes is one object, with an owner or without; a longer one two.
func TestNodesAreOneObject(t *testing.T) {
	for size := 1; size <= 2*inlineMost; size++ {
		want := 1.0
		if size > inlineMost {
			want = 2
		}
		path := strings.Repeat("p", size)
		for owner := range int64(2) {
			var n *Node
			require.Equal(t, want, testing.AllocsPerRun(1, func() {
				n = looseNode(nil, path, nil, openACLID, &data.StatPersisted{EphemeralOwner: owner})
			}), size)
			require.Equal(t, owner == 1, n.extra != nil)
		}
	}
}
