package conn

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors"
	"troupe/actors/gate"
	"troupe/actors/operator/fourletter"
	"troupe/actors/operator/stats"
	"troupe/actors/pipeline"
	"troupe/actors/session"
	"troupe/actors/watch"
	"troupe/interop/wire"
	"troupe/jute/proto"
	"troupe/tree"
	"troupe/tree/acl"
	"troupe/tree/reply"
)

// testLink is a transport without a socket: the test puts input in, takes output out, and runs the turns.
type testLink struct {
	in      []byte
	need    int
	out     []byte
	pending int
	paused  bool
	ended   bool // the peer has closed its sending side
	closed  bool
	err     error
	mu      sync.Mutex // guards queue: sessions kick from goroutines of their own
	queue   []func()
	owner   *Handler
}

func (l *testLink) ID() uint64             { return 1 }
func (l *testLink) Loop() int              { return 0 }
func (l *testLink) Remote() netip.AddrPort { return netip.MustParseAddrPort("127.0.0.1:4000") }
func (l *testLink) Input() []byte          { return l.in }
func (l *testLink) InputEnded() bool       { return l.ended }
func (l *testLink) Consume(n int)          { l.in = l.in[n:] }
func (l *testLink) Need(n int)             { l.need = n }
func (l *testLink) TakeBuffer() []byte     { return nil }
func (l *testLink) Flush(b []byte)         { l.out = append(l.out, b...) }
func (l *testLink) Pending() int           { return l.pending }
func (l *testLink) PauseReading()          { l.paused = true }
func (l *testLink) ResumeReading()         { l.paused = false }
func (l *testLink) OnLoop(f func())        { l.queue = append(l.queue, f) }
func (l *testLink) AfterRound(f func())    { l.queue = append(l.queue, f) }
func (l *testLink) InTurn(f func())        { f() }
func (l *testLink) Close()                 { l.end(nil) }
func (l *testLink) Abort(err error)        { l.end(err) }

func (l *testLink) Execute(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, f)
}

func (l *testLink) next() (f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) > 0 {
		f, l.queue = l.queue[0], l.queue[1:]
	}
	return f
}

func (l *testLink) end(err error) {
	if !l.closed {
		l.closed, l.err = true, err
		l.owner.Closed(err)
	}
}

// run takes the turns that are due.
func (l *testLink) run() {
	for f := l.next(); f != nil; f = l.next() {
		f()
	}
}

// messages takes what the client has received.
func (l *testLink) messages(t *testing.T) (all [][]byte) {
	t.Helper()
	for len(l.out) > 0 {
		require.GreaterOrEqual(t, len(l.out), 4)
		n := int(wire.NewDec(l.out).Int())
		require.GreaterOrEqual(t, len(l.out), 4+n)
		all = append(all, l.out[4:4+n])
		l.out = l.out[4+n:]
	}
	return all
}

// xids are those of the replies received; an event is -1.
func (l *testLink) xids(t *testing.T) (all []int32) {
	t.Helper()
	for _, m := range l.messages(t) {
		all = append(all, wire.NewDec(m).Int())
	}
	return all
}

// testPipeline keeps what is submitted until the test commits it.
type testPipeline struct {
	requests []*pipeline.Request
	inside   int64
}

func (p *testPipeline) Batch() *pipeline.Batch { return &pipeline.Batch{} }

func (p *testPipeline) Submit(b *pipeline.Batch) {
	p.requests = append(p.requests, b.Requests...)
	p.inside += int64(len(b.Requests))
}

func (p *testPipeline) Inside() int64 { return p.inside }

type nobody struct{}

func (nobody) Gone(*Handler)                            {}
func (nobody) CloseSessions([]int64)                    {}
func (nobody) Ask(fourletter.Command, []byte, *Handler) {}

// scene is one connection of a server whose pipeline is the test's hand.
type scene struct {
	t    *testing.T
	env  *Env
	link *testLink
	pipe *testPipeline
	h    *Handler
	xid  int32
}

func newScene(t *testing.T, limits func(*Limits)) *scene {
	t.Helper()
	return newSceneOf(t, session.Rules{}, limits)
}

// newSceneOf is a scene at a server with these rules.
func newSceneOf(t *testing.T, rules session.Rules, limits func(*Limits)) *scene {
	t.Helper()
	system := actors.NewSystem(zerolog.Nop())
	registry, err := acl.New(acl.Options{})
	require.NoError(t, err)
	tr := tree.New(tree.Options{})
	watches, err := watch.Spawn(system.Root, system.Root, 2)
	require.NoError(t, err)
	clock := actors.SystemClock()
	sessions, err := session.Spawn(system.Root, system.Root, session.NewTable(rules), session.Options{Clock: clock, TickTime: time.Hour, Closer: nobody{}, Log: zerolog.Nop()})
	require.NoError(t, err)
	s := &scene{t: t, link: &testLink{}, pipe: &testPipeline{}}
	s.env = &Env{
		Gate: &gate.Gate{}, Tree: tr, ACL: registry, Reader: &reply.Reader{Tree: tr, ACL: registry}, Sessions: sessions,
		IDs: session.NewIDs(1, 0), Watches: watches, Pipeline: s.pipe, Courier: &Courier{}, Words: nobody{}, Parent: nobody{},
		Stats: stats.NewCollector(1), Clock: clock, Send: system.Root, Log: zerolog.Nop(), Member: rules.Kind != session.Standalone,
		Limits: Limits{MaxFrame: 1 << 20, MinSessionTimeout: 4000, MaxSessionTimeout: 40000, GlobalOutstanding: 1000, SessionOutstanding: 1000, SessionReads: 100,
			OutputSoft: 1000, OutputHard: 100_000},
	}
	if limits != nil {
		limits(&s.env.Limits)
	}
	s.h = New(s.env, s.link)
	s.link.owner = s.h
	pid, err := system.Root.SpawnNamed(s.h.Props(actor.WithSupervisor(actors.StopOne(func(*actors.Failed) {}))), s.h.Name())
	require.NoError(t, err)
	s.h.Spawned(pid)
	s.link.run()
	return s
}

// greeted is a scene whose client has its session.
func greeted(t *testing.T, limits func(*Limits)) *scene {
	t.Helper()
	s := newScene(t, limits)
	s.receive(wire.Hello{Timeout: 10000, Password: make([]byte, 16)}.Frame())
	s.commit(1)
	require.Len(t, s.link.messages(t), 1)
	require.Equal(t, serving, s.h.state)
	return s
}

// receive lets bytes arrive.
func (s *scene) receive(b []byte) {
	s.link.in = append(s.link.in, b...)
	s.h.Readable()
	s.link.run()
}

// send lets requests arrive together and returns their xids.
func (s *scene) send(requests ...wire.Request) (xids []int32) {
	var b []byte
	for _, r := range requests {
		s.xid++
		xids = append(xids, s.xid)
		b = append(b, r.Frame(s.xid)...)
	}
	s.receive(b)
	return xids
}

// apply commits the first n requests as the final stage does, without letting the connection take a turn.
func (s *scene) apply(n int) {
	s.env.Gate.Shut()
	defer s.env.Gate.Open()
	for ; n > 0; n-- {
		r := s.pipe.requests[0]
		s.pipe.requests[0] = r.Following()
		if s.pipe.requests[0] == nil {
			s.pipe.requests = s.pipe.requests[1:]
			s.pipe.inside--
		}
		if r.Op == proto.OpCreateSession && !r.Read {
			s.env.Sessions.Opened(r.Session, 10000, s.h, session.Here)
			r.Txn.Header.Type, r.HasTxn = int32(r.Op), true
		}
		if r.Conn == nil {
			continue
		}
		if r.Read {
			r.Conn.Read(r)
		}
		r.Conn.Reply(r)
	}
	s.env.Courier.Dispatch()
}

func (s *scene) commit(n int) {
	s.apply(n)
	s.link.run()
}
