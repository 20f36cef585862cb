package session

import (
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"

	"troupe/actors"
)

// Closer submits the closing of sessions as transactions.
type Closer interface{ CloseSessions(ids []int64) }

// Options configure the sessions actor.
type Options struct {
	Clock    actors.Clock
	TickTime time.Duration // width of an expiry bucket
	Closer   Closer
	// Revalidate, on a learner, asks the leader whether a session lives that has come here, with the timeout (ms) negotiated.
	// done is told the answer before any transaction that the leader has sent behind it is applied. It may never be told, if
	// another question about the same session has been asked since, or when the role ends.
	Revalidate func(id int64, timeout int32, done func(valid bool))
	// Confirm, on a leader, calls then on any goroutine when a quorum has confirmed that it leads still. It may never do so,
	// when the role ends.
	Confirm func(then func())
	Log     zerolog.Logger
}

// Ref is how others speak to the sessions actor.
type Ref struct {
	*Table
	clock   actors.Clock
	send    actor.SenderContext
	pid     *actor.PID
	confirm func(then func()) // nil: nobody else can lead
}

type (
	// opened is a session to be watched over, one that has a client here from its beginning, or both.
	opened struct {
		session *Session
		client  Client // or nil
		watch   bool   // it is not in a bucket yet, and is to be
	}
	toSession struct {
		id      int64
		message any
	}
	tick struct{}
	list struct{ reply chan<- []Bucket }
)

// Spawn starts the sessions actor under parent.
func Spawn(parent actor.SpawnerContext, send actor.SenderContext, table *Table, o Options, props ...actor.PropsOption) (*Ref, error) {
	// Trackers hear of everything from this actor alone, so they run on its stack.
	inline := append([]actor.PropsOption{actor.WithMailbox(actor.UnboundedLockfree()), actor.WithDispatcher(actors.Inline())}, props...)
	a := &sessions{table: table, opt: o, props: inline, buckets: newBuckets(max(1, o.TickTime.Milliseconds())),
		trackers: make(map[int64]*actor.PID), asking: make(map[int64]*ask)}
	pid, err := parent.SpawnNamed(actor.PropsFromProducer(func() actor.Actor { return a }, props...), "sessions")
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	return &Ref{Table: table, clock: o.Clock, send: send, pid: pid, confirm: o.Confirm}, nil
}

// Opened makes the session known: one that prep has let in, that has been committed, or that was found on disk. owner, on
// a leader, is who speaks for it (Own; 0 for nobody yet), client the connection here that waits for it, or nil. It is found
// by Get when Opened returns.
func (r *Ref) Opened(id int64, timeout int32, client Client, owner int64) {
	s, made := r.add(id, timeout, open)
	upgraded := s.state.CompareAndSwap(local, open) || s.state.CompareAndSwap(upgrading, open)
	if !r.watches() {
		if client == nil {
			return // the leader watches over it
		}
	} else if !made && !upgraded {
		s.timeout.Store(timeout)
	}
	s.Touch(r.clock.Millis())
	s.owner.Store(owner)
	r.send.Send(r.pid, &opened{session: s, client: client, watch: made && r.watches()})
}

// Ended forgets a session whose closing has been applied.
func (r *Ref) Ended(id int64, reason string) {
	if r.remove(id) != nil {
		r.send.Send(r.pid, &toSession{id: id, message: &ended{reason: reason}})
	}
}

// Attach asks for the session in the name of a client that comes back. The client hears Attached or Refused, or that it
// is kicked out for another one that has come since.
func (r *Ref) Attach(id int64, password bool, timeout int32, c Client) {
	at := attach{client: c, timeout: timeout, password: password, now: r.clock.Millis()}
	s := r.Get(id)
	switch {
	case r.rules.Kind == Learner && password && (s == nil || !s.Local()):
		r.send.Send(r.pid, &toSession{id: id, message: &ask{at}})
	case r.rules.Kind == ReadOnly && password && r.elsewhere(id, s):
		c.Kick("only an ensemble with a leader can tell whether the session lives")
	case s == nil && password:
		r.confirmed(id, c.Refused)
	case s == nil:
		c.Refused()
	default:
		r.send.Send(r.pid, &toSession{id: id, message: &at})
	}
}

// Detach tells that a connection which spoke for the session has ended.
func (r *Ref) Detach(id int64, c Client) {
	r.send.Send(r.pid, &toSession{id: id, message: &detach{client: c}})
}

// Buckets lists the sessions by the time at which they are due; it waits for the actor. Not for actors.
func (r *Ref) Buckets() []Bucket {
	reply := make(chan []Bucket, 1)
	r.send.Send(r.pid, &list{reply: reply})
	select {
	case b := <-reply:
		return b
	case <-time.After(time.Second):
		return nil
	}
}

// sessions is the parent of all trackers and holds the deadlines. A session has a tracker from when a client first speaks
// for it here; those of other servers need none.
type sessions struct {
	table    *Table
	opt      Options
	props    []actor.PropsOption // of the trackers
	buckets  *buckets
	trackers map[int64]*actor.PID
	asking   map[int64]*ask // on a learner: who waits for the leader's answer
	stop     func()
}

func (a *sessions) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		a.arm(ctx)
	case *actor.Stopping:
		a.stop()
	case *opened:
		a.opened(ctx, m)
	case *toSession:
		a.toSession(ctx, m)
	case *list:
		m.reply <- a.buckets.list(a.opt.Clock.Millis())
	case tick:
		a.expire(ctx)
		a.arm(ctx)
	}
}

// arm sets the alarm for the next bucket's time.
func (a *sessions) arm(ctx actor.Context) {
	now := a.opt.Clock.Millis()
	wait := a.buckets.roundUp(now) - now
	self, root := ctx.Self(), ctx.ActorSystem().Root
	a.stop = a.opt.Clock.AfterFunc(time.Duration(wait)*time.Millisecond, func() { root.Send(self, tick{}) })
}

func (a *sessions) opened(ctx actor.Context, m *opened) {
	s := m.session
	if m.watch {
		a.buckets.add(s)
	}
	if m.client != nil && a.trackers[s.ID] == nil {
		a.track(ctx, s, m.client)
	}
}

func (a *sessions) track(ctx actor.Context, s *Session, c Client) *actor.PID {
	t := &tracker{session: s, client: c}
	pid, err := ctx.SpawnNamed(actor.PropsFromProducer(func() actor.Actor { return t }, a.props...), fmt.Sprintf("session/%#x", uint64(s.ID)))
	if err != nil {
		panic(fmt.Errorf("session %#x has two trackers: %w", uint64(s.ID), err))
	}
	a.trackers[s.ID] = pid
	return pid
}

func (a *sessions) toSession(ctx actor.Context, m *toSession) {
	switch q := m.message.(type) {
	case *ask:
		a.ask(ctx, m.id, q)
	case *answered:
		a.answered(ctx, q)
	default:
		a.forward(ctx, m)
	}
}

// forward hands a message to the session's tracker, which is made for the first client that comes.
func (a *sessions) forward(ctx actor.Context, m *toSession) {
	pid := a.trackers[m.id]
	if q, comes := m.message.(comer); comes && pid == nil {
		// Behind the end of a session comes the message of it, so that the tracker does not outlive it.
		s := a.table.Get(m.id)
		if s == nil || !q.right() {
			q.refuse()
			return
		}
		pid = a.track(ctx, s, nil)
	}
	if pid == nil {
		return
	}
	ctx.Send(pid, m.message)
	if _, ok := m.message.(*ended); ok {
		delete(a.trackers, m.id)
	}
}

// expire ends what is due: sessions of the ensemble by a transaction, local ones at once. A learner leaves to the leader
// what it has upgraded.
func (a *sessions) expire(ctx actor.Context) {
	var ids []int64
	for _, s := range a.buckets.due(a.opt.Clock.Millis()) {
		switch {
		case a.table.watches() && s.state.CompareAndSwap(open, expiring):
			ids = append(ids, s.ID)
		case s.state.CompareAndSwap(local, closing):
			a.table.remove(s.ID)
			a.forward(ctx, &toSession{id: s.ID, message: &ended{reason: "the session expired"}})
		default:
			if s.alive() && a.table.rules.Kind == Leader {
				a.buckets.add(s) // it is becoming the ensemble's
			}
			continue
		}
		a.opt.Log.Info().Str("session", fmt.Sprintf("%#x", uint64(s.ID))).Int32("timeoutMillis", s.Timeout()).
			Msg("session expired: no sign of life within its timeout")
	}
	if len(ids) > 0 {
		a.opt.Closer.CloseSessions(ids)
	}
}
