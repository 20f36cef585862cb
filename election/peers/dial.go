package peers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"
)

// connect begins an attempt unless there is a connection or an attempt already. The caller holds the mutex.
func (m *Mesh) connect(l *link) {
	if m.stopped || l.conn != nil || l.connecting || len(m.routes(l)) == 0 {
		return
	}
	l.connecting = true
	m.wg.Go(func() { m.attempt(l) })
}

// routes are the addresses of a peer, first those at which it asked to be called. The caller holds the mutex.
func (m *Mesh) routes(l *link) []string {
	all := slices.Clone(l.callBack)
	for _, a := range m.members[l.sid] {
		if !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}

// attempt connects to a peer once: it waits for its time, dials, and introduces this server.
func (m *Mesh) attempt(l *link) {
	if m.awaitTurn(l) {
		m.try(l)
		<-m.slots
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l.connecting = false
	if len(l.callBack) > 0 { // the peer called while this attempt dialed elsewhere
		m.connect(l)
	}
	m.forget(l)
}

// awaitTurn waits until the back-off is over, or the peer calls, and a slot is free. It tells whether the attempt
// still makes sense; the caller then gives the slot back.
func (m *Mesh) awaitTurn(l *link) bool {
	m.mu.Lock()
	wait := l.notBefore.Sub(m.opts.Clock.Now())
	m.mu.Unlock()
	if wait > 0 {
		timer, stop := m.opts.Clock.Timer(wait)
		defer stop()
		select {
		case <-timer:
		case <-l.hurry:
		case <-m.ctx.Done():
			return false
		}
	}
	select {
	case m.slots <- struct{}{}:
		return true
	case <-m.ctx.Done():
		return false
	}
}

func (m *Mesh) try(l *link) {
	m.mu.Lock()
	select {
	case <-l.hurry:
	default:
	}
	routes := m.routes(l)
	l.callBack = nil
	needless := l.conn != nil
	m.mu.Unlock()
	if needless {
		return
	}
	raw, address, err := m.dial(routes)
	if err == nil {
		err = m.introduce(raw, l.sid)
	}
	m.mu.Lock()
	switch {
	case err != nil:
		l.failed(m.opts.Clock.Now(), m.opts.BackoffMin, m.opts.BackoffMax)
	case l.sid > m.opts.ID:
		// The peer calls back. To ask again before that would make it give up the connection that it just made.
		l.notBefore = m.opts.Clock.Now().Add(m.opts.BackoffMax)
	}
	m.mu.Unlock()
	if err != nil {
		if m.ctx.Err() == nil {
			m.report(l.sid, true, address, err)
		}
		return
	}
	if l.sid > m.opts.ID {
		// The larger id keeps what it dialed itself: it has our address now and calls back.
		m.drop(raw)
		return
	}
	m.adopt(l.sid, raw)
}

// dial connects to the first of several addresses that answers; they share the time. The connection is in m.open.
func (m *Mesh) dial(routes []string) (raw net.Conn, address string, err error) {
	for _, address = range routes {
		ctx, cancel := m.withTimeout(m.opts.ConnectTimeout / time.Duration(len(routes)))
		raw, err = m.opts.Network.Dial(ctx, address)
		if err != nil {
			err = errors.Join(err, context.Cause(ctx))
		}
		cancel()
		if err == nil {
			if !m.hold(raw, false) {
				return nil, address, ErrStopped
			}
			return raw, address, nil
		}
	}
	return nil, address, fmt.Errorf("cannot connect: %w", err)
}

// introduce sends the initial message, in one piece: ZooKeeper reads it in one. It closes the connection on failure.
func (m *Mesh) introduce(raw net.Conn, sid int64) error {
	done := m.closeAfter(raw, m.opts.HandshakeTimeout)
	hello := Hello{m.opts.ID, m.opts.Announce}
	_, err := raw.Write(hello.Append(nil, m.opts.MultiAddress))
	if err == nil && m.opts.Authenticate != nil {
		err = m.opts.Authenticate(raw, sid, true)
	}
	if late := done(); late != nil {
		err = late
	}
	if err != nil {
		m.drop(raw)
		return fmt.Errorf("cannot introduce this server: %w", err)
	}
	return nil
}

// fresh is what is known of a connection that is not introduced yet.
type fresh struct {
	accepted bool   // the other side dialed
	number   uint64 // in the order of dialing and accepting
}

// hold notes a connection that is not introduced yet, so that Close ends it. It closes it itself and says false
// when the mesh has stopped.
func (m *Mesh) hold(raw net.Conn, accepted bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		_ = raw.Close()
		return false
	}
	m.count++
	m.open[raw] = fresh{accepted, m.count}
	return true
}

// drop closes a connection that was not introduced, or is not wanted.
func (m *Mesh) drop(raw net.Conn) {
	m.mu.Lock()
	delete(m.open, raw)
	m.mu.Unlock()
	_ = raw.Close()
}

// withTimeout is context.WithTimeoutCause by the clock of the mesh.
func (m *Mesh) withTimeout(d time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(m.ctx)
	timer, stop := m.opts.Clock.Timer(d)
	m.wg.Go(func() {
		select {
		case <-timer:
			cancel(ErrTimeout)
		case <-ctx.Done():
		}
		stop()
	})
	return ctx, func() { cancel(nil) }
}

// closeAfter closes a connection unless done is called within d. done tells with ErrTimeout that it was too late.
func (m *Mesh) closeAfter(raw net.Conn, d time.Duration) (done func() error) {
	ctx, cancel := m.withTimeout(d)
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	return func() error {
		inTime := stop()
		cancel()
		switch {
		case inTime:
			return nil
		case m.ctx.Err() != nil:
			return ErrStopped
		default:
			return ErrTimeout
		}
	}
}
