package prep_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree/prep"
)

func TestCreateSession(t *testing.T) {
	r := newRig(t, defaults)
	x := r.prepare(bob, proto.OpCreateSession, jute.AppendInt(nil, 4000))
	require.Equal(t, &txn.CreateSessionTxn{TimeOut: 4000}, x.Record)
	require.True(t, x.HasDigest, "the digest of the tree as it is")
	r.apply(1, true)
	timeout, ok := r.tree.Session(bob)
	require.True(t, ok)
	require.Equal(t, int32(4000), timeout)
}

// closeSession takes with it what the session owns by then: what the tree has and is not being deleted, and what is being
// created. The session is marked, and nobody is asked whether it may.
func TestCloseSession(t *testing.T) {
	for _, withPaths := range []bool{true, false} {
		o := defaults
		o.CloseSessionTxn = withPaths
		r := newRig(t, o)
		r.create("/p", anyone, 0)
		eph := func(path string) {
			r.prepare(bob, proto.OpCreate, create(path, anyone, proto.ModeEphemeral).Append(nil))
		}
		del := func(path string) {
			r.prepare(bob, proto.OpDelete, (&proto.DeleteRequest{Path: path, Version: -1}).Append(nil))
		}
		eph("/p/kept")
		eph("/p/deleted")
		eph("/p/remade")
		eph("/p/turned")
		r.apply(4, true)
		del("/p/deleted")
		del("/p/remade")
		eph("/p/remade")
		del("/p/turned")
		r.prepare(alice, proto.OpCreate, create("/p/turned", anyone, proto.ModePersistent).Append(nil))
		eph("/p/new")
		r.prepare(alice, proto.OpSetData, (&proto.SetDataRequest{Path: "/p/new", Data: []byte("changed since"), Version: 0}).Append(nil))
		eph("/p/passing")
		del("/p/passing")
		r.prepare(alice, proto.OpCreate, create("/p/other", anyone, proto.ModeEphemeral).Append(nil))

		x := r.prepare(bob, proto.OpCloseSession, nil)
		if withPaths {
			require.Equal(t, &txn.CloseSessionTxn{Paths2Delete: []string{"/p/kept", "/p/new", "/p/remade"}}, x.Record)
		} else {
			require.Nil(t, x.Record)
		}
		require.Equal(t, []int64{bob}, r.sessions.closing)

		// What comes behind sees them gone, at once.
		x = r.prepare(alice, proto.OpSetData, (&proto.SetDataRequest{Path: "/p/kept", Version: -1}).Append(nil))
		require.Equal(t, proto.NoNode, code(&x))
		for _, path := range []string{"/p/turned", "/p/other", "/p"} {
			x = r.prepare(alice, proto.OpDelete, (&proto.DeleteRequest{Path: path, Version: -1}).Append(nil))
			require.Equal(t, proto.Ok, code(&x), path)
		}
		for _, res := range r.apply(len(r.queue), true) {
			require.Contains(t, []proto.Code{proto.Ok, proto.NoNode}, res.Err)
		}
		require.Nil(t, r.tree.Lookup("/p"))
		require.Zero(t, r.tree.EphemeralCount())
		require.Zero(t, r.prep.Outstanding())
	}
}

// A session without ephemerals has an empty list, not a null one; an unknown session may be closed too.
func TestCloseEmptySession(t *testing.T) {
	r := newRig(t, defaults)
	x := r.prepare(gone, proto.OpCloseSession, nil)
	require.Equal(t, &txn.CloseSessionTxn{Paths2Delete: []string{}}, x.Record)
	require.Equal(t, proto.Ok, r.apply(1, true)[0].Err)
}

// 4306: the ephemerals of a session are divided so that every transaction fits; none is lost, digests stay right, and
// what was not applied yet is among them.
func TestZOOKEEPER4306CloseSessionIsSplit(t *testing.T) {
	const limit = 2000
	r := newRig(t, defaults)
	eph := func(i int) {
		r.prepare(bob, proto.OpCreate, create(fmt.Sprintf("/a-name-that-is-not-short-%03d", i), anyone, proto.ModeEphemeral).Append(nil))
	}
	for i := range 150 {
		eph(i)
	}
	r.apply(150, true)
	for i := range 50 {
		eph(150 + i)
	}
	q := &prep.Request{Session: bob, Op: proto.OpCloseSession, Time: 1000}
	ahead := r.prep.CloseAhead(q, r.zxid+1, limit)
	require.Greater(t, len(ahead), 2)
	for _, x := range ahead {
		r.zxid++
		require.Equal(t, r.zxid, x.Header.Zxid)
		require.Zero(t, x.Header.Cxid, "no request of the client is taken for answered")
		entry := x.Append(nil)
		require.LessOrEqual(t, len(entry), limit+100)
		r.queue = append(r.queue, entry)
	}
	x := r.prepare(bob, proto.OpCloseSession, nil)
	require.LessOrEqual(t, len(x.Append(nil)), limit+100)
	require.NotEmpty(t, x.Record.(*txn.CloseSessionTxn).Paths2Delete)
	r.apply(len(r.queue), true)
	require.Empty(t, r.tree.Ephemerals(bob))
	require.Zero(t, r.tree.EphemeralCount())
	require.Empty(t, r.prep.CloseAhead(q, r.zxid+1, limit), "mostly it is nothing")
}
