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
		for _, flags := range []int32{wire.Persistent, wire.Ephemeral, wire.PersistentSeq, wire.EphemeralSeq,
			wire.Container} {
			for _, ttl := range []int64{-1, -2, -1 << 63} {
				require.Equal(t, wire.CodeBadArguments, code(wire.CreateTTLReq("/ttl", nil, wire.OpenACL(), flags, ttl)),
					"flags %d ttl %d", flags, ttl)
			}
		}
		require.Equal(t, wire.CodeNoNode, code(stat("/ttl", false)))
	})
	t.Run("odd nodes of quotas", func(t *testing.T) {
		for _, r := range []wire.Request{
			mk("/zookeeper/quota/zookeeper_limits", 0), mk("/zookeeper/quota/zookeeper_stats", 0),
			set("/zookeeper/quota/zookeeper_stats", "junk"),
			mk("/zookeeper/zookeeper_limits", 0), rm("/zookeeper/zookeeper_limits"), mk("/zookeeper/zookeeper_stats", 0),
			rm("/zookeeper/zookeeper_stats"),
			rm("/zookeeper/quota/zookeeper_limits"), rm("/zookeeper/quota/zookeeper_stats"), mk("/zookeeper_limits", 0),
			rm("/zookeeper_limits"),
			mk("/zookeeper/quota/n", 0), mk("/zookeeper/quota/n/zookeeper_limits", 0),
			set("/zookeeper/quota/n/zookeeper_limits", "count=junk,,,==;;"),
			mk("/zookeeper/quota/n/zookeeper_stats", 0), set("/zookeeper/quota/n/zookeeper_stats",
				"\xff\x00 no=numbers=here"),
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
