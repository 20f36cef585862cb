package server

import (
	"sync"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors/quorum/link"
	"troupe/interop/wire"
	"troupe/zab/packet"
)

// lateNetwork tells of the end of each connection to a leader a second time, when the test says so: as of one that lingers
// because the leader is paused or cut off.
type lateNetwork struct {
	link.Network
	mu   sync.Mutex
	late []func()
}

func (n *lateNetwork) Dial(addresses []string, o link.DialOptions, done func(link.Link, error)) (cancel func()) {
	return n.Network.Dial(addresses, o, func(l link.Link, err error) {
		if err == nil {
			l = lateLink{l, n}
		}
		done(l, err)
	})
}

func (n *lateNetwork) end() (told int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.late {
		f()
	}
	return len(n.late)
}

type lateLink struct {
	link.Link
	network *lateNetwork
}

func (l lateLink) Start(h link.Handler) { l.Link.Start(lateHandler{h, l.network}) }

type lateHandler struct {
	link.Handler
	network *lateNetwork
}

func (h lateHandler) Closed(l link.Link, err error) {
	h.Handler.Closed(l, err)
	h.network.mu.Lock()
	defer h.network.mu.Unlock()
	h.network.late = append(h.network.late, func() { h.Handler.Closed(l, err) })
}

// What still comes for a role that is over does not end the next one: followers of a leader that was cut off had to follow
// the new one twice.
func TestWhatComesForAnEarlierRoleIsNotHeard(t *testing.T) {
	n := &lateNetwork{Network: link.TCP(link.Options{Limits: packet.Limits{Data: 1 << 20}, Log: zerolog.Nop()})}
	e := form(t, 3, 0, World{Network: n})
	e.stop(e.leader())
	leader := e.leader()
	follower := 0
	for follower == leader || e.servers[follower] == nil {
		follower++
	}
	c := e.connect(follower, 10_000)
	require.NotZero(t, n.end())
	require.Zero(t, call(t, c, wire.CreateReq(wire.OpCreate, "/a", nil, wire.OpenACL(), wire.Persistent)).Err)
}
