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

// The simulation finds deliberate mistakes, each within so many seeds. The search begins shortly before where it was
// successful, counted from seed 0, so that the test is quick; when the plans are drawn in another way it has to go further.
func TestMistakesAreFound(t *testing.T) {
	of := func(q quorum.Sabotage) Bug { return Bug{Sabotage: server.Sabotage{Quorum: q}} }
	for _, m := range []struct {
		name   string
		bug    Bug
		from   uint64
		within uint64
	}{
		{"skip the log's fsync", Bug{SkipFsync: true}, 150, 400},
		{"skip the fsync of directories", Bug{SkipSyncDir: true}, 5, 400},
		{"forget the accepted epoch", Bug{ForgetAccepted: true}, 0, 300},
		{"acknowledge before logging", of(quorum.Sabotage{AckEarly: true}), 140, 400},
		{"a learner answers a sync itself", of(quorum.Sabotage{SyncAlone: true}), 35, 400},
		{"final before a quorum", of(quorum.Sabotage{Leader: leader.Sabotage{CommitAlone: true}}), 15, 400},
		{"drop a commit of the synchronisation", of(quorum.Sabotage{Learner: learner.Sabotage{DropSyncCommit: true}}), 0, 400},
		{"serve before the outbox is emptied", Bug{Sabotage: server.Sabotage{EventsLate: true}}, 85, 400},
		{"lose touches of sessions", Bug{LoseTouches: true}, 0, 400},
		{"lose events", Bug{LoseEvents: true}, 0, 400},
	} {
		t.Run(m.name, func(t *testing.T) {
			var found atomic.Bool
			n := each(m.from, m.within, 0, func(seed uint64) bool {
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
