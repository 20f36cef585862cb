//go:build interop

package differential

import (
	"slices"
	"time"
)

// shrink drops steps, then single requests of steps, as long as the rest still fails, until nothing more can
// go or the time is up.
func shrink(steps []step, fails func([]step) bool, until time.Time) []step {
	for size := len(steps) / 2; size > 0; size /= 2 {
		for from := 0; from < len(steps); {
			if time.Now().After(until) {
				return steps
			}
			shorter := slices.Delete(slices.Clone(steps), from, min(from+size, len(steps)))
			if fails(shorter) {
				steps = shorter
			} else {
				from += size
			}
		}
	}
	for i := range steps {
		for k := 0; k < len(steps[i].calls) && len(steps[i].calls) > 1; {
			if time.Now().After(until) {
				return steps
			}
			shorter := slices.Clone(steps)
			shorter[i].calls = slices.Delete(slices.Clone(steps[i].calls), k, k+1)
			if fails(shorter) {
				steps = shorter
			} else {
				k++
			}
		}
	}
	return steps
}
