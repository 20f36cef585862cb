package quorum

import "errors"

// lonely is what a member does that finds no quorum for some time: it serves reads, if it is configured to, until a leader
// is elected (ReadOnlyZooKeeperServer).
type lonely struct {
	round  int    // of looking for a leader: an alarm of an earlier one means nothing
	stop   func() // of the alarm; nil: none is set
	serves bool
}

// alone is the alarm: no leader has been found since the round began.
type alone struct{ round int }

var errElected = errors.New("a leader is elected, and the client is to come back")

// awaitQuorum sets the alarm for a round that begins.
func (m *member) awaitQuorum() {
	l := &m.lonely
	m.calm()
	l.round++
	if m.ReadOnlyAfter > 0 {
		x := &alone{l.round}
		l.stop = m.Clock.AfterFunc(m.ReadOnlyAfter, func() { m.send.Send(m.pid, x) })
	}
}

func (m *member) calm() {
	if l := &m.lonely; l.stop != nil {
		l.stop()
		l.stop = nil
	}
}

// beginReadOnly serves reads. A member that has lost its data has none to serve.
func (m *member) beginReadOnly(x *alone) {
	l := &m.lonely
	if m.role != nil || l.serves || x.round != l.round || m.state.Uninitialized {
		return
	}
	if _, err := m.Host.Begin(Role{State: ReadOnly, Tree: m.state.Tree}); err != nil {
		m.Log.Error().Err(err).Msg("reads cannot be served while there is no quorum")
		_ = m.Host.End(err)
		return
	}
	l.serves = true
	m.Log.Warn().Dur("after", m.ReadOnlyAfter).Msg("no quorum: reads are served to clients that allow for it")
}

// endReadOnly disconnects those clients, if there are any. The state is as it was; an error means that it cannot be trusted.
func (m *member) endReadOnly(reason error) error {
	m.calm()
	if !m.lonely.serves {
		return nil
	}
	m.lonely.serves = false
	m.Log.Info().Err(reason).Msg("reads are no longer served alone")
	return m.Host.End(reason)
}
