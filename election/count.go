package election

import (
	"maps"
	"slices"
)

// take gives a notification to the running election (the loop of lookForLeader; election.md section 4). While votes are
// collected the wait begins anew with every message, whatever it says. The wait for a better one does not, as it does with
// Apache: one that repeats itself because it hears nobody would hold up the others.
func (e *Elector) take(from int64, n Notification) {
	if e.phase == finalizing {
		if !e.better(n.Vote, e.proposal) && !e.later(from, n) {
			e.agrees(from, n)
			return
		}
		e.phase = voting
	}
	e.wait(e.interval)
	if !e.inForce.IsVoter(from) || !e.inForce.IsVoter(n.Vote.Leader) {
		return
	}
	switch n.State {
	case Looking:
		e.countLooking(from, n)
	case Following, Leading:
		e.countSettled(from, n)
	}
}

// agrees counts a vote for the proposal that came when there was a quorum already: its voter has no better one. Apache's
// servers pass over it, and wait as long for one that all have agreed on.
func (e *Elector) agrees(from int64, n Notification) {
	if i, known := slices.BinarySearch(e.voters, from); n.State == Looking && n.Vote == e.proposal && e.inForce.IsVoter(from) && !known {
		e.received[from] = ballot{Vote: n.Vote, state: Looking}
		e.voters = slices.Insert(e.voters, i, from)
		e.wait(e.opts.FinalizeWait) // the caller may see by whom it is still awaited
	}
}

// later tells of a vote of a later round: one who was about to agree has begun anew, and hears nothing that is said in
// this round. Apache's servers pass over it while they wait for better votes; it then learns of the leader when it asks
// the next time, up to 800 ms later.
func (e *Elector) later(from int64, n Notification) bool {
	return n.State == Looking && n.Vote.Round > e.round && e.inForce.IsVoter(from) && e.inForce.IsVoter(n.Vote.Leader)
}

// better is the order of votes: a server without weight is never better.
func (e *Elector) better(v, than Vote) bool {
	return e.committed.Weight(v.Leader) != 0 && v.beats(than)
}

// countLooking counts the vote of a server that looks for a leader too.
func (e *Elector) countLooking(from int64, n Notification) {
	if e.initial.Zxid == -1 || n.Vote.Zxid == -1 {
		return // a server without a database has nothing to compare
	}
	switch {
	case n.Vote.Round > e.round:
		e.round = n.Vote.Round
		clear(e.received)
		if e.better(n.Vote, e.initial) {
			e.propose(n.Vote)
		} else {
			e.propose(e.initial)
		}
	case n.Vote.Round < e.round:
		return
	case e.better(n.Vote, e.proposal):
		e.propose(n.Vote)
	case e.better(e.proposal, n.Vote):
		// It may have begun to look only after our proposal had come to it, and would hear of it again when our wait is
		// over: 200 ms later. Apache's servers leave it at that.
		e.tell(from, Looking, e.proposal)
	}
	e.received[from] = ballot{Vote: n.Vote, state: Looking}
	if voters, ok := e.quorumFor(e.received, ballot{Vote: e.proposal, state: Looking}); ok {
		e.phase, e.voters = finalizing, voters
		e.wait(e.opts.FinalizeWait)
	}
}

// countSettled counts the word of a server that has a leader: within this round like a vote, in any round as one who
// lives in an established ensemble that this server may join.
func (e *Elector) countSettled(from int64, n Notification) {
	b := ballot{n.Vote, n.State, n.Version > 0}
	if n.Vote.Round == e.round {
		// Kept without version, as ZooKeeper does: so servers that did, and did not yet, learn of the new epoch count
		// together.
		e.received[from] = ballot{n.Vote, n.State, false}
		if e.join(e.received, b) {
			return
		}
	}
	e.settled[from] = b
	e.join(e.settled, b)
}

// join ends the election if a quorum has the leader of b, and that leader says so itself.
func (e *Elector) join(set map[int64]ballot, b ballot) bool {
	voters, ok := e.quorumFor(set, b)
	if !ok || !e.leaderOk(set, b) {
		return false
	}
	e.round = b.Round
	e.decide(b.Vote, voters)
	return true
}

// leaderOk keeps servers from following one that others name but that does not lead (checkLeader). Who is named
// itself leads if it was this round.
func (e *Elector) leaderOk(set map[int64]ballot, b ballot) bool {
	if b.Leader == e.opts.ID {
		return b.Round == e.round
	}
	leader, heard := set[b.Leader]
	return heard && leader.state == Leading
}

// quorumFor gives the voters in set that agree with b, and whether they are a quorum in every configuration in force.
func (e *Elector) quorumFor(set map[int64]ballot, b ballot) ([]int64, bool) {
	agrees := func(sid int64) bool { v, ok := set[sid]; return ok && v.same(b) }
	if !e.inForce.Quorum(agrees) {
		return nil, false
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(set)), func(sid int64) bool { return !agrees(sid) }), true
}
