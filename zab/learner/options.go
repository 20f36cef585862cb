package learner

import (
	"errors"

	"troupe/zab"
	"troupe/zab/packet"
)

// Why a learner ends.
var (
	ErrProtocol = errors.New("the leader does not keep to the protocol")
	ErrOldEpoch = errors.New("the leader's epoch is older than the one accepted here")
	ErrSilent   = errors.New("nothing was heard from the leader in time (initLimit, syncLimit)")
	// ErrCannotTruncate: the log cannot be cut where the leader says. Only a snapshot helps: join again with NeedSnapshot.
	ErrCannotTruncate = errors.New("the log could not be cut as the leader wanted")
	ErrSnapshot       = errors.New("the leader's snapshot was not received whole")
	ErrNotServing     = errors.New("not in service")
	ErrMoved          = errors.New("the configuration has changed: roles are to be taken anew")
)

// Options are what a server knows when it has connected to a leader.
type Options struct {
	SID           int64
	Observer      bool
	ConfigVersion int64

	AcceptedEpoch, CurrentEpoch int64 // as on disk
	LastZxid                    int64 // last transaction that is durable in the log or in a snapshot, and applied

	// NeedSnapshot asks for a snapshot in place of what is lacking: after ErrCannotTruncate. Such a learner does not count
	// for the leader's history, since what it says of its own is not true.
	NeedSnapshot bool

	InitLimit, SyncLimit int // ticks

	// Touches takes the sessions that were heard of since the last call; nil: none.
	Touches func() []packet.Touch

	// Sabotage makes deliberate mistakes, with which the simulation shows that it finds such.
	Sabotage Sabotage
}

// Sabotage is a set of deliberate mistakes. The zero value makes none.
type Sabotage struct {
	DropSyncCommit bool // what is committed during the synchronisation is forgotten
	TakeHoles      bool // proposals with a hole before them are taken
	LogPending     bool // on NEWLEADER proposals that are not committed are logged as if they were
	KeepPartial    bool // after a broken snapshot the tree is kept
	ForgetLogged   bool // what is logged and not applied does not count in the next vote
}

// Ready is what must be done now, FROM THE TOP DOWN: what stands above is complete before what stands below begins.
type Ready struct {
	// Truncate: cut the log after TruncateTo, load everything from disk anew, call Truncated.
	Truncate   bool
	TruncateTo int64

	// ReadSnapshot: read a snapshot from the connection into a new tree, whose last zxid becomes SnapshotZxid, and call
	// SnapshotRead. The tree goes into service only if it was whole.
	ReadSnapshot bool
	SnapshotZxid int64

	// Append: append to the log, apply to the tree and to the committed log, in order.
	Append []zab.Entry
	// Apply: the same without the log: SaveSnapshot will have it.
	Apply []zab.Entry

	// SaveSnapshot: write a snapshot of the tree and fsync it; then the log files from before are of another history, and must
	// go. The committed log is what was applied since SnapshotZxid.
	SaveSnapshot bool
	// Flush: fsync the log.
	Flush bool

	// AcceptedEpoch, CurrentEpoch: write the file and fsync it. 0: nothing to write.
	AcceptedEpoch, CurrentEpoch int64

	// Send goes to the leader, in order.
	Send []packet.Packet

	// Config is the configuration that NEWLEADER brought: the last seen one. With Serve it is the committed one.
	Config []byte
	// Serve: start the pipeline of the role and serve clients.
	Serve bool

	// Log goes to the log stage, in order; Logged tells when it is durable.
	Log []zab.Entry
	// StopLog: end the log stage and wait until all that it had taken is durable; nothing is appended afterwards
	// (ZOOKEEPER-4712).
	StopLog bool
	// Deliver goes to the Commit stage, in order. It must be through before FastForward.
	Deliver []Delivery
	// Revalidated are answers about sessions that came here.
	Revalidated []Revalidated

	// FastForward: apply these, which are in the log, to the tree, so that the next vote counts them (ZOOKEEPER-2845).
	FastForward []zab.Entry
	// Reload: what is in memory is of no use. Load everything from disk before anything else (ZOOKEEPER-3642).
	Reload bool

	// Done, if not nil, ends the learner: close the connection, disconnect the clients, elect.
	Done error
}

// again is an empty Ready with the room of one that was carried out, where that was filled for each transaction.
func (r *Ready) again() Ready {
	return Ready{
		Append: zab.Reuse(r.Append), Apply: zab.Reuse(r.Apply),
		Send: zab.Reuse(r.Send), Log: zab.Reuse(r.Log), Deliver: zab.Reuse(r.Deliver),
	}
}

// Delivery is a committed transaction, a change of the configuration, or a sync that is answered here.
type Delivery struct {
	Entry    zab.Entry
	Activate bool  // Entry changes the configuration
	Leader   int64 // who leads afterwards, if Activate
	Sync     any   // not nil: the token of Sync, and no Entry
}

// Revalidated is the answer about a session.
type Revalidated struct {
	Session int64
	Token   any
	Valid   bool
	// Replaced: no answer; the same session has come again since, and the newer connection gets the answer.
	Replaced bool
}
