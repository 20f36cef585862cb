package reply_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/tree"
	"troupe/tree/acl"
	"troupe/tree/prep"
	"troupe/tree/reply"
)

// server is the whole way of a request on one goroutine: prepare, log (as bytes), apply, reply.
type server struct {
	t       testing.TB
	tree    *tree.Tree
	acl     *acl.Registry
	prep    *prep.Preparer
	reader  *reply.Reader
	session int64
	ids     []data.ID
	zxid    int64
	now     int64
}

// sessions lets every session do everything.
type sessions struct{}

func (sessions) Check(int64, any) proto.Code { return proto.Ok }
func (sessions) IsGlobal(int64) bool         { return true }
func (sessions) Closing(int64)               {}

const superDigest = "super:xQJmxLMiHGwaqBvst5y6rkB6HQs="

func newServer(t testing.TB, o prep.Options) *server {
	o.Digest, o.CloseSessionTxn = true, true
	s := &server{t: t, tree: tree.New(tree.Options{ExtendedTypes: o.ExtendedTypes, Digest: true}), session: 0x1000011d0140000}
	var err error
	s.acl, err = acl.New(acl.Options{SuperDigest: superDigest})
	require.NoError(t, err)
	s.prep = prep.New(s.tree, s.acl, sessions{}, o)
	s.reader = &reply.Reader{Tree: s.tree, ACL: s.acl}
	s.forgetIDs()
	return s
}

// forgetIDs makes the client one that has just connected.
func (s *server) forgetIDs() { s.ids = []data.ID{{Scheme: "ip", ID: "127.0.0.1"}} }

// auth serves an auth packet.
func (s *server) auth(scheme, credentials string) {
	ids, err := s.acl.Authenticate(nil, scheme, []byte(credentials))
	require.NoError(s.t, err)
	s.ids = append(s.ids, ids...)
}

// write does a write and returns err and body of the reply.
func (s *server) write(op proto.Op, body []byte) (proto.Code, []byte) {
	s.zxid++
	x, err := s.prep.Prepare(&prep.Request{Session: s.session, Cxid: 1, Op: op, Body: body, IDs: s.ids, Time: s.now}, s.zxid)
	if errors.Is(err, proto.MarshallingError) { // no transaction
		s.zxid--
		return proto.MarshallingError, nil
	}
	require.NoError(s.t, err)
	entry := x.Append(nil)
	logged, err := tree.DecodeTxn(entry)
	require.NoError(s.t, err)
	require.Equal(s.t, entry, logged.Append(nil))
	res := s.tree.Apply(&logged, nil)
	require.False(s.t, res.DigestMismatch)
	s.prep.Applied(s.zxid)
	return res.Err, reply.AppendReply(nil, op, &logged, &res)
}

// read does a read and returns err and body of the reply, and the watch.
func (s *server) read(op proto.Op, body []byte) (proto.Code, []byte, reply.WatchRequest) {
	out, code, watch := s.reader.Append(nil, op, body, &reply.Client{Session: s.session, IDs: s.ids})
	if code != proto.Ok {
		require.Empty(s.t, out)
	}
	return code, out, watch
}

// must does a write that succeeds.
func (s *server) must(op proto.Op, r jute.Record) []byte {
	s.t.Helper()
	code, body := s.write(op, r.Append(nil))
	require.Equal(s.t, proto.Ok, code, "%s %+v", op, r)
	return body
}

var anyone = []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "world", ID: "anyone"}}}

// create makes a persistent node that everybody may use.
func (s *server) create(path, content string) {
	s.t.Helper()
	s.must(proto.OpCreate, &proto.CreateRequest{Path: path, Data: []byte(content), ACL: anyone})
}
