package sim

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/actors/quorum"
	"troupe/actors/server"
	"troupe/zab/leader"
	"troupe/zab/learner"
)

func ofQuorum(q quorum.Sabotage) Bug { return Bug{Sabotage: server.Sabotage{Quorum: q}} }

func ofLeader(s leader.Sabotage) Bug { return ofQuorum(quorum.Sabotage{Leader: s}) }

func ofLearner(s learner.Sabotage) Bug { return ofQuorum(quorum.Sabotage{Learner: s}) }

// mistake is a deliberate one, and in how many plans of a profile, counted from seed 0, it is found.
type mistake struct {
	name    string
	bug     Bug
	profile string
	within  uint64
}

// mistakes are what the simulation has to find. Those that were Apache's have their numbers.
func mistakes() []mistake {
	return []mistake{
		{"skip the log's fsync", Bug{SkipFsync: true}, "epochs", 40},
		{"skip the fsync of directories", Bug{SkipSyncDir: true}, "anything", 20},
		{"forget the accepted epoch (ZOOKEEPER-4269)", Bug{ForgetAccepted: true}, "anything", 10},
		{"acknowledge before logging", ofQuorum(quorum.Sabotage{AckEarly: true}), "lost acks", 20},
		{"the epoch before the log (ZOOKEEPER-4643, 4646)", ofQuorum(quorum.Sabotage{EpochFirst: true}), "epochs", 20},
		{"count what observers acknowledge", ofLeader(leader.Sabotage{CountObservers: true}), "observers", 200},
		{"keep acks of a log that was cut", ofLeader(leader.Sabotage{KeepAcks: true}), "lost acks", 200},
		{"cut off what is decided and not applied (ZOOKEEPER-2678)", ofLeader(leader.Sabotage{CutDecided: true}), "cut logs", 200},
		{"decide before a quorum", ofLeader(leader.Sabotage{CommitAlone: true}), "lost acks", 20},
		{"drop a commit of the synchronisation (ZOOKEEPER-4785, 4925)", ofLearner(learner.Sabotage{DropSyncCommit: true}), "anything", 10},
		// Proposals that are not decided come before NEWLEADER from Apache's leaders only; those of ours do here as well.
		{"take what is proposed before NEWLEADER as decided (ZOOKEEPER-3911, 4394)", ofQuorum(quorum.Sabotage{
			Leader: leader.Sabotage{PendingFirst: true}, Learner: learner.Sabotage{LogPending: true}}), "rejoins", 20},
		{"go on with half a snapshot (ZOOKEEPER-2872)", ofLearner(learner.Sabotage{KeepPartial: true}), "snapshots", 10},
		{"what is logged does not count in a vote (ZOOKEEPER-2845)", ofLearner(learner.Sabotage{ForgetLogged: true}), "lost acks", 100},
		{"a session is served where it no longer is", Bug{Sabotage: server.Sabotage{AnyOwner: true}}, "moves", 20},
		{"a learner answers a sync itself", ofQuorum(quorum.Sabotage{SyncAlone: true}), "syncs", 60},
		{"a leader answers a sync without asking a quorum", ofQuorum(quorum.Sabotage{SyncFirst: true}), "syncs", 40},
		{"serve before the outbox is emptied", Bug{Sabotage: server.Sabotage{EventsLate: true}}, "rejoins", 60},
		{"lose touches of sessions", Bug{LoseTouches: true}, "anything", 10},
		{"lose events", Bug{LoseEvents: true}, "anything", 20},
	}
}

// plan is one with the mistake.
func (m mistake) plan(seed uint64) *Plan {
	p := NewPlanOf(m.profile, seed)
	p.Bug = m.bug
	return p
}

// The simulation finds deliberate mistakes, each within so many seeds.
func TestMistakesAreFound(t *testing.T) {
	for _, m := range mistakes() {
		t.Run(m.name, func(t *testing.T) {
			var found atomic.Bool
			n := each(0, m.within, 0, func(seed uint64) bool {
				v := Run(m.plan(seed), nil).Violation
				if v != nil && !found.Swap(true) {
					t.Logf("seed %d: %.300v", seed, v)
				}
				return v != nil
			})
			require.True(t, found.Load(), "not found within %d seeds", n)
		})
	}
}

// An order that is not ours but Apache's is no mistake, and is not found.
func TestOrderOfApacheIsNoMistake(t *testing.T) {
	each(0, 20, 0, func(seed uint64) bool {
		p := NewPlanOf("rejoins", seed)
		p.Bug = ofLeader(leader.Sabotage{PendingFirst: true})
		if v := Run(p, nil).Violation; v != nil {
			t.Errorf("seed %d: %v", seed, v)
		}
		return t.Failed()
	})
}
