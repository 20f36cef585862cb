package quorum

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"

	"troupe/actors"
	"troupe/actors/pipeline"
	"troupe/actors/quorum/link"
	"troupe/election"
	"troupe/jute/proto"
	"troupe/tree"
	"troupe/tree/prep"
	"troupe/zab"
	"troupe/zab/learner"
	"troupe/zab/packet"
)

// learning is the actor of a follower or an observer: it drives zab/learner between the pipeline, the disk and the leader.
type learning struct {
	*member
	decision election.Decision
	since    int64 // Clock.Millis of the decision
	machine  *learner.Learner
	self     *actor.PID
	on       *actors.Handy
	link     link.Link // nil until the leader is reached
	running  Running
	line     pipeline.Line
	// queued are the transactions given to the log that are not delivered, in zxid order.
	queued zab.Queue[*pipeline.Request]
	// delivered are those given to final of which it has not told that they are applied.
	delivered zab.Queue[zab.Entry]
	out       []*pipeline.Request // gathered for final
	read      []tree.Txn          // of the packets in hand, while it serves
	taken     int                 // how many of them log has taken
	snapped   bool                // the tree came from the leader
	stopTick  func()
	stopDial  func()
	over      bool
	closed    atomic.Bool // snapshots that still come in are of no use
}

type (
	// reached is the end of the attempts to connect to the leader.
	reached struct {
		link link.Link
		err  error
	}
	// heard is what one read brought from the leader.
	heard struct{ packets []packet.Packet }
	// snapshotRead is a tree that the leader sent.
	snapshotRead struct {
		tree *tree.Tree
		err  error
	}
	// call is something to do after a wait.
	call func()
	// parted is the end of the connection.
	parted struct{ err error }
	// revalidate asks the leader about a session.
	revalidate struct {
		touch packet.Touch
		done  func(bool)
	}
)

var errReconfigured = errors.New("the members of the ensemble were changed by a reconfiguration, which this version cannot follow: put the new server lines into the configuration of this server and start it again")

func newLearning(m *member, d election.Decision) *learning {
	return &learning{member: m, decision: d, since: m.Clock.Millis(), on: &actors.Handy{}, stopTick: func() {}, stopDial: func() {}}
}

// Receive implements actor.Actor.
func (l *learning) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		l.self = ctx.Self()
		l.connect()
		return
	case *actor.Stopping:
		l.stopTick()
		l.stopDial()
		return
	case *reached:
		l.reached(m)
	case call:
		m()
	case leaderLooks:
		l.deaf()
	case tick:
		if l.machine == nil && !l.over {
			l.stillWaiting()
			l.arm()
		}
	}
	if l.machine == nil || l.over {
		l.refuse(ctx.Message())
		return
	}
	switch m := ctx.Message().(type) {
	case *heard:
		clear(l.read)
		l.read, l.taken = l.read[:0], 0
		for _, p := range m.packets {
			if err := l.decode(p); err != nil {
				l.machine.Stop(err)
			} else {
				l.machine.Step(p)
			}
			if !l.machine.Serving() && !l.over {
				l.carryOut() // what a synchronisation asks for is done before the next packet counts
			}
		}
	case *snapshotRead:
		l.takeSnapshot(m)
	case *parted:
		l.machine.Stop(fmt.Errorf("the connection to the leader ended: %w", m.err))
	case *pipeline.Batch:
		l.ask(m)
	case *logged:
		for _, r := range m.batch.Requests {
			l.machine.Logged(r.Txn.Header.Zxid)
		}
	case *applied:
		l.applied(m.zxid)
	case *revalidate:
		_ = l.machine.Revalidate(m.touch, m.done) // an error: as in refuse
	case tick:
		l.machine.Tick()
		l.arm()
	}
	l.carryOut()
}

// refuse takes what comes when the role is over, or not begun. Who asks about a session gets no answer: nobody knows one,
// and "it has expired" would make the client give up a session that lives. Its connection ends with the role.
func (l *learning) refuse(m any) {
	if r, ok := m.(*reached); ok && r.link != nil {
		r.link.Close(errStopping)
	}
}

// tell sends the learner a message. What is small is done by the goroutine that brings it.
func (l *learning) tell(m any, little bool) {
	l.on.Little(little)
	l.send.Send(l.self, m)
}

func (l *learning) arm() {
	l.stopTick = l.Clock.AfterFunc(l.TickTime/2, func() { l.tell(tick{}, false) })
}

func (l *learning) touches() []packet.Touch {
	if l.running.Sessions == nil {
		return nil
	}
	return l.running.Sessions.Touches(nil)
}

// ask takes what own clients want: reads behind their writes wait in the line, writes and syncs go to the leader.
func (l *learning) ask(b *pipeline.Batch) {
	for _, r := range b.Requests {
		q := packet.ClientRequest{Session: r.Session, Cxid: r.Cxid, Op: r.Op, Body: r.Body, IDs: r.IDs}
		if !r.Read {
			q.Op, q.Body, r.Failed = prep.Forward(r.Op, r.Body)
		}
		l.out = l.line.Take(r, l.out)
		switch { // errors: the leader is lost, and the clients are about to be disconnected
		case r.Op == proto.OpSync && l.Sabotage.SyncAlone:
			l.out = l.line.Answered(r, l.out)
		case r.Op == proto.OpSync:
			_ = l.machine.Sync(q, r)
		case !r.Read && r.Failed == proto.Ok:
			_ = l.machine.Forward(q)
		}
	}
}

// carryOut does what the machine says, from the top down.
func (l *learning) carryOut() {
	for !l.over {
		r := l.machine.Ready()
		if err := l.catchUp(&r); err != nil {
			l.Fatal(err)
			l.over = true
			return
		}
		if len(r.Send) > 0 {
			l.link.Send(r.Send)
		}
		if r.Serve && !l.serve(&r) {
			return
		}
		l.log(r.Log)
		// Before what is delivered: the end of such a session may be among it.
		for _, v := range r.Revalidated {
			if done := v.Token.(func(bool)); !v.Replaced {
				done(v.Valid)
			}
		}
		l.deliver(r.Deliver)
		if r.Done != nil {
			if errors.Is(r.Done, learner.ErrMoved) {
				l.Fatal(errReconfigured)
			}
			l.leftover(&r)
			l.end(r.Done)
			return
		}
		if !r.Truncate {
			return
		}
	}
}

// serve begins to serve clients: what the leader knows is on disk here.
func (l *learning) serve(r *learner.Ready) bool {
	if l.snapped {
		last := l.state.History.Last()
		if n := len(r.Log); n > 0 {
			last = r.Log[n-1].Zxid
		}
		l.state.Tree.FuzzyUntil(last)
	}
	state := election.Following
	if l.observer() {
		state = election.Observing
	}
	running, err := l.Host.Begin(Role{
		State: state, Epoch: l.machine.Epoch(), Tree: l.state.Tree,
		Pipeline: pipeline.Member{
			Entered: func(b *pipeline.Batch) { l.tell(b, len(b.Requests) <= littleBatch) },
			Logged:  func(b *pipeline.Batch) { l.tell(&logged{b}, len(b.Requests) <= littleBatch) },
			Applied: func(zxid int64) { l.tell(&applied{zxid}, true) },
		},
		Revalidate: func(session int64, timeout int32, done func(bool)) {
			l.tell(&revalidate{packet.Touch{Session: session, Timeout: timeout}, done}, true)
		},
	})
	if err != nil {
		l.end(err)
		return false
	}
	l.running = running
	l.link.Settle()
	l.elect.EpochBegun(l.machine.Epoch())
	l.Log.Info().Stringer("state", state).Int64("leader", l.decision.Vote.Leader).Int64("epoch", l.machine.Epoch()).
		Dur("afterMillis", l.sinceElected()).Msg("in step with the leader: clients are served")
	epoch := l.machine.Epoch() // the member makes the change, on its own goroutine
	l.come(func(s *Status) { s.Phase, s.Epoch = "broadcast", epoch })
	return true
}

// log gives proposals to the log stage.
func (l *learning) log(proposals []zab.Entry) {
	if len(proposals) == 0 {
		return
	}
	b := &pipeline.Batch{Requests: make([]*pipeline.Request, 0, len(proposals))}
	all := make([]pipeline.Request, len(proposals)) // they come and go together
	for i, e := range proposals {
		r := &all[i]
		r.Become(l.txn(e), e.Data)
		l.line.Proposed(e.Zxid)
		l.queued.Push(r)
		b.Requests = append(b.Requests, r)
		if l.Sabotage.AckEarly {
			l.machine.Logged(e.Zxid)
		}
	}
	l.running.Pipeline.Log(b)
}

// deliver hands what is committed to final, with the own requests that it answers.
func (l *learning) deliver(all []learner.Delivery) {
	for _, d := range all {
		if d.Sync != nil {
			l.out = l.line.Answered(d.Sync.(*pipeline.Request), l.out)
			continue
		}
		if d.Activate {
			l.Fatal(errReconfigured)
			return
		}
		r := l.queued.Pop()
		if r.Txn.Header.Zxid != d.Entry.Zxid {
			panic(fmt.Errorf("delivered is %s, and the oldest proposal %s", zab.Hex(d.Entry.Zxid), zab.Hex(r.Txn.Header.Zxid)))
		}
		l.delivered.Push(d.Entry)
		l.out = l.line.Committed(r, l.out)
	}
	if len(l.out) > 0 {
		b := &pipeline.Batch{Requests: l.out}
		l.out = nil
		l.running.Pipeline.Commit(b)
	}
}

func (l *learning) applied(zxid int64) {
	for l.delivered.Len() > 0 && l.delivered.At(0).Zxid <= zxid {
		if err := l.state.remember(l.delivered.Pop()); err != nil {
			panic(err)
		}
	}
}

// leftover notes what a machine that has ended leaves to be done when the role has ended too.
func (l *learning) leftover(r *learner.Ready) {
	l.state.reloadNext = l.state.reloadNext || r.Reload
	for _, e := range r.FastForward {
		l.delivered.Push(e)
	}
}

func (l *learning) end(reason error) {
	if !l.over {
		l.over = true
		l.send.Send(l.pid, &over{role: l, reason: reason})
	}
}

func (l *learning) come(change func(*Status)) { l.send.Send(l.pid, &phase{l, change}) }

func (l *learning) dispatcher() actor.Dispatcher { return l.on }

// finish implements driver.
func (l *learning) finish() error {
	l.closed.Store(true)
	if l.link != nil {
		l.link.CloseAfterFlush()
	}
	if l.machine == nil {
		return nil
	}
	if !l.over { // the member ended the role, not the machine
		l.over = true
		l.machine.Stop(errStopping)
		r := l.machine.Ready()
		if err := l.catchUp(&r); err != nil {
			return err
		}
		l.leftover(&r)
	}
	if l.state.reloadNext {
		return nil
	}
	return l.state.applyUndecided(l.delivered.All())
}
