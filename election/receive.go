package election

import "troupe/election/quorum"

// receive is what happens to a notification before the election sees it, in any state (WorkerReceiver; election.md
// section 3).
func (e *Elector) receive(in Received) {
	if e.current == nil {
		return // there is no vote to answer with before the first election
	}
	if e.heardConfig(in.Notification) {
		return
	}
	if !e.inForce.IsVoter(in.From) {
		v := *e.current
		v.Round = e.round
		e.tell(in.From, e.state, v)
		return
	}
	if !in.State.known() {
		return
	}
	switch {
	case e.state == Looking:
		if in.State == Looking && in.Vote.Round < e.round {
			e.tell(in.From, Looking, e.proposal)
		}
		if e.phase != idle {
			e.take(in.From, in.Notification)
		}
	case in.State == Looking:
		e.tell(in.From, e.state, *e.current)
		fallthrough
	default:
		e.count(in)
	}
}

// count notes, on a leader, whom a voter wants now. Who heard of a better one only after its vote had elected this server
// tells so, and nothing else would: the leader waits for learners that never come.
func (e *Elector) count(in Received) {
	if e.backers == nil {
		return
	}
	e.backers[in.From] = in.Vote.Leader == e.opts.ID
	e.out.Deserted = !e.inForce.Quorum(func(sid int64) bool { return e.backers[sid] })
}

// heardConfig takes over a newer committed configuration while the server looks for a leader, and tells whether that
// ended the election. A text that is no configuration spoils nothing.
func (e *Elector) heardConfig(n Notification) (ended bool) {
	if !e.opts.Reconfig || e.state != Looking || n.Version < FormatVersion || n.Config == e.committed.String() {
		return false
	}
	c, err := quorum.Parse(n.Config)
	if err != nil || c.Version() <= e.committed.Version() {
		return false
	}
	others := !c.SameMembers(e.committed)
	e.configure(c, e.lastProposed)
	e.out.Reconfigured = c
	if others {
		e.out.Restart = true
		e.round = 0 // ZooKeeper makes a new election object
		e.stop()
	}
	return others
}
