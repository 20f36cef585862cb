package report

import (
	"math"
	"slices"
)

// Spread is the middle of some values and how far they reach.
type Spread struct {
	Median, Low, High float64
	N                 int
}

// SpreadOf sums up values; those that are not finite numbers are left out.
func SpreadOf(values []float64) Spread {
	kept := make([]float64, 0, len(values))
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			kept = append(kept, v)
		}
	}
	if len(kept) == 0 {
		return Spread{}
	}
	slices.Sort(kept)
	n := len(kept)
	median := kept[n/2]
	if n%2 == 0 {
		median = (kept[n/2-1] + kept[n/2]) / 2
	}
	return Spread{Median: median, Low: kept[0], High: kept[n-1], N: n}
}

// Ratios is the spread of a[i]/b[i]. Rounds that were measured next to each other are
// divided by each other, so that what slows down the whole machine for a while slows down
// both and drops out. A round that one of them lacks is left out.
func Ratios(a, b []float64) Spread {
	ratios := make([]float64, 0, min(len(a), len(b)))
	for i := range min(len(a), len(b)) {
		ratios = append(ratios, a[i]/b[i])
	}
	return SpreadOf(ratios)
}
