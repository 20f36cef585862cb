package peers

import (
	"context"
	"net"
	"slices"
	"sync"

	"troupe/election/quorum"
)

// maxStrangers is how many servers outside of the configuration may be connected at a time: members to be, and
// observers without an id.
const maxStrangers = 256

// maxHandshakes is how many connections may be open that have not introduced themselves yet.
const maxHandshakes = 256

// Mesh keeps this server connected to its peers. All methods may be called by any goroutine, and none waits for the
// network except [Mesh.Close].
type Mesh struct {
	opts   Options
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup // all goroutines
	slots  chan struct{}  // one for each attempt to connect that may run

	mu        sync.Mutex
	stopped   bool
	members   map[int64][]string // addresses by server id
	links     map[int64]*link
	open      map[net.Conn]fresh // connections that are not introduced yet
	count     uint64             // of connections so far
	listeners map[net.Listener]struct{}
	anonymous int64 // last id given to an observer without one: -1, -2, ...
}

// Open begins to listen. Connections are made when there is something to send.
func Open(o Options) *Mesh {
	m := &Mesh{
		opts: o.withDefaults(), links: map[int64]*link{}, open: map[net.Conn]fresh{}, listeners: map[net.Listener]struct{}{},
	}
	m.slots = make(chan struct{}, m.opts.Attempts)
	m.ctx, m.cancel = context.WithCancel(context.Background())
	m.Configure(o.Committed, o.LastProposed)
	for _, address := range o.Listen {
		m.wg.Go(func() { m.listen(address) })
	}
	return m
}

// Configure tells where the members are from now on. Connections stay as they are.
func (m *Mesh) Configure(committed, lastProposed *quorum.Config) {
	members := map[int64][]string{}
	for _, c := range []*quorum.Config{committed, lastProposed} {
		if c == nil {
			continue
		}
		for _, s := range c.Servers() {
			for _, a := range s.ElectionAddresses() {
				if !slices.Contains(members[s.ID], a) {
					members[s.ID] = append(members[s.ID], a)
				}
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.members = members
}

// Send makes message the next one to a peer, in place of one that has not gone out yet, and connects if need be. A
// message to this server itself comes in at once. The mesh owns the bytes from now on. Nothing is sent to servers that
// are neither members nor connected, nor in frames that a peer would refuse (0 bytes, more than 512 KiB).
func (m *Mesh) Send(to int64, message []byte) {
	if to == m.opts.ID {
		m.opts.Heard(to, message)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.links[to] == nil && !m.isMember(to) {
		return // a stranger that is gone: nobody knows where it is
	}
	if l := m.link(to); l != nil && len(message) > 0 && len(message) <= maxFrame {
		l.put(message)
		m.connect(l)
	}
}

// ConnectAll tries to connect to every peer that something was sent to and that is not connected.
func (m *Mesh) ConnectAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.links {
		m.connect(l)
	}
}

// Delivered tells whether nothing waits to be sent to at least one of the peers (haveDelivered).
func (m *Mesh) Delivered() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.links {
		if l.pending == nil {
			return true
		}
	}
	return false
}

// Connected are the ids of the peers that there is a connection to, ascending.
func (m *Mesh) Connected() []int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []int64
	for sid, l := range m.links {
		if l.conn != nil {
			all = append(all, sid)
		}
	}
	slices.Sort(all)
	return all
}

// Close ends all connections and returns when nothing of the mesh runs any more. Later calls do nothing.
func (m *Mesh) Close() {
	m.mu.Lock()
	m.stopped = true
	m.cancel()
	for l := range m.listeners {
		_ = l.Close()
	}
	for c := range m.open {
		_ = c.Close()
	}
	for _, l := range m.links {
		if l.conn != nil {
			l.conn.end(ErrStopped)
		}
	}
	m.mu.Unlock()
	m.wg.Wait()
}

// link gives the link to a peer, and makes it if there is none. It is nil when the mesh has stopped, or when there
// are too many strangers. The caller holds the mutex.
func (m *Mesh) link(sid int64) *link {
	if m.stopped {
		return nil
	}
	l := m.links[sid]
	if l == nil {
		if !m.isMember(sid) && len(m.links) >= len(m.members)+maxStrangers {
			return nil
		}
		l = &link{sid: sid, hurry: make(chan struct{}, 1)}
		m.links[sid] = l
	}
	return l
}

func (m *Mesh) isMember(sid int64) bool { _, ok := m.members[sid]; return ok }

// forget drops the link to a stranger that there is no connection to any more. The caller holds the mutex.
func (m *Mesh) forget(l *link) {
	if l.conn == nil && !l.connecting && !m.isMember(l.sid) {
		delete(m.links, l.sid)
	}
}

func (m *Mesh) report(sid int64, known bool, remote string, err error) {
	m.opts.Report(Event{sid, known, remote, err})
}
