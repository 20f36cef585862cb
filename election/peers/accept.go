package peers

import (
	"fmt"
	"net"
	"slices"
)

// maxCallBack is how many of the addresses that a peer announces are called.
const maxCallBack = 8

// listen binds an address and accepts connections until the mesh stops. A port that cannot be bound is tried again;
// after as many tries as are allowed the mesh has failed.
func (m *Mesh) listen(address string) {
	for tries := 1; ; tries++ {
		listener, err := m.opts.Network.Listen(address)
		if err == nil {
			var accepted bool
			if accepted, err = m.accept(listener); accepted {
				tries = 0
			}
		}
		if m.ctx.Err() != nil {
			return
		}
		m.report(m.opts.ID, true, address, err)
		if m.opts.BindRetries > 0 && tries >= m.opts.BindRetries {
			m.opts.Failed(fmt.Errorf("election port %s cannot be bound after %d tries: %w", address, tries, err))
			return
		}
		timer, stop := m.opts.Clock.Timer(m.opts.BindWait)
		select {
		case <-timer:
		case <-m.ctx.Done():
			stop()
			return
		}
	}
}

// accept takes connections until the listener fails. It tells whether any came.
func (m *Mesh) accept(listener net.Listener) (any bool, err error) {
	m.mu.Lock()
	if m.stopped {
		m.mu.Unlock()
		_ = listener.Close()
		return false, ErrStopped
	}
	m.listeners[listener] = struct{}{}
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		delete(m.listeners, listener)
		m.mu.Unlock()
		_ = listener.Close()
	}()
	for {
		raw, err := listener.Accept()
		if err != nil {
			return any, err
		}
		any = true
		if m.crowded() {
			_ = raw.Close()
			m.report(0, false, raw.RemoteAddr().String(), protocolErrorf("%d connections have not introduced themselves yet", maxHandshakes))
			continue
		}
		if m.hold(raw, true) {
			m.wg.Go(func() { m.welcome(raw) })
		}
	}
}

// crowded tells whether too many connections have not introduced themselves.
func (m *Mesh) crowded() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, f := range m.open {
		if f.accepted {
			n++
		}
	}
	return n >= maxHandshakes
}

// welcome hears who has connected, and keeps the connection if the other side has the larger id.
func (m *Mesh) welcome(raw net.Conn) {
	done := m.closeAfter(raw, m.opts.HandshakeTimeout)
	hello, err := ReadHello(raw)
	known := err == nil
	if known && m.opts.Authenticate != nil {
		err = m.opts.Authenticate(raw, hello.ID, false)
	}
	if late := done(); late != nil {
		err = late
	}
	if err == nil && hello.ID == m.opts.ID {
		err = protocolErrorf("another server says that it is server %d, as this one is: each needs a myid of its own", hello.ID)
	}
	switch {
	case err != nil:
		m.drop(raw)
		if m.ctx.Err() == nil {
			m.report(hello.ID, known, raw.RemoteAddr().String(), fmt.Errorf("election connection refused: %w", err))
		}
	case hello.ID == Anonymous:
		m.mu.Lock()
		m.anonymous--
		sid := m.anonymous
		m.mu.Unlock()
		m.adopt(sid, raw)
	case hello.ID > m.opts.ID:
		m.adopt(hello.ID, raw)
	default:
		m.drop(raw)
		m.callBack(hello)
	}
}

// callBack connects to a peer with a smaller id that has asked for it: at the addresses that it named, unless nobody
// could call those, and at the configured ones. A connection that there is was given up by the peer.
func (m *Mesh) callBack(hello Hello) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.link(hello.ID)
	if l == nil {
		return
	}
	if l.conn != nil {
		l.conn.end(ErrReplaced)
		l.conn = nil
	}
	l.callBack = slices.DeleteFunc(hello.Addresses, isWildcard)
	l.callBack = l.callBack[:min(len(l.callBack), maxCallBack)]
	signal(l.hurry)
	m.connect(l)
	m.forget(l)
}
