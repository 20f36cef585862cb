package election

import (
	"time"

	"troupe/election/quorum"
)

// Ready is what is to be done after a step, in the order of its fields. Nothing of it has to be durable.
type Ready struct {
	// Send are notifications to peers, never to the server itself. One that cannot be sent is replaced by the next
	// to the same peer.
	Send []Envelope
	// ConnectAll asks for connections to all members that have none.
	ConnectAll bool
	// Timer, unless its Seq is 0, replaces the running timer.
	Timer Timer
	// Reconfigured is a newer committed configuration that a peer told of, if any: it must be stored, and the
	// addresses of the peers taken from it. The elector itself uses it already.
	Reconfigured *quorum.Config
	// Restart tells that Reconfigured has other members: the election has stopped, and must be begun anew by a
	// [Start] once the connections to peers follow the new configuration.
	Restart bool
	// Deserted tells that so many of those that elected this server want another one by now that it would not be elected
	// again. A leader that still waits for its epoch had better resign.
	Deserted bool
	// Decided is the end of the election.
	Decided *Decision
}

// Envelope is a notification on its way.
type Envelope struct {
	To int64
	Notification
}

// Timer asks for a [TimerFired] with the same Seq after a while.
type Timer struct {
	After time.Duration
	Seq   uint64
}

// Decision is the outcome of an election.
type Decision struct {
	State State // Leading, Following or Observing
	Vote  Vote
	// Voters are those that agreed, a quorum, ascending.
	Voters []int64
}
