package quorum

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"

	"troupe/actors"
	"troupe/actors/gate"
	"troupe/actors/pipeline"
	"troupe/actors/quorum/elect"
	"troupe/actors/quorum/link"
	"troupe/actors/session"
	"troupe/election"
	"troupe/election/quorum"
	"troupe/tree"
	"troupe/zab/leader"
)

// Role is what a member does for clients: Host builds it on the state.
type Role struct {
	State    election.State // Leading, Following, Observing or ReadOnly
	Epoch    int64
	From     int64 // on a leader: the last transaction before its epoch
	Tree     *tree.Tree
	Pipeline pipeline.Member
	// Revalidate asks the leader whether a session lives, on a learner. done is called once, on any goroutine.
	Revalidate func(session int64, timeout int32, done func(valid bool))
	// Confirm, on a leader, calls then when a quorum has confirmed that it leads still, on any goroutine; or never.
	Confirm func(then func())
}

// ReadOnly is a role beside the election: while it looks for a leader, a member serves what it has to those who are content
// with that.
const ReadOnly = election.Looking

// Running is what a role has started.
type Running struct {
	Pipeline *pipeline.Ref
	Sessions *session.Ref
}

// Host is the server that the member belongs to. Both calls wait.
type Host interface {
	// Begin starts the actors of a role; when it returns clients can connect.
	Begin(Role) (Running, error)
	// End disconnects the clients and ends the actors of the role, if there is one. All that was logged is durable and all that was
	// committed is applied when it returns without an error; with one, only the disk can be trusted.
	End(reason error) error
}

// Options configure a Member.
type Options struct {
	ID        int64
	Config    *quorum.Config
	Elect     elect.Options // Decided and Failed are the member's
	Network   link.Network
	Listen    []string // host:port of the own quorum port
	Dial      link.DialOptions
	TickTime  time.Duration
	InitLimit int // ticks
	SyncLimit int // ticks

	TreeOptions        tree.Options
	CommitLog          int           // commitLogCount
	SnapshotSizeFactor float64       // snapshotSizeFactor
	ForceSnap          bool          // forceSnapshotSync
	MaxSnaps, MaxDiffs int           // leader.maxConcurrentSnapSyncs, leader.maxConcurrentDiffSyncs
	MaxTxn             int           // bytes of a transaction that all members take
	LastCounter        uint32        // see leader.Options
	ObserverDelay      time.Duration // observer.election.DelayMs: observers wait up to this before they look for a leader
	ReconnectDelay     time.Duration // observer.reconnectDelayMs
	Unserving          bool          // as a leader it lets no clients in (leaderServes=no); for the log
	ReadOnlyAfter      time.Duration // how long it looks for a leader before it serves reads (readonlymode.enabled); 0: never

	Gate   *gate.Gate
	Store  Store
	Host   Host
	Clock  actors.Clock
	Random func(n int64) int64 // from 0 to below n
	Fatal  func(error)         // the server cannot go on
	Run    actors.Runtime

	Sabotage Sabotage
	Log      zerolog.Logger
}

func (o *Options) observer() bool { return !o.Config.IsVoter(o.ID) }

// Status is what others may know of a member.
type Status struct {
	State   election.State
	Phase   string // of the role, as in Apache's zk_peer_state: discovery, synchronization, broadcast
	Leader  int64  // who leads, as the last election said; election.NoVote before
	Epoch   int64
	Since   int64         // Clock.Millis of the last change
	Elected time.Duration // how long the last election took
	// Followers that are in step, those that count but do not vote, and all learners; on a leader.
	SyncedFollowers, SyncedNonVoters, SyncedObservers, Learners int
}

// Ref is how others speak to a member.
type Ref struct {
	send   actor.SenderContext
	pid    *actor.PID
	status *atomic.Pointer[Status]
}

// Status may be called at any time.
func (r *Ref) Status() Status { return *r.status.Load() }

// Failed tells that an actor of the role has failed: the role ends, and everything is loaded from disk anew.
func (r *Ref) Failed(role *actors.Failed) { r.send.Send(r.pid, &failed{role}) }

type (
	decided struct{ election.Decision }
	// over is the end of a role.
	over struct {
		role   driver
		reason error
	}
	failed struct{ *actors.Failed }
	// leaderLooks: the elected leader says that it looks for one.
	leaderLooks struct{}
	// deserted: those that elected this server want another leader.
	deserted struct{}
	// leaderFollows: it says that it follows another one, or votes for it.
	leaderFollows struct{ leader int64 }
	// phase is how far a role has come.
	phase struct {
		role   driver
		change func(*Status)
	}
)

// driver is a role in the making or at work: the actor that carries out what its state machine says.
type driver interface {
	actor.Actor
	dispatcher() actor.Dispatcher
	// finish leaves state, disk and connections so that the next election can begin. The actor has stopped.
	finish() error
}

// Spawn loads the state from disk, opens the member's connections and begins to look for a leader.
func Spawn(parent actor.SpawnerContext, send actor.SenderContext, o Options, opts ...actor.PropsOption) (*Ref, error) {
	m := &member{Options: o, send: send, opts: opts, status: &atomic.Pointer[Status]{},
		state: &State{Gate: o.Gate, store: o.Store, commitLog: o.CommitLog}}
	m.status.Store(&Status{Leader: election.NoVote, Since: o.Clock.Millis()})
	if err := m.state.load(); err != nil {
		return nil, err
	}
	started := make(chan error, 1)
	m.started = func(err error) { started <- err }
	pid, err := parent.SpawnNamed(actor.PropsFromProducer(func() actor.Actor { return m },
		append([]actor.PropsOption{actor.WithSupervisor(actors.StopRole(m.childFailed))}, opts...)...), "quorum")
	if err != nil {
		return nil, fmt.Errorf("quorum: %w", err)
	}
	if err := actors.Answer(o.Run, started); err != nil {
		return nil, err
	}
	return &Ref{send: send, pid: pid, status: m.status}, nil
}

// member is the actor.
type member struct {
	Options
	send    actor.SenderContext
	pid     *actor.PID
	opts    []actor.PropsOption
	started func(error)
	state   *State
	status  *atomic.Pointer[Status]
	elect   *elect.Ref

	role     driver // nil while looking
	rolePID  *actor.PID
	roles    int   // so far
	looking  int64 // since when
	observed bool  // it has been an observer of a leader
	futile   int   // roles in a row that ended before they served
	lonely   lonely
}

func (m *member) Receive(ctx actor.Context) {
	switch x := ctx.Message().(type) {
	case *actor.Started:
		m.pid = ctx.Self()
		m.started(m.open(ctx))
	case *actor.Stopping:
		_ = m.endReadOnly(errStopping)
		m.leave(ctx, errStopping)
	case *alone:
		m.beginReadOnly(x)
	case *decided:
		m.decided(ctx, x.Decision)
	case *over:
		if x.role == m.role {
			m.leave(ctx, x.reason)
			m.look()
		}
	case leaderFollows:
		if l, ok := m.role.(*learning); ok {
			m.send.Send(m.rolePID, call(func() { l.misled(x.leader) }))
		}
	case leaderLooks, deserted:
		if m.role != nil {
			m.send.Send(m.rolePID, x)
		}
	case *failed:
		if m.role != nil || m.lonely.serves {
			_ = m.endReadOnly(x)
			m.leave(ctx, x)
			m.state.reloadNext = true
			m.look()
		}
	case *phase:
		if x.role == m.role {
			m.change(x.change)
		}
	}
}

var errStopping = errors.New("the server stops")

func (m *member) open(ctx actor.Context) error {
	o := m.Options.Elect
	o.Decided = func(d election.Decision) { m.send.Send(m.pid, &decided{d}) }
	o.LeaderLooks = func() { m.send.Send(m.pid, leaderLooks{}) }
	o.Deserted = func() { m.send.Send(m.pid, deserted{}) }
	o.LeaderFollows = func(leader int64) { m.send.Send(m.pid, leaderFollows{leader}) }
	o.Failed = func(err error) { m.Fatal(fmt.Errorf("this server takes part in no election: %w", err)) }
	var err error
	if m.elect, err = elect.Spawn(ctx, m.send, o, m.opts...); err != nil {
		return err
	}
	m.look()
	return nil
}

// look begins an election.
func (m *member) look() {
	if m.state.reloadNext {
		if err := m.state.load(); err != nil {
			m.Fatal(err)
			return
		}
	}
	m.looking = m.Clock.Millis()
	m.change(func(s *Status) { *s = Status{Leader: election.NoVote} })
	var delay time.Duration
	if m.observed {
		delay = elect.Jitter(m.ObserverDelay, m.Random) // not all observers at once
	}
	m.elect.Elect(m.state.zxid(), m.state.Current, m.observer(), max(delay, afterFutile(m.futile)))
	m.awaitQuorum()
}

// decided takes up the role that an election gave.
func (m *member) decided(ctx actor.Context, d election.Decision) {
	if m.role != nil {
		return
	}
	if err := m.endReadOnly(errElected); err != nil {
		m.Log.Error().Err(err).Msg("the state in memory is given up, and loaded from disk again")
		m.state.reloadNext = true
		m.look()
		return
	}
	took := time.Duration(m.Clock.Millis()-m.looking) * time.Millisecond
	m.Log.Info().Stringer("state", d.State).Int64("leader", d.Vote.Leader).Dur("took", took).Ints64("voters", d.Voters).Msg("elected")
	m.change(func(s *Status) {
		*s = Status{State: d.State, Phase: "discovery", Leader: d.Vote.Leader, Elected: took}
	})
	m.observed = d.State == election.Observing
	name := "leader"
	if d.State == election.Leading {
		m.role = newLeading(m)
	} else {
		name = "learner"
		m.role = newLearning(m, d)
	}
	role := m.role
	// Each has a name of its own: what was meant for a role that is over would reach the next one of that name. Its
	// connection, for one, ends up to a second later when the other side is silent.
	m.roles++
	props := append([]actor.PropsOption{actor.WithDispatcher(role.dispatcher()), actor.WithSupervisor(actors.StopRole(m.childFailed))}, m.opts...)
	pid, err := ctx.SpawnNamed(actor.PropsFromProducer(func() actor.Actor { return role }, props...), fmt.Sprintf("%s-%d", name, m.roles))
	if err != nil {
		m.Fatal(fmt.Errorf("quorum: %w", err))
		return
	}
	m.rolePID = pid
}

// afterFutile is how long a member waits before it looks for a leader again after so many roles in a row in which it never
// served: not at all the first three times, then longer and longer. A leader whose port is taken, for example, would be
// elected hundreds of times a second.
func afterFutile(roles int) time.Duration {
	const first, longest = 20 * time.Millisecond, time.Second
	if roles <= 3 {
		return 0
	}
	return min(longest, first<<min(roles-3, 10))
}

// leave ends the present role.
func (m *member) leave(ctx actor.Context, reason error) {
	if m.role == nil {
		return
	}
	event := m.Log.Warn()
	if errors.Is(reason, errStopping) || errors.Is(reason, leader.ErrEpochEnds) {
		event = m.Log.Info()
	}
	s := m.status.Load()
	if m.futile++; s.Phase == "broadcast" {
		m.futile = 0
	}
	event.Stringer("state", s.State).Str("phase", s.Phase).Int64("leader", s.Leader).Err(reason).Msg("leaving the role")
	err := m.Host.End(reason)
	_ = m.Run.End(ctx.ActorSystem().Root.StopFuture(m.rolePID)) // from here on the state is the member's
	err = errors.Join(err, m.role.finish())
	m.role, m.rolePID = nil, nil
	if err != nil {
		m.Log.Error().Err(err).Msg("the state in memory is given up, and loaded from disk again")
		m.state.reloadNext = true
	}
}

// childFailed is told of a panic in one of the member's own actors.
func (m *member) childFailed(f *actors.Failed) {
	m.Log.Error().Str("actor", f.Who).Err(f.Reason).Msg("an actor of the ensemble's side failed: the role ends, and the state is loaded from disk again")
	m.send.Send(m.pid, &failed{f})
}

func (m *member) change(f func(*Status)) {
	old := m.status.Load()
	s := *old
	f(&s)
	if s.State != old.State || s.Phase != old.Phase {
		s.Since = m.Clock.Millis()
	}
	m.status.Store(&s)
}

// sinceElected is the time since the member began to look for a leader.
func (m *member) sinceElected() time.Duration {
	return time.Duration(m.Clock.Millis()-m.looking) * time.Millisecond
}
