package link

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"troupe/zab/packet"
)

// conn is a Link over a connection.
type conn struct {
	id     int64
	o      *Options
	raw    net.Conn // what is closed: closing TLS may wait for a peer that reads nothing
	net    net.Conn // what packets travel over
	dialed bool     // the peer is a leader
	from   *listener

	mu       sync.Mutex
	wake     sync.Cond // of the writer
	queue    []item
	backlog  Backlog // queue, and what the writer has taken
	writing  bool    // the writer has taken something, and is not done with it
	direct   *direct
	settled  atomic.Bool // no snapshot comes or goes any more
	ride     *ride       // on an event loop; nil: it has goroutines
	started  bool
	closed   bool
	flushing bool // CloseAfterFlush was called
	err      error
	linger   *time.Timer
	written  chan struct{} // closed by the writer at its end
}

// open makes a link, which can send at once.
func (n *network) open(raw, c net.Conn, dialed bool, from *listener) *conn {
	k := &conn{id: n.id.Add(1), o: &n.o, raw: raw, net: c, dialed: dialed, from: from, backlog: NewBacklog(n.o.SendBound, n.o.SnapshotBound), written: make(chan struct{}), direct: newDirect(c)}
	k.wake.L = &k.mu
	go k.write()
	return k
}

// ID implements Link.
func (c *conn) ID() int64 { return c.id }

// Remote implements Link.
func (c *conn) Remote() string { return c.raw.RemoteAddr().String() }

// Settle implements Link.
func (c *conn) Settle() { c.settled.Store(true) }

// Start implements Link.
func (c *conn) Start(h Handler) {
	c.mu.Lock()
	again := c.started
	c.started = true
	c.mu.Unlock()
	if again {
		panic("link started twice")
	}
	if c.from != nil {
		c.from.started(c)
	}
	go func() {
		err := newReader(c, h).run()
		if err == errBoarded {
			return
		}
		c.Close(err)
		h.Closed(c, c.reason())
	}()
}

// Close implements Link.
func (c *conn) Close(err error) {
	if err == nil {
		err = ErrClosed
	}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed, c.err, c.queue = true, err, nil
	if c.linger != nil {
		c.linger.Stop()
	}
	c.wake.Signal()
	if c.ride != nil {
		c.ride.end(err)
	}
	c.mu.Unlock()
	_ = c.raw.Close()
	if c.from != nil {
		c.from.closed(c)
	}
}

// CloseAfterFlush implements Link.
func (c *conn) CloseAfterFlush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.flushing {
		return
	}
	c.flushing = true
	c.linger = time.AfterFunc(c.o.Linger, func() { c.Close(nil) })
	if c.ride != nil {
		c.ride.hush()
	}
	c.wake.Signal()
}

// reason is why the link has ended.
func (c *conn) reason() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// silent tells that nothing is to be handed over any more; flushing, that it still sends.
func (c *conn) silent() (silent, flushing bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed || c.flushing, c.flushing && !c.closed
}

// size is how many bytes a packet has on the wire (but for characters beyond 16 bits in ids, which have 6 instead of 4).
func size(p *packet.Packet) int {
	n := 4 + 8 + 4 + len(p.Data) + 4
	for i := range p.Auth {
		n += 4 + len(p.Auth[i].Scheme) + 4 + len(p.Auth[i].ID)
	}
	return n
}
