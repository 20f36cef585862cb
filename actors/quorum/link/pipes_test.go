package link

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/zab/packet"
)

var errRefused = errors.New("connection refused")

// pipes are sockets in memory. Writes wait for reads, so nothing is hidden by buffers.
type pipes struct {
	mu        sync.Mutex
	listeners map[string]*pipeListener
	hang      map[string]bool    // addresses that never answer
	dialed    map[string]int     // how often
	accepting map[string][]error // what Accept fails with before it goes on
	open      int
}

func newPipes() *pipes {
	return &pipes{listeners: map[string]*pipeListener{}, hang: map[string]bool{}, dialed: map[string]int{}, accepting: map[string][]error{}}
}

func (n *pipes) Dial(ctx context.Context, address string) (net.Conn, error) {
	n.mu.Lock()
	n.dialed[address]++
	l, hang := n.listeners[address], n.hang[address]
	n.mu.Unlock()
	if hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if l == nil {
		return nil, errRefused
	}
	a, b := net.Pipe()
	here, there := n.track(a, address), n.track(b, "a learner")
	err := errRefused
	select {
	case l.c <- there:
		return here, nil
	case <-l.done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	return nil, errors.Join(err, here.Close(), there.Close())
}

func (n *pipes) Listen(address string) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hang[address] {
		return nil, errors.New("cannot assign requested address")
	}
	l := &pipeListener{n: n, address: address, c: make(chan net.Conn), done: make(chan struct{})}
	n.listeners[address] = l
	return l, nil
}

func (n *pipes) track(c net.Conn, remote string) net.Conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.open++
	return &pipe{Conn: c, n: n, remote: remote}
}

type pipe struct {
	net.Conn
	n      *pipes
	remote string
	once   sync.Once
	writes []int // bytes of each
}

func (p *pipe) Write(b []byte) (int, error) {
	p.writes = append(p.writes, len(b))
	return p.Conn.Write(b)
}

func (p *pipe) RemoteAddr() net.Addr { return pipeAddr(p.remote) }

func (p *pipe) Close() error {
	p.once.Do(func() {
		p.n.mu.Lock()
		p.n.open--
		p.n.mu.Unlock()
	})
	return p.Conn.Close()
}

type pipeListener struct {
	n       *pipes
	address string
	c       chan net.Conn
	done    chan struct{}
	once    sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	l.n.mu.Lock()
	var err error
	if errs := l.n.accepting[l.address]; len(errs) > 0 {
		err, l.n.accepting[l.address] = errs[0], errs[1:]
	}
	l.n.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case c := <-l.c:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() {
		close(l.done)
		l.n.mu.Lock()
		delete(l.n.listeners, l.address)
		l.n.mu.Unlock()
	})
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr(l.address) }

type pipeAddr string

func (pipeAddr) Network() string  { return "pipe" }
func (a pipeAddr) String() string { return string(a) }

// bubble runs a test in virtual time; at its end no goroutine and no connection may be left.
func bubble(t *testing.T, f func(t *testing.T, n *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		n := newPipes()
		f(t, n)
		synctest.Wait()
		require.Zero(t, n.open, "connections left open")
	})
}

// after lets virtual time pass.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// ears is a handler that remembers.
type ears struct {
	mu       sync.Mutex
	batches  [][]packet.Packet
	closed   chan struct{}
	err      error
	busy     bool // a call is under way
	hear     func(l Link, ps []packet.Packet)
	snapshot func(snap packet.Packet, r io.Reader) error
}

func newEars() *ears { return &ears{closed: make(chan struct{})} }

func (e *ears) enter() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.busy || e.err != nil {
		panic("two calls at a time, or one after Closed")
	}
	e.busy = true
}

func (e *ears) leave() {
	e.mu.Lock()
	e.busy = false
	e.mu.Unlock()
}

func (e *ears) Packets(l Link, ps []packet.Packet) {
	e.enter()
	defer e.leave()
	if len(ps) == 0 {
		panic("an empty batch")
	}
	e.mu.Lock()
	e.batches = append(e.batches, ps)
	e.mu.Unlock()
	if e.hear != nil {
		e.hear(l, ps)
	}
}

func (e *ears) Snapshot(_ Link, snap packet.Packet, r io.Reader) error {
	e.enter()
	defer e.leave()
	return e.snapshot(snap, r)
}

func (e *ears) Closed(_ Link, err error) {
	e.enter()
	defer e.leave()
	e.mu.Lock()
	e.err = err
	e.mu.Unlock()
	close(e.closed)
}

// heard is all that came so far, in one.
func (e *ears) heard() []packet.Packet {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []packet.Packet
	for _, b := range e.batches {
		all = append(all, b...)
	}
	return all
}

// ended is what the last call said, nil before it.
func (e *ears) ended() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// end waits for the last call.
func (e *ears) end() error {
	<-e.closed
	return e.ended()
}

// pair connects a learner to a leader; neither link is started.
func pair(t testing.TB, network Network, address string) (leader, learner Link) {
	accepted := make(chan Link, 1)
	closer, err := network.Listen([]string{address}, func(l Link) { accepted <- l })
	require.NoError(t, err)
	type result struct {
		l   Link
		err error
	}
	dialed := make(chan result, 1)
	if a, ok := closer.(*listener).sockets[0].Addr().(*net.TCPAddr); ok {
		address = a.String()
	}
	network.Dial([]string{address}, DialOptions{}, func(l Link, err error) { dialed <- result{l, err} })
	r := <-dialed
	require.NoError(t, r.err)
	leader = <-accepted
	leader.(*conn).from.started(leader.(*conn)) // it is not to end with the listener
	require.NoError(t, closer.Close())
	return leader, r.l
}

func proposal(zxid int64, data string) packet.Packet {
	return packet.Packet{Kind: packet.Proposal, Zxid: zxid, Data: []byte(data)}
}
