//go:build interop

package differential

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What may differ: Apache from itself, and nothing else.
func TestDecide(t *testing.T) {
	say := func(lines ...string) result { return result{trace: [][]string{lines}} }
	twin := func(lines ...string) *result { r := say(lines...); return &r }
	agreed := run{say("a", "b"), say("a", "b"), twin("a", "b")}
	lost := run{say("a"), say("a", "b"), twin("a", "b")}
	for name, c := range map[string]struct {
		runs []run // the last one comes again and again
		diff string
	}{
		"all agree":                         {[]run{agreed}, ""},
		"apache loses a reply once":         {[]run{lost, lost, agreed}, ""},
		"apache never says it":              {[]run{lost}, "target: b"},
		"the target once says too much":     {[]run{{say("a"), say("a", "b"), twin("a")}, agreed}, "not of one mind"},
		"the target once says too little":   {[]run{{say("a", "b"), say("a"), twin("a", "b")}, agreed}, "not of one mind"},
		"only the twin is odd":              {[]run{{say("a"), say("a"), twin("a", "b")}, agreed}, "not of one mind"},
		"the target is odd in a second run": {[]run{lost, {say("a"), say("a"), twin("a", "b")}, agreed}, "not of one mind"},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			v, err := decide([]step{{do: send}}, func() (run, error) {
				r := c.runs[min(n, len(c.runs)-1)]
				n++
				return r, nil
			})
			require.NoError(t, err)
			if c.diff == "" {
				require.Empty(t, v.diff)
			} else {
				require.Contains(t, v.diff, c.diff)
			}
		})
	}
}
