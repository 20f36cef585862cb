package elect

import (
	"cmp"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors"
	"troupe/election"
	"troupe/election/quorum"
)

// world is a clock and a network in which everything happens on the goroutine of the test, in an order that the seed
// decides: actors run on the stack of whoever tells them something.
type world struct {
	t       testing.TB
	system  *actor.ActorSystem
	random  *rand.Rand
	now     time.Duration
	events  []*event
	count   int
	servers map[int64]*member
	latency func() time.Duration
	cut     func(a, b int64) bool // whether nothing gets from a to b
}

type event struct {
	at    time.Duration
	count int
	do    func()
}

func newWorld(t testing.TB, seed int64) *world {
	w := &world{t: t, system: actors.NewSystem(zerolog.Nop()), random: rand.New(rand.NewSource(seed)), servers: map[int64]*member{}}
	w.latency = func() time.Duration { return time.Duration(1+w.random.Intn(20)) * time.Millisecond }
	w.cut = func(int64, int64) bool { return false }
	t.Cleanup(func() { w.system.Shutdown() })
	return w
}

func (w *world) after(d time.Duration, do func()) *event {
	w.count++
	e := &event{w.now + d, w.count, do}
	i, _ := slices.BinarySearchFunc(w.events, e, func(a, b *event) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.count, b.count))
	})
	w.events = slices.Insert(w.events, i, e)
	return e
}

// run lets time pass.
func (w *world) run(d time.Duration) {
	end := w.now + d
	for len(w.events) > 0 && w.events[0].at <= end {
		e := w.events[0]
		w.events = w.events[1:]
		w.now = e.at
		e.do()
	}
	w.now = end
}

// Now, Millis and AfterFunc make the world an actors.Clock.
func (w *world) Now() time.Time { return time.Unix(1_700_000_000, 0).Add(w.now) }

func (w *world) Millis() int64 { return w.now.Milliseconds() }

func (w *world) AfterFunc(d time.Duration, f func()) func() {
	e := w.after(d, f)
	return func() { e.do = func() {} }
}

// member is one server's election, with what it told.
type member struct {
	*Ref
	w          *world
	id         int64
	log        lines
	heard      func(int64, []byte)
	failed     func(error)
	closed     bool
	connected  int // calls of ConnectAll
	configured []*quorum.Config

	decided      []election.Decision
	deserted     int
	reconfigured []*quorum.Config
	failures     []error
}

// join adds a server. It begins nothing.
func (w *world) join(id int64, c *quorum.Config, change ...func(*Options)) *member {
	m := &member{w: w, id: id}
	w.servers[id] = m
	o := Options{
		ID: id, Config: c, Clock: w, Log: zerolog.New(&m.log),
		Open: func(heard func(int64, []byte), failed func(error)) (Ballots, error) {
			m.heard, m.failed = heard, failed
			return m, nil
		},
		Decided:      func(d election.Decision) { m.decided = append(m.decided, d) },
		Deserted:     func() { m.deserted++ },
		Reconfigured: func(c *quorum.Config) { m.reconfigured = append(m.reconfigured, c) },
		Failed:       func(err error) { m.failures = append(m.failures, err) },
	}
	for _, f := range change {
		f(&o)
	}
	// A guardian of its own: each server has an actor of the same name.
	root := w.system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
		if _, ok := ctx.Message().(*actor.Started); ok {
			var err error
			m.Ref, err = Spawn(ctx, w.system.Root, o, actor.WithDispatcher(actors.Inline()))
			require.NoError(w.t, err)
		}
	}, actor.WithDispatcher(actors.Inline())))
	require.NotNil(w.t, root)
	return m
}

// Send, ConnectAll, Delivered, Configure and Close make the member its own Ballots.
func (m *member) Send(to int64, message []byte) {
	require.NotEqual(m.w.t, m.id, to)
	if m.closed || m.w.cut(m.id, to) {
		return
	}
	m.w.after(m.w.latency(), func() {
		if peer := m.w.servers[to]; peer != nil && !peer.closed && !m.w.cut(m.id, to) {
			peer.heard(m.id, message)
		}
	})
}

func (m *member) ConnectAll() { m.connected++ }

func (m *member) Delivered() bool {
	for id := range m.w.servers {
		if id != m.id && !m.w.cut(m.id, id) {
			return true
		}
	}
	return false
}

func (m *member) Connected() (all []int64) {
	for id, peer := range m.w.servers {
		if id != m.id && !peer.closed && !(m.w.cut(m.id, id) && m.w.cut(id, m.id)) {
			all = append(all, id)
		}
	}
	return all
}

func (m *member) Configure(committed, _ *quorum.Config) {
	m.configured = append(m.configured, committed)
}

func (m *member) Close() { m.closed = true }

// tell is a notification of a peer, at once.
func (m *member) tell(from int64, n election.Notification) { m.heard(from, n.Append(nil)) }

// lines are what was logged.
type lines []string

func (l *lines) Write(p []byte) (int, error) {
	*l = append(*l, string(p))
	return len(p), nil
}

// ensemble is a configuration of servers 1 to n; the last observers of them do not vote.
func ensemble(t testing.TB, n, observers int64) *quorum.Config {
	var servers []quorum.Server
	for id := int64(1); id <= n; id++ {
		s := quorum.Server{ID: id, Addresses: []quorum.Address{{Host: "127.0.0.1", QuorumPort: int(2000 + id), ElectionPort: int(3000 + id)}}}
		if id > n-observers {
			s.Role = quorum.Observer
		}
		servers = append(servers, s)
	}
	c, err := quorum.New(0, servers, nil, nil)
	require.NoError(t, err)
	return c
}
