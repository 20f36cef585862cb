package prep_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
	"troupe/tree/acl"
	"troupe/tree/prep"
)

// rig is a Preparer on a tree of its own. Transactions pass through bytes on their way, as through a log.
type rig struct {
	t        require.TestingT
	tree     *tree.Tree
	prep     *prep.Preparer
	sessions *fakeSessions
	zxid     int64
	queue    [][]byte // prepared, not applied
	events   []string
}

// fakeSessions knows the sessions that a test sets up; all others are expired.
type fakeSessions struct {
	code    map[int64]proto.Code
	local   map[int64]bool
	closing []int64
}

func (s *fakeSessions) Check(id int64, _ any) proto.Code {
	if code, ok := s.code[id]; ok {
		return code
	}
	return proto.SessionExpired
}
func (s *fakeSessions) IsGlobal(id int64) bool { return !s.local[id] }
func (s *fakeSessions) Closing(id int64)       { s.closing = append(s.closing, id) }

// The sessions of every rig.
const (
	alice int64 = 0xa11ce + iota
	bob
	local // a local session
	moved // one that is connected elsewhere
	gone  // one that expired
)

var (
	anyone   = []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "world", ID: "anyone"}}}
	readOnly = []data.ACL{{Perms: proto.PermRead, ID: data.ID{Scheme: "world", ID: "anyone"}}}
	nobody   = []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "digest", ID: "no:body"}}}
	badACL   = []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "moon", ID: "dark"}}}
)

// defaults are the options of most tests: everything on but quotas.
var defaults = prep.Options{ExtendedTypes: true, Digest: true, CloseSessionTxn: true}

func newRig(t require.TestingT, o prep.Options) *rig {
	reg, err := acl.New(acl.Options{})
	require.NoError(t, err)
	r := &rig{
		t:    t,
		tree: tree.New(tree.Options{ExtendedTypes: o.ExtendedTypes, Digest: o.Digest}),
		sessions: &fakeSessions{
			code:  map[int64]proto.Code{alice: proto.Ok, bob: proto.Ok, local: proto.Ok, moved: proto.SessionMoved, 0: proto.Ok},
			local: map[int64]bool{local: true},
		},
	}
	r.prep = prep.New(r.tree, reg, r.sessions, o)
	return r
}

// prepare makes the transaction and queues it.
func (r *rig) prepare(session int64, op proto.Op, body []byte, ids ...data.ID) tree.Txn {
	r.zxid++
	x, err := r.prep.Prepare(&prep.Request{Session: session, Cxid: 7, Op: op, Body: body, IDs: ids, Time: 1000 + r.zxid}, r.zxid)
	if !prep.IsWrite(op) {
		r.zxid--
		return tree.Txn{}
	}
	if errors.Is(err, proto.MarshallingError) { // no transaction: what follows it gets its zxid
		r.zxid--
		r.queue = append(r.queue, nil)
		return tree.Txn{Header: txn.TxnHeader{Type: int32(proto.OpError)}, Record: &txn.ErrorTxn{Err: int32(proto.MarshallingError)}}
	}
	require.NoError(r.t, err)
	require.Equal(r.t, r.zxid, x.Header.Zxid)
	r.queue = append(r.queue, x.Append(nil))
	return x
}

// apply applies the first n of what is queued, tells the Preparer if it is to know, and then spoils the entries: nothing
// may depend on them any longer.
func (r *rig) apply(n int, tell bool) []tree.Result {
	var out []tree.Result
	for _, entry := range r.queue[:n] {
		if entry == nil {
			out = append(out, tree.Result{Err: proto.MarshallingError})
			continue
		}
		x, err := tree.DecodeTxn(entry)
		require.NoError(r.t, err)
		res := r.tree.Apply(&x, r)
		require.False(r.t, res.DigestMismatch, "digest after %s", describe(&x))
		require.Equal(r.t, x.Header.Zxid, r.tree.LastZxid())
		res.Path = strings.Clone(res.Path)
		for i := range res.Multi {
			res.Multi[i].Path = strings.Clone(res.Multi[i].Path)
		}
		if tell {
			r.prep.Applied(x.Header.Zxid)
		}
		for i := range entry {
			entry[i] = '?'
		}
		out = append(out, res)
	}
	r.queue = r.queue[n:]
	return out
}

// Fire records what watchers would be told.
func (r *rig) Fire(typ proto.EventType, path string, _ []data.ACL) {
	r.events = append(r.events, fmt.Sprint(typ, " ", path))
}

// do prepares and applies one write.
func (r *rig) do(session int64, op proto.Op, rec jute.Record, ids ...data.ID) tree.Result {
	var body []byte
	if rec != nil {
		body = rec.Append(nil)
	}
	r.prepare(session, op, body, ids...)
	return r.apply(1, true)[0]
}

// must is do of what succeeds.
func (r *rig) must(session int64, op proto.Op, rec jute.Record) tree.Result {
	res := r.do(session, op, rec)
	require.Equal(r.t, proto.Ok, res.Err, "%s %+v", op, rec)
	return res
}

// create makes a node with the given ACL and flags.
func (r *rig) create(path string, list []data.ACL, flags int32) {
	r.must(alice, proto.OpCreate, &proto.CreateRequest{Path: path, Data: []byte("data"), ACL: list, Flags: flags})
}

// code is the code of a transaction of type error, Ok for others.
func code(x *tree.Txn) proto.Code {
	if proto.Op(x.Header.Type) != proto.OpError {
		return proto.Ok
	}
	d := jute.NewDecoder(x.Record.Append(nil))
	return proto.Code(d.Int())
}

func describe(x *tree.Txn) string {
	return fmt.Sprintf("%s %x: %+v", proto.Op(x.Header.Type), x.Header.Zxid, x.Record)
}

// dump is the content of a tree as text.
func dump(t *tree.Tree) string {
	var b strings.Builder
	var walk func(path string)
	walk = func(path string) {
		n := t.Lookup(path)
		fmt.Fprintf(&b, "%q %q %+v %v\n", path, n.Data(), n.Persisted(), t.ACL(n))
		var names []string
		t.EachChild(n, func(name string) { names = append(names, name) })
		slices.Sort(names)
		for _, name := range names {
			walk(strings.TrimSuffix(path, "/") + "/" + name)
		}
	}
	walk("/")
	return b.String()
}
