package server

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"troupe/actors"
	"troupe/actors/operator"
	"troupe/actors/operator/fourletter"
	"troupe/actors/quorum"
	"troupe/actors/quorum/elect"
	"troupe/actors/quorum/link"
	"troupe/config"
	"troupe/election"
	"troupe/election/peers"
	members "troupe/election/quorum"
	"troupe/zab/packet"
)

// membership is a server's part in an ensemble: the member decides which role it is in, and the server builds it.
type membership struct {
	system  *actor.ActorSystem
	root    *actor.PID
	ref     *quorum.Ref
	members *members.Config
}

var errStopping = errors.New("the server stops")

// joinEnsemble makes the server a member: it begins to look for a leader.
func (s *Server) joinEnsemble() error {
	cfg, e := s.cfg, s.cfg.Ensemble
	all, err := elect.QuorumConfig(cfg)
	if err != nil {
		return &Error{Code: exitConfig, Err: err}
	}
	elections, err := elect.Configured(cfg, all, s.clock, s.log)
	if err != nil {
		return &Error{Code: exitConfig, Err: err}
	}
	network, random := s.world.Network, rand.Int64N
	if network == nil {
		network = link.TCP(link.Options{Limits: packet.Limits{Data: 2 * int(cfg.Client.MaxBuffer)}, Stall: cfg.Session.TickTime * time.Duration(e.InitLimit),
			Loops: s.loops, Sockets: peers.TCP{KeepAlive: e.KeepAlive}, Log: s.log})
	}
	if s.world.Ballots != nil {
		elections.Open = s.world.Ballots
	}
	if s.world.Random != nil {
		random = s.world.Random.Int64N
	}
	m := &membership{system: actors.NewSystem(s.log), members: all}
	s.member = m
	tick := cfg.Session.TickTime
	connect := e.ConnectLimit
	if connect <= 0 {
		connect = e.InitLimit
	}
	self, _ := all.Server(e.MyID)
	o := quorum.Options{
		ID: e.MyID, Config: all, Elect: elections, Host: s,
		Network: network, Run: s.world.Run, Sabotage: s.world.Sabotage.Quorum,
		Listen: elect.ListenAt(self.QuorumAddresses(), e.ListenOnAllIPs), Dial: link.DialOptions{Pause: e.LeaderConnectDelay, Limit: tick * time.Duration(connect)},
		TickTime: tick, InitLimit: e.InitLimit, SyncLimit: e.SyncLimit, TreeOptions: treeOptions(cfg),
		CommitLog: e.CommitLogCount, SnapshotSizeFactor: e.SnapshotSizeFactor, ForceSnap: e.ForceSnapshotSync,
		MaxSnaps: e.MaxSnapSyncs, MaxDiffs: e.MaxDiffSyncs, MaxTxn: 2 * int(cfg.Client.MaxBuffer), LastCounter: s.world.LastCounter,
		ObserverDelay: e.ObserverElectionDelay, ReconnectDelay: e.ObserverReconnectDelay, ReadOnlyAfter: readOnlyAfter(cfg), Unserving: !e.LeaderServes,
		Gate: &s.gate, Store: s.store, Clock: s.clock, Random: random, Fatal: s.fatal, Log: s.log,
	}
	started := make(chan error, 1)
	root, err := m.system.Root.SpawnNamed(actor.PropsFromFunc(func(ctx actor.Context) {
		if _, ok := ctx.Message().(*actor.Started); ok {
			ref, err := quorum.Spawn(ctx, m.system.Root, o, s.world.Run.Props...)
			m.ref = ref
			started <- err
		}
	}, s.world.Run.Props...), "ensemble")
	if err != nil {
		return fmt.Errorf("starting the actors: %w", err)
	}
	m.root = root
	return actors.Answer(s.world.Run, started)
}

// loops are the event loops of the door, once it is open: members' links ride on them too.
func (s *Server) loops() link.Loops {
	if door := s.door.Load(); door != nil {
		if loops, ok := (*door).(link.Loops); ok {
			return loops
		}
	}
	return nil
}

// readOnlyAfter is how long a member looks for a leader before it serves reads to clients that allow for it: Apache's grace
// period. 0: it never does.
func readOnlyAfter(cfg *config.Config) time.Duration {
	if !cfg.Session.ReadOnlyMode {
		return 0
	}
	return max(2*time.Second, cfg.Session.TickTime)
}

// Begin implements quorum.Host.
func (s *Server) Begin(plan quorum.Role) (quorum.Running, error) {
	s.gate.Shut()
	plan.Tree.SetConfig([]byte(s.member.members.String()), s.member.members.Version(), s.clock.Now().UnixMilli())
	s.gate.Open()
	if s.world.Began != nil {
		s.world.Began(plan)
	}
	r, err := s.newRole(plan)
	if err != nil {
		return quorum.Running{}, err
	}
	r.open()
	if plan.State == election.Leading {
		r.pipeline.CloseSessions(orphans(r))
	}
	return quorum.Running{Pipeline: r.pipeline, Sessions: r.sessions}, nil
}

// orphans are sessions that have ended and left ephemerals behind: nobody else would ever close them.
func orphans(r *role) (ids []int64) {
	for id := range r.plan.Tree.EphemeralSessions() {
		if _, alive := r.plan.Tree.Session(id); !alive {
			ids = append(ids, id)
		}
	}
	return ids
}

// End implements quorum.Host.
func (s *Server) End(reason error) error { return s.endRole(reason) }

// endRole disconnects the clients and ends the actors. An error means that something may be unfinished.
func (s *Server) endRole(reason error) error {
	r := s.role.Swap(nil)
	if r == nil {
		return nil
	}
	r.clients.Close(reason.Error())
	var err error
	if r.broken.Load() {
		err = errors.New("an actor of the role has failed")
	} else if s.member != nil {
		err = r.pipeline.Drain(r.system.Root, s.world.Run)
	}
	r.stop()
	return err
}

// leave ends whatever role there is, for good.
func (s *Server) leave() {
	if m := s.member; m != nil {
		_ = s.world.Run.End(m.system.Root.StopFuture(m.root))
		m.system.Shutdown()
	}
	_ = s.endRole(errStopping)
}

// showMember is how the operator sees the member in a role; nil standalone.
func (s *Server) showMember(state election.State) func() *operator.Membership {
	if s.member == nil {
		return nil
	}
	return func() *operator.Membership {
		all, self := s.member.members, s.cfg.Ensemble.MyID
		shown := &operator.Membership{Voters: len(all.Voters()), Config: fourletter.Member{
			InitLimit: s.cfg.Ensemble.InitLimit, SyncLimit: s.cfg.Ensemble.SyncLimit, ElectionAlg: s.cfg.Ensemble.ElectionAlg,
			Observer: !all.IsVoter(self), Membership: all.String(),
		}}
		if me, ok := all.Server(self); ok {
			for _, a := range me.Addresses {
				shown.Config.ElectionPorts = append(shown.Config.ElectionPorts, a.ElectionPort)
				shown.Config.QuorumPorts = append(shown.Config.QuorumPorts, a.QuorumPort)
			}
		}
		status := s.member.ref.Status()
		shown.State = strings.ToLower(state.String()) + " - " + status.Phase
		switch state {
		case quorum.ReadOnly: // Apache tells less of it
			shown.Mode, shown.State, shown.Config.Membership = "read-only", "", ""
		case election.Leading:
			shown.Mode = "leader"
			shown.Leader = &fourletter.Leader{Learners: status.Learners, SyncedFollowers: status.SyncedFollowers,
				SyncedNonVotingFollowers: status.SyncedNonVoters, SyncedObservers: status.SyncedObservers, UptimeMillis: s.clock.Millis() - status.Since}
		case election.Following:
			shown.Mode = "follower"
		default:
			shown.Mode = "observer"
		}
		return shown
	}
}
