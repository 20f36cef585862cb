//go:build interop

package ensemble

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hop is a direction: what one member sends to another.
type hop struct{ from, to int64 }

// back is the other direction.
func (h hop) back() hop { return hop{h.to, h.from} }

// network stands between the members: each reaches each other one through listeners that belong to that pair, and
// what one sends to another can be held back. Bytes that are held are delivered when the cut is healed, as TCP does
// it; a connection that is begun over a cut stays silent, as one whose first packet is sent again and again.
type network struct {
	t     testing.TB
	lanes map[hop]*lane

	mu      sync.Mutex
	cuts    map[hop]bool
	changed chan struct{} // closed when cuts change
	carried map[*carrier]struct{}
	syncs   map[hop][]string // kinds of synchronisation seen, by leader -> learner
	closed  bool
}

// lane is where hop.from reaches the two ports of hop.to.
type lane struct{ quorum, election net.Listener }

// carrier is one connection and its continuation.
type carrier struct {
	hop      hop // from the side that connected
	election bool
	in       net.Conn
	out      net.Conn // set under the network's lock
}

func newNetwork(t testing.TB, members []*member) *network {
	n := &network{
		t: t, lanes: map[hop]*lane{}, cuts: map[hop]bool{}, changed: make(chan struct{}),
		carried: map[*carrier]struct{}{}, syncs: map[hop][]string{},
	}
	for _, from := range members {
		for _, to := range members {
			if from == to {
				continue
			}
			h, l := hop{from.id, to.id}, &lane{}
			for _, port := range []*net.Listener{&l.quorum, &l.election} {
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				require.NoError(t, err)
				*port = listener
			}
			n.lanes[h] = l
			go n.accept(l.quorum, h, to.quorumPort, false)
			go n.accept(l.election, h, to.electionPort, true)
		}
	}
	t.Cleanup(n.close)
	return n
}

// ports are the quorum and the election port at which h.from reaches h.to.
func (n *network) ports(h hop) (quorum, election int) {
	l := n.lanes[h]
	return l.quorum.Addr().(*net.TCPAddr).Port, l.election.Addr().(*net.TCPAddr).Port
}

// cut holds back what is sent along the hops.
func (n *network) cut(hops ...hop) {
	n.change(func() {
		for _, h := range hops {
			n.cuts[h] = true
		}
	})
}

// isolate cuts the member off from all others, both ways.
func (n *network) isolate(m *member) {
	for _, other := range m.e.others(m) {
		n.cut(hop{m.id, other.id}, hop{other.id, m.id})
	}
}

// heal ends all cuts.
func (n *network) heal() { n.change(func() { clear(n.cuts) }) }

// forget ends all connections of a member without delivering what is held, as when its machine loses power.
func (n *network) forget(m *member) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.carried {
		if c.hop.from == m.id || c.hop.to == m.id {
			c.close()
		}
	}
}

// synced tells how the leader brought the learner up to date, one word for each time.
func (n *network) synced(leader, learner *member) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.syncs[hop{leader.id, learner.id}]...)
}

func (n *network) change(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
	close(n.changed)
	n.changed = make(chan struct{})
}

func (n *network) close() {
	n.change(func() { n.closed = true })
	for _, l := range n.lanes {
		_ = l.quorum.Close()
		_ = l.election.Close()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.carried {
		c.close()
	}
}

// pass waits until all of the hops are open; false is the end of the network.
func (n *network) pass(hops ...hop) bool {
	for {
		n.mu.Lock()
		closed, changed, held := n.closed, n.changed, false
		for _, h := range hops {
			held = held || n.cuts[h]
		}
		n.mu.Unlock()
		switch {
		case closed:
			return false
		case !held:
			return true
		}
		<-changed
	}
}

func (n *network) accept(l net.Listener, h hop, port int, election bool) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		go n.carry(&carrier{hop: h, in: in, election: election}, port)
	}
}

// carry takes a connection to where it wants to go, and its bytes in both directions.
func (n *network) carry(c *carrier, port int) {
	if !n.hold(c) {
		_ = c.in.Close()
		return
	}
	defer n.release(c)
	if !n.pass(c.hop, c.hop.back()) {
		return
	}
	out := c.dial(port)
	if out == nil {
		return
	}
	n.mu.Lock()
	c.out = out
	n.mu.Unlock()
	if c.election && !n.announce(c) {
		return
	}
	var wait sync.WaitGroup
	wait.Add(2)
	go func() { defer wait.Done(); n.pump(c, c.out, c.in, c.hop, nil) }()
	go func() { defer wait.Done(); n.pump(c, c.in, c.out, c.hop.back(), &sniffer{n: n, hop: c.hop.back()}) }()
	wait.Wait()
}

// pump carries one direction. The end of a connection is news that travels as bytes do: it waits at a cut too.
func (n *network) pump(c *carrier, to, from net.Conn, h hop, s *sniffer) {
	defer c.close()
	buf := make([]byte, 64<<10)
	for {
		size, err := from.Read(buf)
		if !n.pass(h) || err != nil {
			return
		}
		if s != nil && !c.election {
			s.see(buf[:size])
		}
		if _, err := to.Write(buf[:size]); err != nil {
			n.pass(h.back())
			return
		}
	}
}

// dial connects to the member itself. A leader opens its quorum port when it knows that it leads: a learner that
// was quicker would be refused there and try again, so this waits a little for it.
func (c *carrier) dial(port int) net.Conn {
	limit := time.Now().Add(300 * time.Millisecond)
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		out, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err == nil {
			return out
		}
		if c.election || time.Now().After(limit) {
			return nil
		}
		<-ticker.C
	}
}

// announce passes on the first message of an election connection, with the address at which the other side may call
// back replaced by its own way there (election.md §1).
func (n *network) announce(c *carrier) bool {
	head := make([]byte, 20)
	if _, err := io.ReadFull(c.in, head); err != nil {
		return false
	}
	if version := int64(binary.BigEndian.Uint64(head)); version != -65536 {
		n.t.Errorf("server.%d begins its election connection with version %d", c.hop.from, version)
		return false
	}
	if _, err := io.ReadFull(c.in, make([]byte, binary.BigEndian.Uint32(head[16:])&0xfff)); err != nil {
		return false
	}
	_, election := n.ports(c.hop.back())
	address := fmt.Sprintf("127.0.0.1:%d", election)
	binary.BigEndian.PutUint32(head[16:], uint32(len(address)))
	_, err := c.out.Write(append(head, address...))
	return err == nil
}

func (n *network) hold(c *carrier) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return false
	}
	n.carried[c] = struct{}{}
	return true
}

func (n *network) release(c *carrier) {
	n.mu.Lock()
	defer n.mu.Unlock()
	c.close()
	delete(n.carried, c)
}

func (c *carrier) close() {
	_ = c.in.Close()
	if c.out != nil {
		_ = c.out.Close()
	}
}
