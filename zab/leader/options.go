package leader

import (
	"errors"

	"troupe/zab"
	"troupe/zab/history"
)

// Why a leader steps down.
var (
	ErrNoQuorum      = errors.New("no quorum of voters was heard for syncLimit ticks")
	ErrLeft          = errors.New("the connections of so many voters have ended that those left are no quorum")
	ErrInitLimit     = errors.New("no quorum of voters joined within initLimit ticks: see whether they can reach this server, or raise initLimit")
	ErrEpochEnds     = errors.New("the zxids of the epoch are used up: a new epoch begins with an election")
	ErrEpochBehind   = errors.New("a voter has accepted a later epoch, and can only join after an election")
	ErrLastEpoch     = errors.New("the epochs are used up")
	ErrNotLeader     = errors.New("not leading any more")
	ErrNotServing    = errors.New("the leader does not serve yet")
	ErrOutOfOrder    = errors.New("proposal out of order")
	ErrTooLarge      = errors.New("transaction larger than the packets that members accept (jute.maxbuffer)")
	ErrReassigned    = errors.New("a reconfiguration made another server the leader")
	ErrReconfiguring = errors.New("a reconfiguration is under way")
)

// Options are what a server knows when it begins to lead.
type Options struct {
	SID     int64
	Quorums []zab.QuorumSet // every configuration that must agree: the committed one, and the last seen if it is newer

	// Voter tells whether a server has a vote; nil: all have that come as followers. Only a voter that has accepted a later
	// epoch makes the leader step down.
	Voter func(sid int64) bool

	// ConfigVersion is the version of the committed configuration; a learner that knows a newer one is refused.
	ConfigVersion int64
	// Config is the text that NEWLEADER carries, of the last seen configuration; nil: none. The epoch is given because with
	// reconfiguration enabled the first leader ever gives its configuration the version epoch<<32.
	Config func(epoch int64) []byte

	AcceptedEpoch, CurrentEpoch int64 // as on disk
	LastZxid                    int64 // last transaction in the log; all of the log is applied
	History                     *history.Committed

	InitLimit, SyncLimit int    // ticks
	LastCounter          uint32 // last counter of an epoch that is used; 0: 0xfffffffe
	MaxTxn               int    // bytes of a transaction; 0: 2097150, as Apache accepts with its default jute.maxbuffer

	ForceSnap bool  // [forceSnapshotSync]
	DiskLimit int64 // see history.Options
	// MaxSnaps and MaxDiffs bound the observers that are synchronised at one time ([maxConcurrentSnapSyncs],
	// [maxConcurrentDiffSyncs]); 0: 10 and 100. Followers count, but are never refused.
	MaxSnaps, MaxDiffs int

	// Sabotage makes deliberate mistakes, with which the simulation shows that it finds such.
	Sabotage Sabotage
}

// Sabotage is a set of deliberate mistakes. The zero value makes none.
type Sabotage struct {
	CountObservers bool // what observers accept and ack counts as that of the voter with the next smaller SID
	CommitAlone    bool // the own ack is enough
	CutDecided     bool // TRUNC may cut off what is decided and not applied here, as in Apache
	KeepAcks       bool // acks are not withdrawn when a learner is synchronised anew
	// PendingFirst is no mistake but the order of Apache's leaders: what is not decided is proposed before NEWLEADER.
	PendingFirst bool
}

func (o Options) withDefaults() Options {
	if o.LastCounter == 0 {
		o.LastCounter = 0xfffffffe
	}
	if o.MaxTxn == 0 {
		o.MaxTxn = 2 * 0xfffff
	}
	if o.MaxSnaps == 0 {
		o.MaxSnaps = 10
	}
	if o.MaxDiffs == 0 {
		o.MaxDiffs = 100
	}
	return o
}
