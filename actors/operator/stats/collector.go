package stats

import (
	"math"
	"sync/atomic"
)

// Tally is what happened in one burst, or on one connection. It belongs to one goroutine. The zero value is
// empty.
type Tally struct {
	Received int64 // packets
	Sent     int64 // packets
	BytesIn  int64
	BytesOut int64
	Latency  Latency
}

// Merge adds another tally.
func (t *Tally) Merge(o *Tally) {
	t.Received += o.Received
	t.Sent += o.Sent
	t.BytesIn += o.BytesIn
	t.BytesOut += o.BytesOut
	t.Latency.merge(o.Latency)
}

// Latency is how long requests took, in milliseconds. The zero value has seen none.
type Latency struct {
	Count, Sum, Min, Max int64
}

// Add counts one request. A negative time, from a clock that was set back, counts as 0.
func (l *Latency) Add(millis int64) { l.AddMany(millis, 1) }

// AddMany counts n requests that took the same time.
func (l *Latency) AddMany(millis, n int64) {
	millis = max(millis, 0)
	l.merge(Latency{Count: n, Sum: millis * n, Min: millis, Max: millis})
}

func (l *Latency) merge(o Latency) {
	switch {
	case o.Count == 0:
		return
	case l.Count == 0:
		*l = o
		return
	}
	l.Count += o.Count
	l.Sum += o.Sum
	l.Min = min(l.Min, o.Min)
	l.Max = max(l.Max, o.Max)
}

// Avg is the mean in milliseconds; 0 if nothing was counted.
func (l Latency) Avg() float64 {
	if l.Count == 0 {
		return 0
	}
	return float64(l.Sum) / float64(l.Count)
}

// Totals are a Tally over all loops, since the start or the last Reset.
type Totals = Tally

// cacheLine is the distance at which two cores do not disturb each other, with the pairs of lines that today's
// processors fetch.
const cacheLine = 128

// Shard is one loop's part of a Collector. Any goroutine may add to it, but it is quick only while one does.
type Shard struct {
	received, sent, bytesIn, bytesOut atomic.Int64
	count, sum                        atomic.Int64
	least                             atomic.Int64 // noLatency before the first
	most                              atomic.Int64
	_                                 [cacheLine - 8*8]byte
}

// noLatency is more than any latency is.
const noLatency = math.MaxInt64

// Add adds what a burst did.
func (s *Shard) Add(t *Tally) {
	add(&s.received, t.Received)
	add(&s.sent, t.Sent)
	add(&s.bytesIn, t.BytesIn)
	add(&s.bytesOut, t.BytesOut)
	if l := t.Latency; l.Count > 0 {
		// The count comes last, so that who reads it above 0 finds a least and a greatest.
		for old := s.least.Load(); l.Min < old && !s.least.CompareAndSwap(old, l.Min); old = s.least.Load() {
		}
		for old := s.most.Load(); l.Max > old && !s.most.CompareAndSwap(old, l.Max); old = s.most.Load() {
		}
		add(&s.sum, l.Sum)
		s.count.Add(l.Count)
	}
}

func add(to *atomic.Int64, n int64) {
	if n != 0 {
		to.Add(n)
	}
}

func (s *Shard) read() Tally {
	t := Tally{Received: s.received.Load(), Sent: s.sent.Load(), BytesIn: s.bytesIn.Load(), BytesOut: s.bytesOut.Load()}
	if n := s.count.Load(); n > 0 {
		t.Latency = Latency{Count: n, Sum: s.sum.Load(), Min: s.least.Load(), Max: s.most.Load()}
		if t.Latency.Min == noLatency { // a Reset is under way
			t.Latency.Min = 0
		}
	}
	return t
}

func (s *Shard) reset() {
	for _, n := range []*atomic.Int64{&s.received, &s.sent, &s.bytesIn, &s.bytesOut, &s.count, &s.sum, &s.most} {
		n.Store(0)
	}
	s.least.Store(noLatency)
}

// Collector counts for a whole server.
type Collector struct{ shards []Shard }

// NewCollector makes a collector with one shard for each of n loops.
func NewCollector(n int) *Collector {
	c := &Collector{shards: make([]Shard, max(n, 1))}
	c.Reset()
	return c
}

// Shard is where loop i counts. Loops beyond the number of shards share them.
func (c *Collector) Shard(i int) *Shard { return &c.shards[i%len(c.shards)] }

// Read merges all shards. What is counted at this moment may be in it or not.
func (c *Collector) Read() Totals {
	var all Tally
	for i := range c.shards {
		t := c.shards[i].read()
		all.Received += t.Received
		all.Sent += t.Sent
		all.BytesIn += t.BytesIn
		all.BytesOut += t.BytesOut
		all.Latency.merge(t.Latency)
	}
	return all
}

// Reset begins the counting anew (the four-letter word srst). What is counted at this moment may be lost.
func (c *Collector) Reset() {
	for i := range c.shards {
		c.shards[i].reset()
	}
}

// Sizes remembers the last, least and greatest of many sizes in bytes, such as encoded replies or proposals. It
// may be written by several goroutines. The zero value is not usable; see NewSizes.
type Sizes struct{ last, least, most atomic.Int64 }

// NewSizes has seen nothing: all three are -1, as Apache tells it.
func NewSizes() *Sizes {
	s := &Sizes{}
	s.Reset()
	return s
}

// Add notes a size.
func (s *Sizes) Add(n int64) {
	s.last.Store(n)
	for old := s.least.Load(); (old < 0 || n < old) && !s.least.CompareAndSwap(old, n); old = s.least.Load() {
	}
	for old := s.most.Load(); n > old && !s.most.CompareAndSwap(old, n); old = s.most.Load() {
	}
}

// Read returns the last, least and greatest size; -1 before there was any.
func (s *Sizes) Read() (last, least, most int64) { return s.last.Load(), s.least.Load(), s.most.Load() }

// Reset forgets all sizes.
func (s *Sizes) Reset() {
	s.last.Store(-1)
	s.least.Store(-1)
	s.most.Store(-1)
}
