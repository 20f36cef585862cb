package leader

import (
	"errors"

	"troupe/zab"
	"troupe/zab/history"
	"troupe/zab/packet"
)

// errBusy: the observer may try again.
var errBusy = errors.New("too many learners are being synchronised (maxConcurrentSnapSyncs, maxConcurrentDiffSyncs)")

// Synchronise sends a learner what it lacks, and all that is proposed and decided from then on: one step, so that nothing
// falls between. disk is the log on disk, of which transactions that are in memory too are not read; nil: not used.
func (l *Leader) Synchronise(p SyncPoint, disk history.Disk) {
	h := l.learners[p.ID]
	if h == nil || h.stage != waitPlan || l.phase == done {
		return
	}
	plan := history.Decide(l.o.History, l.decidedNotApplied(), l.processed, h.peer, history.Options{ForceSnap: l.o.ForceSnap, Disk: disk, DiskLimit: l.o.DiskLimit})
	h.snap = plan.First == packet.Snap
	if h.observer && !l.room(h) {
		l.close(h, errBusy)
		return
	}
	l.withdraw(h)
	h.stage = waitNewLeader
	l.ready.Send = append(l.ready.Send, Out{To: h.id, Packet: packet.Packet{Kind: plan.First, Zxid: plan.Zxid}, Snapshot: h.snap})
	for _, e := range plan.Entries {
		l.sendDecided(h, e)
	}
	for _, e := range history.Tail(l.toApply.All(), plan.Last) {
		l.sendDecided(h, e)
	}
	if l.o.Sabotage.PendingFirst {
		l.proposeOutstanding(h)
	}
	l.send(h, packet.Packet{Kind: packet.NewLeader, Zxid: zab.Zxid(l.epoch, 0), Data: l.config()})
	if !l.o.Sabotage.PendingFirst {
		l.proposeOutstanding(h)
	}
}

// proposeOutstanding sends a voter what is not decided.
func (l *Leader) proposeOutstanding(h *learner) {
	if !h.observer {
		for i := range l.outstanding.Len() {
			l.sendProposal(h, l.outstanding.At(i).entry)
		}
	}
}

// decidedNotApplied is what must not be cut off a learner's log, though the tree does not have it.
func (l *Leader) decidedNotApplied() []zab.Entry {
	if l.o.Sabotage.CutDecided {
		return nil
	}
	return l.toApply.All()
}

func (l *Leader) config() []byte {
	if l.o.Config == nil {
		return nil
	}
	return l.o.Config(l.epoch)
}

// room tells whether one more observer may be synchronised.
func (l *Leader) room(h *learner) bool {
	snaps, diffs := 0, 0
	for _, other := range l.learners {
		if other.stage == waitNewLeader && other.snap {
			snaps++
		} else if other.stage == waitNewLeader {
			diffs++
		}
	}
	if h.snap {
		return snaps < l.o.MaxSnaps
	}
	return diffs < l.o.MaxDiffs
}

// withdraw takes back the acks of a voter that begins anew: it may have lost, or be told to cut off, what it acked on an
// earlier connection. It will ack again.
func (l *Leader) withdraw(h *learner) {
	if h.observer || l.o.Sabotage.KeepAcks {
		return
	}
	for i := range l.outstanding.Len() {
		l.outstanding.At(i).acks.remove(h.sid)
	}
}

func (l *Leader) sendDecided(h *learner, e zab.Entry) {
	l.send(h, packet.Packet{Kind: packet.Proposal, Zxid: e.Zxid, Data: e.Data})
	l.send(h, packet.Packet{Kind: packet.Commit, Zxid: e.Zxid})
}

func (l *Leader) sendProposal(h *learner, e zab.Entry) {
	l.send(h, packet.Packet{Kind: packet.Proposal, Zxid: e.Zxid, Data: e.Data})
	h.sent.Push(stamp{zxid: e.Zxid, at: l.halfTicks})
}
