package load

import "time"

// Beat is what happened in one short span of a window.
type Beat struct {
	Ops     int64
	Longest time.Duration // latency of the slowest answer that came in it
}

// beats cuts a window into spans. The zero value, and nil, keep nothing.
type beats struct {
	span  int64 // nanoseconds
	begin int64 // worker's clock
	all   []Beat
}

// newBeats is for a window from begin on. What comes after its end is left out.
func newBeats(begin int64, window, span time.Duration) *beats {
	if span <= 0 {
		return nil
	}
	return &beats{span: int64(span), begin: begin, all: make([]Beat, (window+span-1)/span)}
}

func (b *beats) add(now int64, f flight) {
	if b == nil {
		return
	}
	if at := (now - b.begin) / b.span; at >= 0 && at < int64(len(b.all)) {
		beat := &b.all[at]
		beat.Ops += int64(f.count)
		beat.Longest = max(beat.Longest, time.Duration(now-f.sentAt))
	}
}

// merge adds up the beats of several workers.
func (b *beats) merge(other *beats) *beats {
	if b == nil || other == nil {
		return other
	}
	for i := range min(len(b.all), len(other.all)) {
		other.all[i].Ops += b.all[i].Ops
		other.all[i].Longest = max(other.all[i].Longest, b.all[i].Longest)
	}
	return other
}
