//go:build interop

package robust

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

func TestMain(m *testing.M) {
	code := m.Run()
	peer.Cleanup()
	os.Exit(code)
}

const timeout = 30_000 // of sessions, in milliseconds

func start(t *testing.T, settings ...string) *peer.Server {
	t.Helper()
	return peer.Start(t, peer.Target(), peer.Options{Settings: settings})
}

func connect(t *testing.T, s *peer.Server) *wire.Conn {
	t.Helper()
	c, err := wire.Connect(s.Addr, timeout)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func ok(t *testing.T, c *wire.Conn, rs ...wire.Request) {
	t.Helper()
	for _, r := range rs {
		m, err := c.Call(r)
		require.NoError(t, err, wire.OpName(r.Op))
		require.Equal(t, wire.CodeOK, m.Err, wire.OpName(r.Op))
	}
}

func create(path string, data []byte) wire.Request {
	return wire.CreateReq(wire.OpCreate, path, data, wire.OpenACL(), wire.Persistent)
}

// served measures how long another client waits for a read and a write while the server is treated badly.
func served(t *testing.T, s *peer.Server) time.Duration {
	t.Helper()
	begin := time.Now()
	c, err := wire.Connect(s.Addr, timeout)
	require.NoError(t, err, "a new client must get in")
	defer c.Close()
	ok(t, c, wire.WatchReq(wire.OpGetData, "/", false), wire.SetDataReq("/", []byte("x"), -1),
		wire.Bare(wire.OpCloseSession))
	return time.Since(begin)
}

// eventually polls until cond holds.
func eventually(t *testing.T, limit time.Duration, what string, cond func() bool) {
	t.Helper()
	require.Eventually(t, cond, limit, 20*time.Millisecond, what)
}
