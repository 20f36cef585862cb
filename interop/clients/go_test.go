//go:build interop

package clients

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"github.com/stretchr/testify/require"
)

type quiet struct{}

func (quiet) Printf(string, ...any) {}

func goClient(t *testing.T, addr string) (*zk.Conn, <-chan zk.Event) {
	t.Helper()
	c, events, err := zk.Connect([]string{addr}, 10*time.Second, zk.WithLogger(quiet{}))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	for e := range events {
		if e.State == zk.StateHasSession {
			return c, events
		}
	}
	t.Fatal("no session")
	return nil, nil
}

func event(t *testing.T, ch <-chan zk.Event, typ zk.EventType, path string) {
	t.Helper()
	select {
	case e := <-ch:
		require.Equal(t, typ, e.Type)
		require.Equal(t, path, e.Path)
	case <-time.After(20 * time.Second):
		t.Fatalf("no %v of %s", typ, path)
	}
}

func TestGoZookeeper(t *testing.T) {
	s := start(t)
	open := zk.WorldACL(zk.PermAll)
	c, _ := goClient(t, s.Addr)

	t.Run("nodes", func(t *testing.T) {
		path, err := c.Create("/n", []byte("data"), 0, open)
		require.NoError(t, err)
		require.Equal(t, "/n", path)
		_, err = c.Create("/n", nil, 0, open)
		require.ErrorIs(t, err, zk.ErrNodeExists)
		data, stat, err := c.Get("/n")
		require.NoError(t, err)
		require.Equal(t, "data", string(data))
		require.Equal(t, stat.Czxid, stat.Pzxid)
		stat, err = c.Set("/n", []byte("more"), 0)
		require.NoError(t, err)
		require.Equal(t, int32(1), stat.Version)
		_, err = c.Set("/n", nil, 0)
		require.ErrorIs(t, err, zk.ErrBadVersion)
		path, err = c.Create("/n/s-", nil, zk.FlagSequence|zk.FlagEphemeral, open)
		require.NoError(t, err)
		require.Equal(t, "/n/s-0000000000", path)
		children, stat, err := c.Children("/n")
		require.NoError(t, err)
		require.Equal(t, []string{"s-0000000000"}, children)
		require.Equal(t, int32(1), stat.NumChildren)
		require.ErrorIs(t, c.Delete("/n", -1), zk.ErrNotEmpty)
		path, err = c.CreateProtectedEphemeralSequential("/n/p-", nil, open)
		require.NoError(t, err)
		require.Regexp(t, `^/n/_c_[0-9a-f]{32}-p-0000000001$`, path)
		path, err = c.CreateTTL("/n/t", nil, zk.FlagTTL, open, time.Hour)
		require.NoError(t, err)
		require.Equal(t, "/n/t", path)
		path, err = c.CreateContainer("/n/c", nil, zk.FlagContainer, open)
		require.NoError(t, err)
		require.Equal(t, "/n/c", path)
		path, err = c.Sync("/n")
		require.NoError(t, err)
		require.Equal(t, "/n", path)
		ok, _, err := c.Exists("/none")
		require.NoError(t, err)
		require.False(t, ok)
	})
	t.Run("watches", func(t *testing.T) {
		_, _, created, err := c.ExistsW("/w")
		require.NoError(t, err)
		_, err = c.Create("/w", nil, 0, open)
		require.NoError(t, err)
		event(t, created, zk.EventNodeCreated, "/w")
		_, _, changed, err := c.GetW("/w")
		require.NoError(t, err)
		_, _, children, err := c.ChildrenW("/w")
		require.NoError(t, err)
		_, err = c.Set("/w", []byte("x"), -1)
		require.NoError(t, err)
		event(t, changed, zk.EventNodeDataChanged, "/w")
		_, err = c.Create("/w/c", nil, 0, open)
		require.NoError(t, err)
		event(t, children, zk.EventNodeChildrenChanged, "/w")
	})
	t.Run("multi", func(t *testing.T) {
		res, err := c.Multi(&zk.CreateRequest{Path: "/m", Data: []byte("1"), Acl: open}, &zk.SetDataRequest{Path: "/m",
			Data: []byte("2"), Version: 0},
			&zk.CheckVersionRequest{Path: "/m", Version: 1}, &zk.DeleteRequest{Path: "/m", Version: 1})
		require.NoError(t, err)
		require.Len(t, res, 4)
		require.Equal(t, "/m", res[0].String)
		require.Equal(t, int32(1), res[1].Stat.Version)
		res, err = c.Multi(&zk.CreateRequest{Path: "/m", Acl: open}, &zk.DeleteRequest{Path: "/none", Version: -1})
		require.ErrorIs(t, err, zk.ErrNoNode)
		require.Len(t, res, 2)
	})
	t.Run("access control", func(t *testing.T) {
		alice, _ := goClient(t, s.Addr)
		require.NoError(t, alice.AddAuth("digest", []byte("alice:secret")))
		_, err := alice.Create("/p", []byte("x"), 0, zk.DigestACL(zk.PermAll, "alice", "secret"))
		require.NoError(t, err)
		_, _, err = c.Get("/p")
		require.ErrorIs(t, err, zk.ErrNoAuth)
		acl, _, err := alice.GetACL("/p")
		require.NoError(t, err)
		require.Equal(t, zk.DigestACL(zk.PermAll, "alice", "secret"), acl)
		_, err = alice.SetACL("/p", open, 0)
		require.NoError(t, err)
		_, _, err = c.Get("/p")
		require.NoError(t, err)
	})
	t.Run("locks", func(t *testing.T) {
		inside, done := make(chan int, 1), make(chan error, 3)
		for i := range 3 {
			mine, _ := goClient(t, s.Addr)
			go func() {
				done <- func() error {
					for range 10 {
						l := zk.NewLock(mine, "/lock", open)
						if err := l.Lock(); err != nil {
							return err
						}
						select {
						case inside <- i:
						default:
							return fmt.Errorf("two have the lock")
						}
						<-inside
						if err := l.Unlock(); err != nil {
							return err
						}
					}
					return nil
				}()
			}()
		}
		for range 3 {
			require.NoError(t, <-done)
		}
	})
	t.Run("a restart of the server", func(t *testing.T) { goRestart(t) })
}

// goRestart needs the session, its ephemeral and its watch to live on when the server is killed.
func goRestart(t *testing.T) {
	s := start(t)
	c, _ := goClient(t, s.Addr)
	open := zk.WorldACL(zk.PermAll)
	_, err := c.Create("/e", nil, zk.FlagEphemeral, open)
	require.NoError(t, err)
	_, _, watch, err := c.GetW("/e")
	require.NoError(t, err)
	id := c.SessionID()
	s.Kill()
	s = s.OnSamePort(t)
	var stat *zk.Stat
	require.Eventually(t, func() bool {
		ok, st, err := c.Exists("/e")
		stat = st
		return err == nil && ok
	}, 30*time.Second, 50*time.Millisecond, "the ephemeral is there")
	require.Equal(t, id, c.SessionID())
	require.Equal(t, id, stat.EphemeralOwner)
	other, _ := goClient(t, s.Addr)
	_, err = other.Set("/e", []byte("x"), -1)
	require.NoError(t, err)
	event(t, watch, zk.EventNodeDataChanged, "/e")
}
