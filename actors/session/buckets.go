package session

import "slices"

// buckets hold sessions by the time at which somebody must look at them:
//
//	ExpirationTime = ((now + timeout) / interval + 1) * interval
//
// (ExpiryQueue.roundToNextInterval). Touching a session does not move it: when its bucket is due, its
// last sign of life decides whether it has expired or goes on to a later bucket.
type buckets struct {
	interval int64 // ms, the tickTime
	at       map[int64][]*Session
}

func newBuckets(interval int64) *buckets {
	return &buckets{interval: interval, at: make(map[int64][]*Session)}
}

func (b *buckets) roundUp(t int64) int64 { return (t/b.interval + 1) * b.interval }

func (b *buckets) add(s *Session) {
	t := b.roundUp(s.deadline())
	b.at[t] = append(b.at[t], s)
}

// due takes out the sessions whose time has come at now, oldest bucket first, and moves those on that
// have been touched meanwhile.
func (b *buckets) due(now int64) (expired []*Session) {
	var times []int64
	for t := range b.at {
		if t <= now {
			times = append(times, t)
		}
	}
	slices.Sort(times)
	for _, t := range times {
		sessions := b.at[t]
		delete(b.at, t)
		for _, s := range sessions {
			switch {
			case s.Gone():
			case b.roundUp(s.deadline()) > now:
				b.add(s)
			default:
				expired = append(expired, s)
			}
		}
	}
	return expired
}

// Bucket is one set of sessions that are looked at together, for the dump command.
type Bucket struct {
	InMillis int64 // from now
	IDs      []int64
}

func (b *buckets) list(now int64) []Bucket {
	byTime := make(map[int64][]int64)
	for _, sessions := range b.at {
		for _, s := range sessions {
			if !s.Gone() {
				t := b.roundUp(s.deadline())
				byTime[t] = append(byTime[t], s.ID)
			}
		}
	}
	out := make([]Bucket, 0, len(byTime))
	for t, ids := range byTime {
		slices.Sort(ids)
		out = append(out, Bucket{InMillis: t - now, IDs: ids})
	}
	slices.SortFunc(out, func(x, y Bucket) int { return int(x.InMillis - y.InMillis) })
	return out
}
