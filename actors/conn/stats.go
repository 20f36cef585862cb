package conn

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"troupe/actors/operator/stats"
	"troupe/jute/proto"
)

// Stats are a connection's counters. They are written once at the end of a turn and read by anyone: a lock for all costs
// less than an atomic operation for each.
type Stats struct {
	established time.Time
	timeout     atomic.Int32 // negotiated, ms; 0 before the handshake

	mu          sync.Mutex
	tally       stats.Tally
	queued      int64
	lastOp      proto.Op
	lastCxid    int64
	lastZxid    int64
	lastReply   int64 // Clock.Millis
	lastLatency int64 // ms
}

// Reset begins the counting anew (crst).
func (s *Stats) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally, s.lastLatency = stats.Tally{}, 0
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
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &s.tally.Latency
	return Info{
		Remote: h.link.Remote(), Session: h.Session(), Established: s.established, Timeout: s.timeout.Load(),
		Silent: h.env.Clock.Millis() - h.heard.Load(),
		Queued: s.queued, Received: s.tally.Received, Sent: s.tally.Sent,
		LastOp: s.lastOp, LastCxid: s.lastCxid, LastZxid: s.lastZxid, LastReply: s.lastReply,
		LastLatency: s.lastLatency, MinLatency: l.Min, MaxLatency: l.Max, AvgLatency: int64(l.Avg()),
	}
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
	h.env.Stats.Shard(h.link.Loop()).Add(t)
	s := &h.stats
	s.mu.Lock()
	if t.Received > 0 {
		s.lastOp, s.lastCxid = h.lastOp, int64(h.lastXid)
	}
	if t.Sent > 0 {
		s.lastZxid, s.lastReply = h.lastZxid, h.now
	}
	s.queued, s.lastLatency = int64(h.owed), h.lastLatency
	s.tally.Merge(t)
	s.mu.Unlock()
	*t = stats.Tally{}
}
