package leader

import (
	"errors"

	"troupe/zab"
)

// errSilent: the learner has not answered in time.
var errSilent = errors.New("nothing was heard from the learner in time (initLimit, syncLimit)")

// errBehind: a proposal has not been acked in time.
var errBehind = errors.New("the learner has not acked a proposal for syncLimit ticks")

// maxPings is how many PINGs a learner may leave unanswered while it sends other packets.
const maxPings = 4096

// Tick is called every half tickTime. It gives up waiting, drops silent learners, steps down without a quorum, and sends
// PINGs.
func (l *Leader) Tick() {
	if l.phase == done {
		return
	}
	l.halfTicks++
	if l.phase < activate && l.halfTicks-l.waitSince >= 2*l.o.InitLimit {
		l.stepDown(ErrInitLimit)
		return
	}
	for _, h := range l.each() {
		if err := l.overdue(h); err != nil {
			l.silent = l.silent || !h.observer
			l.close(h, err)
		}
	}
	if l.phase == broadcast && l.halfTicks%2 == 0 {
		if !l.all(in(l.synced())) {
			l.stepDown(l.lonely())
			return
		}
		l.silent = false
	}
	l.pingAll(true)
}

// lonely tells how the quorum was lost: because voters fell silent, or because they left.
func (l *Leader) lonely() error {
	if l.silent {
		return ErrNoQuorum
	}
	return ErrLeft
}

// overdue tells why a learner is to be dropped.
func (l *Leader) overdue(h *learner) error {
	limit := l.o.SyncLimit
	if h.stage <= waitNewLeader {
		limit = l.o.InitLimit
	}
	mayWait := h.stage == waitEpoch || h.stage == waitQuorum || h.stage == waitPlan || h.stage == waitActive // for us
	if !mayWait && l.halfTicks-h.heard >= 2*limit || h.pings.Len() > maxPings {
		return errSilent
	}
	if h.stage == serving && h.sent.Len() > 0 && l.halfTicks-h.sent.At(0).at >= 2*l.o.SyncLimit {
		return errBehind
	}
	return nil
}

// synced are the voters that count for the quorum: this one, and those heard of in time. An observer has no vote, whatever
// its SID.
func (l *Leader) synced() map[int64]bool {
	set := map[int64]bool{l.o.SID: true}
	for _, h := range l.learners {
		if !h.observer && h.forwarding() && l.halfTicks <= h.deadline {
			set[h.sid] = true
		}
	}
	return set
}

// HasQuorum tells whether voters that are heard of are a quorum of the configuration: a reconfiguration needs that of the new one.
func (l *Leader) HasQuorum(config zab.QuorumSet) bool { return config.Quorum(in(l.synced())) }

// Count is how many learners there are: all that are connected, and those that proposals are forwarded to, by kind.
type Count struct{ Learners, Followers, NonVoters, Observers int }

// Count is for those who watch the ensemble.
func (l *Leader) Count() Count {
	c := Count{Learners: len(l.learners)}
	for _, h := range l.learners {
		switch {
		case !h.forwarding():
		case h.observer:
			c.Observers++
		case l.o.Voter != nil && !l.o.Voter(h.sid):
			c.NonVoters++
		default:
			c.Followers++
		}
	}
	return c
}
