//go:build interop

package differential

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

// TestFaultsOfApache sends what kills or wedges Apache ZooKeeper 3.8.0 to the server under test alone: each
// gets a clear answer, the server lives on, and it starts again on the log that holds what came of it.
func TestFaultsOfApache(t *testing.T) {
	if peer.Target() == peer.Apache {
		t.Log("these requests kill Apache 3.8.0: nothing to run against it")
		return
	}
	s := peer.Start(t, peer.Target(), common(nil, nil))
	c, err := wire.Connect(s.Addr, 30000)
	require.NoError(t, err)
	defer c.Close()
	// code sends a request and gives the error of its reply.
	code := func(r wire.Request) int32 {
		t.Helper()
		m, err := c.Call(r)
		require.NoError(t, err, "the server must answer")
		return m.Err
	}
	require.Equal(t, wire.CodeOK, code(mk("/n", 0)))

	t.Run("a check that succeeds has an answer", func(t *testing.T) {
		for _, version := range []int32{-1, 0} {
			m, err := c.Call(check("/n", version))
			require.NoError(t, err)
			require.Equal(t, wire.CodeOK, m.Err)
			require.Empty(t, m.Body, "the answer is a header only")
		}
	})
	t.Run("a time to live without its mode is refused", func(t *testing.T) {
		for _, flags := range []int32{wire.Persistent, wire.Ephemeral, wire.PersistentSeq, wire.EphemeralSeq, wire.Container} {
			for _, ttl := range []int64{-1, -2, -1 << 63} {
				require.Equal(t, wire.CodeBadArguments, code(wire.CreateTTLReq("/ttl", nil, wire.OpenACL(), flags, ttl)), "flags %d ttl %d", flags, ttl)
			}
		}
		require.Equal(t, wire.CodeNoNode, code(stat("/ttl", false)))
	})
	t.Run("odd nodes of quotas", func(t *testing.T) {
		for _, r := range []wire.Request{
			mk("/zookeeper/quota/zookeeper_limits", 0), mk("/zookeeper/quota/zookeeper_stats", 0), set("/zookeeper/quota/zookeeper_stats", "junk"),
			mk("/zookeeper/zookeeper_limits", 0), rm("/zookeeper/zookeeper_limits"), mk("/zookeeper/zookeeper_stats", 0), rm("/zookeeper/zookeeper_stats"),
			rm("/zookeeper/quota/zookeeper_limits"), rm("/zookeeper/quota/zookeeper_stats"), mk("/zookeeper_limits", 0), rm("/zookeeper_limits"),
			mk("/zookeeper/quota/n", 0), mk("/zookeeper/quota/n/zookeeper_limits", 0), set("/zookeeper/quota/n/zookeeper_limits", "count=junk,,,==;;"),
			mk("/zookeeper/quota/n/zookeeper_stats", 0), set("/zookeeper/quota/n/zookeeper_stats", "\xff\x00 no=numbers=here"),
			wire.SetDataReq("/zookeeper/quota/n/zookeeper_stats", nil, -1), mk("/n/c", 0), set("/n", "more"), rm("/n/c"),
		} {
			code(r) // any answer will do
		}
		require.Equal(t, wire.CodeOK, code(set("/n", "alive")))
	})
	t.Run("a reconfig that cannot be read", func(t *testing.T) {
		for _, body := range [][]byte{nil, {0, 0, 0}, {0xff, 0xff, 0xff, 0xff}} {
			require.NotEqual(t, wire.CodeOK, code(wire.Request{Op: wire.OpReconfig, Body: body}))
		}
		require.Equal(t, wire.CodeOK, code(get("/n", false)))
	})
	t.Run("it starts again", func(t *testing.T) {
		_, err := c.Barrier()
		require.NoError(t, err)
		s.Kill()
		s = s.Again(t)
		c, err = wire.Connect(s.Addr, 30000)
		require.NoError(t, err)
		require.Equal(t, wire.CodeOK, code(get("/n", false)))
		require.Equal(t, wire.CodeOK, code(rm("/n")))
	})
}

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
		{"one-shot data behind persistent", []wire.Request{addWatch("/w", 0), get("/w", true)}, []wire.Request{set("/w", "1"), set("/w", "2"), mk("/w/c", 0)},
			[]string{"NodeDataChanged /w", "NodeDataChanged /w", "NodeChildrenChanged /w"}},
		{"persistent behind one-shot data", []wire.Request{get("/w", true), addWatch("/w", 0)}, []wire.Request{set("/w", "1"), set("/w", "2")},
			[]string{"NodeDataChanged /w", "NodeDataChanged /w"}},
		{"one-shot children with recursive", []wire.Request{addWatch("/w", 1), ls("/w", true)}, []wire.Request{mk("/w/c", 0), mk("/w/d", 0)},
			[]string{"NodeCreated /w/c", "NodeChildrenChanged /w", "NodeCreated /w/d"}},
		{"recursive behind one-shot children", []wire.Request{ls("/w", true), addWatch("/w", 1)}, []wire.Request{mk("/w/c", 0), mk("/w/d", 0)},
			[]string{"NodeCreated /w/c", "NodeChildrenChanged /w", "NodeCreated /w/d"}},
		{"one-shot exists with recursive", []wire.Request{addWatch("/w", 1), stat("/w", true)}, []wire.Request{set("/w", "1"), set("/w", "2"), mk("/w/c", 0)},
			[]string{"NodeDataChanged /w", "NodeDataChanged /w", "NodeCreated /w/c"}},
		{"persistent, recursive and one-shot again by setWatches2", []wire.Request{wire.SetWatchesReq(wire.OpSetWatches2, 1<<40, []string{"/w"}, []string{}, []string{"/w"}, []string{"/w"}, []string{"/w"})},
			[]wire.Request{set("/w", "1"), mk("/w/c", 0), set("/w", "2"), mk("/w/d", 0)},
			[]string{"NodeDataChanged /w", "NodeCreated /w/c", "NodeChildrenChanged /w", "NodeDataChanged /w", "NodeCreated /w/d", "NodeChildrenChanged /w"}},
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
