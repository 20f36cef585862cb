package session

import (
	"github.com/asynkron/protoactor-go/actor"

	"troupe/zab/packet"
)

// ask is a client that has come to a learner with a session of the ensemble. Whether it lives is for the leader to say,
// also if it is known here: its end may be on its way; and if it is not known here, its beginning may be.
type ask struct{ attach }

// answered is what the leader said.
type answered struct {
	to    *ask
	id    int64
	valid bool
}

// ask begins the question. Another connection of the session ends, be it served or waiting for an answer itself.
func (a *sessions) ask(ctx actor.Context, id int64, q *ask) {
	if old := a.asking[id]; old != nil {
		old.client.Kick(takenUp)
	}
	a.asking[id] = q
	a.forward(ctx, &toSession{id: id, message: &displace{reason: takenUp}})
	self, root := ctx.Self(), ctx.ActorSystem().Root
	a.opt.Revalidate(id, q.timeout, func(valid bool) {
		if valid {
			// Here and now: the session's end may come right behind this answer.
			a.table.add(id, q.timeout, open)
		}
		root.Send(self, &toSession{id: id, message: &answered{to: q, id: id, valid: valid}})
	})
}

// answered ends the question. An answer to a question that was replaced by a newer one is of no use.
func (a *sessions) answered(ctx actor.Context, m *answered) {
	if a.asking[m.id] != m.to {
		return
	}
	delete(a.asking, m.id)
	if !m.valid {
		m.to.client.Refused()
		return
	}
	a.forward(ctx, &toSession{id: m.id, message: &m.to.attach})
}

// Touches appends the ensemble's sessions that a learner has heard of since the last call, for its answer to the leader's
// ping. It passes over the table: about 10 ns a session.
func (r *Ref) Touches(dst []packet.Touch) []packet.Touch {
	for i := range r.shards {
		sh := &r.shards[i]
		sh.mu.RLock()
		for _, s := range sh.m {
			if st := s.state.Load(); (st == open || st == upgrading) && s.touched.Load() != 0 {
				s.touched.Store(0)
				dst = append(dst, packet.Touch{Session: s.ID, Timeout: s.Timeout()})
			}
		}
		sh.mu.RUnlock()
	}
	return dst
}
