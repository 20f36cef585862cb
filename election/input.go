package election

import "troupe/election/quorum"

// Input is something that an [Elector] is told: one of the types of this file.
type Input interface{ input() }

// Start begins an election: the server does not know its leader, or has lost it. It may come in any state.
type Start struct {
	// Zxid is the last one of the tree after snapshot and whole log were loaded, so that logged transactions count
	// although nobody knows whether they were committed. -1: the server has no database and must not decide.
	Zxid int64
	// Epoch is the current epoch, from the file currentEpoch.
	Epoch int64
	// Observer tells that the server learns who leads, without a vote of its own.
	Observer bool
}

// Received is a notification of a peer.
type Received struct {
	From int64 // server id of the sender, from the connection
	Notification
}

// TimerFired tells that the time of [Ready.Timer] is over.
type TimerFired struct {
	Seq uint64 // of the timer that was asked for; one that was replaced since is ignored
	// Delivered tells that the queue to some peer is empty: something goes out, so sending again makes sense. Where
	// nothing does, connections are tried instead (QuorumCnxManager.haveDelivered).
	Delivered bool
}

// EpochBegun tells that the elected leader is established in a new epoch (NEWLEADER is through): answers name it
// from now on.
type EpochBegun struct{ Epoch int64 }

// Configured tells that the configurations in force have changed. LastProposed may be nil.
type Configured struct{ Committed, LastProposed *quorum.Config }

// Designated puts a leader in office without an election, as a reconfiguration does: answers name it from now on.
type Designated struct {
	Vote     Vote
	Observer bool // this server is one
}

// Stop ends a running election without a decision. Peers that ask are answered with what was known before.
type Stop struct{}

func (Start) input()      {}
func (Received) input()   {}
func (TimerFired) input() {}
func (EpochBegun) input() {}
func (Configured) input() {}
func (Designated) input() {}
func (Stop) input()       {}
