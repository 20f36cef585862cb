//go:build interop

package differential

import (
	"regexp"
	"slices"

	"troupe/interop/wire"
)

// difference is a place where Troupe is wanted to answer otherwise than Apache ZooKeeper 3.8.0.
type difference struct {
	name   string
	reason string
	fits   func(s step, apache, target []string) bool
}

// known is the whole list of wanted differences that a script can meet. The requests that kill or wedge
// Apache 3.8.0 are not in it, since no script sends them to Apache: faults_test.go sends them to Troupe alone.
func known() []difference {
	return []difference{
		{
			name: "a body behind the error of a multi",
			reason: "when a multi or multiRead fails as a whole, 3.8.0 sends what it had of the result behind the header with " +
				"the error; the protocol has no body there, and no client reads one",
			fits: func(s step, apache, target []string) bool {
				return onlyOps(s, wire.OpMulti, wire.OpMultiRead) && slices.Equal(without(apache, `( err=-\d+) body=[0-9a-f]+$`), target)
			},
		},
	}
}

// onlyOps says that the step sends nothing but these operations.
func onlyOps(s step, ops ...int32) bool {
	return s.do == send && !slices.ContainsFunc(s.calls, func(c call) bool { return !slices.Contains(ops, c.Op) })
}

// without keeps of each line that fits the pattern only its first group.
func without(lines []string, pattern string) []string {
	re := regexp.MustCompile(pattern)
	out := slices.Clone(lines)
	for i := range out {
		out[i] = re.ReplaceAllString(out[i], "$1")
	}
	return out
}

// explain names the known difference that covers what a step showed, or gives "".
func explain(s step, apache, target []string) string {
	for _, d := range known() {
		if d.fits(s, apache, target) {
			return d.name
		}
	}
	return ""
}
