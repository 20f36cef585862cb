package learner

import (
	"fmt"

	"troupe/zab"
	"troupe/zab/packet"
)

// phase is how far the learner has come.
type phase uint8

const (
	discovery  phase = iota // LEADERINFO is to come
	firstSync               // DIFF, TRUNC or SNAP is to come
	truncating              // Truncated is to be called
	snapshot                // SnapshotRead is to be called
	syncing                 // PROPOSAL, COMMIT ... NEWLEADER are to come
	joined                  // UPTODATE is to come
	broadcast
	done
)

// Learner is the state machine; New makes one. Not safe for concurrent use.
type Learner struct {
	o     Options
	phase phase
	ready Ready
	last  Ready // given out last

	epoch      int64 // of the leader
	lastQueued int64 // last proposal taken
	committed  int64 // last one known to be decided
	pending    zab.Queue[proposal]
	decided    int  // how many of pending are decided, between NEWLEADER and UPTODATE
	bySnapshot bool // what is synchronised goes into a snapshot, not into the log
	dirty      bool // the tree has what is not on disk
	config     []byte

	syncs    zab.Queue[any]
	sessions map[int64]any

	halfTicks, heard int
}

// proposal is a transaction that the leader has sent.
type proposal struct {
	entry    zab.Entry
	activate bool
	leader   int64
}

// activated notes that with it the configuration changes, and who leads then.
func (p *proposal) activated(leader int64) { p.activate, p.leader = true, leader }

func (p *proposal) delivery() Delivery {
	return Delivery{Entry: p.entry, Activate: p.activate, Leader: p.leader}
}

// New begins to follow: the first Ready has FOLLOWERINFO or OBSERVERINFO.
func New(o Options) *Learner {
	l := &Learner{o: o, lastQueued: o.LastZxid, committed: o.LastZxid, sessions: map[int64]any{}}
	kind := packet.FollowerInfo
	if o.Observer {
		kind = packet.ObserverInfo
	}
	info := packet.LearnerInfo{AcceptedEpoch: o.AcceptedEpoch, SID: o.SID, Version: packet.ProtocolVersion, ConfigVersion: o.ConfigVersion}
	l.send(info.Packet(kind))
	return l
}

// Ready takes what is to be done since the last call. Its slices are good until the next call: then they are filled again.
func (l *Learner) Ready() Ready {
	l.ready, l.last = l.last.again(), l.ready
	return l.last
}

// Epoch is the leader's, 0 while it is not known.
func (l *Learner) Epoch() int64 { return l.epoch }

// Serving tells whether clients are served.
func (l *Learner) Serving() bool { return l.phase == broadcast }

func (l *Learner) send(p packet.Packet) { l.ready.Send = append(l.ready.Send, p) }

// Step takes a packet of the leader.
func (l *Learner) Step(p packet.Packet) {
	l.heard = l.halfTicks
	var err error
	switch l.phase {
	case discovery:
		err = l.discover(p)
	case firstSync:
		err = l.begin(p)
	case truncating, snapshot:
		err = fmt.Errorf("%w: %s was read while the log was cut or a snapshot was received", ErrProtocol, p.Kind)
	case syncing, joined:
		err = l.synchronise(p)
	case broadcast:
		err = l.traffic(p)
	}
	if err != nil {
		l.Stop(err)
	}
}

// snapshotPlease is a zxid to which every leader, Apache's too, answers with SNAP: the begin of an epoch beyond all.
const snapshotPlease = zab.MaxEpoch << 32

func (l *Learner) discover(p packet.Packet) error {
	epoch, err := p.NewEpoch()
	if err != nil {
		return err
	}
	l.epoch, l.phase = epoch, firstSync
	switch {
	case epoch < l.o.AcceptedEpoch:
		return fmt.Errorf("%w: %d, %d", ErrOldEpoch, epoch, l.o.AcceptedEpoch)
	case l.o.NeedSnapshot && epoch > l.o.AcceptedEpoch:
		l.ready.AcceptedEpoch = epoch
		fallthrough
	case l.o.NeedSnapshot:
		l.send(packet.AckEpochPacket(snapshotPlease, packet.NoEpoch))
	case epoch > l.o.AcceptedEpoch:
		l.ready.AcceptedEpoch = epoch
		l.send(packet.AckEpochPacket(l.o.LastZxid, int32(l.o.CurrentEpoch)))
	default:
		l.send(packet.AckEpochPacket(l.o.LastZxid, packet.NoEpoch))
	}
	return nil
}

// Tick is called every half tickTime: a leader that is silent for too long is left.
func (l *Learner) Tick() {
	l.halfTicks++
	limit := l.o.InitLimit
	if l.phase >= joined {
		limit = l.o.SyncLimit
	}
	if l.phase == truncating || l.phase == snapshot {
		l.heard = l.halfTicks // nobody listens; the reader of the snapshot has its own limit
	}
	if l.halfTicks-l.heard >= 2*limit {
		l.Stop(ErrSilent)
	}
}

// Stop ends the learner, whatever it was doing: the connection is gone, or something failed. The last Ready leaves disk
// and tree so that the next vote is a true one.
func (l *Learner) Stop(reason error) {
	if l.phase == done {
		return
	}
	l.ready.StopLog = l.phase == broadcast
	l.ready.Flush = l.ready.Flush || !l.bySnapshot
	l.ready.Reload = l.dirty && !l.o.Sabotage.KeepPartial
	if l.phase == broadcast && !l.o.Sabotage.ForgetLogged {
		for _, p := range l.pending.All() {
			l.ready.FastForward = append(l.ready.FastForward, p.entry)
		}
	}
	l.phase, l.ready.Done = done, reason
	l.pending, l.syncs, l.sessions = zab.Queue[proposal]{}, zab.Queue[any]{}, nil
}
