package pipeline

import (
	"fmt"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors"
	"troupe/actors/gate"
	"troupe/actors/watch"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
)

// diary notes what final tells, in order.
type diary struct {
	allOpen
	notes []string
}

func (d *diary) note(format string, a ...any) { d.notes = append(d.notes, fmt.Sprintf(format, a...)) }

func (d *diary) Ended(id int64, _ string) { d.note("ended %d", id) }
func (d *diary) Read(*Request)            { d.note("read") }
func (d *diary) Reply(r *Request)         { d.note("reply %d", r.Cxid) }
func (d *diary) Dispatch()                {}

func sessionTxn(zxid, id int64, op proto.Op) tree.Txn {
	x := tree.Txn{Header: txn.TxnHeader{ClientID: id, Zxid: zxid, Type: int32(op)}}
	if op == proto.OpCreateSession {
		x.Record = &txn.CreateSessionTxn{TimeOut: 4000}
	}
	return x
}

// A learner hears of every session that is opened or closed, by its own clients or by others', and of an own one before
// its client is answered; then of how far the tree is.
func TestLearnerHearsOfSessions(t *testing.T) {
	system := actors.NewSystem(zerolog.Nop())
	watches, err := watch.Spawn(system.Root, system.Root, 1)
	require.NoError(t, err)
	d := &diary{}
	ref, err := SpawnLearner(system.Root, system.Root, Options{
		Gate: &gate.Gate{}, Tree: tree.New(tree.Options{}), Log: freeLog(), Watches: watches, Courier: d, Endings: d,
		Clock: actors.SystemClock(), MaxBatch: 100,
		Member: Member{
			Opened:  func(id int64, timeout int32, c Replier) { d.note("opened %d %d %t", id, timeout, c != nil) },
			Applied: func(zxid int64) { d.note("applied %d", zxid) },
		},
	})
	require.NoError(t, err)
	mine := Foreign(sessionTxn(1, 7, proto.OpCreateSession), nil)
	mine.Conn, mine.Cxid = d, 5
	ref.Commit(&Batch{Requests: []*Request{
		mine,
		Foreign(sessionTxn(2, 8, proto.OpCreateSession), nil),
		Foreign(sessionTxn(3, 7, proto.OpCloseSession), nil),
	}})
	ref.Drain(system.Root, actors.Runtime{})
	require.Equal(t, []string{"opened 7 4000 true", "reply 5", "opened 8 4000 false", "ended 7", "applied 3"}, d.notes)
}

// chain is requests of one client, of which each follows the one before it.
func chain(d *diary, n int) *Request {
	first := &Request{Conn: d}
	for r, i := first, 1; i < n; i++ {
		next := &Request{Conn: d, Read: true}
		next.Cxid = int32(i)
		r.Follow(next)
		r = next
	}
	return first
}

func newFinal(d *diary) *finalStage {
	return &finalStage{gate: &gate.Gate{}, tree: tree.New(tree.Options{}), courier: d, endings: d}
}

// Reads that follow a request are done between it and the next one, and the gate opens between them when they are many: a
// read that is let in then follows as well.
func TestReadsFollow(t *testing.T) {
	d := &diary{}
	s := newFinal(d)
	all := []*Request{chain(d, 2*applyShare), chain(d, 2)}
	all[1].Cxid = 1000
	var last *Request
	for last = all[0]; last.Following() != nil; last = last.Following() {
	}
	late := &Request{Conn: d, Read: true}
	late.Cxid = 2 * applyShare
	holds := 0
	for todo := all; len(todo) > 0; holds++ {
		todo = todo[s.apply(todo):]
		if holds == 0 {
			last.Follow(late)
		}
	}
	require.Equal(t, 3, holds)
	want := []string{"reply 0"}
	for i := 1; i <= 2*applyShare; i++ {
		want = append(want, "read", fmt.Sprintf("reply %d", i))
	}
	require.Equal(t, append(want, "reply 1000", "read", "reply 1"), d.notes)
}

// A read does not outlive the session: where what it follows was refused for the session's sake, so is the read. Any other
// fault is not its own.
func TestReadsShareTheFaultOfTheSession(t *testing.T) {
	for code, want := range map[proto.Code]proto.Code{
		proto.SessionExpired: proto.SessionExpired, proto.SessionMoved: proto.SessionMoved,
		proto.UnknownSession: proto.UnknownSession, proto.NoNode: proto.Ok,
	} {
		d := &diary{}
		refused, logged, local := chain(d, 3), chain(d, 3), chain(d, 3)
		refused.Failed = code
		logged.HasTxn, logged.Txn = true, tree.Txn{Header: txn.TxnHeader{Zxid: 1, Type: int32(proto.OpError)}, Record: &txn.ErrorTxn{Err: int32(code)}}
		*local = *logged
		local.Follow(chain(d, 1))
		local.Following().Read, local.Instead = true, proto.EphemeralOnLocalSession
		require.Equal(t, 3, newFinal(d).apply([]*Request{refused, logged, local}))
		for _, r := range []*Request{refused, logged} {
			require.Equal(t, want, r.Following().Failed)
			require.Equal(t, want, r.Following().Following().Failed)
		}
		require.Equal(t, proto.Ok, local.Following().Failed, "the client hears of another fault")
	}
}

// A request that is used again is as new.
func TestPool(t *testing.T) {
	var p Pool
	d := &diary{}
	for range 100 {
		r := p.Get()
		require.Empty(t, r.Answer)
		require.Empty(t, r.Result.Multi)
		rest := *r
		rest.Answer, rest.Result.Multi, rest.body = nil, nil, nil
		require.Equal(t, Request{}, rest)
		r.Keep([]byte("body"))
		require.Equal(t, "body", string(r.Body))
		r.Answer = append(r.Answer, make([]byte, 100)...)
		r.Result.Multi = append(r.Result.Multi, tree.OpResult{Path: "/a"})
		r.Conn, r.Cxid, r.Failed, r.Read, r.HasTxn, r.inside = d, 1, proto.NoNode, true, true, true
		p.Put(r)
	}
}
