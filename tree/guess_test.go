package tree

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A guess is the node, or at least does no harm: what is looked up with any guess is what is there.
func TestGuess(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFiller(Options{})
		for _, path := range rapid.SliceOf(rapid.SampledFrom(somePaths[:9])).Draw(rt, "created") {
			f.create(path, drawData(rt))
		}
		var nodes [GuessBatch]*Node
		paths := rapid.SliceOfN(rapid.SampledFrom(somePaths), 1, GuessBatch).Draw(rt, "paths")
		f.t.Guess(paths, &nodes)
		for i, path := range paths {
			if n := f.t.Lookup(path); n != f.t.root {
				require.Same(rt, n, nodes[i], path)
			}
			guess := nodes[rapid.IntRange(0, len(paths)-1).Draw(rt, "guess")]
			require.Same(rt, f.t.Lookup(path), f.t.LookupGuessed(path, guess), path)
		}
		require.Zero(rt, testing.AllocsPerRun(1, func() { f.t.Guess(paths, &nodes) }))
	})
}
