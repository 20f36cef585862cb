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
	Log      zerolog.Logger
}

// Ref is how others speak to the sessions actor.
type Ref struct {
	*Table
	clock actors.Clock
	send  actor.SenderContext
	pid   *actor.PID
}

type (
	// opened is a session that prep has let in, or that was found on disk.
	opened struct {
		session *Session
		client  Client // nil until somebody comes for it
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
	a := &sessions{table: table, opt: o, buckets: newBuckets(max(1, o.TickTime.Milliseconds()))}
	pid, err := parent.SpawnNamed(actor.PropsFromProducer(func() actor.Actor { return a }, props...), "sessions")
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	return &Ref{Table: table, clock: o.Clock, send: send, pid: pid}, nil
}

// Opened makes the session known and starts its tracker. It is found by Get when Opened returns.
func (r *Ref) Opened(id int64, timeout int32, client Client) {
	r.send.Send(r.pid, &opened{session: r.add(id, timeout, r.clock.Millis()), client: client})
}

// Ended forgets a session whose closing has been applied.
func (r *Ref) Ended(id int64, reason string) {
	if r.remove(id) != nil {
		r.send.Send(r.pid, &toSession{id: id, message: &ended{reason: reason}})
	}
}

// Attach asks for the session in the name of a client that comes back. The client hears Attached or Refused.
func (r *Ref) Attach(id int64, password bool, timeout int32, c Client) {
	if r.Get(id) == nil {
		c.Refused()
		return
	}
	r.send.Send(r.pid, &toSession{id: id, message: &attach{client: c, timeout: timeout, password: password, now: r.clock.Millis()}})
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

// sessions is the parent of all trackers and holds the deadlines.
type sessions struct {
	table    *Table
	opt      Options
	buckets  *buckets
	trackers map[int64]*actor.PID
	stop     func()
}

func (a *sessions) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		a.trackers = make(map[int64]*actor.PID)
		a.arm(ctx)
	case *actor.Stopping:
		a.stop()
	case *opened:
		a.opened(ctx, m)
	case *toSession:
		a.forward(ctx, m)
	case *list:
		m.reply <- a.buckets.list(a.opt.Clock.Millis())
	case tick:
		a.expire()
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
	if a.trackers[s.ID] != nil {
		return
	}
	t := &tracker{session: s, client: m.client}
	pid, err := ctx.SpawnNamed(actor.PropsFromProducer(func() actor.Actor { return t },
		actor.WithMailbox(actor.UnboundedLockfree())), fmt.Sprintf("session/%#x", uint64(s.ID)))
	if err != nil {
		panic(fmt.Errorf("session %#x has two trackers: %w", uint64(s.ID), err))
	}
	a.trackers[s.ID] = pid
	a.buckets.add(s)
}

func (a *sessions) forward(ctx actor.Context, m *toSession) {
	pid := a.trackers[m.id]
	if pid == nil {
		if at, ok := m.message.(*attach); ok {
			at.client.Refused()
		}
		return
	}
	ctx.Send(pid, m.message)
	if _, ok := m.message.(*ended); ok {
		delete(a.trackers, m.id)
	}
}

func (a *sessions) expire() {
	due := a.buckets.due(a.opt.Clock.Millis())
	if len(due) == 0 {
		return
	}
	ids := make([]int64, 0, len(due))
	for _, s := range due {
		if s.state.CompareAndSwap(open, closing) {
			ids = append(ids, s.ID)
			a.opt.Log.Info().Str("session", fmt.Sprintf("%#x", uint64(s.ID))).Int32("timeoutMillis", s.Timeout()).
				Msg("session expired: no sign of life within its timeout")
		}
	}
	a.opt.Closer.CloseSessions(ids)
}
