package learner

import (
	"fmt"

	"troupe/zab"
	"troupe/zab/packet"
)

// begin takes the first packet of the synchronisation.
func (l *Learner) begin(p packet.Packet) error {
	if l.o.NeedSnapshot && p.Kind != packet.Snap {
		return fmt.Errorf("%w: %s in place of the SNAP that is needed", ErrProtocol, p.Kind)
	}
	switch p.Kind {
	case packet.Diff:
		l.phase = syncing
	case packet.Trunc:
		l.phase, l.dirty = truncating, true
		l.lastQueued, l.committed = p.Zxid, p.Zxid
		l.ready.Truncate, l.ready.TruncateTo = true, p.Zxid
	case packet.Snap:
		l.phase, l.dirty, l.bySnapshot = snapshot, true, true
		l.lastQueued, l.committed = p.Zxid, p.Zxid
		l.ready.ReadSnapshot, l.ready.SnapshotZxid = true, p.Zxid
	default:
		return fmt.Errorf("%w: %s in place of DIFF, TRUNC or SNAP", ErrProtocol, p.Kind)
	}
	return nil
}

// Truncated answers Ready.Truncate: last is the last zxid that was loaded afterwards.
func (l *Learner) Truncated(last int64, err error) {
	switch {
	case l.phase != truncating:
	case err != nil:
		l.Stop(fmt.Errorf("%w, after %s: %w", ErrCannotTruncate, zab.Hex(l.lastQueued), err))
	case last != l.lastQueued:
		l.Stop(fmt.Errorf("%w: after %s, but it ends at %s", ErrCannotTruncate, zab.Hex(l.lastQueued), zab.Hex(last)))
	default:
		l.phase, l.dirty, l.heard = syncing, false, l.halfTicks
	}
}

// SnapshotRead answers Ready.ReadSnapshot: an error means that it was not whole.
func (l *Learner) SnapshotRead(err error) {
	switch {
	case l.phase != snapshot:
	case err != nil:
		l.Stop(fmt.Errorf("%w: %w", ErrSnapshot, err))
	default:
		l.phase, l.heard = syncing, l.halfTicks
	}
}

// synchronise takes the packets from the first one to UPTODATE. PINGs and unknown kinds are passed over.
func (l *Learner) synchronise(p packet.Packet) error {
	switch p.Kind {
	case packet.Proposal:
		_, err := l.queue(p.Zxid, p.Data, proposal{})
		return err
	case packet.Commit, packet.CommitAndActivate:
		return l.commitInSync(p)
	case packet.Inform, packet.InformAndActivate:
		taken, err := l.inform(p)
		if err != nil || !taken {
			return err
		}
		return l.decideInSync(p.Zxid)
	case packet.NewLeader:
		return l.newLeader(p)
	case packet.UpToDate:
		return l.upToDate()
	}
	return nil
}

// queue takes a proposal; false if it was there before.
func (l *Learner) queue(zxid int64, txn []byte, q proposal) (bool, error) {
	e, err := packet.CheckTxn(zxid, txn)
	if err != nil {
		return false, err
	}
	if zxid <= l.lastQueued {
		return false, nil
	}
	if !zab.Follows(l.lastQueued, zxid) && !l.o.Sabotage.TakeHoles {
		return false, fmt.Errorf("%w: proposal %s after %s leaves a hole", ErrProtocol, zab.Hex(zxid), zab.Hex(l.lastQueued))
	}
	q.entry = e
	l.lastQueued = zxid
	l.pending.Push(q)
	return true, nil
}

// inform takes a transaction that is decided already.
func (l *Learner) inform(p packet.Packet) (bool, error) {
	if p.Kind == packet.Inform {
		return l.queue(p.Zxid, p.Data, proposal{})
	}
	leader, txn, err := p.Activation()
	if err != nil {
		return false, err
	}
	return l.queue(p.Zxid, txn, proposal{activate: true, leader: leader})
}

func (l *Learner) commitInSync(p packet.Packet) error {
	if p.Kind == packet.CommitAndActivate {
		leader, _, err := p.Activation()
		if err != nil {
			return err
		}
		if l.isNext(l.decided, p.Zxid) {
			l.pending.At(l.decided).activated(leader)
		}
	}
	return l.decideInSync(p.Zxid)
}

// decideInSync: before NEWLEADER what is committed is taken over at once, into the log or into the tree of a snapshot;
// afterwards it waits for UPTODATE.
func (l *Learner) decideInSync(zxid int64) error {
	if zxid <= l.committed {
		return nil
	}
	if !l.isNext(l.decided, zxid) {
		return l.notHead(zxid, l.decided)
	}
	l.committed = zxid
	if l.phase == joined {
		l.decided++
		return nil
	}
	q := l.pending.Pop()
	switch {
	case l.o.Sabotage.DropSyncCommit:
	case l.bySnapshot:
		l.ready.Apply = append(l.ready.Apply, q.entry)
	default:
		l.ready.Append = append(l.ready.Append, q.entry)
	}
	if q.activate {
		return fmt.Errorf("%w: %s", ErrMoved, zab.Hex(zxid))
	}
	return nil
}

// isNext tells whether the proposal at head, of those that wait, is this one.
func (l *Learner) isNext(head int, zxid int64) bool {
	return head < l.pending.Len() && l.pending.At(head).entry.Zxid == zxid
}

func (l *Learner) notHead(zxid int64, head int) error {
	if head >= l.pending.Len() {
		return fmt.Errorf("%w: COMMIT of %s, but no proposal waits", ErrProtocol, zab.Hex(zxid))
	}
	return fmt.Errorf("%w: COMMIT of %s, but %s is next", ErrProtocol, zab.Hex(zxid), zab.Hex(l.pending.At(head).entry.Zxid))
}

// newLeader ends the synchronisation: log or snapshot, then currentEpoch, then the ack, which is the order of Ready.
func (l *Learner) newLeader(p packet.Packet) error {
	if l.phase == joined {
		return fmt.Errorf("%w: a second NEWLEADER", ErrProtocol)
	}
	if p.Zxid != zab.Zxid(l.epoch, 0) {
		return fmt.Errorf("%w: NEWLEADER %s in epoch %d", ErrProtocol, zab.Hex(p.Zxid), l.epoch)
	}
	if l.o.Sabotage.LogPending {
		for _, q := range l.pending.All() {
			l.ready.Append = append(l.ready.Append, q.entry)
		}
		l.pending = zab.Queue[proposal]{}
	}
	l.ready.SaveSnapshot, l.ready.Flush = l.bySnapshot, !l.bySnapshot
	l.ready.CurrentEpoch = l.epoch
	l.config, l.ready.Config = p.Data, p.Data
	l.dirty, l.bySnapshot = false, false
	l.phase = joined
	l.send(packet.Packet{Kind: packet.Ack, Zxid: zab.Zxid(l.epoch, 0)})
	return nil
}

// upToDate begins to serve. What came since NEWLEADER goes to the log stage, and what of it is committed to the Commit stage.
func (l *Learner) upToDate() error {
	if l.phase != joined {
		return fmt.Errorf("%w: UPTODATE before NEWLEADER", ErrProtocol)
	}
	l.phase = broadcast
	l.send(packet.Packet{Kind: packet.Ack, Zxid: zab.Zxid(l.epoch, 0)})
	l.ready.Serve, l.ready.Config = true, l.config
	for _, q := range l.pending.All() {
		l.ready.Log = append(l.ready.Log, q.entry)
	}
	for range l.decided {
		l.deliverHead()
	}
	l.decided = 0
	return nil
}
