package election

import (
	"slices"
	"time"

	"troupe/election/quorum"
)

// Elector takes part in elections for one server. One caller drives it with [Elector.Step]; it is not safe for
// concurrent use.
type Elector struct {
	opts         Options
	committed    *quorum.Config
	lastProposed *quorum.Config // nil, or newer or older than committed
	inForce      quorum.Configs

	state   State
	current *Vote // what the last election decided; before the first one, the server itself
	round   int64 // of the running or last election: the logical clock; not kept on disk, as in ZooKeeper

	phase    phase
	initial  Vote // the server's own proposal in this election; its round is not used
	proposal Vote // the best so far
	observer bool
	received map[int64]ballot // of this round
	settled  map[int64]ballot // of servers that say FOLLOWING or LEADING, in whatever round (outofelection)
	voters   []int64          // those that agree, ascending, while finalizing
	backers  map[int64]bool   // while leading: the voters of whom the last word was that this server leads; nil: designated
	interval time.Duration    // present wait for votes
	seq      uint64           // of the last timer asked for

	toSelf []Notification // own proposals, counted like those of others after the running input
	out    Ready          // of the running step
}

// phase is where an election stands.
type phase uint8

const (
	idle       phase = iota // no election runs: it has ended, was stopped, or none was begun
	voting                  // votes are collected
	finalizing              // there is a quorum; a better vote may still come
)

// New makes an elector in a committed configuration. Nothing happens before [Start].
func New(o Options, committed *quorum.Config) *Elector {
	e := &Elector{opts: o.withDefaults()}
	e.configure(committed, nil)
	return e
}

// State is what the server does, as far as elections tell: LOOKING until one is decided.
func (e *Elector) State() State { return e.state }

// Round is the number of the running or last election, counted from the start of the process.
func (e *Elector) Round() int64 { return e.round }

// Proposal is what the server votes for in the running election.
func (e *Elector) Proposal() Vote { return e.proposal }

// Awaited are the voters that may still bring a better vote while the server, with a quorum of votes for its proposal, waits
// for one: those that have not agreed with it. If it is nil, no such wait runs. None of them can be heard: then waiting is in
// vain, and the caller may fire the timer at once.
func (e *Elector) Awaited() []int64 {
	if e.phase != finalizing {
		return nil
	}
	awaited := []int64{}
	for _, sid := range e.inForce.Voters() {
		if sid != e.opts.ID && !slices.Contains(e.voters, sid) {
			awaited = append(awaited, sid)
		}
	}
	return awaited
}

// Step takes one input and tells what is to be done.
func (e *Elector) Step(in Input) Ready {
	e.out = Ready{}
	switch in := in.(type) {
	case Start:
		e.start(in)
	case Received:
		e.receive(in)
	case TimerFired:
		e.timerFired(in)
	case EpochBegun:
		if e.current != nil {
			e.current.PeerEpoch = in.Epoch
		}
	case Configured:
		e.configure(in.Committed, in.LastProposed)
	case Designated:
		e.leave(in.Vote, e.stateUnder(in.Vote.Leader, in.Observer))
	case Stop:
		e.stop()
	}
	for len(e.toSelf) > 0 {
		n := e.toSelf[0]
		e.toSelf = e.toSelf[1:]
		if e.phase != idle {
			e.take(e.opts.ID, n)
		}
	}
	return e.out
}

func (e *Elector) configure(committed, lastProposed *quorum.Config) {
	e.committed, e.lastProposed = committed, lastProposed
	e.inForce = quorum.InForce(committed, lastProposed)
}

// start begins a round with the server's own candidature (lookForLeader).
func (e *Elector) start(in Start) {
	e.state, e.phase, e.observer = Looking, voting, in.Observer
	e.round++
	e.backers = nil
	e.initial = Vote{Leader: NoVote, Zxid: in.Zxid, PeerEpoch: in.Epoch}
	if e.committed.IsVoter(e.opts.ID) {
		e.initial.Leader = e.opts.ID
	}
	if in.Observer {
		e.initial.Zxid, e.initial.PeerEpoch = NoVote, NoVote
	}
	if e.current == nil {
		e.current = &Vote{Leader: e.opts.ID, Zxid: in.Zxid, Round: -1, PeerEpoch: in.Epoch}
	}
	e.received, e.settled, e.voters, e.toSelf = map[int64]ballot{}, map[int64]ballot{}, nil, nil
	e.interval = e.opts.MinInterval
	e.propose(e.initial)
	e.wait(e.interval)
}

func (e *Elector) stop() {
	e.phase, e.toSelf = idle, nil
	e.out.Timer = Timer{}
	e.seq++ // no timer that still runs counts
}

// leave ends the election with a leader.
func (e *Elector) leave(v Vote, s State) {
	e.current, e.state, e.backers = &v, s, nil
	e.stop()
}

func (e *Elector) decide(v Vote, voters []int64) {
	e.leave(v, e.stateUnder(v.Leader, e.observer))
	if e.state == Leading {
		e.backers = map[int64]bool{}
		for _, sid := range voters {
			e.backers[sid] = true
		}
	}
	e.out.Decided = &Decision{State: e.state, Vote: v, Voters: voters}
}

func (e *Elector) stateUnder(leader int64, observer bool) State {
	switch {
	case leader == e.opts.ID:
		return Leading
	case observer:
		return Observing
	default:
		return Following
	}
}

// propose makes v the server's vote of this round and tells all voters.
func (e *Elector) propose(v Vote) {
	v.Round = e.round
	e.proposal = v
	e.tellAll()
}

func (e *Elector) tellAll() {
	n := e.notification(Looking, e.proposal)
	for _, sid := range e.inForce.Voters() {
		if sid == e.opts.ID {
			e.toSelf = append(e.toSelf, n)
		} else {
			e.out.Send = append(e.out.Send, Envelope{sid, n})
		}
	}
}

func (e *Elector) tell(sid int64, s State, v Vote) {
	e.out.Send = append(e.out.Send, Envelope{sid, e.notification(s, v)})
}

func (e *Elector) notification(s State, v Vote) Notification {
	return Notification{State: s, Vote: v, Version: FormatVersion, Config: e.committed.String()}
}

// wait replaces the timer.
func (e *Elector) wait(d time.Duration) {
	e.seq++
	e.out.Timer = Timer{d, e.seq}
}

// timerFired is the end of a wait without a message: what was silence while finalizing is a decision; otherwise the
// proposal is sent again, and the wait grows.
func (e *Elector) timerFired(in TimerFired) {
	if in.Seq != e.seq || e.phase == idle {
		return
	}
	if e.phase == finalizing {
		e.decide(e.proposal, e.voters)
		return
	}
	if in.Delivered {
		e.tellAll()
	} else {
		e.out.ConnectAll = true
	}
	e.interval = min(2*e.interval, e.opts.MaxInterval)
	e.wait(e.interval)
}
