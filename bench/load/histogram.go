package load

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// NewHistogram takes latencies in nanoseconds up to 100 s, to three digits. What is longer
// than that is an error of RecordValue: no answer takes so long.
func NewHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(100, int64(100*time.Second), 3)
}

// Percentiles are the ones that are reported.
type Percentiles struct {
	P50, P90, P99, P999, Max time.Duration
}

// Of reads the percentiles of a histogram of nanoseconds.
func Of(h *hdrhistogram.Histogram) Percentiles {
	at := func(q float64) time.Duration { return time.Duration(h.ValueAtQuantile(q)) }
	return Percentiles{P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: time.Duration(h.Max())}
}
