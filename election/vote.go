package election

import (
	"fmt"
	"math"
)

// State is what a server does, as it stands in notifications.
type State int32

// The states. The numbers are those on the wire.
const (
	Looking State = iota
	Following
	Leading
	Observing
)

// String is ZooKeeper's name of the state.
func (s State) String() string {
	if s.known() {
		return [...]string{"LOOKING", "FOLLOWING", "LEADING", "OBSERVING"}[s]
	}
	return fmt.Sprintf("state %d", int32(s))
}

func (s State) known() bool { return s >= Looking && s <= Observing }

// NoVote stands for leader, zxid and epoch in the proposal of a server that does not vote.
const NoVote = math.MinInt64

// Vote names a leader, with what makes it the best.
type Vote struct {
	Leader    int64 // server id; NoVote in the proposal of a non-voter
	Zxid      int64 // last zxid in the leader's log when it was proposed; -1: it has no database
	Round     int64 // the election that the vote belongs to (electionEpoch, logical clock)
	PeerEpoch int64 // the leader's current epoch; once it is established, the new one
}

// beats tells whether a leader is the better one, whatever the rounds: epoch, then zxid, then id, all signed.
func (v Vote) beats(w Vote) bool {
	if v.PeerEpoch != w.PeerEpoch {
		return v.PeerEpoch > w.PeerEpoch
	}
	if v.Zxid != w.Zxid {
		return v.Zxid > w.Zxid
	}
	return v.Leader > w.Leader
}

// ballot is a vote as it is counted: with the state of its sender, and whether the sender was known to speak a
// versioned format (Vote.java).
type ballot struct {
	Vote
	state     State
	versioned bool
}

// same tells whether two ballots count together. Votes of servers that look must agree in everything. Those of
// servers that are settled agree when they name the same leader in the same epoch: zxid and round are of the
// election in which each of them settled. Servers of 3.4 do not tell the epoch rightly, so beside them only the
// leader is compared.
func (b ballot) same(c ballot) bool {
	switch {
	case b.state == Looking || c.state == Looking:
		return b.Vote == c.Vote
	case b.versioned != c.versioned:
		return b.Leader == c.Leader
	default:
		return b.Leader == c.Leader && b.PeerEpoch == c.PeerEpoch
	}
}
