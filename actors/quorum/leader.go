package quorum

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"

	"troupe/actors"
	"troupe/actors/pipeline"
	"troupe/actors/quorum/link"
	"troupe/jute/proto"
	"troupe/persistence"
	"troupe/zab"
	"troupe/zab/history"
	"troupe/zab/leader"
	"troupe/zab/packet"
)

// leading is the actor of a leader: it drives zab/leader between the pipeline, the disk and the learners.
type leading struct {
	*member
	machine  *leader.Leader
	self     *actor.PID
	on       *actors.Handy
	listener io.Closer
	handlers map[leader.ID]*handler
	running  Running
	line     pipeline.Line
	// proposed are the transactions that wait for a quorum, in zxid order.
	proposed zab.Queue[*pipeline.Request]
	out      []*pipeline.Request // gathered for final
	gathered []leader.ID         // handlers with packets to send
	counted  leader.Count
	stopTick func()
	over     bool
	closed   atomic.Bool // who connects comes too late
}

type (
	// joined is a new connection of a learner.
	joined struct{ link link.Link }
	// logged is the own log's word that all up to a zxid is durable.
	logged struct{ batch *pipeline.Batch }
	// applied is the tree's word that it has all up to a zxid.
	applied struct{ zxid int64 }
	tick    struct{}
	// whenSure is what is to be done when a quorum has confirmed that this server leads.
	whenSure func()
	// ended is the end of a session that a learner has asked about.
	ended struct{ leader.Revalidation }
)

func newLeading(m *member) *leading {
	return &leading{member: m, on: &actors.Handy{}, handlers: map[leader.ID]*handler{}, stopTick: func() {}}
}

// Receive implements actor.Actor.
func (l *leading) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		l.self = ctx.Self()
		l.start(ctx)
	case *actor.Stopping:
		l.stopTick()
	case *joined:
		l.join(ctx, m.link)
	case *arrived:
		for _, p := range m.packets {
			l.machine.Step(m.id, p)
		}
	case *gone:
		l.lost(ctx, m)
	case *pipeline.Batch:
		l.propose(m)
	case *logged:
		l.machine.Logged(m.batch.Requests[len(m.batch.Requests)-1].Txn.Header.Zxid)
	case deserted:
		l.deserted()
	case whenSure:
		l.whenSure(m)
	case *ended:
		l.machine.Revalidated(m.Revalidation, false)
	case *applied:
		if err := l.machine.Applied(m.zxid); err != nil {
			panic(err)
		}
	case tick:
		l.machine.Tick()
		l.count()
		l.arm()
	default:
		return
	}
	l.carryOut()
}

// tell sends the leader a message. What is small is done by the goroutine that brings it.
func (l *leading) tell(m any, little bool) {
	l.on.Little(little)
	l.send.Send(l.self, m)
}

func (l *leading) start(ctx actor.Context) {
	o := l.Options
	l.machine = leader.New(leader.Options{
		SID: o.ID, Quorums: []zab.QuorumSet{o.Config}, Voter: o.Config.IsVoter, ConfigVersion: o.Config.Version(),
		Config:        func(int64) []byte { return []byte(o.Config.String()) },
		AcceptedEpoch: l.state.Accepted, CurrentEpoch: l.state.Current, LastZxid: l.state.Tree.LastZxid(), History: l.state.History,
		InitLimit: o.InitLimit, SyncLimit: o.SyncLimit, LastCounter: o.LastCounter, MaxTxn: o.MaxTxn,
		ForceSnap: o.ForceSnap, DiskLimit: l.diskLimit(), MaxSnaps: o.MaxSnaps, MaxDiffs: o.MaxDiffs,
		Sabotage: o.Sabotage.Leader,
	})
	var err error
	l.listener, err = o.Network.Listen(o.Listen, func(k link.Link) {
		if l.closed.Load() {
			k.Close(errStopping)
			return
		}
		l.tell(&joined{k}, false)
	})
	if err != nil {
		l.end(fmt.Errorf("listening for learners: %w", err))
		return
	}
	l.arm()
}

// diskLimit is how many bytes of log may be read to spare a learner the snapshot; -1: none are.
func (l *leading) diskLimit() int64 {
	size, err := l.Store.NewestSnapshotBytes()
	if err != nil {
		return 1
	}
	return int64(float64(size) * max(0, l.SnapshotSizeFactor))
}

func (l *leading) arm() {
	l.stopTick = l.Clock.AfterFunc(l.TickTime/2, func() { l.tell(tick{}, false) })
}

// join makes the handler of a new learner.
func (l *leading) join(ctx actor.Context, k link.Link) {
	h := &handler{id: leader.ID(k.ID()), link: k, leader: func(m any) { l.tell(m, true) }}
	props := actor.PropsFromProducer(func() actor.Actor { return h }, append([]actor.PropsOption{actor.WithDispatcher(actors.Inline())}, l.opts...)...)
	pid, err := ctx.SpawnNamed(props, fmt.Sprintf("handler-%d", h.id))
	if err != nil {
		k.Close(err)
		return
	}
	h.pid = pid
	l.handlers[h.id] = h
	l.machine.Connect(h.id)
	k.Start(ear{h.id, l.send, pid})
}

func (l *leading) lost(ctx actor.Context, m *gone) {
	h := l.handlers[m.id]
	if h == nil {
		return
	}
	l.forget(m.id, m.err)
	ctx.Stop(h.pid)
	l.machine.Disconnected(m.id)
}

func (l *leading) forget(id leader.ID, err error) {
	h := l.handlers[id]
	if h == nil {
		return
	}
	delete(l.handlers, id)
	if !l.over {
		l.Log.Warn().Int64("link", int64(id)).Str("remote", h.link.Remote()).Err(err).Msg("a learner is gone")
	}
}

// propose takes what prep has made, in its order.
func (l *leading) propose(b *pipeline.Batch) {
	if l.over {
		return
	}
	txns := make([]*pipeline.Request, 0, len(b.Requests))
	for _, r := range b.Requests {
		switch {
		case r.HasTxn:
			err := l.machine.Propose(zab.Entry{Zxid: r.Txn.Header.Zxid, Data: r.Entry()}, nil)
			if errors.Is(err, leader.ErrEpochEnds) || errors.Is(err, leader.ErrEpochBehind) || errors.Is(err, leader.ErrNotLeader) {
				// No acknowledged write is lost: its client is disconnected, and asks the next leader. Until then what it asked
				// for later must not be answered: the request waits in the line, for ever.
				if r.Conn != nil {
					l.out = l.line.Take(r, l.out)
				}
				continue
			} else if err != nil {
				panic(fmt.Errorf("proposing %s: %w", zab.Hex(r.Txn.Header.Zxid), err))
			}
			if r.Conn != nil {
				l.out = l.line.Take(r, l.out)
			}
			l.proposed.Push(r)
			txns = append(txns, r)
		case r.Conn != nil:
			l.out = l.line.Take(r, l.out)
			if r.Op == proto.OpSync && r.Failed == proto.Ok && l.Sabotage.SyncFirst {
				l.out = l.line.Answered(r, l.out)
			} else if r.Op == proto.OpSync && r.Failed == proto.Ok || r.Failed == proto.SessionExpired {
				l.whenSure(r) // that the session is over hangs on its closing, which was proposed before
			}
		case r.Op == proto.OpSync:
			if id, ok := r.Owner.(int64); ok {
				_ = l.machine.Sync(leader.ID(id))
			}
		}
	}
	if len(txns) > 0 {
		l.running.Pipeline.Log(&pipeline.Batch{Requests: txns})
	}
}

// carryOut does what the machine says, from the top down.
func (l *leading) carryOut() {
	for !l.over {
		r := l.machine.Ready()
		if r.AcceptedEpoch > 0 {
			if err := l.state.accept(r.AcceptedEpoch); err != nil {
				l.Fatal(err)
				return
			}
		}
		if r.CurrentEpoch > 0 {
			if err := l.state.begin(r.CurrentEpoch); err != nil {
				l.Fatal(err)
				return
			}
			l.come(func(s *Status) { s.Phase, s.Epoch = "synchronization", r.CurrentEpoch })
		}
		// r.Append is with the sync stage already: propose gave it.
		l.transmit(r.Send)
		l.commit(r.Commit)
		for _, c := range r.Close {
			if h := l.handlers[c.ID]; h != nil {
				l.forget(c.ID, c.Err)
				h.link.Close(c.Err)
			}
		}
		for _, s := range r.Synchronise {
			l.machine.Synchronise(s, l.disk())
		}
		if r.Activate && !l.activate() {
			return
		}
		l.enter(r.Requests)
		for _, t := range r.Touches {
			if l.running.Sessions == nil {
				break
			}
			l.running.Sessions.Touched(t.Session, t.Timeout, l.Clock.Millis())
		}
		for _, q := range r.Revalidations {
			l.revalidate(q)
		}
		for _, token := range r.Synced {
			switch t := token.(type) {
			case *pipeline.Request:
				l.out = l.line.Answered(t, l.out)
			case whenSure:
				t()
			}
		}
		l.flush()
		if r.StepDown != nil {
			l.end(r.StepDown)
			return
		}
		if len(r.Synchronise) == 0 && !r.Activate && len(r.Revalidations) == 0 {
			return
		}
	}
}

func (l *leading) disk() history.Disk {
	if l.SnapshotSizeFactor < 0 {
		return nil
	}
	return disk{l.Store}
}

// transmit gives the packets to the links, all of one learner at once.
func (l *leading) transmit(all []leader.Out) {
	for i := range all {
		o := &all[i]
		h := l.handlers[o.To]
		if h == nil {
			continue
		}
		if o.Snapshot {
			h.flush()
			l.Log.Info().Int64("link", h.link.ID()).Str("remote", h.link.Remote()).Str("zxid", zab.Hex(o.Packet.Zxid)).Msg("sending a snapshot to a learner")
			h.snapped = true
			h.link.SendSnapshot(o.Packet, func(w io.Writer) error {
				_, err := persistence.StreamSnapshot(w, l.state)
				return err
			})
			continue
		}
		if len(h.out) == 0 {
			l.gathered = append(l.gathered, o.To)
		}
		h.out = append(h.out, o.Packet)
		if o.Packet.Kind == packet.UpToDate {
			h.link.Settle()
		}
	}
	for _, id := range l.gathered {
		if h := l.handlers[id]; h != nil {
			h.flush()
		}
	}
	l.gathered = l.gathered[:0]
}

// commit hands what is decided to final, in the place of what was proposed.
func (l *leading) commit(decided []zab.Entry) {
	for _, e := range decided {
		r := l.proposed.Pop()
		if r.Txn.Header.Zxid != e.Zxid {
			panic(fmt.Errorf("decided is %s, and the oldest proposal %s", zab.Hex(e.Zxid), zab.Hex(r.Txn.Header.Zxid)))
		}
		l.out = l.line.Committed(r, l.out)
	}
}

func (l *leading) flush() {
	if len(l.out) > 0 {
		b := &pipeline.Batch{Requests: l.out}
		l.out = nil
		l.running.Pipeline.Commit(b)
	}
}

var errDeserted = errors.New("those that voted for this server have heard of a better one since")

// deserted ends a leader that waits for learners which will not come: without this it would wait for initLimit.
func (l *leading) deserted() {
	if l.machine.Epoch() == 0 {
		l.end(errDeserted)
	}
}

// end tells the member, once, that this role is over.
func (l *leading) end(reason error) {
	if !l.over {
		l.over = true
		l.send.Send(l.pid, &over{role: l, reason: reason})
	}
}

func (l *leading) come(change func(*Status)) { l.send.Send(l.pid, &phase{l, change}) }

// count tells those who watch how many learners there are.
func (l *leading) count() {
	c := l.machine.Count()
	if c == l.counted {
		return
	}
	l.counted = c
	l.come(func(s *Status) {
		s.Learners, s.SyncedFollowers, s.SyncedNonVoters, s.SyncedObservers = c.Learners, c.Followers, c.NonVoters, c.Observers
	})
}

func (l *leading) dispatcher() actor.Dispatcher { return l.on }

// finish implements driver.
func (l *leading) finish() error {
	l.over = true
	l.closed.Store(true)
	if l.listener != nil {
		_ = l.listener.Close()
	}
	for _, id := range slices.Sorted(maps.Keys(l.handlers)) {
		if h := l.handlers[id]; h.snapped {
			h.link.Close(errStopping) // a stream that goes on would get parts of what is not decided
		} else {
			h.link.CloseAfterFlush()
		}
	}
	return l.state.applyUndecided(l.machine.Undecided())
}
