package peers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/election/quorum"
)

// memory is a network of pipes. Writes on a pipe wait for reads, so nothing is hidden by buffers.
type memory struct {
	mu        sync.Mutex
	listeners map[string]*memoryListener
	refuse    map[string]bool // addresses that nobody can connect to
	hang      map[string]bool // addresses that never answer
	bindFails map[string]int  // how often binding still fails
	latency   time.Duration   // of a dial
	dialed    []string
	open      map[*memoryConn]bool
}

func newMemory() *memory {
	return &memory{listeners: map[string]*memoryListener{}, refuse: map[string]bool{}, hang: map[string]bool{}, bindFails: map[string]int{}, open: map[*memoryConn]bool{}}
}

var errRefused = errors.New("connection refused")

func (n *memory) Dial(ctx context.Context, address string) (net.Conn, error) {
	n.mu.Lock()
	n.dialed = append(n.dialed, address)
	l, hang := n.listeners[address], n.hang[address]
	if n.refuse[address] {
		l = nil
	}
	n.mu.Unlock()
	if hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if l == nil {
		return nil, errRefused
	}
	if n.latency > 0 {
		<-time.After(n.latency)
	}
	here, there := net.Pipe()
	select {
	case l.c <- n.track(there):
		return n.track(here), nil
	case <-l.done:
		return nil, errRefused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (n *memory) Listen(address string) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.bindFails[address] > 0 {
		n.bindFails[address]--
		return nil, errors.New("address already in use")
	}
	l := &memoryListener{network: n, address: address, c: make(chan net.Conn), done: make(chan struct{})}
	n.listeners[address] = l
	return l, nil
}

func (n *memory) track(c net.Conn) *memoryConn {
	n.mu.Lock()
	defer n.mu.Unlock()
	mc := &memoryConn{c, n}
	n.open[mc] = true
	return mc
}

// ends is how many ends of connections are open.
func (n *memory) ends() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.open)
}

// breakAll breaks all connections.
func (n *memory) breakAll() {
	n.mu.Lock()
	all := []*memoryConn{}
	for c := range n.open {
		all = append(all, c)
	}
	n.mu.Unlock()
	for _, c := range all {
		_ = c.Close()
	}
}

func (n *memory) dials(address string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(n.dialed), func(a string) bool { return a != address }))
}

type memoryConn struct {
	net.Conn
	network *memory
}

func (c *memoryConn) Close() error {
	c.network.mu.Lock()
	delete(c.network.open, c)
	c.network.mu.Unlock()
	return c.Conn.Close()
}

type memoryListener struct {
	network *memory
	address string
	c       chan net.Conn
	done    chan struct{}
	once    sync.Once
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.c:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() {
		close(l.done)
		l.network.mu.Lock()
		delete(l.network.listeners, l.address)
		l.network.mu.Unlock()
	})
	return nil
}

func (l *memoryListener) Addr() net.Addr { return nil }

// server is a mesh with what it reported.
type server struct {
	*Mesh
	mu     sync.Mutex
	events []Event
	heard  []string
	failed []error
}

func (s *server) seen() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// received gives what came since the last call.
func (s *server) received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.heard
	s.heard = nil
	return all
}

func address(sid int64) string { return fmt.Sprintf("10.0.0.%d:3888", sid) }

// members is a configuration of servers 1 to n, at their addresses.
func members(t testing.TB, n int64) *quorum.Config {
	var servers []quorum.Server
	for sid := int64(1); sid <= n; sid++ {
		servers = append(servers, quorum.Server{ID: sid, Addresses: []quorum.Address{{Host: fmt.Sprintf("10.0.0.%d", sid), QuorumPort: 2888, ElectionPort: 3888}}})
	}
	c, err := quorum.New(0, servers, nil, nil)
	require.NoError(t, err)
	return c
}

// start opens a mesh for one of n servers; change may alter its options.
func start(t testing.TB, network Network, sid, n int64, change ...func(*Options)) *server {
	s := &server{}
	o := Options{
		ID: sid, Announce: []string{address(sid)}, Listen: []string{address(sid)}, Committed: members(t, n), Network: network, BindRetries: 3,
		Report: func(e Event) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.events = append(s.events, e)
		},
		Heard: func(from int64, message []byte) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.heard = append(s.heard, fmt.Sprintf("%d: %s", from, message))
		},
		Failed: func(err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.failed = append(s.failed, err)
		},
	}
	for _, f := range change {
		f(&o)
	}
	s.Mesh = Open(o)
	return s
}

// bubble runs a test in virtual time; at its end no goroutine may be left.
func bubble(t *testing.T, f func(t *testing.T, n *memory)) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemory()
		f(t, n)
		synctest.Wait()
		require.Zero(t, n.ends(), "connections left open")
	})
}

// after lets virtual time pass.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
