package quorum

import (
	"troupe/actors/pipeline"
	"troupe/election"
	"troupe/jute/proto"
	"troupe/tree/prep"
	"troupe/zab"
	"troupe/zab/leader"
)

// activate begins to serve: a quorum has the history of this epoch.
func (l *leading) activate() bool {
	l.state.Gate.Shut()
	from := l.state.Tree.LastZxid()
	l.state.Tree.BeginEpoch(zab.Zxid(l.machine.Epoch(), 0))
	l.state.Gate.Open()
	running, err := l.Host.Begin(Role{
		State: election.Leading, Epoch: l.machine.Epoch(), From: from, Tree: l.state.Tree,
		Pipeline: pipeline.Member{
			Entered: func(b *pipeline.Batch) { l.tell(b, len(b.Requests) <= littleBatch) },
			Logged:  func(b *pipeline.Batch) { l.tell(&logged{b}, len(b.Requests) <= littleBatch) },
			Applied: func(zxid int64) { l.tell(&applied{zxid}, true) },
		},
		Confirm: func(then func()) { l.tell(whenSure(then), true) },
	})
	if err != nil {
		l.end(err)
		return false
	}
	l.running = running
	l.machine.Serving()
	l.elect.EpochBegun(l.machine.Epoch())
	l.Log.Info().Int64("epoch", l.machine.Epoch()).Dur("afterMillis", l.sinceElected()).Msg(l.serves())
	epoch := l.machine.Epoch() // the member makes the change, on its own goroutine
	l.come(func(s *Status) { s.Phase, s.Epoch = "broadcast", epoch })
	return true
}

// serves tells what the leader does for clients.
func (l *leading) serves() string {
	if l.Unserving {
		return "leading: a quorum follows, and serves the clients (leaderServes=no)"
	}
	return "leading: a quorum follows, and clients are served"
}

// littleBatch is up to how many requests a message is small: what 64 connections write in one round takes less time than
// waking a goroutine does (with 8 three members at 64x1 made 1.3 to 1.6 times the wake-ups).
const littleBatch = 64

// enter gives the requests of learners' clients to prep. What makes no transaction is passed over, as in Apache.
func (l *leading) enter(requests []leader.Request) {
	b := &pipeline.Batch{}
	for _, q := range requests {
		r := &pipeline.Request{}
		r.Session, r.Cxid, r.Op, r.Body, r.IDs, r.Owner = q.Session, q.Cxid, q.Op, q.Body, q.IDs, int64(q.From)
		r.Read = q.Op == proto.OpSync
		if r.Read || prep.IsWrite(q.Op) {
			b.Requests = append(b.Requests, r)
		}
	}
	if len(b.Requests) > 0 && l.running.Pipeline != nil {
		l.running.Pipeline.Enter(b)
	}
}

// revalidate answers whether a session that came to a learner lives; the learner speaks for it from now on. That it is over
// is told when it is certain.
func (l *leading) revalidate(q leader.Revalidation) {
	if l.running.Sessions == nil {
		return // it asks before its time
	}
	over := func() { l.tell(&ended{q}, true) }
	if l.running.Sessions.TakeOver(q.Session, q.Timeout, int64(q.From), over) {
		l.machine.Revalidated(q, true)
	}
}

// whenSure gives the token back when all that was proposed before is applied, and a quorum has confirmed that this server leads.
func (l *leading) whenSure(token any) {
	_ = l.machine.SyncOwn(token) // an error: it leads no more, and the client is about to be disconnected
}
