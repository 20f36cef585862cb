package leader

import "troupe/zab/packet"

// pendingSync is a sync request that waits until the leader has proved that it still leads, and until what was proposed
// when it came is decided (and applied, for an own client).
type pendingSync struct {
	to    ID  // the learner that asks
	token any // for an own client
	own   bool
	round uint64 // a quorum must have answered a PING of this round or a later one
	zxid  int64
}

// Sync takes a sync request of a learner's client, as it comes out of Prep; the learner gets SYNC, behind the COMMITs of
// all that was proposed before.
func (l *Leader) Sync(learner ID) error { return l.ask(pendingSync{to: learner}) }

// SyncOwn takes a sync request of an own client; the token comes back in Ready.Synced.
func (l *Leader) SyncOwn(token any) error { return l.ask(pendingSync{token: token, own: true}) }

// ask puts a sync at the end of the queue. If no round of PINGs is under way one begins; otherwise the next one will do
// for all that came meanwhile.
//
// Why this makes the following read linearizable: a voter that answers a PING sent after the request came had not joined
// another leader by then. Any later epoch needs a quorum, which has a member of this one, so no later epoch had begun
// when the request came: what was decided before is decided here.
func (l *Leader) ask(s pendingSync) error {
	switch {
	case l.phase == done:
		return ErrNotLeader
	case l.phase != broadcast:
		return ErrNotServing
	}
	s.round, s.zxid = l.round+1, l.lastProposed
	l.syncs.Push(s)
	if h := l.learners[s.to]; h != nil && !s.own {
		h.asked.Push(s.zxid)
	}
	l.finishSyncs()
	return nil
}

// pingAll begins a round. On a tick everybody is asked, otherwise voters that can answer.
func (l *Leader) pingAll(tick bool) {
	l.round++
	for _, h := range l.each() {
		if !h.forwarding() || !tick && (h.stage != serving || h.observer) {
			continue
		}
		if h.stage == serving { // before UPTODATE learners do not answer
			h.pings.Push(l.round)
		}
		l.send(h, packet.Packet{Kind: packet.Ping, Zxid: l.lastProposed})
	}
}

// pong takes the answer to the oldest PING that is not answered: connections keep the order.
func (l *Leader) pong(h *learner) {
	if h.pings.Len() == 0 {
		return
	}
	h.answered = h.pings.Pop()
	l.finishSyncs()
}

// heardSince tells whether a quorum has answered a PING of the round or a later one.
func (l *Leader) heardSince(round uint64) bool {
	answered := map[int64]bool{l.o.SID: true}
	for _, h := range l.learners {
		if !h.observer && h.stage == serving && h.answered >= round {
			answered[h.sid] = true
		}
	}
	return l.all(in(answered))
}

// finishSyncs answers the syncs that wait for nothing more, in their order, and begins the next round if one is waited for.
func (l *Leader) finishSyncs() {
	for l.syncs.Len() > 0 && l.phase == broadcast {
		s := *l.syncs.At(0)
		if s.round > l.round {
			l.pingAll(false)
		}
		if l.lastDecided < s.zxid || s.own && l.processed < s.zxid || !l.heardSince(s.round) {
			return
		}
		l.syncs.Pop()
		if s.own {
			l.ready.Synced = append(l.ready.Synced, s.token)
		} else if h := l.learners[s.to]; h != nil {
			l.send(h, packet.Packet{Kind: packet.Sync})
			h.asked.Pop()
			l.release(h)
		}
	}
}

// decided tells a learner of a decision. One that is later than a sync which it has asked for waits for the answer to that:
// Apache's learners have one queue for the writes and syncs of all their clients, and expect the answers in its order. A
// commit that overtakes a SYNC is taken for that of another server's client (CommitProcessor, queuedWriteRequests): from
// then on no client there gets an answer to a write.
func (l *Leader) decided(h *learner, p packet.Packet) {
	if h.asked.Len() > 0 && p.Zxid > *h.asked.At(0) {
		h.held.Push(p)
		return
	}
	l.send(h, p)
}

// release sends what waited for an answer that has been sent, up to the next sync.
func (l *Leader) release(h *learner) {
	for h.held.Len() > 0 && (h.asked.Len() == 0 || h.held.At(0).Zxid <= *h.asked.At(0)) {
		l.send(h, h.held.Pop())
	}
}
