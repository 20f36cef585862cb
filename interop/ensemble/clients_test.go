//go:build interop

package ensemble

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

// long is a session time-out that no scene reaches, in milliseconds.
const long = 120_000

// connect opens a session at m, as soon as m gives out sessions.
func connect(t testing.TB, m *member, timeout int32) *wire.Conn {
	t.Helper()
	var c *wire.Conn
	await(t, patience, fmt.Sprintf("%v gives out a session", m), func() bool {
		var err error
		c, err = open(m, wire.Hello{Timeout: timeout, Password: make([]byte, 16)}, 5*time.Second)
		return err == nil
	}, m.e.show)
	t.Cleanup(c.Close)
	return c
}

// move takes the session of c to m, as soon as m takes it.
func move(t testing.TB, c *wire.Conn, m *member) *wire.Conn {
	t.Helper()
	var moved *wire.Conn
	await(t, patience, fmt.Sprintf("%v takes the session 0x%x", m, c.Session), func() bool {
		var err error
		moved, err = reattach(c, m, 5*time.Second)
		require.NotErrorIs(t, err, wire.ErrRefused, "%v", m)
		return err == nil
	}, m.e.show)
	t.Cleanup(moved.Close)
	return moved
}

// refused checks that m does not take the session of c, which has ended. While m has not seen what the client has,
// it closes the connection without an answer.
func refused(t testing.TB, c *wire.Conn, m *member) {
	t.Helper()
	await(t, patience, fmt.Sprintf("%v refuses the session 0x%x", m, c.Session), func() bool {
		_, err := reattach(c, m, 5*time.Second)
		require.Error(t, err, "%v", m)
		return errors.Is(err, wire.ErrRefused)
	}, m.e.show)
}

// reattach opens a new connection, at m, for the session of c.
func reattach(c *wire.Conn, m *member, limit time.Duration) (*wire.Conn, error) {
	moved, err := open(m, wire.Hello{LastZxid: c.LastZxid, Timeout: c.Timeout, Session: c.Session, Password: c.Passwd},
		limit)
	if moved != nil {
		moved.LastZxid = c.LastZxid
	}
	return moved, err
}

// open sends the handshake to m and waits for its answer, but not for long: m may be paused.
func open(m *member, h wire.Hello, limit time.Duration) (*wire.Conn, error) {
	no := false
	h.ReadOnly = &no
	c, err := wire.Dial(m.address())
	if err != nil {
		return nil, err
	}
	w, err := welcome(c, h, limit)
	if err != nil {
		c.Close()
		return nil, err
	}
	c.Session, c.Passwd, c.Timeout = w.Session, w.Password, w.Timeout
	return c, nil
}

func welcome(c *wire.Conn, h wire.Hello, limit time.Duration) (wire.Welcome, error) {
	if err := c.Write(h.Frame()); err != nil {
		return wire.Welcome{}, err
	}
	m, err := c.AwaitFor(func(m wire.Message) bool { return m.Kind == wire.Handshake }, limit)
	if err != nil {
		return wire.Welcome{}, err
	}
	w, err := wire.ParseWelcome(m.Body)
	if err == nil && w.Timeout == 0 {
		err = wire.ErrRefused
	}
	return w, err
}

// ask sends a request under an xid of the caller's choice and waits for its reply, for at most limit.
func ask(c *wire.Conn, xid int32, r wire.Request, limit time.Duration) (wire.Message, error) {
	if err := c.Write(r.Frame(xid)); err != nil {
		return wire.Message{}, err
	}
	m, err := c.AwaitFor(func(m wire.Message) bool { return m.Kind == wire.Reply && m.Xid == xid }, limit)
	if err == nil {
		c.LastZxid = max(c.LastZxid, m.Zxid)
	}
	return m, err
}

// ok sends the requests, each of which must succeed, and gives the last reply.
func ok(t testing.TB, c *wire.Conn, rs ...wire.Request) wire.Message {
	t.Helper()
	var last wire.Message
	for _, r := range rs {
		m, err := c.Call(r)
		require.NoError(t, err, wire.OpName(r.Op))
		require.Equal(t, wire.CodeOK, m.Err, "%s: %v", wire.OpName(r.Op), m)
		last = m
	}
	return last
}

// code sends a request and gives the code of its reply.
func code(t testing.TB, c *wire.Conn, r wire.Request) int32 {
	t.Helper()
	m, err := c.Call(r)
	require.NoError(t, err, wire.OpName(r.Op))
	return m.Err
}

// data reads a node.
func data(t testing.TB, c *wire.Conn, path string) (string, wire.Stat) {
	t.Helper()
	d := wire.NewDec(ok(t, c, wire.WatchReq(wire.OpGetData, path, false)).Body)
	b, stat := d.Buf(), d.Stat()
	require.NoError(t, d.Err())
	return string(b), stat
}

// exists tells whether a node is there for this session.
func exists(t testing.TB, c *wire.Conn, path string) bool {
	t.Helper()
	got := code(t, c, wire.WatchReq(wire.OpExists, path, false))
	require.Contains(t, []int32{wire.CodeOK, wire.CodeNoNode}, got)
	return got == wire.CodeOK
}

// event takes the next event and compares it.
func event(t testing.TB, c *wire.Conn, typ int32, path string) {
	t.Helper()
	m, err := c.Await(func(m wire.Message) bool { return m.Kind == wire.Event })
	require.NoError(t, err, "%s %s", wire.EventName(typ), path)
	require.Equal(t, wire.EventName(typ)+" "+path, m.String())
}

func create(path string, data string) wire.Request {
	return wire.CreateReq(wire.OpCreate, path, []byte(data), wire.OpenACL(), wire.Persistent)
}

func ephemeral(path string) wire.Request {
	return wire.CreateReq(wire.OpCreate, path, nil, wire.OpenACL(), wire.Ephemeral)
}

func set(path, data string) wire.Request { return wire.SetDataReq(path, []byte(data), -1) }

func flush(path string) wire.Request { return wire.PathReq(wire.OpSync, path) }

// tree is the whole tree as m has it once it has all that was written before.
func tree(t testing.TB, m *member) string {
	t.Helper()
	c := connect(t, m, long)
	defer c.Close()
	ok(t, c, wire.AuthReq("digest", []byte("reader:secret")), set("/", ""))
	nodes, err := c.Dump("/")
	require.NoError(t, err, "%v", m)
	ok(t, c, wire.Bare(wire.OpCloseSession))
	var b strings.Builder
	for _, n := range nodes {
		switch n.Path {
		case "/": // written by each reader of the tree
			n.Stat.Mzxid, n.Stat.Mtime, n.Stat.Version = 0, 0, 0
		case "/zookeeper/config": // has a time of its own in each member, and its own list of servers here
			n.Stat.Mtime, n.Stat.DataLength, n.Data = 0, 0, nil
		}
		if len(n.Data) > 50 { // so that a difference can be read
			n.Data = fmt.Appendf(nil, "%s... %x", n.Data[:20], sha256.Sum256(n.Data))
		}
		b.WriteString(n.Text() + "\n")
	}
	return b.String()
}

// sameDigests asks Apache's members whether the digests of their trees were those that the leader has put into the
// transactions. Behind a snapshot that was made while others wrote they are not for a while, with a leader of any kind. Of a leader
// of Apache's nothing is asked: what it computes ahead is, seldom, not what its own tree then has.
func (e *ensemble) sameDigests(t testing.TB) {
	t.Helper()
	if e.leader().kind == peer.Apache {
		return
	}
	for _, m := range e.running() {
		require.LessOrEqual(t, m.metric("zk_digest_mismatches_count"), int64(0), "%v", m)
	}
}

// sameTrees compares the trees of all members that run, and gives the tree.
func (e *ensemble) sameTrees(t testing.TB) string {
	t.Helper()
	var first string
	var of *member
	for _, m := range e.running() {
		got := tree(t, m)
		if of == nil {
			first, of = got, m
			continue
		}
		require.Equal(t, first, got, "the trees of %v and %v", of, m)
	}
	return first
}
