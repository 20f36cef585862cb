package quorum

import (
	"troupe/zab/leader"
	"troupe/zab/learner"
)

// Sabotage is a set of deliberate mistakes, with which the simulation shows that it finds such. The zero value makes none.
type Sabotage struct {
	Leader  leader.Sabotage
	Learner learner.Sabotage

	AckEarly   bool // proposals are acknowledged before they are logged
	EpochFirst bool // currentEpoch is written before the history of the epoch
	SyncAlone  bool // a learner answers a sync by itself
	SyncFirst  bool // as in Apache: a sync of a leader's own client waits for nothing
}
