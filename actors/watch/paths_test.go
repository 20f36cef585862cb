package watch

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The paths of watchers, few or many, are those of a plain map, and nothing is left when all are gone.
func TestPathsOfWatchers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, plain := newWatch2Paths(), map[Watcher]map[*watchers]bool{}
		ears := []*ear{{id: 1}, {id: 2}, {id: 3}}
		for _, who := range ears {
			plain[who] = map[*watchers]bool{}
		}
		var all [2*manyPaths + 1]*watchers
		for i := range all {
			all[i] = &watchers{}
		}
		for range rapid.IntRange(1, 150).Draw(t, "steps") {
			who := rapid.SampledFrom(ears).Draw(t, "who")
			path := all[rapid.IntRange(0, 2*manyPaths).Draw(t, "path")]
			if plain[who][path] {
				p.remove(who, path)
				delete(plain[who], path)
			} else {
				p.add(who, path)
				plain[who][path] = true
			}
		}
		for _, who := range ears {
			s := p.take(who)
			if len(plain[who]) == 0 {
				require.Nil(t, s)
				continue
			}
			require.Equal(t, len(plain[who]), s.len())
			s.each(func(path *watchers) { require.True(t, plain[who][path]) })
		}
		require.Empty(t, p.paths)
	})
}
