//go:build interop

package ensemble

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/wire"
)

// TestSizes runs ensembles of other shapes: five voters, of which two may be missing; groups, of which most must have
// their majority; and many observers.
func TestSizes(t *testing.T) {
	t.Parallel()
	for _, shape := range []struct {
		name     string
		mix      mix
		settings []string
		missing  []int64 // the others go on without them
		needed   []int64 // but not if these are missing too
	}{
		{"five", "tatat", nil, []int64{5, 2}, []int64{4}},
		{"groups", "ttttta", []string{"group.1=1:2:3", "group.2=4", "group.3=5:6"}, []int64{6, 3, 5}, []int64{4}},
		{"weights", "ttta", []string{"group.1=1:2:3:4", "weight.1=3", "weight.2=1", "weight.3=1", "weight.4=0"},
			[]int64{2, 3, 4}, []int64{1}},
		{"observers", "tttTTTTTTTTTTA", nil, []int64{1, 4, 14}, []int64{2}},
	} {
		t.Run(shape.name, func(t *testing.T) {
			t.Parallel()
			e := lay(t, shape.mix.targeted(), options{direct: true, settings: shape.settings})
			for _, m := range e.members {
				m.launch()
			}
			e.awaitFormed()
			c := connect(t, e.members[len(e.members)-1], long)
			ok(t, c, ephemeral("/shape"))
			for _, id := range shape.missing {
				e.member(id).Kill()
			}
			e.awaitFormed()
			left := e.running()
			c = move(t, c, left[0])
			ok(t, c, set("/shape", "fewer"))
			e.sameTrees(t)
			for _, id := range shape.needed {
				e.member(id).Kill()
			}
			for _, m := range e.running() {
				await(t, patience, fmt.Sprintf("%v does not serve without a quorum", m), func() bool {
					return !m.state().serves
				}, e.show)
			}
			for _, id := range append(shape.missing, shape.needed...) {
				e.member(id).launch()
			}
			c = move(t, c, e.awaitFormed())
			got, _ := data(t, c, "/shape")
			require.Equal(t, "fewer", got)
			ok(t, c, wire.Bare(wire.OpCloseSession))
			e.sameTrees(t)
		})
	}
}
