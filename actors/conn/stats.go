package conn

import (
	"net/netip"
	"sync/atomic"
	"time"

	"troupe/actors/operator/stats"
	"troupe/jute/proto"
)

// Stats are a connection's counters. They are written at the end of turns and read by anyone.
type Stats struct {
	established time.Time
	timeout     atomic.Int32 // negotiated, ms; 0 before the handshake
	received    atomic.Int64
	sent        atomic.Int64
	queued      atomic.Int64
	lastOp      atomic.Int32
	lastCxid    atomic.Int64
	lastZxid    atomic.Int64
	lastReply   atomic.Int64 // Clock.Millis
	lastLatency atomic.Int64 // ms
	minLatency  atomic.Int64
	maxLatency  atomic.Int64
	sumLatency  atomic.Int64
	latencies   atomic.Int64
}

// Reset begins the counting anew (crst).
func (s *Stats) Reset() {
	for _, c := range []*atomic.Int64{&s.received, &s.sent, &s.lastLatency, &s.minLatency, &s.maxLatency, &s.sumLatency, &s.latencies} {
		c.Store(0)
	}
}

// add takes in what a turn did.
func (s *Stats) add(t *stats.Tally, last int64) {
	s.received.Add(t.Received)
	s.sent.Add(t.Sent)
	l := &t.Latency
	if l.Count == 0 {
		return
	}
	if n := s.latencies.Load(); n == 0 || l.Min < s.minLatency.Load() {
		s.minLatency.Store(l.Min)
	}
	s.maxLatency.Store(max(s.maxLatency.Load(), l.Max))
	s.lastLatency.Store(last)
	s.sumLatency.Add(l.Sum)
	s.latencies.Add(l.Count)
}

// Info is what the admin commands show of a connection.
type Info struct {
	Remote      netip.AddrPort
	Session     int64 // 0 without one
	Established time.Time
	Timeout     int32 // ms
	Silent      int64 // ms since it was last heard of
	Queued      int64
	Received    int64
	Sent        int64
	LastOp      proto.Op
	LastCxid    int64
	LastZxid    int64
	LastReply   int64 // Clock.Millis
	LastLatency int64 // ms, as the next three
	MinLatency  int64
	MaxLatency  int64
	AvgLatency  int64
}

// Info reads the counters. REQUIRES: the gate, in any way, as it guards the session.
func (h *Handler) Info() Info {
	s := &h.stats
	i := Info{
		Remote: h.link.Remote(), Session: h.Session(), Established: s.established, Timeout: s.timeout.Load(),
		Silent: h.env.Clock.Millis() - h.heard.Load(),
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

// Greeted tells how long the client has not been heard of, and whether it has made its handshake.
func (h *Handler) Greeted(now int64) (silent int64, greeted bool) {
	return now - h.heard.Load(), h.stats.timeout.Load() > 0
}

// count adds up what the turn did: once, not per request. Reads are answered within the turn.
func (h *Handler) count() {
	t := &h.tally
	if *t == (stats.Tally{}) {
		return
	}
	t.BytesOut = int64(len(h.out))
	s := &h.stats
	if t.Received > 0 {
		s.lastOp.Store(int32(h.lastOp))
		s.lastCxid.Store(int64(h.lastXid))
	}
	if t.Sent > 0 {
		s.lastZxid.Store(h.lastZxid)
		s.lastReply.Store(h.now)
	}
	s.queued.Store(int64(h.owed))
	s.add(t, h.lastLatency)
	h.env.Stats.Shard(int(h.link.ID())).Add(t)
	*t = stats.Tally{}
}
