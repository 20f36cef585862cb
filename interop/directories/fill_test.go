//go:build interop

package directories

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

const (
	sessionTimeout = 300_000 // outlives the test, so that ephemerals are kept across restarts
	superAuth      = "super:admin"
	superDigest    = "super:xQJmxLMiHGwaqBvst5y6rkB6HQs="
	ttl            = 3_600_000
)

// client is a connection whose calls must come out as said.
type client struct {
	*wire.Conn
	t *testing.T
}

func connect(t *testing.T, s *peer.Server, auth ...string) *client {
	t.Helper()
	c, err := wire.Connect(s.Addr, sessionTimeout)
	require.NoError(t, err)
	return (&client{c, t}).authenticated(auth)
}

func (c *client) authenticated(auth []string) *client {
	c.t.Helper()
	for _, a := range auth {
		c.ok(wire.AuthReq("digest", []byte(a)))
	}
	return c
}

// reattach takes the session over to another server on the same directory.
func (c *client) reattach(s *peer.Server, auth ...string) *client {
	c.t.Helper()
	n, err := c.Reattach(s.Addr)
	require.NoError(c.t, err, "the session of before must be known to %v", s)
	require.Equal(c.t, c.Session, n.Session)
	return (&client{n, c.t}).authenticated(auth)
}

func (c *client) ok(rs ...wire.Request) {
	c.t.Helper()
	for _, r := range rs {
		require.Equal(c.t, wire.CodeOK, c.code(r), "%s %q", wire.OpName(r.Op), r.Body)
	}
}

func (c *client) code(r wire.Request) int32 {
	c.t.Helper()
	m, err := c.Call(r)
	require.NoError(c.t, err, "%s", wire.OpName(r.Op))
	return m.Err
}

// fill writes transactions of every type below root: what is created, changed and deleted, refused and
// rolled back, with and without ACLs, by a session that stays, one that closes, and one whose connection
// is lost. It gives the session that stays, with its ephemerals.
func fill(t *testing.T, s *peer.Server, root string) *client {
	t.Helper()
	mk := func(op int32, p string, data []byte, flags int32, acl ...wire.ACL) wire.Request {
		if acl == nil {
			acl = wire.OpenACL()
		}
		return wire.CreateReq(op, root+p, data, acl, flags)
	}
	private := wire.ACL{Perms: wire.All, Scheme: "auth"}
	c := connect(t, s, "alice:secret")
	c.ok(mk(wire.OpCreate, "", []byte("root"), 0), mk(wire.OpCreate, "/null", nil, 0), mk(wire.OpCreate, "/empty", []byte{},
		0),
		mk(wire.OpCreate2, "/bytes", []byte{0, 1, 255, '\n'}, 0), mk(wire.OpCreate, "/\u4e2d\u6587 and blanks",
			[]byte("\u4e2d"), 0),
		mk(wire.OpCreate2, "/seq-", nil, wire.PersistentSeq), mk(wire.OpCreate, "/seq-", nil, wire.PersistentSeq),
		mk(wire.OpCreate, "/e", []byte("mine"), wire.Ephemeral), mk(wire.OpCreate2, "/e-", nil, wire.EphemeralSeq),
		mk(wire.OpCreateContainer, "/container", []byte("c"), wire.Container), mk(wire.OpCreate, "/container/child", nil,
			wire.Ephemeral),
		mk(wire.OpCreateContainer, "/container-gone", nil, wire.Container),
		mk(wire.OpCreate, "/container-gone/child", nil, 0), wire.WatchReq(wire.OpExists, root+"/container-gone", true),
		wire.VersionReq(wire.OpDelete, root+"/container-gone/child", -1))
	_, err := c.Await(func(m wire.Message) bool { return m.Kind == wire.Event && m.Path == root+"/container-gone" })
	require.NoError(t, err, "the server removes the container (deleteContainer)")
	c.ok(wire.CreateTTLReq(root+"/ttl", []byte("t"), wire.OpenACL(), wire.WithTTL, ttl), wire.CreateTTLReq(root+"/ttl-",
		nil, wire.OpenACL(), wire.WithTTLSeq, 1<<40-1))

	// ACLs: own, masked, several, changed.
	c.ok(mk(wire.OpCreate, "/private", []byte("secret"), 0, private), mk(wire.OpCreate, "/readers", nil, 0,
		wire.ACL{Perms: wire.Read, Scheme: "world", ID: "anyone"}, private),
		mk(wire.OpCreate, "/by-address", nil, 0, wire.ACL{Perms: wire.All, Scheme: "ip", ID: "127.0.0.0/8"}),
		mk(wire.OpCreate, "/changed", nil, 0),
		wire.SetACLReq(root+"/changed", []wire.ACL{{Perms: wire.Read | wire.Admin, Scheme: "world", ID: "anyone"}}, 0),
		wire.SetACLReq(root+"/changed", wire.OpenACL(), -1))

	// Changes, refusals (each takes a zxid), deletions.
	c.ok(wire.SetDataReq(root+"/bytes", []byte("new"), 0), wire.SetDataReq(root+"/bytes", nil, 1), mk(wire.OpCreate,
		"/gone", nil, 0), wire.VersionReq(wire.OpDelete, root+"/gone", 0))
	require.Equal(t, wire.CodeNodeExists, c.code(mk(wire.OpCreate, "", nil, 0)))
	require.Equal(t, wire.CodeNoNode, c.code(wire.VersionReq(wire.OpDelete, root+"/gone", -1)))
	require.Equal(t, wire.CodeBadArguments, c.code(mk(wire.OpCreate, "/", nil, 0)))
	require.Equal(t, wire.CodeMarshalling, c.code(wire.Request{Op: wire.OpCreate, Body: []byte{1}}))
	c.ok(wire.MultiReq(wire.OpMulti), wire.MultiReq(wire.OpMulti, mk(wire.OpCreate, "/m", nil, 0), mk(wire.OpCreate2,
		"/m/e", nil, wire.Ephemeral), mk(wire.OpCreate, "/m/s-", nil, wire.PersistentSeq),
		mk(wire.OpCreateContainer, "/m/c", nil, wire.Container), wire.CreateTTLReq(root+"/m/t", nil, wire.OpenACL(),
			wire.WithTTL, ttl), wire.SetDataReq(root+"/m", []byte("multi"), -1),
		wire.VersionReq(wire.OpCheck, root+"/m", 1), wire.VersionReq(wire.OpDelete, root+"/m/s-0000000001", -1)),
		wire.MultiReq(wire.OpMulti, mk(wire.OpCreate, "/rolled-back", nil, 0), wire.VersionReq(wire.OpCheck, root, 4711)),
		mk(wire.OpCreate, "/m/s-", nil, wire.PersistentSeq))

	quota(c, root)
	shortLived(t, s, root)
	return c
}

// quota puts limits on root. Both servers count again when they load.
func quota(c *client, root string) {
	at := "/zookeeper/quota" + root
	c.ok(wire.CreateReq(wire.OpCreate, at, nil, wire.OpenACL(), 0),
		wire.CreateReq(wire.OpCreate, at+"/zookeeper_limits",
			[]byte("count=100000,bytes=-1=;byteHardLimit=100000000;countHardLimit=-1"), wire.OpenACL(), 0),
		wire.CreateReq(wire.OpCreate, at+"/zookeeper_stats", []byte("count=0,bytes=0"), wire.OpenACL(), 0),
		wire.CreateReq(wire.OpCreate, root+"/counted", []byte("12345"), wire.OpenACL(), 0), wire.SetDataReq(root+"/counted",
			[]byte("123"), -1))
}

// shortLived has one session close with its ephemerals, and one lose its connection and expire.
func shortLived(t *testing.T, s *peer.Server, root string) {
	t.Helper()
	b := connect(t, s)
	for i := range 3 {
		b.ok(wire.CreateReq(wire.OpCreate, fmt.Sprintf("%s/b%d", root, i), nil, wire.OpenACL(), wire.Ephemeral))
	}
	b.ok(wire.Bare(wire.OpCloseSession))
	b.Close()
	w := connect(t, s)
	x, err := wire.Connect(s.Addr, 1000)
	require.NoError(t, err)
	_, err = x.Call(wire.CreateReq(wire.OpCreate, root+"/expires", nil, wire.OpenACL(), wire.Ephemeral))
	require.NoError(t, err)
	w.ok(wire.WatchReq(wire.OpExists, root+"/expires", true))
	x.Close()
	_, err = w.Await(func(m wire.Message) bool { return m.Kind == wire.Event && m.Path == root+"/expires" })
	require.NoError(t, err, "the session without a connection expires")
	w.ok(wire.Bare(wire.OpCloseSession))
	w.Close()
}

// bulk pipelines n writes, so that several snapshots are taken while others arrive.
func bulk(t *testing.T, s *peer.Server, root string, n int) {
	t.Helper()
	c := connect(t, s)
	defer c.Close()
	c.ok(wire.CreateReq(wire.OpCreate, root, nil, wire.OpenACL(), 0))
	var frames []byte
	for i := 1; i <= n; i++ {
		r := wire.CreateReq(wire.OpCreate, fmt.Sprintf("%s/n%d", root, i), []byte(fmt.Sprint("value ", i)), wire.OpenACL(),
			0)
		switch {
		case i%7 == 0:
			r = wire.VersionReq(wire.OpDelete, fmt.Sprintf("%s/n%d", root, i-3), -1)
		case i%5 == 0:
			r = wire.SetDataReq(root, []byte(fmt.Sprint(i)), -1)
		}
		frames = append(frames, r.Frame(int32(1_000_000+i))...)
	}
	require.NoError(t, c.Write(frames))
	_, err := c.Await(func(m wire.Message) bool { return m.Kind == wire.Reply && m.Xid == int32(1_000_000+n) })
	require.NoError(t, err)
	c.Take()
	c.ok(wire.Bare(wire.OpCloseSession))
}
