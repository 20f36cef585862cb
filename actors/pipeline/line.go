package pipeline

import "troupe/jute/proto"

// Line is where requests of a member's own clients wait for their turn (CommitProcessor): a write for its transaction to
// be committed, a sync for its answer, a read for what its session asked for before. A lane per session keeps the order
// in which its client asked; the lanes know nothing of each other. What comes out is for the final stage, in this order.
//
// The zero value is ready. Not safe for concurrent use.
type Line struct {
	lanes map[int64]lane
	held  []*Request // committed transactions, of which the first waits for a sync before it
	known int64      // the newest proposal seen
	n     int
}

// lane holds the requests of one session, oldest first. The first one always waits: what has nothing before it that waits
// is not here.
type lane struct{ head, tail *Request }

// Len is the number of requests that wait.
func (l *Line) Len() int { return l.n }

// Proposed tells, on a learner, of the newest proposal that has come from the leader. What is asked for from now on gets
// a later zxid, so that a transaction up to this one is never taken for its own.
func (l *Line) Proposed(zxid int64) { l.known = max(l.known, zxid) }

// Take lets a request in. A read with nothing before it goes straight to out. It comes before the request is forwarded
// or proposed: its commit must find it here. A read that was refused because its session is over waits for its answer like
// a sync: the closing is not decided yet.
func (l *Line) Take(r *Request, out []*Request) []*Request {
	ln, busy := l.lanes[r.Session]
	if !busy && !r.waits() {
		return append(out, r)
	}
	if l.lanes == nil {
		l.lanes = make(map[int64]lane)
	}
	r.after = l.known
	if busy {
		ln.tail.behind = r
	} else {
		ln.head = r
	}
	ln.tail = r
	l.lanes[r.Session] = ln
	l.n++
	return out
}

// Committed hands on a committed transaction. Where the first request of its session waits for it, that one goes in its
// place, with the transaction; then follows what was behind it and waits for nothing more. Otherwise x goes itself.
//
// On a leader x is the own request itself. A learner knows its own by session, cxid, kind and age: a client that has
// moved here may use cxids again that are still under way from where it was, and whoever expires a session closes it
// with cxid 0.
//
// A client may have asked for a sync before its write, and the write may be committed first: a sync waits for a round of
// PINGs, which may have to wait for the one before. Then the transaction, and all after it, wait here for the sync's answer: it
// is on its way, and needs nothing but what was proposed before.
func (l *Line) Committed(x *Request, out []*Request) []*Request {
	l.known = max(l.known, x.Txn.Header.Zxid)
	if len(l.held) > 0 || l.behindSync(x) {
		l.held = append(l.held, x)
		return out
	}
	return l.commit(x, out)
}

// behindSync tells whether the own request that x answers has a sync before it that waits.
func (l *Line) behindSync(x *Request) bool {
	r := l.lanes[x.Txn.Header.ClientID].head
	if r == nil || !r.Read {
		return false
	}
	for r != nil && r.Read {
		r = r.behind
	}
	return r != nil && r.answeredBy(x)
}

func (l *Line) commit(x *Request, out []*Request) []*Request {
	h := &x.Txn.Header
	ln, busy := l.lanes[h.ClientID]
	if !busy || !ln.head.answeredBy(x) {
		return append(out, x)
	}
	if r := ln.head; r != x {
		r.Txn, r.HasTxn = x.Txn, true
	}
	return l.advance(h.ClientID, ln, out)
}

// Answered tells that a request that was let in needs no transaction any more: a sync that came back, or one that has
// Failed without. It goes out when it is the first of its session.
func (l *Line) Answered(r *Request, out []*Request) []*Request {
	r.settled = true
	ln, busy := l.lanes[r.Session]
	if !busy || ln.head != r {
		return out
	}
	out = l.advance(r.Session, ln, out)
	for len(l.held) > 0 && !l.behindSync(l.held[0]) {
		x := l.held[0]
		l.held = l.held[1:]
		out = l.commit(x, out)
	}
	return out
}

// advance lets the first of a lane out, and those behind it that do not wait.
func (l *Line) advance(session int64, ln lane, out []*Request) []*Request {
	for {
		r := ln.head
		ln.head, r.behind = r.behind, nil
		out = append(out, r)
		l.n--
		if ln.head == nil {
			delete(l.lanes, session)
			return out
		}
		if ln.head.waits() {
			l.lanes[session] = ln
			return out
		}
	}
}

// waits tells whether the request is one for which something must come from the ensemble, and has not come yet.
func (r *Request) waits() bool {
	switch r.Failed {
	case proto.Ok:
		return !r.settled && (!r.Read || r.Op == proto.OpSync)
	case proto.SessionExpired:
		return !r.settled
	}
	return false
}

// answeredBy tells whether the transaction of x is what r waits for.
func (r *Request) answeredBy(x *Request) bool {
	if r == x {
		return true
	}
	h := &x.Txn.Header
	if r.HasTxn || r.Read || r.Cxid != h.Cxid || h.Zxid <= r.after {
		return false
	}
	switch proto.Op(h.Type) {
	case r.Op, proto.OpError:
		return true
	case proto.OpMulti:
		return r.Op == proto.OpCheck // a lone check is logged so
	}
	return false
}
