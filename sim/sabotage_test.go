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

// The simulation finds deliberate mistakes, each within so many seeds.
func TestMistakesAreFound(t *testing.T) {
	of := func(q quorum.Sabotage) Bug { return Bug{Sabotage: server.Sabotage{Quorum: q}} }
	for _, m := range []struct {
		name   string
		bug    Bug
		within uint64
	}{
		{"skip the log's fsync", Bug{SkipFsync: true}, 400},
		{"forget the accepted epoch", Bug{ForgetAccepted: true}, 300},
		{"acknowledge before logging", of(quorum.Sabotage{AckEarly: true}), 400},
		{"currentEpoch before the history of the epoch", of(quorum.Sabotage{EpochFirst: true}), 1000},
		{"a learner answers a sync itself", of(quorum.Sabotage{SyncAlone: true}), 50},
		{"a leader answers its own clients' syncs at once, as Apache's", of(quorum.Sabotage{SyncFirst: true}), 400},
		{"final before a quorum", of(quorum.Sabotage{Leader: leader.Sabotage{CommitAlone: true}}), 100},
		{"count an observer's ack", of(quorum.Sabotage{Leader: leader.Sabotage{CountObservers: true}}), 100},
		{"keep acks of a log that was cut", of(quorum.Sabotage{Leader: leader.Sabotage{KeepAcks: true}}), 1000},
		{"cut off what is decided", of(quorum.Sabotage{Leader: leader.Sabotage{CutDecided: true}}), 1000},
		{"drop a commit of the synchronisation", of(quorum.Sabotage{Learner: learner.Sabotage{DropSyncCommit: true}}), 100},
		{"log what is not committed on NEWLEADER", of(quorum.Sabotage{Learner: learner.Sabotage{LogPending: true}}), 1000},
		{"keep a broken snapshot", of(quorum.Sabotage{Learner: learner.Sabotage{KeepPartial: true}}), 1000},
		{"serve before the outbox is emptied", Bug{Sabotage: server.Sabotage{EventsLate: true}}, 100},
		{"lose touches of sessions", Bug{LoseTouches: true}, 50},
		{"lose events", Bug{LoseEvents: true}, 50},
	} {
		t.Run(m.name, func(t *testing.T) {
			var found atomic.Bool
			n := each(0, m.within, 0, func(seed uint64) bool {
				p := NewPlan(seed)
				p.Bug = m.bug
				r := Run(p, nil)
				if r.Violation != nil && !found.Swap(true) {
					t.Logf("seed %d: %.300v", seed, r.Violation)
				}
				return r.Violation != nil
			})
			require.True(t, found.Load(), "not found within %d seeds", n)
		})
	}
}
