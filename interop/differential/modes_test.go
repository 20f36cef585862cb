//go:build interop

package differential

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

// TestWatchModesBesideEachOther is ZOOKEEPER-4466: a one-shot and a persistent watch on one path both work,
// where 3.8.0 keeps only the later one.
func TestWatchModesBesideEachOther(t *testing.T) {
	if peer.Target() == peer.Apache {
		t.Log("Apache 3.8.0 loses these events (ZOOKEEPER-4466): nothing to run against it")
		return
	}
	s := peer.Start(t, peer.Target(), common(nil, nil))
	by, err := wire.Connect(s.Addr, 30000)
	require.NoError(t, err)
	defer by.Close()
	do := func(c *wire.Conn, rs ...wire.Request) {
		t.Helper()
		for _, r := range rs {
			m, err := c.Call(r)
			require.NoError(t, err)
			require.Equal(t, wire.CodeOK, m.Err, "%s", wire.OpName(r.Op))
		}
	}
	for _, c := range []struct {
		name  string
		watch []wire.Request
		does  []wire.Request
		want  []string
	}{
		{"one-shot data behind persistent", []wire.Request{addWatch("/w", 0), get("/w", true)}, []wire.Request{set("/w",
			"1"), set("/w", "2"), mk("/w/c", 0)},
			[]string{"NodeDataChanged /w", "NodeDataChanged /w", "NodeChildrenChanged /w"}},
		{"persistent behind one-shot data", []wire.Request{get("/w", true), addWatch("/w", 0)}, []wire.Request{set("/w",
			"1"), set("/w", "2")},
			[]string{"NodeDataChanged /w", "NodeDataChanged /w"}},
		{"one-shot children with recursive", []wire.Request{addWatch("/w", 1), ls("/w", true)}, []wire.Request{mk("/w/c",
			0), mk("/w/d", 0)},
			[]string{"NodeCreated /w/c", "NodeChildrenChanged /w", "NodeCreated /w/d"}},
		{"recursive behind one-shot children", []wire.Request{ls("/w", true), addWatch("/w", 1)}, []wire.Request{mk("/w/c",
			0), mk("/w/d", 0)},
			[]string{"NodeCreated /w/c", "NodeChildrenChanged /w", "NodeCreated /w/d"}},
		{"one-shot exists with recursive", []wire.Request{addWatch("/w", 1), stat("/w", true)}, []wire.Request{set("/w",
			"1"), set("/w", "2"), mk("/w/c", 0)},
			[]string{"NodeDataChanged /w", "NodeDataChanged /w", "NodeCreated /w/c"}},
		{"persistent, recursive and one-shot again by setWatches2", []wire.Request{wire.SetWatchesReq(wire.OpSetWatches2,
			1<<40, []string{"/w"}, []string{}, []string{"/w"}, []string{"/w"}, []string{"/w"})},
			[]wire.Request{set("/w", "1"), mk("/w/c", 0), set("/w", "2"), mk("/w/d", 0)},
			[]string{"NodeDataChanged /w", "NodeCreated /w/c", "NodeChildrenChanged /w", "NodeDataChanged /w",
				"NodeCreated /w/d", "NodeChildrenChanged /w"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			do(by, mk("/w", 0))
			w, err := wire.Connect(s.Addr, 30000)
			require.NoError(t, err)
			defer w.Close()
			do(w, c.watch...)
			do(by, c.does...)
			_, err = w.Barrier()
			require.NoError(t, err)
			var got []string
			for _, m := range w.Take() {
				if m.Kind == wire.Event {
					got = append(got, m.String())
				}
			}
			require.Equal(t, c.want, got)
			do(w, wire.Bare(wire.OpCloseSession))
			nodes, err := by.Dump("/w")
			require.NoError(t, err)
			for i := len(nodes) - 1; i >= 0; i-- {
				do(by, rm(nodes[i].Path))
			}
		})
	}
}

// TestRemovalByType is the rule of 3.9, which needs the modes beside each other: types 1 (children) and 2
// (data) mean one-shot watches only, 4 and 5 persistent and recursive ones, 3 all of them. Apache 3.8.0
// knows 1 to 3, and counts a lasting watch as both data and children.
func TestRemovalByType(t *testing.T) {
	if peer.Target() == peer.Apache {
		t.Log("Apache 3.8.0 has the older rule: nothing to run against it")
		return
	}
	s := peer.Start(t, peer.Target(), common(nil, nil))
	c, err := wire.Connect(s.Addr, 30000)
	require.NoError(t, err)
	defer c.Close()
	code := func(r wire.Request) int32 {
		m, err := c.Call(r)
		require.NoError(t, err)
		return m.Err
	}
	require.Equal(t, wire.CodeOK, code(mk("/w", 0)))
	for name, arm := range map[string]struct {
		watch wire.Request
		typ   int32
	}{
		"children": {ls("/w", true), 1}, "data": {get("/w", true), 2}, "persistent": {addWatch("/w", 0), 4},
		"recursive": {addWatch("/w", 1), 5},
	} {
		t.Run(name, func(t *testing.T) {
			for _, op := range []int32{wire.OpCheckWatches, wire.OpRemoveWatches} {
				for _, typ := range []int32{1, 2, 3, 4, 5} {
					require.Equal(t, wire.CodeOK, code(arm.watch))
					want := wire.CodeNoWatcher
					if typ == arm.typ || typ == 3 {
						want = wire.CodeOK
					}
					require.Equal(t, want, code(wire.PathModeReq(op, "/w", typ)), "%s of type %d", wire.OpName(op), typ)
					code(wire.PathModeReq(wire.OpRemoveWatches, "/w", 3))
				}
			}
			require.Equal(t, wire.CodeNoWatcher, code(wire.PathModeReq(wire.OpRemoveWatches, "/w", 3)))
		})
	}
}
