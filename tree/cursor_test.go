package tree

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// bodyPaths are the paths of the nodes in a snapshot's body.
func bodyPaths(t *testing.T, body []byte) []string {
	var paths []string
	for d := jute.NewDecoder(body); d.Remaining() > 0; {
		paths = append(paths, d.Ustring())
		d.Buffer()
		d.Long()
		var s data.StatPersisted
		s.Decode(&d)
		require.NoError(t, d.Err())
	}
	return paths
}

func deleteTxn(path string, zxid int64) *Txn {
	return &Txn{Header: txn.TxnHeader{Zxid: zxid, Type: int32(proto.OpDelete)}, Record: &txn.DeleteTxn{Path: path}}
}

// In a directory of several chunks, walked by several cursors at different places while children
// come and go, each walk shows each child that stays exactly once, and no new one.
func TestCursorsInALargeDirectory(t *testing.T) {
	const size = 3 * chunkLen
	r := rand.New(rand.NewPCG(1, 2))
	f := newFiller(Options{Digest: true})
	f.create("/d", nil)
	var live []string
	for i := range size {
		live = append(live, fmt.Sprintf("/d/%d", i))
		f.create(live[i], nil)
	}
	type open struct {
		c    *Cursor
		body []byte
		stay map[string]bool
		more bool
	}
	var walks []*open
	for step := range 8000 {
		if step%500 == 0 && len(walks) < 5 {
			w := &open{c: f.t.NewCursor(), stay: map[string]bool{}, more: true}
			for _, path := range live {
				w.stay[path] = true
			}
			walks = append(walks, w)
		}
		if i := r.IntN(len(live)); r.IntN(3) > 0 {
			f.zxid++
			require.Equal(t, proto.Ok, f.t.Apply(deleteTxn(live[i], f.zxid), nil).Err)
			for _, w := range walks {
				delete(w.stay, live[i])
			}
			live[i] = live[len(live)-1]
			live = live[:len(live)-1]
		} else {
			live = append(live, fmt.Sprintf("/d/new%d", step))
			f.create(live[len(live)-1], nil)
		}
		for _, w := range walks {
			if w.more && r.IntN(4) == 0 {
				w.body, w.more = w.c.Append(w.body, r.IntN(400))
			}
		}
	}
	for _, w := range walks {
		for w.more {
			w.body, w.more = w.c.Append(w.body, 1000)
		}
		seen := map[string]bool{}
		for _, path := range bodyPaths(t, w.body) {
			require.False(t, seen[path], path)
			seen[path] = true
		}
		for path := range w.stay {
			require.True(t, seen[path], path)
		}
		require.Less(t, len(seen), size+8)
	}
	require.Empty(t, f.t.cursors)
	check(t, f.t)
}

// A chunk that only passes new nodes still ends, so that the gate is not held for long.
func TestCursorChunksAreBoundedInTime(t *testing.T) {
	f := newFiller(Options{})
	f.create("/old", nil)
	c := f.t.NewCursor()
	out, more := c.Append(nil, 0)
	require.True(t, more)
	f.create("/old/dir", nil)
	for i := range 1000 {
		f.create(fmt.Sprintf("/old/new%d", i), nil)
	}
	chunks := 0
	for more {
		before := len(out)
		out, more = c.Append(out, 10*skipCost)
		require.LessOrEqual(t, len(out)-before, 12*skipCost)
		chunks++
	}
	require.NotContains(t, bodyPaths(t, out), "/old/new1")
	require.LessOrEqual(t, chunks, 110)
}

// A walk may be given up; the tree then does not know it any more.
func TestCursorClose(t *testing.T) {
	f := newFiller(Options{})
	a, b := f.t.NewCursor(), f.t.NewCursor()
	a.Close()
	require.Equal(t, []*Cursor{b}, f.t.cursors)
	out, more := a.Append(nil, 100)
	require.Empty(t, out)
	require.False(t, more)
	b.Close()
	b.Close()
	require.Empty(t, f.t.cursors)
}

// Sessions and ACLs are those of the start.
func TestCursorTables(t *testing.T) {
	tr := New(Options{})
	apply := func(typ proto.Op, session int64, rec jute.Record) {
		x := &Txn{Header: txn.TxnHeader{ClientID: session, Zxid: tr.LastZxid() + 1, Type: int32(typ)}, Record: rec}
		require.Equal(t, proto.Ok, tr.Apply(x, nil).Err)
	}
	mine := []data.ACL{{Perms: 1, ID: data.ID{Scheme: "digest", ID: "me"}}}
	apply(proto.OpCreateSession, 9, &txn.CreateSessionTxn{TimeOut: 90})
	apply(proto.OpCreateSession, 3, &txn.CreateSessionTxn{TimeOut: 30})
	apply(proto.OpCreate, 9, &txn.CreateTxn{Path: "/a", ACL: mine})
	c := tr.NewCursor()
	require.Equal(t, int64(3), c.Zxid())
	apply(proto.OpCloseSession, 9, nil)
	apply(proto.OpSetACL, 3, &txn.SetACLTxn{Path: "/a", ACL: openACL()})
	require.Equal(t, []Session{{3, 30}, {9, 90}}, c.Sessions())
	require.Equal(t, ACLEntry{2, mine}, c.ACLs()[1])
	require.Len(t, c.ACLs(), 2)
	c.Close()
}
