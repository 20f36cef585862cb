package leader

import (
	"troupe/zab"
	"troupe/zab/packet"
)

// ID names a connection of a learner. The driver gives them out; none is used twice.
type ID int64

// Ready is what must be done now, FROM THE TOP DOWN: what stands above is complete before what stands below begins.
type Ready struct {
	// AcceptedEpoch, CurrentEpoch: write the file and fsync it. 0: nothing to write.
	AcceptedEpoch, CurrentEpoch int64

	// Append goes to the own log stage, in order. It need not be waited for: Logged tells when it is durable.
	Append []zab.Entry

	// Send goes to the learners, in order for each. Where Snapshot is set the raw snapshot follows the packet: the tree with
	// at least everything that has been Applied, and whatever more it has by then.
	Send []Out

	// Commit goes to the Commit stage, in order. Applied tells when the tree has it.
	Commit []zab.Entry

	// Close ends connections of learners; they have been forgotten here.
	Close []Closed

	// Synchronise: for each call Synchronise, when what of the disk log is needed can be read.
	Synchronise []SyncPoint

	// Activate: set the tree's last zxid to epoch<<32, start the pipeline, then call Serving.
	Activate bool

	// Requests go to Prep in order; a sync request comes back from there as a call of Sync.
	Requests []Request
	// Touches are sessions that learners have heard of.
	Touches []packet.Touch
	// Revalidations are sessions that came to a learner: touch, set the owner, and answer with Revalidated.
	Revalidations []Revalidation

	// Synced are the tokens of Sync of own clients that are done: all that was decided before they came is applied.
	Synced []any

	// StepDown, if not nil, ends the leader: nothing after it is of effect. Send has what learners should still get.
	StepDown error
}

// again is an empty Ready with the room of one that was carried out, where that was filled for each transaction.
func (r *Ready) again() Ready {
	return Ready{
		Append: zab.Reuse(r.Append), Send: zab.Reuse(r.Send), Commit: zab.Reuse(r.Commit),
		Requests: zab.Reuse(r.Requests), Touches: zab.Reuse(r.Touches), Synced: zab.Reuse(r.Synced),
	}
}

// Out is a packet to a learner.
type Out struct {
	To       ID
	Packet   packet.Packet
	Snapshot bool
}

// Closed is a connection that must be closed.
type Closed struct {
	ID  ID
	Err error
}

// SyncPoint is a learner that waits to be synchronised; Peer is the last zxid that it has.
type SyncPoint struct {
	ID   ID
	Peer int64
}

// Request is a client's request that a learner has forwarded. The learner's connection becomes the owner of the session.
type Request struct {
	From ID
	packet.ClientRequest
}

// Revalidation asks whether a session lives.
type Revalidation struct {
	From ID
	packet.Touch
}
