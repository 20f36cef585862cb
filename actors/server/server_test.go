package server

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/config"
	"troupe/interop/wire"
)

// start runs a server on a free port with its data in dir.
func start(t *testing.T, dir string, set ...string) *Server {
	t.Helper()
	cfg, err := config.Load(os.ReadFile, "", append([]string{"dataDir=" + dir, "clientPort=0", "tickTime=200", "preAllocSize=64"}, set...))
	require.NoError(t, err)
	s, err := Start(cfg, zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.InfoLevel))
	require.NoError(t, err)
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, s.Stop(ctx))
}

func connect(t *testing.T, s *Server) *wire.Conn {
	t.Helper()
	c, err := wire.Connect(s.Addr(), 10_000)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func call(t *testing.T, c *wire.Conn, r wire.Request) wire.Message {
	t.Helper()
	m, err := c.Call(r)
	require.NoError(t, err)
	return m
}

// What a client writes it reads, and another client too, also after the server was stopped and started.
func TestWriteReadRestart(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	c := connect(t, s)
	require.Zero(t, call(t, c, wire.CreateReq(wire.OpCreate, "/a", []byte("one"), wire.OpenACL(), wire.Persistent)).Err)
	require.Zero(t, call(t, c, wire.SetDataReq("/a", []byte("two"), 0)).Err)
	require.Equal(t, wire.CodeBadVersion, call(t, c, wire.SetDataReq("/a", []byte("three"), 0)).Err)
	stop(t, s)

	s = start(t, dir)
	defer stop(t, s)
	c, err := c.Reattach(s.Addr())
	require.NoError(t, err)
	defer c.Close()
	m := call(t, c, wire.WatchReq(wire.OpGetData, "/a", false))
	require.Zero(t, m.Err)
	require.Equal(t, "two", string(wire.NewDec(m.Body).Buf()))
}

// An event reaches the client before the reply of the write that caused it, and the read behind it
// sees the new data.
func TestEventBeforeReplyBeforeData(t *testing.T) {
	s := start(t, t.TempDir())
	defer stop(t, s)
	c := connect(t, s)
	call(t, c, wire.CreateReq(wire.OpCreate, "/w", nil, wire.OpenACL(), wire.Persistent))
	call(t, c, wire.WatchReq(wire.OpGetData, "/w", true))
	c.Take()
	_, err := c.Send(wire.SetDataReq("/w", []byte("x"), -1))
	require.NoError(t, err)
	_, err = c.Send(wire.WatchReq(wire.OpGetData, "/w", false))
	require.NoError(t, err)
	var kinds []wire.Kind
	for range 3 {
		m, err := c.Next()
		require.NoError(t, err)
		kinds = append(kinds, m.Kind)
	}
	require.Equal(t, []wire.Kind{wire.Event, wire.Reply, wire.Reply}, kinds)
}

// Answers come in the order of the requests, whatever mixture of reads and writes is under way.
func TestPipelinedAnswersKeepOrder(t *testing.T) {
	s := start(t, t.TempDir())
	defer stop(t, s)
	c := connect(t, s)
	call(t, c, wire.CreateReq(wire.OpCreate, "/p", nil, wire.OpenACL(), wire.Persistent))
	c.Take()
	const n = 2000
	want := make([]int32, 0, n)
	value := map[int32]string{}
	last := ""
	for i := range n {
		r := wire.WatchReq(wire.OpGetData, "/p", false)
		if i%3 == 0 {
			last = fmt.Sprint(i)
			r = wire.SetDataReq("/p", []byte(last), -1)
		}
		xid, err := c.Send(r)
		require.NoError(t, err)
		want = append(want, xid)
		if i%3 != 0 {
			value[xid] = last
		}
	}
	for _, xid := range want {
		m, err := c.Next()
		require.NoError(t, err)
		require.Equal(t, xid, m.Xid)
		require.Zero(t, m.Err)
		if v, read := value[xid]; read {
			require.Equal(t, v, string(wire.NewDec(m.Body).Buf()), "exactly the write before it")
		}
	}
}

// A session whose client falls silent expires: its ephemerals go and watchers hear of it.
func TestExpiryRemovesEphemerals(t *testing.T) {
	s := start(t, t.TempDir(), "minSessionTimeout=200")
	defer stop(t, s)
	watcher := connect(t, s)
	mortal, err := wire.Connect(s.Addr(), 400)
	require.NoError(t, err)
	defer mortal.Close()
	call(t, mortal, wire.CreateReq(wire.OpCreate, "/e", nil, wire.OpenACL(), wire.Ephemeral))
	call(t, watcher, wire.WatchReq(wire.OpExists, "/e", true))
	m, err := watcher.Await(func(m wire.Message) bool { return m.Kind == wire.Event })
	require.NoError(t, err)
	require.Equal(t, wire.NodeDeleted, m.Type)
	m, err = mortal.Await(func(m wire.Message) bool { return m.Kind == wire.Closed })
	require.NoError(t, err)
	require.Equal(t, wire.Closed, m.Kind)
}
