package leader

import (
	"errors"
	"fmt"

	"troupe/zab"
	"troupe/zab/packet"
)

// stage is how far a learner has come.
type stage uint8

const (
	waitInfo      stage = iota // FOLLOWERINFO or OBSERVERINFO is to come
	waitEpoch                  // LEADERINFO is to be sent, when the epoch is known
	waitAckEpoch               // ACKEPOCH is to come
	waitQuorum                 // synchronisation waits for a quorum of ACKEPOCH
	waitPlan                   // Synchronise is to be called
	waitNewLeader              // the ack of NEWLEADER is to come
	waitActive                 // UPTODATE is to be sent, when the leader serves
	serving
)

// learner is the leader's side of a connection: Apache's LearnerHandler.
type learner struct {
	id       ID
	stage    stage
	sid      int64
	observer bool
	peer     int64 // last zxid it has, as it said
	snap     bool  // it is being sent a snapshot

	early    []int64          // proposals acked before NEWLEADER was
	sent     zab.Queue[stamp] // proposals not acked
	heard    int              // half tick of its last packet
	deadline int              // half tick until which it counts for the quorum without being heard
	pings    zab.Queue[uint64]
	answered uint64 // the round of the last PING that it answered

	asked zab.Queue[int64]         // its syncs that are not answered: the last proposal before each
	held  zab.Queue[packet.Packet] // decisions that wait for the answers to them
}

// stamp is when a proposal was sent.
type stamp struct {
	zxid int64
	at   int
}

// forwarding tells that new proposals and decisions are sent.
func (h *learner) forwarding() bool { return h.stage >= waitNewLeader }

// Connect tells of a new connection.
func (l *Leader) Connect(id ID) {
	if l.phase == done {
		return
	}
	l.learners[id] = &learner{id: id, heard: l.halfTicks, deadline: l.halfTicks + 2*(l.o.InitLimit+l.o.SyncLimit)}
	l.order = append(l.order, id)
	l.present = nil
}

// Disconnected tells that a connection is gone.
func (l *Leader) Disconnected(id ID) {
	if _, ok := l.learners[id]; !ok {
		return
	}
	delete(l.learners, id)
	l.present = nil
	for i, other := range l.order {
		if other == id {
			l.order = append(l.order[:i:i], l.order[i+1:]...)
		}
	}
}

func (l *Leader) close(h *learner, err error) {
	if _, ok := l.learners[h.id]; ok {
		l.Disconnected(h.id)
		l.ready.Close = append(l.ready.Close, Closed{ID: h.id, Err: err})
	}
}

// Step takes a packet of a learner. What it cannot mean closes its connection, and nothing else.
func (l *Leader) Step(id ID, p packet.Packet) {
	h := l.learners[id]
	if h == nil || l.phase == done {
		return
	}
	h.heard = l.halfTicks
	h.deadline = max(h.deadline, l.halfTicks+2*l.o.SyncLimit)
	var err error
	switch h.stage {
	case waitInfo:
		err = l.info(h, p)
	case waitAckEpoch:
		err = l.epochAcked(h, p)
	case waitNewLeader:
		err = l.newLeaderAcked(h, p)
	case waitActive, serving:
		err = l.traffic(h, p)
	default:
		err = fmt.Errorf("%w: %s while it must wait", packet.ErrMalformed, p.Kind)
	}
	if err != nil {
		l.close(h, err)
	}
}

func (l *Leader) info(h *learner, p packet.Packet) error {
	info, err := p.LearnerInfo()
	switch {
	case err != nil:
		return err
	case info.Version < packet.ProtocolVersion:
		return errors.New("the learner speaks a protocol from before ZooKeeper 3.4: upgrade it first")
	case info.SID == l.o.SID:
		return fmt.Errorf("the learner has the id of this server, %d: correct its myid", info.SID)
	case info.ConfigVersion > l.o.ConfigVersion:
		return fmt.Errorf("the learner has configuration %x, newer than %x here", info.ConfigVersion, l.o.ConfigVersion)
	case info.AcceptedEpoch >= zab.MaxEpoch:
		return fmt.Errorf("the learner accepted epoch %d, after which there is none", info.AcceptedEpoch)
	}
	h.sid, h.observer, h.stage = info.SID, p.Kind == packet.ObserverInfo, waitEpoch
	if l.phase == findEpoch {
		l.epoch = max(l.epoch, info.AcceptedEpoch+1)
		if sid, ok := l.voter(h); ok {
			l.propose(sid)
		}
		return nil
	}
	if info.AcceptedEpoch > l.epoch && !h.observer && (l.o.Voter == nil || l.o.Voter(h.sid)) {
		l.drain(ErrEpochBehind)
	}
	l.leaderInfo(h)
	return nil
}

// voter is under which SID a learner counts; false for an observer, whatever SID it gives.
func (l *Leader) voter(h *learner) (int64, bool) {
	if h.observer && l.o.Sabotage.CountObservers {
		return h.sid - 1, true
	}
	return h.sid, !h.observer
}

func (l *Leader) leaderInfo(h *learner) {
	if h.stage == waitEpoch {
		h.stage = waitAckEpoch
		l.send(h, packet.LeaderInfoPacket(l.epoch))
	}
}

func (l *Leader) epochAcked(h *learner, p packet.Packet) error {
	current, err := p.CurrentEpoch()
	if err != nil {
		return err
	}
	h.peer, h.stage = p.Zxid, waitQuorum
	if l.phase == findHistory && current != packet.NoEpoch {
		if err := l.ahead(current, p.Zxid); err != nil {
			return err // it leaves; the others may still be enough, and have all that was ever decided
		}
		if sid, ok := l.voter(h); ok && p.Zxid != -1 {
			l.ackEpoch(sid)
		}
	}
	l.requestSync(h)
	return nil
}

func (l *Leader) requestSync(h *learner) {
	if h.stage == waitQuorum && l.phase >= synchronise && l.phase < done {
		h.stage = waitPlan
		l.ready.Synchronise = append(l.ready.Synchronise, SyncPoint{ID: h.id, Peer: h.peer})
	}
}

func (l *Leader) newLeaderAcked(h *learner, p packet.Packet) error {
	if p.Kind != packet.Ack {
		return fmt.Errorf("%w: %s in place of the ack of NEWLEADER", packet.ErrMalformed, p.Kind)
	}
	if p.Zxid != zab.Zxid(l.epoch, 0) {
		if len(h.early) < l.outstanding.Len() {
			h.early = append(h.early, p.Zxid)
		}
		return nil
	}
	h.stage, h.snap = waitActive, false
	if sid, ok := l.voter(h); ok {
		l.join(sid)
	}
	l.upToDate(h)
	for _, zxid := range h.early {
		l.acked(h, zxid)
	}
	h.early = nil
	return nil
}

func (l *Leader) upToDate(h *learner) {
	if h.stage == waitActive && l.phase == broadcast {
		h.stage = serving
		l.send(h, packet.Packet{Kind: packet.UpToDate, Zxid: -1})
	}
}

// traffic takes the packets of a learner that has joined. Kinds that are not known, or not for a leader, are passed over.
func (l *Leader) traffic(h *learner, p packet.Packet) error {
	switch p.Kind {
	case packet.Ack:
		l.acked(h, p.Zxid)
	case packet.Ping:
		touches, err := p.Touches()
		if err != nil {
			return err
		}
		l.ready.Touches = append(l.ready.Touches, touches...)
		l.pong(h)
	case packet.Request:
		r, err := p.ClientRequest()
		if err != nil {
			return err
		}
		l.ready.Requests = append(l.ready.Requests, Request{From: h.id, ClientRequest: r})
	case packet.Revalidate:
		touch, err := p.RevalidateQuery()
		if err != nil {
			return err
		}
		l.ready.Revalidations = append(l.ready.Revalidations, Revalidation{From: h.id, Touch: touch})
	}
	return nil
}

// Revalidated answers a Revalidation.
func (l *Leader) Revalidated(r Revalidation, valid bool) {
	if h := l.learners[r.From]; h != nil && l.phase != done {
		l.send(h, packet.RevalidatedPacket(r.Session, valid))
	}
}
