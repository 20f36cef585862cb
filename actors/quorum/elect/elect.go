package elect

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"

	"troupe/actors"
	"troupe/election"
	"troupe/election/quorum"
)

// Ballots carries notifications between members: connections ([Mesh]), or what a test has in their place. Nothing
// waits for the network but Close. Send owns the message, and is never asked to send to this server itself.
type Ballots interface {
	Send(to int64, message []byte)
	ConnectAll()
	Delivered() bool
	// Connected are the members that there is a connection to.
	Connected() []int64
	Configure(committed, lastProposed *quorum.Config)
	Close()
}

// Opener opens the connections. heard takes each message of a peer, from any goroutine, and owns it; failed is told
// that the server cannot be reached by its peers. Neither waits, and both may be called before the opener returns.
type Opener func(heard func(from int64, message []byte), failed func(error)) (Ballots, error)

// Options configure the elections of one server. [Configured] fills in what zoo.cfg decides.
type Options struct {
	ID      int64          // of this server
	Config  *quorum.Config // the committed one
	Elector election.Options
	Clock   actors.Clock
	Open    Opener
	Log     zerolog.Logger

	// Decided is told the outcome, once for each Elect that was neither replaced nor stopped.
	Decided func(election.Decision)
	// Deserted, if it is set, is told when those that elected this server as leader want another one by now. One that
	// still waits for its epoch had better resign.
	Deserted func()
	// LeaderLooks, if it is set, is told when the leader that was decided on says that it still looks for one: it has not
	// heard of its election, or does not hear those who elected it.
	LeaderLooks func()
	// LeaderFollows, if it is set, is told when the leader that was decided on says that it follows another one, or votes for
	// one: it has changed its mind, or the ballot that was counted for it was one of before, which had waited for a connection.
	LeaderFollows func(leader int64)
	// Reconfigured, if it is set, is told of a newer committed configuration that a peer knew, to be stored. It comes
	// only with Elector.Reconfig.
	Reconfigured func(*quorum.Config)
	// Failed, if it is set, is told that this server takes part in no election: its port cannot be bound.
	Failed func(error)
}

// Ref is how others speak to the actor, and look at it.
type Ref struct {
	send    actor.SenderContext
	pid     *actor.PID
	ballots Ballots
	status  *atomic.Pointer[status]
}

type (
	// begin asks for an election.
	begin struct {
		start election.Start
		delay time.Duration
	}
	// delayed is the end of the delay before one.
	delayed struct{ count uint64 }
	// due is the end of the wait that the elector asked for, or of a part of it: left is the rest.
	due struct {
		seq  uint64
		left time.Duration
	}
)

// status is what others may look at.
type status struct {
	state election.State
	round int64
	vote  election.Vote
}

// Spawn opens the connections and starts the actor under parent. Peers are answered from now on.
func Spawn(parent actor.SpawnerContext, send actor.SenderContext, o Options, opts ...actor.PropsOption) (*Ref, error) {
	o.Elector.ID = o.ID
	in := &inbox{}
	ballots, err := o.Open(in.put, o.failed)
	if err != nil {
		return nil, fmt.Errorf("elections: %w", err)
	}
	a := &elections{opt: o, send: send, in: in, ballots: ballots, elector: election.New(o.Elector, o.Config), status: &atomic.Pointer[status]{}}
	a.status.Store(&status{vote: election.Vote{Leader: election.NoVote}})
	pid, err := parent.SpawnNamed(actor.PropsFromProducer(func() actor.Actor { return a }, opts...), "quorum/elect")
	if err != nil {
		ballots.Close()
		return nil, fmt.Errorf("elections: %w", err)
	}
	in.belongTo(send, pid)
	return &Ref{send: send, pid: pid, ballots: ballots, status: a.status}, nil
}

func (o *Options) failed(err error) {
	if o.Failed != nil {
		o.Failed(err)
	}
}

// Elect begins an election after a delay (see [Jitter]), in place of one that runs. zxid is the last one of the tree
// with the whole log applied, -1 for a server without a database; epoch is the current one.
func (r *Ref) Elect(zxid, epoch int64, observer bool, delay time.Duration) {
	r.send.Send(r.pid, &begin{election.Start{Zxid: zxid, Epoch: epoch, Observer: observer}, delay})
}

// StopElecting ends an election without a decision. Peers are still answered.
func (r *Ref) StopElecting() { r.send.Send(r.pid, election.Stop{}) }

// EpochBegun tells that the elected leader is established: peers hear of the new epoch from now on.
func (r *Ref) EpochBegun(epoch int64) { r.send.Send(r.pid, election.EpochBegun{Epoch: epoch}) }

// Connected tells whether there is a connection to the election port of a member.
func (r *Ref) Connected(sid int64) bool { return slices.Contains(r.ballots.Connected(), sid) }

// State is LOOKING until an election is decided.
func (r *Ref) State() election.State { return r.status.Load().state }

// Round is the number of the running or last election.
func (r *Ref) Round() int64 { return r.status.Load().round }

// Vote is the proposal of a running election, or what was decided. Its leader is election.NoVote before the first.
func (r *Ref) Vote() election.Vote { return r.status.Load().vote }

// elections is the actor.
type elections struct {
	opt     Options
	send    actor.SenderContext
	in      *inbox
	ballots Ballots
	elector *election.Elector
	status  *atomic.Pointer[status]

	started  election.Start // the last one, for one that must be begun anew
	delays   uint64         // counts what was asked for, so that an old delay is known when it ends
	stopWait func()         // of the running timer or delay; nil: none
	waiting  uint64         // number of the wait that the elector asked for last
	muted    muted
}

func (a *elections) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case ballotsWait:
		for _, b := range a.in.take() {
			a.hear(ctx, b)
		}
	case due:
		switch {
		case m.seq != a.waiting:
			return // replaced since
		case m.left > 0:
			a.wait(ctx, m)
			return
		}
		a.step(ctx, election.TimerFired{Seq: m.seq, Delivered: a.ballots.Delivered()})
	case *begin:
		a.begin(ctx, m)
	case delayed:
		if m.count == a.delays {
			a.start(ctx)
		}
	case election.Stop:
		a.quiet()
		a.step(ctx, m)
	case election.EpochBegun:
		a.step(ctx, m)
		s := *a.status.Load()
		s.vote.PeerEpoch = m.Epoch
		a.status.Store(&s)
	case *actor.Stopping:
		a.quiet()
		a.ballots.Close()
	}
}

func (a *elections) hear(ctx actor.Context, b ballot) {
	n, err := election.Decode(b.message)
	if err != nil {
		if hidden, ok := a.muted.speak(a.opt.Clock.Millis()); ok {
			a.opt.Log.Warn().Int64("peer", b.from).Uint64("alikeSinceTheLastLine", hidden).Err(err).Msg("a ballot is passed over")
		}
		return
	}
	a.step(ctx, election.Received{From: b.from, Notification: n})
	if s := a.elector.State(); (s == election.Following || s == election.Observing) && b.from == a.status.Load().vote.Leader {
		a.hearLeader(n)
	}
}

// hearLeader is told what the leader that was decided on says of itself. What it said in earlier rounds is known to be over.
func (a *elections) hearLeader(n election.Notification) {
	elsewhere := n.Vote.Leader != a.status.Load().vote.Leader && n.Vote.Round >= a.elector.Round()
	switch {
	case elsewhere && (n.State == election.Following || n.State == election.Looking):
		if a.opt.LeaderFollows != nil {
			a.opt.LeaderFollows(n.Vote.Leader)
		}
	case n.State == election.Looking && a.opt.LeaderLooks != nil:
		a.opt.LeaderLooks()
	}
}

func (a *elections) begin(ctx actor.Context, m *begin) {
	a.started = m.start
	a.quiet()
	if m.delay <= 0 {
		a.start(ctx)
		return
	}
	a.step(ctx, election.Stop{})
	a.after(ctx, m.delay, delayed{a.delays})
}

func (a *elections) start(ctx actor.Context) {
	a.opt.Log.Info().Int64("round", a.elector.Round()+1).Str("zxid", fmt.Sprintf("%#x", a.started.Zxid)).
		Int64("epoch", a.started.Epoch).Bool("observer", a.started.Observer).Msg("looking for a leader")
	a.step(ctx, a.started)
}

// quiet ends the wait that runs, of whatever kind.
func (a *elections) quiet() {
	a.delays++
	if a.stopWait != nil {
		a.stopWait()
		a.stopWait = nil
	}
}

func (a *elections) after(ctx actor.Context, d time.Duration, message any) {
	self := ctx.Self()
	a.stopWait = a.opt.Clock.AfterFunc(d, func() { a.send.Send(self, message) })
}

// step feeds the elector and carries out what it asks for.
func (a *elections) step(ctx actor.Context, in election.Input) {
	ready := a.elector.Step(in)
	for _, e := range ready.Send {
		a.ballots.Send(e.To, e.Append(nil))
	}
	if ready.ConnectAll {
		a.ballots.ConnectAll()
	}
	if ready.Timer.Seq != 0 {
		a.quiet()
		a.waiting = ready.Timer.Seq
		a.wait(ctx, due{ready.Timer.Seq, ready.Timer.After})
	}
	a.publish(ready.Decided)
	if c := ready.Reconfigured; c != nil {
		a.reconfigured(ctx, c, ready.Restart)
	}
	if ready.Deserted && a.opt.Deserted != nil {
		a.opt.Deserted()
	}
	if d := ready.Decided; d != nil {
		a.quiet()
		a.opt.Log.Debug().Stringer("state", d.State).Int64("leader", d.Vote.Leader).Str("zxid", fmt.Sprintf("%#x", d.Vote.Zxid)).
			Int64("epoch", d.Vote.PeerEpoch).Int64("round", d.Vote.Round).Ints64("voters", d.Voters).Msg("the election is over")
		a.opt.Decided(*d)
	}
}

// glance is how often the server looks, while it waits for better votes than those of a quorum, whether there is anybody
// who could bring one.
const glance = 10 * time.Millisecond

// wait waits as the elector asks for. With a quorum of votes it waits only as long as a voter that has not agreed is
// connected: nobody else can bring a better vote, and after a crash of the leader that is 200 ms in which nothing is
// served. (What is decided too soon is not wrong: a leader that lacks something is left by its followers.)
func (a *elections) wait(ctx actor.Context, d due) {
	part := d.left
	if awaited := a.elector.Awaited(); awaited != nil {
		connected := a.ballots.Connected()
		if !slices.ContainsFunc(awaited, func(sid int64) bool { return slices.Contains(connected, sid) }) {
			part, d.left = 0, 0
		}
		part = min(part, glance)
	}
	if d.left -= part; part > 0 {
		a.after(ctx, part, d)
		return
	}
	a.send.Send(ctx.Self(), d)
}

// publish shows others where the election stands.
func (a *elections) publish(d *election.Decision) {
	was := a.status.Load()
	now := status{state: a.elector.State(), round: a.elector.Round(), vote: was.vote}
	switch {
	case d != nil:
		now.vote = d.Vote
	case now.state == election.Looking && now.round > 0:
		now.vote = a.elector.Proposal()
	}
	if now != *was {
		a.status.Store(&now)
	}
}

// reconfigured follows a newer configuration: the connections at once, the election anew if the members changed.
// A server that is no member of it takes part as one without a vote (QuorumPeer.updateLearnerType).
func (a *elections) reconfigured(ctx actor.Context, c *quorum.Config, restart bool) {
	a.opt.Log.Info().Str("version", fmt.Sprintf("%x", uint64(c.Version()))).Msg("a peer knows a newer configuration of the ensemble")
	a.ballots.Configure(c, nil)
	if a.opt.Reconfigured != nil {
		a.opt.Reconfigured(c)
	}
	if restart {
		self, ok := c.Server(a.opt.ID)
		a.started.Observer = ok && self.Role == quorum.Observer
		a.start(ctx)
	}
}
