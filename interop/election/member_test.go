//go:build interop

package election

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors"
	"troupe/actors/quorum/elect"
	"troupe/election"
	"troupe/election/peers"
	"troupe/election/quorum"
)

// member is a server that elects and does nothing else: the actor that a server elects with, and its connections.
type member struct {
	*elect.Ref
	t         testing.TB
	system    *actor.ActorSystem
	root      *actor.PID
	mesh      elect.Ballots
	decisions chan election.Decision
	left      sync.Once

	mu    sync.Mutex
	heard []heard
}

// heard is a notification with its sender.
type heard struct {
	from int64
	election.Notification
}

// join opens member id of the ensemble. It does nothing until it is told to elect.
func join(t testing.TB, id int64, c *quorum.Config) *member {
	self, ok := c.Server(id)
	require.True(t, ok, "server %d is no member of:\n%v", id, c)
	log := zerolog.New(zerolog.NewTestWriter(t)).With().Int64("server", id).Logger()
	m := &member{t: t, system: actors.NewSystem(log), decisions: make(chan election.Decision, 100)}
	open := elect.Mesh(peers.Options{
		ID: id, Announce: self.ElectionAddresses(), Listen: self.ElectionAddresses(), Committed: c, BindRetries: 3,
		Report: func(e peers.Event) {
			log.Info().Int64("peer", e.Peer).Str("at", e.Remote).Err(e.Err).Msg("election connection")
		},
	})
	o := elect.Options{
		ID: id, Config: c, Clock: actors.SystemClock(), Log: log,
		Decided: func(d election.Decision) { m.decisions <- d },
		Open: func(take func(int64, []byte), failed func(error)) (b elect.Ballots, err error) {
			m.mesh, err = open(func(from int64, message []byte) {
				m.note(from, message)
				take(from, message)
			}, failed)
			return m.mesh, err
		},
	}
	started := make(chan error, 1)
	m.root = m.system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
		if _, ok := ctx.Message().(*actor.Started); ok {
			var err error
			m.Ref, err = elect.Spawn(ctx, m.system.Root, o)
			started <- err
		}
	}))
	require.NoError(t, <-started)
	t.Cleanup(m.leave)
	return m
}

// leave closes the member's connections, as the end of its process would. It may be called again.
func (m *member) leave() {
	m.left.Do(func() {
		_ = m.system.Root.StopFuture(m.root).Wait()
		m.system.Shutdown()
	})
}

func (m *member) note(from int64, message []byte) {
	n, err := election.Decode(message)
	if err != nil {
		m.t.Errorf("from server %d: %v", from, err)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heard = append(m.heard, heard{from, n})
}

// connected tells whether there are connections to these peers and to no others.
func (m *member) connected(ids ...int64) bool {
	return slices.Equal(ids, m.mesh.(*peers.Mesh).Connected())
}

// decision is the outcome of the running election.
func (m *member) decision(limit time.Duration) election.Decision {
	m.t.Helper()
	select {
	case d := <-m.decisions:
		return d
	case <-time.After(limit):
		m.t.Fatalf("no decision within %v; heard: %s", limit, m.tail())
		return election.Decision{}
	}
}

// messages are all notifications that came so far.
func (m *member) messages() []heard {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]heard(nil), m.heard...)
}

func (m *member) tail() string {
	text := ""
	for _, h := range m.messages() {
		text += fmt.Sprintf("\n  %d: %v %+v", h.from, h.State, h.Vote)
	}
	return text
}
