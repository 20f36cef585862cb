package watch

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The paths of watchers, few or many, are those of a plain map, and nothing is left when all are gone.
func TestPathsOfWatchers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, plain := newWatch2Paths(), map[Watcher]map[string]bool{}
		ears := []*ear{{id: 1}, {id: 2}, {id: 3}}
		for range rapid.IntRange(1, 150).Draw(t, "steps") {
			who := rapid.SampledFrom(ears).Draw(t, "who")
			path := fmt.Sprint(rapid.IntRange(0, 2*manyPaths).Draw(t, "path"))
			switch {
			case plain[who][path]:
				p.remove(who, path)
				delete(plain[who], path)
			case plain[who] == nil:
				plain[who] = map[string]bool{}
				fallthrough
			default:
				p.add(who, path)
				plain[who][path] = true
			}
		}
		for _, who := range ears {
			s := p.take(who)
			require.Equal(t, len(plain[who]), s.len())
			s.each(func(path string) { require.True(t, plain[who][path]) })
		}
		require.Empty(t, p.paths)
	})
}
