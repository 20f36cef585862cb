package prep_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
)

type part struct {
	op  proto.Op
	rec jute.Record
}

func multi(parts ...part) []byte {
	var body []byte
	for _, p := range parts {
		body = proto.AppendMultiOp(body, p.op, p.rec)
	}
	return proto.AppendMultiEnd(body)
}

// partTypes lists the types of the parts of a multi transaction, errors as their codes.
func partTypes(t *testing.T, x *tree.Txn) []int32 {
	t.Helper()
	require.IsType(t, &txn.MultiTxn{}, x.Record)
	var out []int32
	for _, p := range x.Record.(*txn.MultiTxn).Txns {
		if p.Type == int32(proto.OpError) {
			d := jute.NewDecoder(p.Data)
			out = append(out, d.Int())
			continue
		}
		out = append(out, p.Type)
	}
	return out
}

// The type of a create inside a multi is decided by its flags: create2 is create, a flag of a container makes one, and
// createTTL without TTL flags is a plain create.
func TestKindsInMulti(t *testing.T) {
	r := newRig(t, defaults)
	x := r.prepare(alice, proto.OpMulti, multi(
		part{proto.OpCreate, create("/a", anyone, proto.ModePersistent)},
		part{proto.OpCreate2, create("/b", anyone, proto.ModeEphemeral)},
		part{proto.OpCreateContainer, create("/c", anyone, proto.ModePersistent)},
		part{proto.OpCreate, create("/d", anyone, proto.ModeContainer)},
		part{proto.OpCreate2, create("/e", anyone, proto.ModeContainer)},
		part{proto.OpCreateTTL, createTTL("/f", anyone, proto.ModePersistentWithTTL, 5)},
		part{proto.OpCreateTTL, createTTL("/g", anyone, proto.ModeEphemeral, 5)},
		part{proto.OpCreateTTL, createTTL("/h", anyone, proto.ModeContainer, -1)},
		part{proto.OpSetData, &proto.SetDataRequest{Path: "/a", Version: 0}},
		part{proto.OpCheck, &proto.CheckVersionRequest{Path: "/a", Version: 1}},
		part{proto.OpDelete, &proto.DeleteRequest{Path: "/a", Version: 1}},
	))
	require.Equal(t, []int32{1, 1, 1, 19, 19, 21, 1, 19, 5, 13, 2}, partTypes(t, &x))
	require.Equal(t, int32(proto.OpMulti), x.Header.Type)
	require.True(t, x.HasDigest)
	require.Equal(t, proto.Ok, r.apply(1, true)[0].Err)
	require.Equal(t, tree.Persistent, r.tree.Lookup("/c").Kind())
	require.Equal(t, tree.Container, r.tree.Lookup("/h").Kind())
	require.ElementsMatch(t, []string{"/b", "/g"}, r.tree.Ephemerals(alice))
}

// Bodies of which no part can be run are refused as a whole, in the header.
func TestMultiRefusedAsAWhole(t *testing.T) {
	ok := part{proto.OpCreate, create("/a", anyone, 0)}
	tests := []struct {
		name    string
		session int64
		body    []byte
		want    proto.Code
	}{
		{"no end", alice, proto.AppendMultiOp(nil, ok.op, ok.rec), proto.MarshallingError},
		{"empty body", alice, nil, proto.MarshallingError},
		{"cut record", alice, multi(ok)[:30], proto.MarshallingError},
		{"read", alice, multi(ok, part{proto.OpGetData, &proto.GetDataRequest{Path: "/a"}}), proto.MarshallingError},
		{"only reads", alice, multi(part{proto.OpGetChildren, &proto.GetDataRequest{Path: "/a"}}), proto.MarshallingError},
		{"setACL", alice, multi(ok, part{proto.OpSetACL, &proto.SetACLRequest{Path: "/a", ACL: anyone}}), proto.MarshallingError},
		{"multi", alice, multi(part{proto.OpMulti, &proto.GetACLRequest{Path: "/a"}}), proto.MarshallingError},
		{"unknown", alice, multi(part{4711, &proto.GetACLRequest{Path: "/a"}}), proto.MarshallingError},
		{"null path of create", alice, multi(ok, part{proto.OpCreate, create(jute.Null, anyone, 0)}), proto.MarshallingError},
		{"null path of setData", alice, multi(ok, part{proto.OpSetData, &proto.SetDataRequest{Path: jute.Null}}), proto.MarshallingError},
		{"null path of check", alice, multi(ok, part{proto.OpCheck, &proto.CheckVersionRequest{Path: jute.Null}}), proto.MarshallingError},
		{"null path of delete", alice, multi(ok, part{proto.OpDelete, &proto.DeleteRequest{Path: jute.Null}}), proto.MarshallingError},
		{"null path of createTTL", alice, multi(part{proto.OpCreateTTL, createTTL(jute.Null, anyone, 5, 5)}), proto.MarshallingError},
		{"TTL flags in create", alice, multi(ok, part{proto.OpCreate, create("/b", anyone, 5)}), proto.MarshallingError},
		{"TTL flags in createContainer", alice, multi(part{proto.OpCreateContainer, create("/b", anyone, 6)}), proto.MarshallingError},
		{"decoding before session", gone, multi(part{4711, &proto.GetACLRequest{Path: "/a"}}), proto.MarshallingError},
		{"session", gone, multi(ok), proto.SessionExpired},
		{"moved", moved, multi(ok), proto.SessionMoved},
	}
	r := newRig(t, defaults)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := r.prepare(tt.session, proto.OpMulti, tt.body)
			require.Equal(t, tt.want, code(&x))
			require.Zero(t, r.prep.Outstanding())
			require.Equal(t, tt.want, r.apply(1, true)[0].Err)
		})
	}
}

// The first fault decides: before it what would have been, behind it RuntimeInconsistency, and nothing happens.
func TestFailedMulti(t *testing.T) {
	r := newRig(t, defaults)
	r.create("/q", anyone, 0)
	seq := part{proto.OpCreate, create("/q/n", anyone, proto.ModePersistentSequential)}
	before := dump(r.tree)
	x := r.prepare(alice, proto.OpMulti, multi(seq, seq,
		part{proto.OpDelete, &proto.DeleteRequest{Path: "/none", Version: -1}},
		part{proto.OpDelete, &proto.DeleteRequest{Path: "/q", Version: -1}}, seq))
	require.Equal(t, []int32{1, 1, int32(proto.NoNode), int32(proto.RuntimeInconsistency), int32(proto.RuntimeInconsistency)}, partTypes(t, &x))
	require.Equal(t, int32(proto.OpMulti), x.Header.Type)
	require.True(t, x.HasDigest)
	require.Zero(t, r.prep.Outstanding())
	res := r.apply(1, true)[0]
	require.Equal(t, proto.Ok, res.Err)
	require.Equal(t, []tree.OpResult{{Op: -1}, {Op: -1}, {Op: -1, Err: proto.NoNode}, {Op: -1, Err: proto.RuntimeInconsistency}, {Op: -1, Err: proto.RuntimeInconsistency}}, res.Multi)
	require.Equal(t, before, dump(r.tree))
	require.Equal(t, "/q/n0000000000", r.must(alice, seq.op, seq.rec).Path, "no number is used up")
}

// Faults of a part are results, also those that a create alone has in its header.
func TestFaultsOfParts(t *testing.T) {
	r := scenery(t, defaults)
	for _, tt := range []struct {
		name    string
		session int64
		part    part
		want    proto.Code
	}{
		{"flags", alice, part{proto.OpCreate, create("/x", anyone, 99)}, proto.BadArguments},
		{"flags of createTTL", alice, part{proto.OpCreateTTL, createTTL("/x", anyone, 99, 5)}, proto.BadArguments},
		{"TTL", alice, part{proto.OpCreateTTL, createTTL("/x", anyone, 5, 0)}, proto.BadArguments},
		{"ACL", alice, part{proto.OpCreate, create("/x", nil, 0)}, proto.InvalidACL},
		{"local session", local, part{proto.OpCreate, create("/x", anyone, 1)}, proto.SessionExpired},
		{"reserved", alice, part{proto.OpDelete, &proto.DeleteRequest{Path: "/zookeeper", Version: -1}}, proto.BadArguments},
		{"path", alice, part{proto.OpSetData, &proto.SetDataRequest{Path: "/open/", Version: -1}}, proto.BadArguments},
		{"version", alice, part{proto.OpCheck, &proto.CheckVersionRequest{Path: "/open", Version: 3}}, proto.BadVersion},
		{"permission", alice, part{proto.OpCheck, &proto.CheckVersionRequest{Path: "/closed", Version: 3}}, proto.NoAuth},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := r.prepare(tt.session, proto.OpMulti, multi(tt.part))
			require.Equal(t, []int32{int32(tt.want)}, partTypes(t, &x))
			require.Zero(t, r.prep.Outstanding())
			r.apply(1, true)
		})
	}
	o := defaults
	o.ExtendedTypes = false
	r = newRig(t, o)
	x := r.prepare(alice, proto.OpMulti, multi(part{proto.OpCreateTTL, createTTL("/x", anyone, 5, 5)}))
	require.Equal(t, []int32{int32(proto.Unimplemented)}, partTypes(t, &x))
}

func TestEmptyMulti(t *testing.T) {
	r := newRig(t, defaults)
	x := r.prepare(alice, proto.OpMulti, multi())
	require.Equal(t, &txn.MultiTxn{Txns: []txn.Txn{}}, x.Record)
	res := r.apply(1, true)[0]
	require.Equal(t, proto.Ok, res.Err)
	require.Empty(t, res.Multi)
}

// A multi that fails leaves no trace: whatever is outstanding, what comes behind it is prepared as if it had not been.
func TestRollbackProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		with, without := newRig(t, defaults), newRig(t, defaults)
		g := generator{t}
		for range rapid.IntRange(0, 20).Draw(t, "before") {
			session, op, body := g.request()
			with.prepare(session, op, body)
			without.prepare(session, op, body)
		}
		applied := rapid.IntRange(0, len(with.queue)).Draw(t, "applied")
		with.apply(applied, true)
		without.apply(applied, true)

		var parts []part
		for range rapid.IntRange(0, 6).Draw(t, "parts") {
			parts = append(parts, g.part())
		}
		parts = append(parts, part{proto.OpCheck, &proto.CheckVersionRequest{Path: "/never", Version: 0}})
		for range rapid.IntRange(0, 2).Draw(t, "behind") {
			parts = append(parts, g.part())
		}
		with.prepare(alice, proto.OpMulti, multi(parts...))
		require.Equal(t, without.prep.Outstanding(), with.prep.Outstanding())
		without.prepare(gone, proto.OpMulti, multi()) // takes the zxid, and is refused

		for range rapid.IntRange(1, 10).Draw(t, "after") {
			session, op, body := g.request()
			a, b := with.prepare(session, op, body), without.prepare(session, op, body)
			require.Equal(t, describe(&b), describe(&a))
			require.Equal(t, b.Digest, a.Digest)
		}
		with.apply(len(with.queue), true)
		without.apply(len(without.queue), true)
		require.Equal(t, dump(without.tree), dump(with.tree))
	})
}
