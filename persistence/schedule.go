package persistence

import "math/rand/v2"

// schedule decides when a snapshot is due: after so many transactions or bytes since the last one, where "so many" is drawn anew each time
// between half and the whole of the limit, so that the members of an ensemble do not all write their snapshots at once.
type schedule struct {
	count int64 // snapCount
	bytes int64 // snapSizeLimit; <= 0: no such limit
	rand  *rand.Rand

	txns, size         int64 // since the last snapshot
	spareTxns, spareSz int64 // the random parts
}

func newSchedule(count int, bytes int64, r *rand.Rand) *schedule {
	s := &schedule{count: max(2, int64(count)), bytes: bytes, rand: r}
	s.reset()
	return s
}

func (s *schedule) add(n int) {
	s.txns++
	s.size += int64(n)
}

func (s *schedule) due() bool {
	return s.txns > s.count/2+s.spareTxns || s.bytes > 0 && s.size > s.bytes/2+s.spareSz
}

// reset begins the next interval.
func (s *schedule) reset() {
	s.txns, s.size = 0, 0
	s.spareTxns = s.rand.Int64N(s.count / 2)
	if s.bytes > 1 {
		s.spareSz = s.rand.Int64N(s.bytes / 2)
	}
}
