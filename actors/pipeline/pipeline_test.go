package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors"
	"troupe/actors/gate"
	"troupe/actors/watch"
	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/tree"
	"troupe/tree/acl"
	"troupe/tree/prep"
)

// allOpen is a session table in which everybody may do everything.
type allOpen struct{}

func (allOpen) Check(int64, any) proto.Code       { return proto.Ok }
func (allOpen) IsGlobal(int64) bool               { return true }
func (allOpen) Closing(int64)                     {}
func (allOpen) Opened(int64, int32, Replier, any) {}
func (allOpen) Ended(int64, string)               {}

// answers collects replies; it stands for courier and connection at once.
type answers struct {
	tree  *tree.Tree
	mu    sync.Mutex
	alone atomic.Bool
	got   []*Request
	waits []*Request // replied to, not dispatched yet
}

// Read answers with how many children the root has at that moment.
func (a *answers) Read(r *Request) { r.Answer = fmt.Append(nil, a.tree.Lookup("/").NumChildren()) }

func (a *answers) Reply(r *Request) { a.waits = append(a.waits, r) }

func (a *answers) Dispatch() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.got = append(a.got, a.waits...)
	a.waits = nil
}

func (a *answers) len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.got)
}

// running is a whole pipeline on a log that keeps everything.
func running(t *testing.T, log Log, fatal func(error)) (*Ref, *tree.Tree, *gate.Gate, *answers) {
	t.Helper()
	system := actors.NewSystem(zerolog.Nop())
	registry, err := acl.New(acl.Options{})
	require.NoError(t, err)
	tr := tree.New(tree.Options{Digest: true})
	g := &gate.Gate{}
	a := &answers{tree: tr}
	clock := actors.SystemClock()
	var ref *Ref
	built := make(chan error, 1)
	root := system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
		if _, ok := ctx.Message().(*actor.Started); !ok {
			return
		}
		watches, err := watch.Spawn(ctx, system.Root, 2)
		if err == nil {
			ref, err = Spawn(ctx, system.Root, Options{
				Gate: g, Tree: tr, Rules: prep.New(tr, registry, allOpen{}, prep.Options{Digest: true, CloseSessionTxn: true}), Log: log, Watches: watches,
				Courier: a, Sessions: allOpen{}, Endings: allOpen{}, Clock: clock, Snapshot: func() {}, Fatal: fatal, MaxBatch: 100,
				Cleaner: CleanerOptions{Interval: time.Hour, MaxPerMinute: 100}, Alone: a.alone.Load,
			})
		}
		built <- err
	}))
	require.NoError(t, <-built)
	t.Cleanup(func() { _ = system.Root.StopFuture(root).Wait() })
	return ref, tr, g, a
}

func create(path string, a *answers, n int32) *Request {
	r := &Request{Conn: a}
	r.Session, r.Cxid, r.Op = 1, n, proto.OpCreate
	c := proto.CreateRequest{Path: path, ACL: []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "world", ID: "anyone"}}}}
	r.Body = c.Append(nil)
	return r
}

// freeLog is a disk that costs nothing.
func freeLog() *testLog {
	l := &testLog{busy: make(chan struct{})}
	close(l.busy)
	return l
}

// A client that is alone writes the log itself: its small batch is answered when it has been submitted.
func TestAloneNobodyIsWoken(t *testing.T) {
	ref, _, _, a := running(t, freeLog(), nil)
	a.alone.Store(true)
	n := 0
	submit := func() (answered bool) {
		n++
		ref.Submit(&Batch{Requests: []*Request{create(fmt.Sprintf("/%d", n), a, int32(n))}})
		return a.len() == n
	}
	require.Eventually(t, submit, 5*time.Second, time.Millisecond, "the stages have begun on goroutines of their own")
	for range 100 {
		require.True(t, submit())
	}
	require.Zero(t, ref.Inside())
}

// Requests from many goroutines are answered in zxid order, each sender's in the order in which it sent them;
// the tree has them all, and nothing is left inside.
func TestOrderThroughAllStages(t *testing.T) {
	ref, tr, g, a := running(t, freeLog(), func(error) { panic("no failure here") })
	const senders, each = 4, 500
	var all sync.WaitGroup
	for s := range senders {
		all.Go(func() {
			for i := range each {
				b := &Batch{Requests: []*Request{create(fmt.Sprintf("/%d-%d", s, i), a, int32(i))}}
				b.Requests[0].Session = int64(s)
				ref.Submit(b)
			}
		})
	}
	all.Wait()
	require.Eventually(t, func() bool { return a.len() == senders*each }, 20*time.Second, time.Millisecond)
	last, next := int64(0), map[int64]int32{}
	for _, r := range a.got {
		require.Equal(t, proto.Ok, r.Result.Err)
		require.Greater(t, r.Txn.Header.Zxid, last)
		require.Equal(t, next[r.Session], r.Cxid)
		last = r.Txn.Header.Zxid
		next[r.Session]++
	}
	require.Zero(t, ref.Inside())
	g.Enter()
	defer g.Leave()
	require.Equal(t, senders*each, tr.Lookup("/").NumChildren()-1)
	require.Zero(t, tr.DigestMismatches(), "prep's digests are those of the tree")
}

// What fails takes a zxid too, and its answer keeps its place among the others.
func TestRefusedRequestsKeepTheirPlace(t *testing.T) {
	ref, _, _, a := running(t, freeLog(), nil)
	ref.Submit(&Batch{Requests: []*Request{create("/a", a, 1), create("/a", a, 2), create("/b/c", a, 3), create("/b", a, 4)}})
	require.Eventually(t, func() bool { return a.len() == 4 }, 5*time.Second, time.Millisecond)
	var codes []proto.Code
	var zs []int64
	for _, r := range a.got {
		codes = append(codes, r.Result.Err)
		zs = append(zs, r.Txn.Header.Zxid)
	}
	require.Equal(t, []proto.Code{proto.Ok, proto.NodeExists, proto.NoNode, proto.Ok}, codes)
	require.Equal(t, []int64{1, 2, 3, 4}, zs)
}

// A read that travels sees exactly the writes before it, also those of one batch.
func TestReadsBetweenWrites(t *testing.T) {
	ref, _, _, a := running(t, freeLog(), nil)
	b := &Batch{}
	for i := range 50 {
		read := &Request{Conn: a, Read: true}
		b.Requests = append(b.Requests, create(fmt.Sprintf("/%d", i), a, int32(i)), read)
	}
	ref.Submit(b)
	require.Eventually(t, func() bool { return a.len() == 100 }, 5*time.Second, time.Millisecond)
	for i := range 50 {
		require.Equal(t, fmt.Sprint(i+2), string(a.got[2*i+1].Answer))
	}
}

// When the log fails, nothing that was not on the disk is acknowledged or applied.
func TestFailedLogAcknowledgesNothing(t *testing.T) {
	log := freeLog()
	log.fail = errors.New("input/output error")
	fatal := make(chan error, 100)
	ref, tr, g, a := running(t, log, func(err error) { fatal <- err })
	ref.Submit(&Batch{Requests: []*Request{create("/a", a, 1)}})
	require.ErrorIs(t, <-fatal, log.fail)
	require.Zero(t, a.len())
	g.Enter()
	defer g.Leave()
	require.Nil(t, tr.Lookup("/a"))
}

// Sessions that are over are closed in one batch, each with its ephemerals.
func TestCloseSessions(t *testing.T) {
	ref, tr, g, a := running(t, freeLog(), nil)
	open := func(id int64) *Request {
		r := &Request{Conn: a}
		r.Session, r.Op, r.Body = id, proto.OpCreateSession, jute.AppendInt(nil, 4000)
		return r
	}
	mortal := create("/e", a, 1)
	c := proto.CreateRequest{Path: "/e", ACL: []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "world", ID: "anyone"}}}, Flags: proto.ModeEphemeral}
	mortal.Session, mortal.Body = 7, c.Append(nil)
	ref.Submit(&Batch{Requests: []*Request{open(7), open(8), mortal}})
	require.Eventually(t, func() bool { return a.len() == 3 }, 5*time.Second, time.Millisecond)
	ref.CloseSessions([]int64{7, 8})
	require.Eventually(t, func() bool { return ref.Inside() == 0 }, 5*time.Second, time.Millisecond)
	g.Enter()
	defer g.Leave()
	require.Nil(t, tr.Lookup("/e"))
	var left []int64
	tr.EachSession(func(id int64, _ int32) { left = append(left, id) })
	require.Empty(t, slices.Compact(left))
}
