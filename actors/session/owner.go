package session

// Who speaks for a session, on a leader: a number that is larger than these is the connection of a learner.
const (
	Nobody int64 = 0 // since the leader began: the first one who asks is it
	Here   int64 = 1 // this server
)

// OwnerOf reads the owner of a request, which is such a number, or nil for this server.
func OwnerOf(owner any) int64 {
	if o, ok := owner.(int64); ok {
		return o
	}
	return Here
}

// claim tells whether owner speaks for the session, as which the first one is taken.
func (s *Session) claim(owner int64) bool {
	return s.owner.CompareAndSwap(Nobody, owner) || s.owner.Load() == owner
}

// Own makes owner the one who speaks for the session from now on. What others ask for in its name is refused as
// SessionMoved.
func (t *Table) Own(id, owner int64) {
	if s := t.Get(id); s != nil && s.stays() {
		s.owner.Store(owner)
	}
}

// Touched notes that a learner has heard of the session, with the timeout (ms) that it has negotiated. It is false for a
// session that does not exist, is being closed, or is a local one, which no other server can have heard of.
func (t *Table) Touched(id int64, timeout int32, now int64) bool {
	s := t.Get(id)
	if s == nil || s.state.Load() != open {
		return false
	}
	s.timeout.Store(timeout)
	s.Touch(now)
	return true
}

// TakeOver is a leader's answer to a learner to which the session has come: true if it lives. Then owner, the learner's
// connection, speaks for it from now on, and a connection here that did so ends. Otherwise over is called, on any
// goroutine, as soon as it is certain that the session is over; never, if this server ceases to lead before.
func (r *Ref) TakeOver(id int64, timeout int32, owner int64, over func()) bool {
	if r.Touched(id, timeout, r.clock.Millis()) {
		r.Own(id, owner)
		r.send.Send(r.pid, &toSession{id: id, message: &displace{reason: "the session speaks through another server now"}})
		return true
	}
	switch s := r.Get(id); {
	case s == nil:
		r.confirmed(id, over)
	case s.Local():
		over() // no other server can have heard of it
	default: // its closing is under way, or it is becoming one of the ensemble, and the learner may ask again
		r.send.Send(r.pid, &toSession{id: id, message: &awaitEnd{over: over}})
	}
	return false
}

// confirmed calls then when it is certain that what this server does not know does not exist: at once, but on a leader when a
// quorum has confirmed that it leads. Else a newer one may have let it in. A local session may have become one of the ensemble
// meanwhile: then nothing is said, and who asks again is told so.
func (r *Ref) confirmed(id int64, then func()) {
	if r.confirm == nil {
		then()
		return
	}
	r.confirm(func() {
		if r.Get(id) == nil {
			then()
		}
	})
}
