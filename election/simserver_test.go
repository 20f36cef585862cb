package election

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/election/quorum"
)

// sim is an ensemble of electors. Instead of Zab it has a sketch of it: a leader that a quorum follows begins an
// epoch and writes, servers that lose each other for two seconds look for a leader again.
type sim struct {
	*world
	t       *testing.T
	seed    uint64
	config  *quorum.Config
	servers []*simServer
	// written is the last write that a quorum has: whoever is established must have it.
	written Vote
}

type simServer struct {
	id       int64
	observer bool
	epoch    int64 // on disk
	zxid     int64 // on disk

	elector     *Elector // nil: down
	life        int      // counts boots and crashes, so that timers of former lives do nothing
	began       Vote     // what it started the running election with
	decision    *Decision
	established bool          // as leader
	supported   time.Duration // when it last had a leader, or a quorum
}

// log is what the server has on disk, as its own vote would say.
func (x *simServer) log() Vote { return Vote{Leader: x.id, Zxid: x.zxid, PeerEpoch: x.epoch} }

// newer tells whether a log goes further than another: the oracle of the simulation, which has nothing from the code
// that it checks.
func newer(a, b Vote) bool {
	return a.PeerEpoch > b.PeerEpoch || a.PeerEpoch == b.PeerEpoch && a.Zxid > b.Zxid
}

func newSim(t *testing.T, seed uint64, c *quorum.Config) *sim {
	s := &sim{world: newWorld(seed), t: t, seed: seed, config: c, written: Vote{Zxid: -1, PeerEpoch: -1}}
	for _, m := range c.Servers() {
		s.servers = append(s.servers, &simServer{id: m.ID, observer: m.Role == quorum.Observer})
	}
	s.up = func(id int64) bool { return s.server(id).elector != nil }
	s.deliver = func(from, to int64, b []byte) {
		n, err := Decode(b)
		s.check(err == nil, "%v", err)
		s.step(s.server(to), Received{from, n})
	}
	return s
}

func (s *sim) server(id int64) *simServer {
	for _, x := range s.servers {
		if x.id == id {
			return x
		}
	}
	return nil
}

// check fails the test with the end of what has happened, and how to see it again.
func (s *sim) check(ok bool, format string, args ...any) {
	s.t.Helper()
	if !ok {
		s.log("FAILED: "+format, args...)
		require.FailNow(s.t, "simulation failed", "go test ./election -run '%s' -seed %d\n%s", s.t.Name(), s.seed,
			strings.Join(s.trace[max(0, len(s.trace)-60):], "\n"))
	}
}

func (s *sim) every(d time.Duration, do func()) {
	s.after(s.upTo(d), func() { do(); s.every(d, do) })
}

func (s *sim) boot(x *simServer) {
	if x.elector != nil {
		return
	}
	s.log("%d boots", x.id)
	x.life++
	x.elector = New(Options{ID: x.id}, s.config)
	s.look(x)
}

func (s *sim) crash(x *simServer) {
	s.log("%d crashes", x.id)
	x.life++
	x.elector, x.decision, x.established = nil, nil, false
	for _, y := range s.servers {
		if y != x {
			s.link(x.id, y.id).drop()
			s.link(y.id, x.id).broken = true
		}
	}
}

func (s *sim) look(x *simServer) {
	x.decision, x.established, x.supported = nil, false, s.now
	x.began = x.log()
	s.step(x, Start{x.zxid, x.epoch, x.observer})
}

// step feeds an elector and does what it says, checking each vote and decision.
func (s *sim) step(x *simServer, in Input) {
	r := x.elector.Step(in)
	for _, e := range r.Send {
		s.check(e.To != x.id, "%d sends to itself", x.id)
		if e.State == Looking && !x.observer && s.config.IsVoter(e.To) {
			s.check(e.Vote.Leader == x.id || !newer(x.began, e.Vote), "%d votes for %+v, which is worse than its own %+v", x.id, e.Vote, x.began)
			s.check(e.Vote.Leader == x.id || s.config.Weight(e.Vote.Leader) != 0, "%d votes for %d, which has no weight", x.id, e.Vote.Leader)
		}
		s.send(x.id, e.To, e.Append(nil))
	}
	if r.ConnectAll {
		for _, y := range s.servers {
			if y != x {
				s.connect(x.id, y.id)
			}
		}
	}
	if r.Timer.Seq != 0 {
		life := x.life
		s.after(r.Timer.After, func() {
			if x.life == life {
				s.step(x, TimerFired{r.Timer.Seq, s.delivered(x.id, s.config.Voters())})
			}
		})
	}
	if d := r.Decided; d != nil {
		s.log("%d decides %v %+v by %v", x.id, d.State, d.Vote, d.Voters)
		s.check(x.decision == nil, "%d decides twice", x.id)
		has := func(sid int64) bool {
			for _, v := range d.Voters {
				if v == sid {
					return true
				}
			}
			return false
		}
		s.check(s.config.Quorum(has), "%v is no quorum", d.Voters)
		s.check(s.config.IsVoter(d.Vote.Leader) && s.config.Weight(d.Vote.Leader) != 0, "%d cannot lead", d.Vote.Leader)
		s.check((d.State == Leading) == (d.Vote.Leader == x.id) && (d.State != Observing || x.observer), "wrong state")
		s.check(d.State == x.elector.State() && d.Vote.Round == x.elector.Round(), "elector and decision differ")
		x.decision, x.supported = d, s.now
	}
}

// leads tells whether y follows x, or is x, and they can talk.
func (s *sim) leads(x, y *simServer) bool {
	return x.decision != nil && x.decision.State == Leading &&
		(x == y || y.decision != nil && y.decision.Vote.Leader == x.id && s.together(x.id, y.id))
}

// zab is what a server does twice a second when it has a leader.
func (s *sim) zab(x *simServer) {
	if x.elector == nil || x.decision == nil {
		return
	}
	if x.decision.State == Leading {
		s.lead(x)
	} else if leader := s.server(x.decision.Vote.Leader); leader.elector != nil && s.leads(leader, x) {
		x.supported = s.now
	}
	if s.now-x.supported > 2*time.Second {
		s.log("%d has lost its leader or its quorum", x.id)
		s.look(x)
	}
}

// lead establishes a leader that a quorum follows, and then writes now and then.
func (s *sim) lead(x *simServer) {
	if !s.config.Quorum(func(sid int64) bool { return s.leads(x, s.server(sid)) }) {
		return
	}
	x.supported = s.now
	epoch := x.epoch
	for _, y := range s.servers {
		if !s.leads(x, y) || y.observer {
			continue
		}
		if newer(y.log(), x.log()) {
			s.log("%d may not lead: %d knows more", x.id, y.id)
			s.look(x)
			return
		}
		epoch = max(epoch, y.epoch)
	}
	if !x.established {
		s.check(!newer(s.written, x.log()), "%d is established with %+v, but a quorum has %+v", x.id, x.log(), s.written)
		for _, y := range s.servers {
			s.check(y == x || !y.established || !s.config.Quorum(func(sid int64) bool { return s.leads(y, s.server(sid)) }),
				"%d and %d are both established with a quorum", x.id, y.id)
		}
		x.established, x.epoch = true, epoch+1
		x.zxid = x.epoch << 32
		s.log("%d is established in epoch %d", x.id, x.epoch)
		s.step(x, EpochBegun{x.epoch})
	}
	if s.rng.IntN(2) == 0 {
		x.zxid++
	}
	for _, y := range s.servers {
		if y != x && s.leads(x, y) {
			y.zxid = x.zxid
			if y.epoch != x.epoch {
				y.epoch = x.epoch
				s.step(y, EpochBegun{x.epoch})
			}
		}
	}
	s.written = x.log()
}

func (s *sim) leader() *simServer {
	for _, x := range s.servers {
		if x.established {
			return x
		}
	}
	return nil
}

// settled tells whether all servers have the same established leader.
func (s *sim) settled() bool {
	leader := s.leader()
	for _, x := range s.servers {
		if leader == nil || x.elector == nil || x.epoch != leader.epoch || !s.leads(leader, x) {
			return false
		}
	}
	return true
}
