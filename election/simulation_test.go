package election

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/election/quorum"
)

var (
	oneSeed  = flag.Uint64("seed", 0, "run the simulations with this seed only")
	numSeeds = flag.Uint64("seeds", 15, "how many seeds to run in each ensemble")
)

// Ensembles of the simulations: majorities of 3, 5 and 7, with observers, and groups with weights.
func simEnsembles(t testing.TB) map[string]*quorum.Config {
	server := func(n int64, observers ...int64) string {
		var b strings.Builder
		for sid := int64(1); sid <= n; sid++ {
			role := "participant"
			for _, o := range observers {
				if o == sid {
					role = "observer"
				}
			}
			fmt.Fprintf(&b, "server.%d=h%d:1:2:%s\n", sid, sid, role)
		}
		return b.String()
	}
	all := map[string]*quorum.Config{}
	for name, text := range map[string]string{
		"3":             server(3),
		"5 and 2":       server(7, 1, 7),
		"7":             server(7),
		"groups of 7":   server(8, 8) + "group.1=1:2:3\ngroup.2=4:5\ngroup.3=6:7\nweight.4=2\nweight.7=0\n",
		"one heavy one": server(4) + "group.1=1:2:3:4\nweight.1=3\nweight.4=0\n",
	} {
		c, err := quorum.Parse(text)
		require.NoError(t, err)
		all[name] = c
	}
	return all
}

func eachSeed(t *testing.T, f func(t *testing.T, seed uint64, c *quorum.Config)) {
	for name, c := range simEnsembles(t) {
		t.Run(name, func(t *testing.T) {
			if *oneSeed != 0 {
				f(t, *oneSeed, c)
				return
			}
			for seed := uint64(1); seed <= *numSeeds; seed++ {
				f(t, seed, c)
			}
		})
	}
}

// When nothing fails, and votes arrive within the finalizing wait, one round decides, for the best server of all.
func TestCalmElection(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64, c *quorum.Config) {
		s := newSim(t, seed, c)
		s.maxDelay = 80 * time.Millisecond
		best := Vote{Leader: NoVote, Zxid: NoVote, PeerEpoch: NoVote}
		for _, x := range s.servers {
			x.zxid, x.epoch = s.rng.Int64N(3), s.rng.Int64N(3)
			// Servers come with ascending ids: the later of two equal ones is the better.
			if c.IsVoter(x.id) && c.Weight(x.id) != 0 && !newer(best, x.log()) {
				best = x.log()
			}
			s.after(s.upTo(50*time.Millisecond), func() { s.boot(x) })
		}
		best.Round = 1
		decided := func() bool {
			for _, x := range s.servers {
				if x.decision == nil {
					return false
				}
			}
			return true
		}
		s.run(20*time.Second, decided)
		s.check(decided(), "not all have decided")
		for _, x := range s.servers {
			s.check(x.decision.Vote == best, "server %d decided %+v, not %+v", x.id, x.decision.Vote, best)
		}
	})
}

// Whatever happens for two minutes (delays beyond the finalizing wait, breaks, one-way and full cuts, restarts,
// stale members), votes and decisions obey the rules at every moment, no leader is established without what was
// written before, and soon after the faults end all have the same leader.
func TestFaultyElections(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64, c *quorum.Config) {
		s := faulty(t, seed, c)
		s.check(s.settled(), "five minutes after the last fault there is no common leader")
	})
}

// A seed replays exactly.
func TestSimulationReplays(t *testing.T) {
	c := simEnsembles(t)["5 and 2"]
	for seed := uint64(1); seed < 4; seed++ {
		require.Equal(t, faulty(t, seed, c).trace, faulty(t, seed, c).trace)
	}
	require.NotEqual(t, faulty(t, 1, c).trace, faulty(t, 2, c).trace)
}

func faulty(t *testing.T, seed uint64, c *quorum.Config) *sim {
	s := newSim(t, seed, c)
	for _, x := range s.servers {
		s.after(s.upTo(time.Second), func() { s.boot(x) })
	}
	for _, x := range s.servers {
		s.every(500*time.Millisecond, func() { s.zab(x) })
	}
	const trouble = 2 * time.Minute
	never := func() bool { return false }
	for s.now < trouble {
		s.fault()
		s.run(s.now+s.upTo(8*time.Second), never)
	}
	s.heal()
	s.run(s.now+5*time.Minute, s.settled)
	return s
}

// fault does one random thing to the network or to a server.
func (s *sim) fault() {
	pick := func() *simServer { return s.servers[s.rng.IntN(len(s.servers))] }
	switch s.rng.IntN(8) {
	case 0:
		s.maxDelay = time.Duration(s.rng.ExpFloat64() * float64(200*time.Millisecond))
		s.log("delays up to %v", s.maxDelay)
	case 1:
		s.loss = s.rng.Float64() / 3
		s.log("%.0f %% of messages break their connection", s.loss*100)
	case 2:
		a, b := pick(), pick()
		s.cut[[2]int64{a.id, b.id}] = true
		s.log("cut from %d to %d", a.id, b.id)
	case 3:
		a := pick()
		s.log("cut off %d", a.id)
		for _, b := range s.servers {
			s.cut[[2]int64{a.id, b.id}], s.cut[[2]int64{b.id, a.id}] = true, true
		}
	case 4:
		s.log("no cuts")
		clear(s.cut)
	case 5, 6:
		x := pick()
		s.crash(x)
		s.after(s.upTo(10*time.Second), func() { s.boot(x) })
	case 7:
		if x := s.leader(); x != nil {
			s.crash(x)
			s.after(s.upTo(10*time.Second), func() { s.boot(x) })
		}
	}
}

func (s *sim) heal() {
	s.log("all faults end")
	clear(s.cut)
	s.loss, s.maxDelay = 0, 50*time.Millisecond
	for _, x := range s.servers {
		s.boot(x)
	}
}

// The seeds of the simulations differ from each other in what they do.
func TestWorldIsRandom(t *testing.T) {
	a, b := newWorld(1), newWorld(2)
	require.NotEqual(t, a.rng.Uint64(), b.rng.Uint64())
	require.Equal(t, rand.New(rand.NewPCG(3, 1)).Uint64(), newWorld(3).rng.Uint64())
}
