package packet

import "fmt"

// Kind tells what a packet is. The values travel on the wire.
type Kind int32

// The kinds (Leader.java). L is a learner, F a follower, O an observer.
const (
	Request           Kind = 1  // L->leader: a client's request
	Proposal          Kind = 2  // leader->F: a transaction to log
	Ack               Kind = 3  // L->leader: NEWLEADER, UPTODATE or a proposal is durable
	Commit            Kind = 4  // leader->F: a proposal is decided
	Ping              Kind = 5  // both ways
	Revalidate        Kind = 6  // both ways: a session has come to this learner
	Sync              Kind = 7  // leader->L: answer to a sync request
	Inform            Kind = 8  // leader->O: a decided transaction
	CommitAndActivate Kind = 9  // leader->F: a decided change of the configuration
	NewLeader         Kind = 10 // leader->L: end of the synchronisation
	FollowerInfo      Kind = 11 // F->leader: the first packet
	UpToDate          Kind = 12 // leader->L: serve
	Diff              Kind = 13 // leader->L: what follows comes after what you have
	Trunc             Kind = 14 // leader->L: forget what is after this zxid
	Snap              Kind = 15 // leader->L: a snapshot follows
	ObserverInfo      Kind = 16 // O->leader: the first packet
	LeaderInfo        Kind = 17 // leader->L: the new epoch
	AckEpoch          Kind = 18 // L->leader: the epoch is accepted
	InformAndActivate Kind = 19 // leader->O: a decided change of the configuration
)

// String is ZooKeeper's name of the kind.
func (k Kind) String() string {
	names := [...]string{"", "REQUEST", "PROPOSAL", "ACK", "COMMIT", "PING", "REVALIDATE", "SYNC", "INFORM", "COMMITANDACTIVATE",
		"NEWLEADER", "FOLLOWERINFO", "UPTODATE", "DIFF", "TRUNC", "SNAP", "OBSERVERINFO", "LEADERINFO", "ACKEPOCH", "INFORMANDACTIVATE"}
	if k < 1 || int(k) >= len(names) {
		return fmt.Sprintf("kind %d", int32(k))
	}
	return names[k]
}
