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

// acks are the voters that have a proposal in their logs: mostly few, which cost no allocation.
type acks struct {
	few  [5]int64
	n    int // of few
	more []int64
}

func (a *acks) has(sid int64) bool {
	return slices.Contains(a.few[:a.n], sid) || slices.Contains(a.more, sid)
}

func (a *acks) add(sid int64) {
	switch {
	case a.has(sid):
	case a.n < len(a.few):
		a.few[a.n] = sid
		a.n++
	default:
		a.more = append(a.more, sid)
	}
}

func (a *acks) remove(sid int64) {
	is := func(other int64) bool { return other == sid }
	a.n = len(slices.DeleteFunc(a.few[:a.n], is))
	a.more = slices.DeleteFunc(a.more, is)
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
	l.outstanding.Push(proposal{entry: e, quorums: l.quorums, change: change})
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
	for i := 0; i < l.outstanding.Len() && l.outstanding.At(i).entry.Zxid <= zxid; i++ {
		l.outstanding.At(i).acks.add(l.o.SID)
	}
	l.decide()
}

// Applied tells that the tree has all up to the zxid.
func (l *Leader) Applied(zxid int64) error {
	for l.toApply.Len() > 0 && l.toApply.At(0).Zxid <= zxid {
		if err := l.o.History.Add(*l.toApply.At(0)); err != nil {
			return fmt.Errorf("applied out of order: %w", err)
		}
		l.processed = l.toApply.Pop().Zxid
	}
	l.finishSyncs()
	l.drained()
	return nil
}

// acked counts a learner's ack. It is passed over for what is decided, for what was never proposed, and for the ack of
// UPTODATE (counter 0).
func (l *Leader) acked(h *learner, zxid int64) {
	for h.sent.Len() > 0 && h.sent.At(0).zxid <= zxid {
		h.sent.Pop()
	}
	if l.outstanding.Len() == 0 || zab.Counter(zxid) == 0 {
		return
	}
	sid, ok := l.voter(h)
	if !ok {
		return
	}
	if i := zxid - l.outstanding.At(0).entry.Zxid; i >= 0 && i < int64(l.outstanding.Len()) {
		l.outstanding.At(int(i)).acks.add(sid)
		l.decide()
	}
}

// decide commits from the oldest proposal on, as far as quorums reach.
func (l *Leader) decide() {
	for l.outstanding.Len() > 0 && !l.moved {
		alone := l.o.Sabotage.CommitAlone && l.oldestHas(l.o.SID)
		if !alone && !zab.InAll(l.outstanding.At(0).quorums, l.oldestHas) {
			break
		}
		q := l.outstanding.Pop()
		l.lastDecided = q.entry.Zxid
		l.toApply.Push(q.entry)
		l.ready.Commit = append(l.ready.Commit, q.entry)
		l.announce(&q)
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
	if l.draining != nil && l.outstanding.Len() == 0 && l.toApply.Len() == 0 {
		l.stepDown(l.draining)
	}
}

// Undecided are the proposals that are not decided, oldest first: they are in the own log, or will be. When a leader ends
// they are applied with the rest of the log before it votes (ZOOKEEPER-2845).
func (l *Leader) Undecided() []zab.Entry {
	all := append([]zab.Entry{}, l.toApply.All()...)
	for i := range l.outstanding.Len() {
		all = append(all, l.outstanding.At(i).entry)
	}
	return history.Tail(all, l.processed)
}
