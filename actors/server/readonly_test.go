package server

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/actors/quorum"
	"troupe/config"
	"troupe/interop/wire"
)

const codeNotReadOnly = -119

// readOnly sends a handshake that allows for a read-only server, for a session that c had or for a new one.
func readOnly(addr string, c *wire.Conn) (*wire.Conn, wire.Welcome, error) {
	yes := true
	h := wire.Hello{Timeout: 10_000, Password: make([]byte, 16), ReadOnly: &yes}
	if c != nil {
		h.Session, h.Password, h.LastZxid = c.Session, c.Passwd, c.LastZxid
	}
	n, err := wire.Dial(addr)
	if err != nil {
		return nil, wire.Welcome{}, err
	}
	if err := n.Write(h.Frame()); err != nil {
		return nil, wire.Welcome{}, err
	}
	m, err := n.Await(func(m wire.Message) bool { return m.Kind == wire.Handshake })
	if err != nil {
		return nil, wire.Welcome{}, err
	}
	w, err := wire.ParseWelcome(m.Body)
	n.Session, n.Passwd, n.Timeout = w.Session, w.Password, w.Timeout
	return n, w, err
}

// A member without a quorum serves reads to clients that allow for it, and to nobody else, until a leader is elected
// (behaviours.md, Read-only mode).
func TestReadOnlyMode(t *testing.T) {
	e := form(t, 3, 0, World{}, "readonlymode.enabled=true", "4lw.commands.whitelist=srvr,mntr,conf")
	e.leader()
	of := e.connect(0, 60_000) // a session of the ensemble
	require.Zero(t, call(t, of, wire.CreateReq(wire.OpCreate, "/a", []byte("before"), wire.OpenACL(), wire.Persistent)).Err)
	_, w, err := readOnly(e.servers[0].Addr(), nil)
	require.NoError(t, err)
	require.False(t, *w.ReadOnly, "while there is a quorum, who allows for less is served as all are")
	e.stop(1)
	e.stop(2)
	addr := e.servers[0].Addr()
	e.until("it serves reads", func() bool { return ask(t, addr, "isro") == "ro" })
	require.Contains(t, ask(t, addr, "srvr"), "\nMode: read-only\n")
	require.Contains(t, ask(t, addr, "srvr"), "READ-ONLY mode; serving only read-only clients\n")
	mntr := ask(t, addr, "mntr")
	require.Contains(t, mntr, "zk_server_state\tread-only\n")
	require.NotContains(t, mntr, "zk_quorum_size")
	require.NotContains(t, mntr, "zk_peer_state")
	require.NotContains(t, ask(t, addr, "conf"), "membership")

	_, err = wire.Connect(addr, 10_000)
	require.ErrorContains(t, err, "closed", "a client that does not allow for it")
	_, _, err = readOnly(addr, of)
	require.ErrorIs(t, err, wire.ErrClosed, "a session of the ensemble, whose life is the leader's to decide")
	_, _, err = readOnly(addr, &wire.Conn{Session: 2 << 56, Passwd: wire.Password(2 << 56)})
	require.ErrorIs(t, err, wire.ErrClosed, "a session of another server, of which this one has not heard")
	_, w, err = readOnly(addr, &wire.Conn{Session: 1<<56 | 5, Passwd: wire.Password(1<<56 | 5)})
	require.NoError(t, err)
	require.Zero(t, w.Timeout, "a session of this server that is over")

	c, w, err := readOnly(addr, nil)
	require.NoError(t, err)
	require.True(t, *w.ReadOnly)
	require.Equal(t, int32(10_000), w.Timeout)
	refusesWrites(t, c)
	require.Equal(t, "before", get(t, c))

	again, w, err := readOnly(addr, c)
	require.NoError(t, err)
	require.Equal(t, c.Session, w.Session, "its own sessions go on here")
	require.Equal(t, "before", get(t, again))
	_, w, err = readOnly(addr, &wire.Conn{Session: c.Session, Passwd: make([]byte, 16)})
	require.NoError(t, err)
	require.Zero(t, w.Timeout, "a wrong password")
	short, _, err := readOnly(addr, nil)
	require.NoError(t, err)
	require.Zero(t, call(t, short, wire.Bare(wire.OpCloseSession)).Err)

	c, _, err = readOnly(addr, nil)
	require.NoError(t, err)
	require.Zero(t, call(t, c, wire.WatchReq(wire.OpGetData, "/a", true)).Err)
	e.start(1)
	_, err = c.Await(func(m wire.Message) bool { return m.Kind == wire.Closed })
	require.NoError(t, err, "clients are disconnected when a leader is elected")
	e.until("a leader", func() bool {
		r := e.servers[0].role.Load()
		return r != nil && r.plan.State != quorum.ReadOnly
	})
	require.Equal(t, "rw", ask(t, e.servers[0].Addr(), "isro"))
	back, w, err := readOnly(addr, of)
	require.NoError(t, err)
	require.Equal(t, of.Session, w.Session, "the ensemble's session has outlived the time without a quorum")
	require.False(t, *w.ReadOnly)
	require.Zero(t, call(t, back, wire.SetDataReq("/a", []byte("after"), -1)).Err)
	_, w, err = readOnly(addr, c)
	require.NoError(t, err)
	require.Zero(t, w.Timeout, "the ensemble knows nothing of a session of that time")
}

func get(t *testing.T, c *wire.Conn) string {
	t.Helper()
	m := call(t, c, wire.WatchReq(wire.OpGetData, "/a", false))
	require.Zero(t, m.Err)
	return string(wire.NewDec(m.Body).Buf())
}

// refusesWrites sends all that may change something at once, with a read between each two: the answers keep their order.
func refusesWrites(t *testing.T, c *wire.Conn) {
	t.Helper()
	acl := wire.OpenACL()
	writes := []wire.Request{
		wire.CreateReq(wire.OpCreate, "/b", nil, acl, wire.Persistent), wire.CreateReq(wire.OpCreate2, "/b", nil, acl, wire.Ephemeral),
		wire.CreateReq(wire.OpCreateContainer, "/b", nil, acl, wire.Container), wire.CreateTTLReq("/b", nil, acl, wire.WithTTL, 1000),
		wire.VersionReq(wire.OpDelete, "/a", -1), wire.VersionReq(wire.OpCheck, "/a", -1), wire.SetDataReq("/a", nil, -1),
		wire.SetACLReq("/a", acl, -1), wire.PathReq(wire.OpSync, "/a"), wire.PathReq(wire.OpDeleteContainer, "/a"), {Op: wire.OpMulti},
	}
	for _, w := range writes {
		_, err := c.Send(w)
		require.NoError(t, err)
		_, err = c.Send(wire.WatchReq(wire.OpExists, "/a", false))
		require.NoError(t, err)
	}
	for i, w := range writes {
		m, err := c.Next()
		require.NoError(t, err)
		require.Equal(t, int32(2*i+1), m.Xid)
		require.EqualValues(t, codeNotReadOnly, m.Err, wire.OpName(w.Op))
		require.Empty(t, m.Body)
		require.NotZero(t, m.Zxid)
		m, err = c.Next()
		require.NoError(t, err)
		require.Equal(t, int32(2*i+2), m.Xid)
		require.Zero(t, m.Err)
	}
}

// The grace period is Apache's, and without the key there is none.
func TestReadOnlyAfter(t *testing.T) {
	var cfg config.Config
	cfg.Session.TickTime = 3 * time.Second
	require.Zero(t, readOnlyAfter(&cfg))
	cfg.Session.ReadOnlyMode = true
	require.Equal(t, 3*time.Second, readOnlyAfter(&cfg))
	cfg.Session.TickTime = time.Second
	require.Equal(t, 2*time.Second, readOnlyAfter(&cfg))
}
