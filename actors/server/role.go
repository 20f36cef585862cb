package server

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"troupe/actors"
	"troupe/actors/clients"
	"troupe/actors/conn"
	"troupe/actors/operator"
	"troupe/actors/operator/stats"
	"troupe/actors/pipeline"
	"troupe/actors/quorum"
	"troupe/actors/session"
	"troupe/actors/storage"
	"troupe/actors/watch"
	"troupe/election"
	"troupe/jute/proto"
	"troupe/tree/prep"
	"troupe/tree/reply"
)

// role is all that serves clients in one role, on a state that outlives it. It is rebuilt as a whole.
type role struct {
	server   *Server
	plan     quorum.Role
	system   *actor.ActorSystem
	root     *actor.PID
	sessions *session.Ref
	watches  *watch.Ref
	pipeline *pipeline.Ref
	storage  *storage.Ref
	operator *operator.Ref
	clients  *clients.Clients
	broken   atomic.Bool // an actor has failed: what is under way will not finish
	closed   bool        // to clients: a leader that does not serve (leaderServes=no)
}

// watchShards is how many WatchTables there are. Two loops that register watches at once meet only on
// the same shard.
const watchShards = 8

// startAlone loads the state from disk and serves it, without anybody else.
func (s *Server) startAlone() error {
	t, _, err := s.store.Load()
	if err != nil {
		return err
	}
	r, err := s.newRole(quorum.Role{State: alone, Tree: t})
	if err != nil {
		return err
	}
	if n := t.DropOrphans(); n > 0 {
		s.log.Warn().Int("znodes", n).Msg("ephemerals of sessions that are over were still there: removed")
	}
	r.open()
	r.storage.Snapshot()
	return nil
}

// alone is the state of a server that is no member of an ensemble.
const alone election.State = -1

// newRole starts the actors of a role.
func (s *Server) newRole(plan quorum.Role) (*role, error) {
	r := &role{server: s, plan: plan, system: actors.NewSystem(s.log), closed: plan.State == election.Leading && !s.cfg.Ensemble.LeaderServes}
	built := make(chan error, 1)
	props := actor.PropsFromFunc(func(ctx actor.Context) {
		if _, ok := ctx.Message().(*actor.Started); ok {
			built <- r.build(ctx)
		}
	}, append([]actor.PropsOption{actor.WithSupervisor(actors.StopRole(func(f *actors.Failed) { s.fail(r, f) }))}, s.world.Run.Props...)...)
	var err error
	if r.root, err = r.system.Root.SpawnNamed(props, "server"); err != nil {
		return nil, fmt.Errorf("starting the actors: %w", err)
	}
	return r, actors.Answer(s.world.Run, built)
}

// open lets clients in.
func (r *role) open() {
	s := r.server
	r.plan.Tree.EachSession(func(id int64, timeout int32) { r.sessions.Opened(id, timeout, nil, session.Nobody) })
	s.role.Store(r)
	if d := s.door.Load(); d != nil {
		r.operator.Listening((*d).Addr())
	}
}

// failure is an actor that has failed, and the role that it belonged to.
type failure struct {
	role *role
	*actors.Failed
}

func (s *Server) fail(r *role, f *actors.Failed) {
	r.broken.Store(true)
	select {
	case s.failed <- failure{r, f}:
	default: // the role is going down for an earlier one
	}
}

// build spawns the actors. The order is that of need: who is told of, stands first.
func (r *role) build(ctx actor.Context) (err error) {
	s, cfg, send, props := r.server, r.server.cfg, r.system.Root, r.server.world.Run.Props
	registry, err := registryOf(cfg)
	if err != nil {
		return err
	}
	if r.watches, err = watch.Spawn(ctx, send, watchShards); err != nil {
		return err
	}
	r.storage, err = storage.Spawn(ctx, send, storage.Options{Run: s.world.Run,

		Gate: &s.gate, Tree: r.plan.Tree, Store: s.store, Clock: s.clock, Retain: cfg.Data.PurgeRetain,
		PurgeInterval: cfg.Data.PurgeInterval, Fatal: s.fatal, Log: s.log}, props...)
	if err != nil {
		return err
	}
	table := session.NewTable(session.Rules{Kind: sessionKind(r.plan.State), ServerID: s.id(),
		LocalSessions: cfg.Session.Local, Upgrading: cfg.Session.LocalUpgrading})
	closer := &lateCloser{}
	r.sessions, err = session.Spawn(ctx, send, table, session.Options{Revalidate: r.plan.Revalidate, Confirm: r.plan.Confirm,
		Clock: s.clock, TickTime: cfg.Session.TickTime, Closer: closer, Log: s.log}, props...)
	if err != nil {
		return err
	}
	courier := &conn.Courier{}
	spawn := pipeline.Spawn
	switch r.plan.State {
	case election.Leading:
		spawn = pipeline.SpawnLeader
	case quorum.ReadOnly:
		spawn = pipeline.SpawnReadOnly
	case election.Following, election.Observing:
		spawn = pipeline.SpawnLearner
		r.plan.Pipeline.Opened = func(id int64, timeout int32, p pipeline.Replier) {
			client, _ := p.(session.Client)
			r.sessions.Opened(id, timeout, client, session.Nobody)
		}
	}
	var door atomic.Pointer[clients.Clients] // there is none yet
	r.pipeline, err = spawn(ctx, send, pipeline.Options{
		Gate: &s.gate, Tree: r.plan.Tree, Rules: prep.New(r.plan.Tree, registry, s.world.Sabotage.sessions(table), prepOptions(cfg, s.log)),
		Log: s.store, Watches: r.watches, Courier: courier, Sessions: opener{r.sessions}, Endings: r.sessions,
		Clock: s.clock, Snapshot: r.storage.Snapshot, Fatal: s.fatal,
		MaxBatch: cfg.Pipeline.MaxBatch, Delay: cfg.Pipeline.FlushDelay,
		Cleaner: pipeline.CleanerOptions{Interval: cfg.Tree.ContainerCheckInterval, MaxPerMinute: cfg.Tree.ContainerMaxPerMinute,
			MaxNeverUsed: cfg.Tree.ContainerMaxNeverUsed},
		Logger: s.log, Member: r.plan.Pipeline,
		Alone: func() bool {
			c := door.Load()
			return c != nil && c.Len() == 1
		},
	}, props...)
	if err != nil {
		return err
	}
	closer.to = r.pipeline
	env := &conn.Env{
		Gate: &s.gate, Tree: r.plan.Tree, ACL: registry, Reader: &reply.Reader{Tree: r.plan.Tree, ACL: registry}, Sessions: r.sessions,
		IDs: session.NewIDs(s.id(), s.clock.Now().UnixMilli()), Watches: r.watches, Pipeline: r.pipeline,
		Courier: courier, Stats: stats.NewCollector(runtime.GOMAXPROCS(0)), Clock: s.clock, Send: send, Limits: limitsOf(cfg), Member: r.plan.State != alone,
		ReadOnly: r.plan.State == quorum.ReadOnly, Log: s.log,
		EventsLate: s.world.Sabotage.EventsLate,
	}
	r.clients, err = clients.Spawn(ctx, send, env, clients.Options{
		MaxPerAddress: cfg.Client.MaxPerAddress, Max: connectionsAtMost(cfg.Client.MaxTotal), HandshakeTimeout: cfg.Client.HandshakeTimeout,
		Clock: s.clock, Log: s.log}, props...)
	if err != nil {
		return err
	}
	door.Store(r.clients)
	r.operator, err = operator.Spawn(ctx, send, operator.Options{
		Config: cfg, Gate: &s.gate, Tree: r.plan.Tree, Tracker: r.sessions, Watches: r.watches, Clients: r.clients,
		Stats: env.Stats, AuthFailed: &env.AuthFailed, Pipeline: r.pipeline, Store: s.store, Clock: s.clock,
		ServerID: max(0, cfg.Ensemble.MyID), Member: s.showMember(r.plan.State), Log: s.log}, props...)
	env.Words = r.operator
	return err
}

func sessionKind(s election.State) session.Kind {
	switch s {
	case election.Leading:
		return session.Leader
	case election.Following, election.Observing:
		return session.Learner
	case quorum.ReadOnly:
		return session.ReadOnly
	}
	return session.Standalone
}

// id stands in the session ids that this server gives.
func (s *Server) id() int64 {
	if s.cfg.Ensemble.Distributed() {
		return s.cfg.Ensemble.MyID
	}
	return standaloneID
}

// standaloneID is the server id in the session ids of a standalone server, as with Apache.
const standaloneID = 1

// lateCloser breaks the circle of sessions, which submit closings, and the pipeline, which tells of
// new sessions. It is complete before the first tick.
type lateCloser struct{ to session.Closer }

func (l *lateCloser) CloseSessions(ids []int64) { l.to.CloseSessions(ids) }

// opener tells the sessions of what prep has let in.
type opener struct{ sessions *session.Ref }

func (o opener) Check(id int64, owner any) proto.Code { return o.sessions.Check(id, owner) }

func (o opener) Opened(id int64, timeout int32, r pipeline.Replier, owner any) {
	client, _ := r.(session.Client)
	o.sessions.Opened(id, timeout, client, session.OwnerOf(owner))
}

// drain lets what is under way finish and disconnects the clients.
func (r *role) drain(ctx context.Context) error {
	if err := r.until(ctx, func() bool { return r.pipeline.Inside() == 0 }); err != nil {
		return fmt.Errorf("stopping with %d requests under way: %w", r.pipeline.Inside(), err)
	}
	r.clients.Close("the server stops")
	// Who does not read is not waited for.
	soon, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_ = r.until(soon, func() bool { return r.clients.Len() == 0 })
	return r.until(ctx, func() bool { return r.pipeline.Inside() == 0 })
}

func (r *role) until(ctx context.Context, done func() bool) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// stop ends all actors of the role and waits for them.
func (r *role) stop() {
	r.clients.Close("the server's role ends")
	r.storage.End()
	_ = r.server.world.Run.End(r.system.Root.StopFuture(r.root))
	r.system.Shutdown()
}
