package leader

import (
	"fmt"
	"slices"

	"troupe/zab"
	"troupe/zab/history"
	"troupe/zab/packet"
)

// proposal is a transaction that waits for a quorum.
type proposal struct {
	entry   zab.Entry
	acks    acks
	quorums []zab.QuorumSet // the configurations that must agree
	change  *Change
}

// acks are the voters that have a proposal in their logs: few, and a list of them costs no allocation of its own.
type acks struct {
	sids []int64
	few  [5]int64
}

func (a *acks) has(sid int64) bool { return slices.Contains(a.sids, sid) }

func (a *acks) add(sid int64) {
	if a.sids == nil {
		a.sids = a.few[:0]
	}
	if !a.has(sid) {
		a.sids = append(a.sids, sid)
	}
}

func (a *acks) remove(sid int64) {
	a.sids = slices.DeleteFunc(a.sids, func(other int64) bool { return other == sid })
}

// Change is what a transaction that changes the configuration brings.
type Change struct {
	Config     zab.QuorumSet
	Designated int64 // who leads afterwards
}

// Propose sends a transaction to the voters. Its zxid must be LastProposed()+1.
//
// ErrEpochEnds: the counter is used up. Nothing was proposed; when all that was proposed before is applied, the leader
// steps down (the same with ErrEpochBehind). ErrTooLarge: some member could not take it; nothing was proposed and the zxid is still free.
func (l *Leader) Propose(e zab.Entry, change *Change) error {
	switch {
	case l.phase == done:
		return ErrNotLeader
	case l.phase != broadcast:
		return ErrNotServing
	case l.draining != nil:
		return l.draining
	case zab.Counter(l.lastProposed) >= l.o.LastCounter:
		l.drain(ErrEpochEnds)
		return ErrEpochEnds
	case e.Zxid != l.lastProposed+1:
		return fmt.Errorf("%w: %s after %s", ErrOutOfOrder, zab.Hex(e.Zxid), zab.Hex(l.lastProposed))
	case len(e.Data) > l.o.MaxTxn:
		return fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, len(e.Data), l.o.MaxTxn)
	case change != nil && len(l.quorums) > 1:
		return ErrReconfiguring
	}
	if change != nil {
		l.quorums = append(l.quorums[:1:1], change.Config)
	}
	l.lastProposed = e.Zxid
	l.outstanding = append(l.outstanding, &proposal{entry: e, quorums: l.quorums, change: change})
	l.ready.Append = append(l.ready.Append, e)
	for _, h := range l.each() {
		if h.forwarding() && !h.observer {
			l.sendProposal(h, e)
		}
	}
	return nil
}

// Logged tells that all up to the zxid is durable in the own log.
func (l *Leader) Logged(zxid int64) {
	if l.phase == done {
		return
	}
	for _, q := range l.outstanding {
		if q.entry.Zxid <= zxid {
			q.acks.add(l.o.SID)
		}
	}
	l.decide()
}

// Applied tells that the tree has all up to the zxid.
func (l *Leader) Applied(zxid int64) error {
	for len(l.toApply) > 0 && l.toApply[0].Zxid <= zxid {
		if err := l.o.History.Add(l.toApply[0]); err != nil {
			return fmt.Errorf("applied out of order: %w", err)
		}
		l.processed = l.toApply[0].Zxid
		l.toApply = l.toApply[1:]
	}
	l.finishSyncs()
	l.drained()
	return nil
}

// acked counts a learner's ack. It is passed over for what is decided, for what was never proposed, and for the ack of
// UPTODATE (counter 0).
func (l *Leader) acked(h *learner, zxid int64) {
	for len(h.sent) > 0 && h.sent[0].zxid <= zxid {
		h.sent = h.sent[1:]
	}
	if len(l.outstanding) == 0 || zab.Counter(zxid) == 0 {
		return
	}
	sid, ok := l.voter(h)
	if !ok {
		return
	}
	if i := zxid - l.outstanding[0].entry.Zxid; i >= 0 && i < int64(len(l.outstanding)) {
		l.outstanding[i].acks.add(sid)
		l.decide()
	}
}

// decide commits from the oldest proposal on, as far as quorums reach.
func (l *Leader) decide() {
	for len(l.outstanding) > 0 && !l.moved {
		q := l.outstanding[0]
		alone := l.o.Sabotage.CommitAlone && q.acks.has(l.o.SID)
		if !alone && !zab.InAll(q.quorums, q.acks.has) {
			break
		}
		l.outstanding = l.outstanding[1:]
		l.lastDecided = q.entry.Zxid
		l.toApply = append(l.toApply, q.entry)
		l.ready.Commit = append(l.ready.Commit, q.entry)
		l.announce(q)
		if q.change != nil {
			l.quorums = []zab.QuorumSet{q.change.Config}
			l.moved = q.change.Designated != l.o.SID
		}
	}
	l.finishSyncs()
	if l.moved {
		l.stepDown(ErrReassigned)
	}
}

// announce tells the learners what is decided.
func (l *Leader) announce(q *proposal) {
	follower := packet.Packet{Kind: packet.Commit, Zxid: q.entry.Zxid}
	observer := packet.Packet{Kind: packet.Inform, Zxid: q.entry.Zxid, Data: q.entry.Data}
	if q.change != nil {
		follower = packet.ActivatePacket(packet.CommitAndActivate, q.entry.Zxid, q.change.Designated, nil)
		observer = packet.ActivatePacket(packet.InformAndActivate, q.entry.Zxid, q.change.Designated, q.entry.Data)
	}
	for _, h := range l.each() {
		switch {
		case !h.forwarding():
		case h.observer:
			l.decided(h, observer)
		default:
			l.decided(h, follower)
		}
	}
}

// drain takes no more proposals, and steps down when all that is under way is applied.
func (l *Leader) drain(reason error) {
	if l.draining == nil && l.phase == broadcast {
		l.draining = reason
	}
	l.drained()
}

func (l *Leader) drained() {
	if l.draining != nil && len(l.outstanding) == 0 && len(l.toApply) == 0 {
		l.stepDown(l.draining)
	}
}

// Undecided are the proposals that are not decided, oldest first: they are in the own log, or will be. When a leader ends
// they are applied with the rest of the log before it votes (ZOOKEEPER-2845).
func (l *Leader) Undecided() []zab.Entry {
	all := append([]zab.Entry{}, l.toApply...)
	for _, q := range l.outstanding {
		all = append(all, q.entry)
	}
	return history.Tail(all, l.processed)
}
