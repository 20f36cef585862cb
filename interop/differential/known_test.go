//go:build interop

package differential

// difference is a place where Troupe is wanted to answer otherwise than Apache ZooKeeper 3.8.0.
type difference struct {
	name   string
	reason string
	fits   func(s step, apache, target []string) bool
}

// known is the whole list of wanted differences that a script can meet. The requests that kill or wedge
// Apache 3.8.0 are not in it, since no script sends them to Apache: faults_test.go sends them to Troupe alone.
func known() []difference {
	return []difference{}
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
