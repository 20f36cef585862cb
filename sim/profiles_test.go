package sim

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Plans of each profile hold what was promised, and show what they are for.
func TestProfiles(t *testing.T) {
	shows := map[string]func(Result) int{
		"read-only":      func(r Result) int { return r.Lonely },
		"moves":          func(r Result) int { return r.Moved },
		"local sessions": func(r Result) int { return r.Upgraded },
		"backups":        func(r Result) int { return r.Replaced },
	}
	for _, x := range scenarios() {
		t.Run(x.name, func(t *testing.T) {
			var mu sync.Mutex
			var epochs, shown int
			const seeds = 6
			each(1000, seeds, 0, func(seed uint64) bool {
				p := NewPlanOf(x.name, seed)
				r := Run(p, nil)
				mu.Lock()
				defer mu.Unlock()
				if r.Violation != nil {
					t.Errorf("seed %d: %v", seed, r.Violation)
				}
				epochs += r.Epochs
				if show := shows[x.name]; show != nil {
					shown += show(r)
				}
				return false
			})
			require.GreaterOrEqual(t, epochs, seeds)
			if shows[x.name] != nil {
				require.Greater(t, shown, seeds)
			}
		})
	}
}
