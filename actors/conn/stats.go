package conn

import (
	"net/netip"
	"sync/atomic"
	"time"

	"troupe/jute/proto"
)

// Stats are a connection's counters. They are written in turns and read by anyone.
type Stats struct {
	established time.Time
	timeout     atomic.Int32 // negotiated, ms
	received    atomic.Int64
	sent        atomic.Int64
	queued      atomic.Int64
	lastOp      atomic.Int32
	lastCxid    atomic.Int64
	lastZxid    atomic.Int64
	lastReply   atomic.Int64 // wall clock, ms
	lastLatency atomic.Int64 // ms
	minLatency  atomic.Int64
	maxLatency  atomic.Int64
	sumLatency  atomic.Int64
	latencies   atomic.Int64
}

// latency notes how long a request took, in milliseconds.
func (s *Stats) latency(ms int64, c *Counters) {
	ms = max(ms, 0)
	s.lastLatency.Store(ms)
	if n := s.latencies.Load(); n == 0 || ms < s.minLatency.Load() {
		s.minLatency.Store(ms)
	}
	if ms > s.maxLatency.Load() {
		s.maxLatency.Store(ms)
	}
	s.sumLatency.Add(ms)
	s.latencies.Add(1)
	c.Latency(ms, 1)
}

// Reset begins the counting anew (crst).
func (s *Stats) Reset() {
	for _, c := range []*atomic.Int64{&s.received, &s.sent, &s.lastLatency, &s.minLatency, &s.maxLatency, &s.sumLatency, &s.latencies} {
		c.Store(0)
	}
}

// Info is what the cons command shows of a connection.
type Info struct {
	Remote      netip.AddrPort
	Session     int64 // 0 without one
	Established time.Time
	Timeout     int32 // ms
	Queued      int64
	Received    int64
	Sent        int64
	LastOp      proto.Op
	LastCxid    int64
	LastZxid    int64
	LastReply   int64 // ms
	LastLatency int64
	MinLatency  int64
	MaxLatency  int64
	AvgLatency  int64
}

// Info reads the counters. REQUIRES: the gate, in any way, as the session is guarded by it.
func (h *Handler) Info() Info {
	s := &h.stats
	i := Info{
		Remote: h.link.Remote(), Session: h.Session(), Established: s.established, Timeout: s.timeout.Load(),
		Queued: s.queued.Load(), Received: s.received.Load(), Sent: s.sent.Load(),
		LastOp: proto.Op(s.lastOp.Load()), LastCxid: s.lastCxid.Load(), LastZxid: s.lastZxid.Load(), LastReply: s.lastReply.Load(),
		LastLatency: s.lastLatency.Load(), MinLatency: s.minLatency.Load(), MaxLatency: s.maxLatency.Load(),
	}
	if n := s.latencies.Load(); n > 0 {
		i.AvgLatency = s.sumLatency.Load() / n
	}
	return i
}

// ResetStats is crst for this connection.
func (h *Handler) ResetStats() { h.stats.Reset() }

// SilentFor is how long the client has not been heard of, and whether it has a session.
func (h *Handler) SilentFor(now int64) (ms int64, greeted bool) {
	return now - h.heard.Load(), h.stats.timeout.Load() > 0
}

// count adds up what the turn did: once, not per request.
func (h *Handler) count() {
	s := &h.stats
	if h.frames > 0 {
		s.received.Add(int64(h.frames))
		s.lastOp.Store(int32(h.lastOp))
		s.lastCxid.Store(int64(h.lastXid))
	}
	if h.replies > 0 {
		s.sent.Add(int64(h.replies))
		s.lastZxid.Store(h.lastZxid)
		s.lastReply.Store(h.env.Clock.Now().UnixMilli())
	}
	s.queued.Store(int64(len(h.slots)))
	if h.frames > 0 || h.replies > 0 {
		h.env.Counters.Turn(h.frames, h.replies, h.bytesIn)
	}
	h.frames, h.replies, h.bytesIn = 0, 0, 0
}

// Counters are the server's totals over all connections.
type Counters struct {
	Received   atomic.Int64
	Sent       atomic.Int64
	BytesIn    atomic.Int64
	AuthFailed atomic.Int64

	latencyMin atomic.Int64
	latencyMax atomic.Int64
	latencySum atomic.Int64
	latencyN   atomic.Int64
}

// Turn adds what one turn of a connection did. Reads are answered within the millisecond.
func (c *Counters) Turn(received, sent, bytesIn int) {
	c.Received.Add(int64(received))
	c.Sent.Add(int64(sent))
	c.BytesIn.Add(int64(bytesIn))
}

// Latency notes n requests that took ms milliseconds each.
func (c *Counters) Latency(ms, n int64) {
	if c.latencyN.Add(n) == n || ms < c.latencyMin.Load() {
		c.latencyMin.Store(ms)
	}
	if ms > c.latencyMax.Load() {
		c.latencyMax.Store(ms)
	}
	c.latencySum.Add(ms * n)
}

// Latencies returns min, average and max in milliseconds.
func (c *Counters) Latencies() (lo int64, avg float64, hi int64) {
	n := c.latencyN.Load()
	if n == 0 {
		return 0, 0, 0
	}
	return c.latencyMin.Load(), float64(c.latencySum.Load()) / float64(n), c.latencyMax.Load()
}

// Reset begins anew (srst).
func (c *Counters) Reset() {
	for _, a := range []*atomic.Int64{&c.Received, &c.Sent, &c.latencyMin, &c.latencyMax, &c.latencySum, &c.latencyN} {
		a.Store(0)
	}
}
