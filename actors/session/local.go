package session

// A local session is kept by the server to which its client is connected, without a transaction: it is cheap, it can own
// no ephemerals, and it cannot move to another server. With Rules.Upgrading it becomes one of the whole ensemble when it
// creates an ephemeral (UpgradeableSessionTracker).

// LocalSessions tells whether new sessions are local ones.
func (t *Table) LocalSessions() bool { return t.rules.LocalSessions }

// Upgrading tells whether a local session may become one of the ensemble.
func (t *Table) Upgrading() bool { return t.rules.Upgrading }

// elsewhere tells, in a read-only role, that a session is a matter of the ensemble, or of another server: s is what is known
// of it here. What was opened here and is not known here has ended.
func (t *Table) elsewhere(id int64, s *Session) bool {
	if s == nil {
		return byte(id>>56) != byte(t.rules.ServerID)
	}
	return !s.Local()
}

// Locals is the number of local sessions; Len counts them too. It passes over the table, if there can be any.
func (t *Table) Locals() (n int) {
	if t.rules.LocalSessions {
		t.Each(func(s *Session) {
			if s.Local() {
				n++
			}
		})
	}
	return n
}

// OpenLocal opens a local session for the client.
func (r *Ref) OpenLocal(id int64, timeout int32, c Client) *Session {
	s, made := r.add(id, timeout, local)
	s.Touch(r.clock.Millis())
	s.owner.Store(Here)
	r.send.Send(r.pid, &opened{session: s, client: c, watch: made})
	return s
}

// Upgrade begins to make a local session one of the ensemble. If it returns true, the caller submits the createSession,
// with this timeout (ms) and before all that needs it; nobody else is told to. Opened completes it.
func (t *Table) Upgrade(id int64) (timeout int32, ok bool) {
	s := t.Get(id)
	if s == nil || !s.state.CompareAndSwap(local, upgrading) {
		return 0, false
	}
	return s.Timeout(), true
}

// CloseLocal ends a local session. It is false if the session is none, or none any more.
func (r *Ref) CloseLocal(id int64) bool {
	s := r.Get(id)
	if s == nil || !s.state.CompareAndSwap(local, closing) {
		return false
	}
	r.Ended(id, "the session was closed")
	return true
}
