package peers

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// maxFrame is the most bytes of one message.
const maxFrame = 512 << 10

// connection is an introduced connection to a peer, with a goroutine that reads and one that writes.
type connection struct {
	raw    net.Conn
	number uint64        // in the order in which connections were dialed and accepted
	wake   chan struct{} // there is something to send; capacity 1
	done   chan struct{} // closed by end
	once   sync.Once
	err    error // why it ended; valid after done
}

// end closes the connection, for the first reason that is given.
func (c *connection) end(reason error) {
	c.once.Do(func() {
		c.err = reason
		close(c.done)
		_ = c.raw.Close()
	})
}

// adopt makes an introduced connection the one to its peer, in place of an older one. It closes the connection if
// that cannot be.
func (m *Mesh) adopt(sid int64, raw net.Conn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	number := m.open[raw].number
	delete(m.open, raw)
	l := m.link(sid)
	if l == nil {
		_ = raw.Close()
		if !m.stopped {
			m.report(sid, true, raw.RemoteAddr().String(), protocolErrorf("not a member, and %d strangers are connected already", maxStrangers))
		}
		return
	}
	if l.conn != nil && l.conn.number > number {
		// The peer made this one before the other. To take the last that was heard instead of the last that was made
		// would leave both sides with the one that the other side has closed.
		_ = raw.Close()
		m.report(sid, true, raw.RemoteAddr().String(), ErrReplaced)
		return
	}
	if l.conn != nil {
		l.conn.end(ErrReplaced)
	}
	c := &connection{raw: raw, number: number, wake: make(chan struct{}, 1), done: make(chan struct{})}
	l.conn, l.failures, l.notBefore = c, 0, m.opts.Clock.Now().Add(m.opts.BackoffMin)
	if l.pending == nil {
		l.pending = l.last // what was sent last may have been lost with the connection that it was sent on
	}
	signal(c.wake)
	m.wg.Go(func() {
		c.end(m.read(sid, c))
		m.lost(l, c)
	})
	m.wg.Go(func() { c.end(m.write(l, c)) })
}

// lost lets go of a connection that has ended.
func (m *Mesh) lost(l *link, c *connection) {
	m.mu.Lock()
	if l.conn == c {
		l.conn = nil
		m.forget(l)
	}
	m.mu.Unlock()
	if !errors.Is(c.err, ErrStopped) {
		m.report(l.sid, true, c.raw.RemoteAddr().String(), fmt.Errorf("election connection ended: %w", c.err))
	}
}

// read hands frames over until the connection ends.
func (m *Mesh) read(sid int64, c *connection) error {
	r := bufio.NewReaderSize(c.raw, 1<<10)
	for {
		var size [4]byte
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return err
		}
		n := int32(binary.BigEndian.Uint32(size[:]))
		if n <= 0 || n > maxFrame {
			return protocolErrorf("a frame of %d bytes: 1 to %d are allowed", n, maxFrame)
		}
		var message bytes.Buffer // grows with what arrives, not with what is claimed
		if _, err := io.CopyN(&message, r, int64(n)); err != nil {
			return err
		}
		m.opts.Heard(sid, message.Bytes())
	}
}

// write sends what waits, each time the newest, until the connection ends.
func (m *Mesh) write(l *link, c *connection) error {
	for {
		select {
		case <-c.done:
			return c.err
		case <-c.wake:
		}
		m.mu.Lock()
		var message []byte
		if l.conn == c { // a newer connection has taken over the queue otherwise
			message = l.take()
		}
		m.mu.Unlock()
		if message == nil {
			continue
		}
		frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(message)), uint32(len(message)))
		if _, err := c.raw.Write(append(frame, message...)); err != nil {
			return err
		}
	}
}
