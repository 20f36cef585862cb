package prep

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever is added, rolled back and dropped: of each path the newest change is found, as in a list that is searched from its end.
func TestTheNewestChangeIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPending()
		if rapid.Bool().Draw(t, "crowded") {
			p.newest.slots = make([]*change, 1)
		}
		var list []*change
		zxid := int64(0)
		path := rapid.Custom(func(t *rapid.T) string { return "/" + strconv.Itoa(rapid.IntRange(0, 40).Draw(t, "path")) })
		add := func(n int) {
			zxid++
			for range n {
				name := path.Draw(t, "name")
				list = append(list, p.add(p.newest.hash(name), name, zxid))
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) { add(rapid.IntRange(1, 5).Draw(t, "changes")) },
			"roll back": func(t *rapid.T) {
				mark := p.mark()
				add(rapid.IntRange(0, 5).Draw(t, "changes"))
				p.rollback(mark)
				list = list[:mark]
			},
			"drop": func(t *rapid.T) {
				upTo := zxid - int64(rapid.IntRange(0, 10).Draw(t, "late"))
				for len(list) > 0 && list[0].zxid <= upTo {
					list = list[1:]
				}
				p.drop(upTo)
			},
			"": func(t *rapid.T) {
				want := map[string]*change{}
				for _, c := range list {
					want[c.path] = c
				}
				require.Equal(t, len(want), p.newest.count)
				for i := range 41 {
					name := "/" + strconv.Itoa(i)
					require.Same(t, want[name], p.find(name), name)
				}
			},
		})
	})
}
