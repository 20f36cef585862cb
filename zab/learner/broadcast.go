package learner

import (
	"troupe/jute/proto"
	"troupe/zab/packet"
)

// traffic takes the leader's packets while clients are served. Kinds that are not known, or not for this role, are passed
// over.
func (l *Learner) traffic(p packet.Packet) error {
	switch p.Kind {
	case packet.Proposal:
		if l.o.Observer {
			return nil
		}
		return l.log(l.queue(p.Zxid, p.Data, proposal{}))
	case packet.Commit, packet.CommitAndActivate:
		if l.o.Observer {
			return nil
		}
		return l.commit(p)
	case packet.Inform, packet.InformAndActivate:
		taken, err := l.inform(p)
		if err != nil || !taken {
			return err
		}
		if err := l.log(taken, nil); err != nil {
			return err
		}
		l.deliverHead()
	case packet.Ping:
		l.send(packet.PongPacket(p.Zxid, l.touches()))
	case packet.Revalidate:
		return l.revalidated(p)
	case packet.Sync:
		if l.syncs.Len() > 0 {
			l.ready.Deliver = append(l.ready.Deliver, Delivery{Sync: l.syncs.Pop()})
		}
	}
	return nil
}

// log hands the newest proposal to the log stage.
func (l *Learner) log(taken bool, err error) error {
	if taken {
		l.ready.Log = append(l.ready.Log, l.pending.At(l.pending.Len()-1).entry)
	}
	return err
}

// commit takes a decision, which must be about the oldest proposal.
func (l *Learner) commit(p packet.Packet) error {
	if p.Zxid <= l.committed {
		return nil
	}
	if !l.isNext(0, p.Zxid) {
		return l.notHead(p.Zxid, 0)
	}
	if p.Kind == packet.CommitAndActivate {
		leader, _, err := p.Activation()
		if err != nil {
			return err
		}
		l.pending.At(0).activated(leader)
	}
	l.deliverHead()
	return nil
}

func (l *Learner) deliverHead() {
	q := l.pending.Pop()
	l.committed = max(l.committed, q.entry.Zxid)
	l.ready.Deliver = append(l.ready.Deliver, q.delivery())
}

func (l *Learner) touches() []packet.Touch {
	if l.o.Touches == nil {
		return nil
	}
	return l.o.Touches()
}

// Logged tells that the log stage has made the proposals durable, in order; a follower acks them.
func (l *Learner) Logged(zxids ...int64) {
	if l.phase != broadcast || l.o.Observer {
		return
	}
	for _, zxid := range zxids {
		l.send(packet.Packet{Kind: packet.Ack, Zxid: zxid})
	}
}

// Forward sends a request of an own client to the leader. Writes also go to the Commit stage, before this is called.
func (l *Learner) Forward(r packet.ClientRequest) error {
	if l.phase != broadcast {
		return ErrNotServing
	}
	l.send(r.Packet())
	return nil
}

// Sync forwards a sync request; the token, which is not nil, comes back in Ready.Deliver behind all that was committed
// before. How much that promises depends on the leader: one of ours has heard from a quorum since, Apache's has not.
func (l *Learner) Sync(r packet.ClientRequest, token any) error {
	r.Op = proto.OpSync
	if err := l.Forward(r); err != nil {
		return err
	}
	l.syncs.Push(token)
	return nil
}

// Revalidate asks the leader about a session that came here; the token comes back in Ready.Revalidated. A second
// question about the same session takes the place of the first.
func (l *Learner) Revalidate(t packet.Touch, token any) error {
	if l.phase != broadcast {
		return ErrNotServing
	}
	if old, waits := l.sessions[t.Session]; waits {
		l.ready.Revalidated = append(l.ready.Revalidated, Revalidated{Session: t.Session, Token: old, Replaced: true})
	}
	l.sessions[t.Session] = token
	l.send(packet.RevalidatePacket(t))
	return nil
}

func (l *Learner) revalidated(p packet.Packet) error {
	session, valid, err := p.Revalidated()
	if err != nil {
		return err
	}
	if token, waits := l.sessions[session]; waits {
		delete(l.sessions, session)
		l.ready.Revalidated = append(l.ready.Revalidated, Revalidated{Session: session, Token: token, Valid: valid})
	}
	return nil
}
