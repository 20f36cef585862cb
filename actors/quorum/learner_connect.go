package quorum

import (
	"fmt"
	"io"
	"math"
	"time"

	"troupe/actors/quorum/elect"
	"troupe/actors/quorum/link"
	"troupe/persistence"
	"troupe/zab/learner"
	"troupe/zab/packet"
)

// connect looks for the leader at the addresses that the configuration names.
func (l *learning) connect() {
	s, ok := l.Config.Server(l.decision.Vote.Leader)
	if !ok {
		l.end(fmt.Errorf("server %d was elected, and the configuration does not know it", l.decision.Vote.Leader))
		return
	}
	dial := func() {
		o := l.Dial
		o.Tries = math.MaxInt // within its limit, as long as there is somebody: see impatience
		l.stopDial = l.Network.Dial(s.QuorumAddresses(), o, func(k link.Link, err error) { l.tell(&reached{k, err}, false) })
	}
	if wait := elect.Jitter(l.ReconnectDelay, l.Random); l.observer() && wait > 0 {
		l.stopDial = l.Clock.AfterFunc(wait, func() { l.tell(call(dial), false) })
	} else {
		dial()
	}
	l.arm()
}

// impatience ends the attempts to connect to a leader that is not there, and the wait for one that does not know that it
// is elected. Apache tries five times, 100 ms apart. This is more patient where the leader lives: one of Apache's comes to
// know of its election 200 ms later than we do, and then may take a second to open its port; and less patient where it is gone.
const impatience = time.Second

func (l *learning) waited() time.Duration {
	return time.Duration(l.Clock.Millis()-l.since) * time.Millisecond
}

func (l *learning) stillWaiting() {
	if l.machine == nil && l.waited() > impatience && !l.elect.Connected(l.decision.Vote.Leader) {
		l.end(fmt.Errorf("the leader, server %d, is not there", l.decision.Vote.Leader))
	}
}

// deafness is after which time a leader that still looks for one, as it says, does not hear its voters, after so many roles in
// a row that ended before they served. A voter repeats itself after 200 and 600 ms without news; if it takes as long as
// that to get there and back, the next waits are long enough.
func deafness(futile int) time.Duration { return 250 * time.Millisecond << min(futile, 4) }

// deaf is told that the elected leader still looks for one.
func (l *learning) deaf() {
	if !l.led() && l.waited() > deafness(l.futile) {
		l.end(fmt.Errorf("server %d, elected to lead, looks for a leader itself: it does not hear this server", l.decision.Vote.Leader))
	}
}

// led tells that the leader has said so itself. That it can be connected to is not enough: there may be a proxy, or a
// process that stands still.
func (l *learning) led() bool { return l.machine != nil && l.machine.Epoch() > 0 }

// misled is told that the elected leader follows another server, or votes for it. Else it would be waited for until it can be connected to.
func (l *learning) misled(leader int64) {
	if !l.led() {
		l.end(fmt.Errorf("server %d, elected to lead, is for server %d", l.decision.Vote.Leader, leader))
	}
}

func (l *learning) reached(m *reached) {
	if m.err != nil {
		l.end(fmt.Errorf("the leader, server %d, cannot be reached: %w", l.decision.Vote.Leader, m.err))
		return
	}
	if l.over {
		return
	}
	l.link = m.link
	l.machine = learner.New(learner.Options{
		SID: l.ID, Observer: l.observer(), ConfigVersion: l.Config.Version(),
		AcceptedEpoch: l.state.Accepted, CurrentEpoch: l.state.Current, LastZxid: l.state.Tree.LastZxid(),
		NeedSnapshot: l.state.needsSnap, InitLimit: l.InitLimit, SyncLimit: l.SyncLimit, Touches: l.touches,
		Sabotage: l.Options.Sabotage.Learner,
	})
	l.link.Start(l)
}

// Packets implements link.Handler, on the connection's reading goroutine.
func (l *learning) Packets(_ link.Link, ps []packet.Packet) { l.tell(&heard{ps}, true) }

// Snapshot implements link.Handler: the tree is read where its bytes arrive, beside the one that is there.
func (l *learning) Snapshot(_ link.Link, snap packet.Packet, r io.Reader) error {
	l.tell(&heard{[]packet.Packet{snap}}, true)
	t, err := persistence.ReadStream(r, snap.Zxid, l.TreeOptions)
	if l.closed.Load() {
		return errStopping
	}
	l.tell(&snapshotRead{t, err}, false)
	return err
}

// Closed implements link.Handler.
func (l *learning) Closed(_ link.Link, err error) { l.tell(&parted{err}, false) }
