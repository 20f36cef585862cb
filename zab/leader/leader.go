package leader

import (
	"fmt"

	"troupe/zab"
	"troupe/zab/packet"
)

// phase is how far the leader has come.
type phase uint8

const (
	findEpoch   phase = iota // waits for a quorum of FOLLOWERINFO
	findHistory              // waits for a quorum of ACKEPOCH
	synchronise              // waits for a quorum of NEWLEADER acks
	activate                 // waits until the own server serves
	broadcast
	done
)

// Leader is the state machine; New makes one. Not safe for concurrent use.
type Leader struct {
	o     Options
	phase phase
	ready Ready
	last  Ready // given out last

	learners map[ID]*learner
	order    []ID       // of learners, so that outputs do not depend on the order of a map
	present  []*learner // by order; made anew when one comes or goes

	epoch     int64
	connected map[int64]bool // voters whose accepted epoch is known
	accepted  map[int64]bool // voters that accepted the epoch
	joined    map[int64]bool // voters that acked NEWLEADER

	processed    int64 // last zxid applied here
	lastProposed int64
	lastDecided  int64
	outstanding  zab.Queue[proposal]  // proposed, not decided
	toApply      zab.Queue[zab.Entry] // decided, not applied
	oldestHas    func(sid int64) bool // has it acked the oldest of outstanding? One function for all decisions
	quorums      []zab.QuorumSet
	moved        bool  // another server was designated: nothing is decided any more
	draining     error // why the leader steps down when all that is under way is done

	halfTicks int
	waitSince int  // half tick in which the present phase began
	silent    bool // a voter was given up since there was a quorum last
	round     uint64
	syncs     zab.Queue[pendingSync]
}

// New begins to lead: the first Ready is to be taken after it.
func New(o Options) *Leader {
	l := &Leader{
		o:         o.withDefaults(),
		learners:  map[ID]*learner{},
		connected: map[int64]bool{},
		accepted:  map[int64]bool{},
		joined:    map[int64]bool{},
		processed: o.LastZxid,
		quorums:   o.Quorums,
	}
	l.oldestHas = func(sid int64) bool { return l.outstanding.At(0).acks.has(sid) }
	l.epoch = o.AcceptedEpoch + 1
	l.propose(o.SID)
	return l
}

// Ready takes what is to be done since the last call. Its slices are good until the next call: then they are filled again.
func (l *Leader) Ready() Ready {
	l.ready, l.last = l.last.again(), l.ready
	return l.last
}

// Epoch is the epoch that is led, 0 while it is not known.
func (l *Leader) Epoch() int64 {
	if l.phase == findEpoch {
		return 0
	}
	return l.epoch
}

// Established tells whether a quorum follows, and the leader serves.
func (l *Leader) Established() bool { return l.phase == broadcast }

// LastProposed is the zxid of the last proposal: the next one is one more.
func (l *Leader) LastProposed() int64 { return l.lastProposed }

// Serving tells that the own server serves (answer to Ready.Activate): learners may serve now.
func (l *Leader) Serving() {
	if l.phase != activate {
		return
	}
	l.phase = broadcast
	l.processed = zab.Zxid(l.epoch, 0)
	for _, h := range l.each() {
		l.upToDate(h)
	}
}

func (l *Leader) stepDown(err error) {
	if l.phase != done {
		l.phase = done
		l.ready.StepDown = err
	}
}

func (l *Leader) send(h *learner, p packet.Packet) {
	l.ready.Send = append(l.ready.Send, Out{To: h.id, Packet: p})
}

// each is the learners in the order in which they connected.
func (l *Leader) each() []*learner {
	if len(l.present) != len(l.order) {
		all := make([]*learner, 0, len(l.order))
		for _, id := range l.order {
			all = append(all, l.learners[id])
		}
		l.present = all
	}
	return l.present
}

// enter begins the next phase, whose time to wait begins too.
func (l *Leader) enter(p phase) {
	l.phase, l.waitSince = p, l.halfTicks
}

// all tells whether these servers are a quorum of every configuration.
func (l *Leader) all(has func(int64) bool) bool { return zab.InAll(l.quorums, has) }

func in(set map[int64]bool) func(int64) bool { return func(sid int64) bool { return set[sid] } }

// propose counts a server whose accepted epoch is known, and fixes the epoch when a quorum is (getEpochToPropose).
func (l *Leader) propose(sid int64) {
	l.connected[sid] = true
	if !l.all(in(l.connected)) {
		return
	}
	if l.epoch > zab.MaxEpoch {
		l.stepDown(ErrLastEpoch)
		return
	}
	l.ready.AcceptedEpoch = l.epoch
	l.lastProposed = zab.Zxid(l.epoch, 0)
	l.lastDecided = l.lastProposed
	l.enter(findHistory)
	for _, h := range l.each() {
		l.leaderInfo(h)
	}
	l.ackEpoch(l.o.SID)
}

// ackEpoch counts a server that accepted the epoch, and begins to synchronise when a quorum did (waitForEpochAck).
func (l *Leader) ackEpoch(sid int64) {
	if l.phase != findHistory {
		return
	}
	l.accepted[sid] = true
	if !l.all(in(l.accepted)) {
		return
	}
	l.ready.CurrentEpoch = l.epoch
	l.enter(synchronise)
	for _, h := range l.each() {
		l.requestSync(h)
	}
	l.join(l.o.SID)
}

// join counts a server that has the history of this epoch on disk (waitForNewLeaderAck). The own one has: CurrentEpoch
// stands in the same Ready or an earlier one.
func (l *Leader) join(sid int64) {
	l.joined[sid] = true
	if l.phase == synchronise && l.all(in(l.joined)) {
		l.enter(activate)
		l.ready.Activate = true
	}
}

// ahead tells that a learner's history is newer than the leader's.
func (l *Leader) ahead(currentEpoch, zxid int64) error {
	if currentEpoch > l.o.CurrentEpoch || currentEpoch == l.o.CurrentEpoch && zxid > l.o.LastZxid {
		return fmt.Errorf("the learner is ahead of the leader: epoch %d, zxid %s against %d, %s",
			currentEpoch, zab.Hex(zxid), l.o.CurrentEpoch, zab.Hex(l.o.LastZxid))
	}
	return nil
}
