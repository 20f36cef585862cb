package micro

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/persistence"
	"troupe/persistence/vfs"
	"troupe/tree"
	"troupe/tree/acl"
	"troupe/tree/prep"
	"troupe/tree/reply"
)

const (
	session    = int64(0x1000)
	valueBytes = 100
	// now is milliseconds since 1970.
	now = int64(1_700_000_000_000)
	// inFlight is how many transactions are prepared ahead of the newest that is applied: what
	// a batch of a busy server holds.
	inFlight = 100
)

// everyone may do everything.
func everyone() []data.ACL {
	return []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "world", ID: "anyone"}}}
}

// path is the name of one of the znodes of a server.
func path(i int) string { return fmt.Sprintf("/bench/node-%06d", i) }

// oneSession is there, and nobody else.
type oneSession struct{}

func (oneSession) Check(id int64, _ any) proto.Code {
	if id == session {
		return proto.Ok
	}
	return proto.SessionExpired
}
func (oneSession) IsGlobal(int64) bool { return true }
func (oneSession) Closing(int64)       {}

// server is the way of a write without actors: prepare, log, apply, reply.
type server struct {
	tree   *tree.Tree
	prep   *prep.Preparer
	reader *reply.Reader
	zxid   int64
}

// newServer has n znodes of 100 bytes.
func newServer(tb testing.TB, n int) *server {
	tb.Helper()
	registry, err := acl.New(acl.Options{})
	require.NoError(tb, err)
	t := tree.New(tree.Options{Digest: true})
	s := &server{
		tree: t, reader: &reply.Reader{Tree: t, ACL: registry},
		prep: prep.New(t, registry, oneSession{}, prep.Options{Digest: true}),
	}
	s.write(tb, proto.OpCreate, &proto.CreateRequest{Path: "/bench", ACL: everyone()})
	for i := range n {
		s.write(tb, proto.OpCreate, &proto.CreateRequest{Path: path(i), Data: make([]byte, valueBytes), ACL: everyone()})
	}
	return s
}

// write prepares and applies.
func (s *server) write(tb testing.TB, op proto.Op, r jute.Record) {
	x := s.prepare(tb, op, r.Append(nil))
	s.apply(tb, &x)
	s.prep.Applied(s.zxid)
}

func (s *server) prepare(tb testing.TB, op proto.Op, body []byte) tree.Txn {
	s.zxid++
	x, err := s.prep.Prepare(&prep.Request{Session: session, Op: op, Body: body, Time: now}, s.zxid)
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

func (s *server) apply(tb testing.TB, x *tree.Txn) tree.Result {
	r := s.tree.Apply(x, nil)
	if r.Err != proto.Ok {
		tb.Fatal(r.Err)
	}
	return r
}

// newLog is a log in memory: the cost apart from the disk's.
func newLog(tb testing.TB) *persistence.Store {
	tb.Helper()
	o := persistence.DefaultOptions("/data")
	o.PreAllocSize, o.AutoCreateDirs, o.AutoCreateDB = 0, true, true
	return openLog(tb, vfs.New(), o)
}

// newDiskLog is a log on the disk that has the test's directory.
func newDiskLog(tb testing.TB) *persistence.Store {
	tb.Helper()
	o := persistence.DefaultOptions(tb.TempDir())
	o.AutoCreateDirs, o.AutoCreateDB = true, true
	return openLog(tb, persistence.OS(), o)
}

func openLog(tb testing.TB, fs persistence.FS, o persistence.Options) *persistence.Store {
	tb.Helper()
	s, err := persistence.Open(fs, o)
	require.NoError(tb, err)
	_, _, err = s.Load()
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return s
}

// setDataBodies are requests for the znodes of a server.
func setDataBodies(n int) (all [][]byte) {
	for i := range n {
		all = append(all, (&proto.SetDataRequest{Path: path(i), Data: make([]byte, valueBytes), Version: -1}).Append(nil))
	}
	return all
}
