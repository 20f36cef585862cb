package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/zab/leader"
	"troupe/zab/learner"
)

// run is one ensemble from a seed; it returns what was found, "" if all held.
func run(seed uint64, voters, observers int, b bug) (c *cluster, found violation) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case violation:
			found = v
		default:
			panic(v)
		}
	}()
	c = newCluster(seed, voters, observers, b)
	for range 3000 {
		c.step()
	}
	c.heal()
	for _, n := range c.nodes {
		if c.shutOut(n) {
			continue
		}
		c.check(same(n.tree, c.decided), "server %d has another tree", n.sid)
		c.check(same(n.disk.now.all(), c.decided), "server %d has another log: %d+%d, %s", n.sid, len(n.disk.now.snap), len(n.disk.now.log), c.state())
	}
	return c, ""
}

// Whatever crashes and is cut: nothing decided is lost, everybody decides the same in the same order, an epoch has one leader,
// a sync shows what was decided when it came, and when the faults end all logs and trees become equal.
func TestNothingIsLost(t *testing.T) {
	decided, epochs, syncs := 0, 0, 0
	for seed := range uint64(seeds) {
		voters := 3 + 2*int(seed%2)
		c, found := run(seed, voters, 1, bug{})
		require.Empty(t, found, "seed %d, %d voters", seed, voters)
		decided, epochs, syncs = decided+len(c.decided), epochs+len(c.leaders), syncs+c.syncs
	}
	require.Greater(t, decided, 5*seeds, "the runs decide something")
	require.Greater(t, epochs, 3*seeds, "and change leaders")
	require.Greater(t, syncs, seeds/3, "and answer syncs")
	t.Logf("%d runs: %d transactions, %d epochs, %d syncs", seeds, decided, epochs, syncs)
}

// The simulation finds deliberate mistakes, each within so many seeds.
func TestMistakesAreFound(t *testing.T) {
	for _, m := range []struct {
		name   string
		bug    bug
		within uint64
	}{
		{"skip an fsync", bug{skipFsync: true}, 50},
		{"ack NEWLEADER before the log is durable", bug{ackEarly: true}, 300},
		{"currentEpoch before the log", bug{epochFirst: true}, 300},
		{"count an observer's ack", bug{leader: leader.Sabotage{CountObservers: true}}, 50},
		{"drop a commit of the sync phase", bug{learner: learner.Sabotage{DropSyncCommit: true}}, 50},
		{"decide alone", bug{leader: leader.Sabotage{CommitAlone: true}}, 50},
		{"forget the accepted epoch", bug{forgetAccepted: true}, 50},
		{"keep acks of a log that was cut", bug{leader: leader.Sabotage{KeepAcks: true}}, 300},
		{"cut off what is decided", bug{leader: leader.Sabotage{CutDecided: true}}, 1000},
		{"keep a broken snapshot", bug{learner: learner.Sabotage{KeepPartial: true}}, 50},
		{"take what is proposed before NEWLEADER as decided", bug{leader: leader.Sabotage{PendingFirst: true}, learner: learner.Sabotage{LogPending: true}}, 50},
	} {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			for seed := range m.within {
				if _, found := run(seed, 3, 1, m.bug); found != "" {
					t.Logf("seed %d: %s", seed, found)
					return
				}
			}
			t.Fatalf("not found within %d seeds", m.within)
		})
	}
}

// The order of Apache's leaders, who propose what is not decided before NEWLEADER, does no harm.
func TestOrderOfApacheIsNoMistake(t *testing.T) {
	for seed := range uint64(seeds) {
		_, found := run(seed, 3, 1, bug{leader: leader.Sabotage{PendingFirst: true}})
		require.Empty(t, found, "seed %d", seed)
	}
}

// What is found is the mistake and not the search for it: one that cannot do harm, since no leader leaves a hole, is not found.
func TestHarmlessMistakeIsNotFound(t *testing.T) {
	for seed := range uint64(300) {
		_, found := run(seed, 3, 1, bug{learner: learner.Sabotage{TakeHoles: true}})
		require.Empty(t, found, "seed %d", seed)
	}
}

// seeds is how many runs the ordinary tests make.
const seeds = 400
