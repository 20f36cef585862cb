package prep_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute/data"
	"troupe/jute/proto"
)

// generator draws requests that meet each other in a small tree.
type generator struct{ *rapid.T }

func draw[T any](g generator, xs ...T) T { return rapid.SampledFrom(xs).Draw(g.T, "") }

func (g generator) path() string {
	p := draw(g, "/a", "/b", "/c")
	for range draw(g, 0, 0, 0, 1, 1, 2) {
		p += draw(g, "/x", "/y")
	}
	return draw(g, p, p, p, p, p, p, "/", p+"/", "bad")
}

func (g generator) acl() []data.ACL {
	return draw(g, anyone, anyone, anyone, anyone, anyone, readOnly, nobody, badACL, nil)
}

func (g generator) part() part {
	switch draw(g, 0, 0, 0, 0, 1, 1, 2, 2, 3) {
	case 0:
		flags := draw[int32](g, 0, 0, 0, 1, 2, 3, 4, 9)
		if draw(g, 0, 0, 0, 1) == 1 {
			return part{proto.OpCreateTTL, createTTL(g.path(), g.acl(), draw[int32](g, 5, 6), draw[int64](g, 5, 0))}
		}
		return part{draw(g, proto.OpCreate, proto.OpCreate2, proto.OpCreateContainer), &proto.CreateRequest{Path: g.path(), Data: g.data(), ACL: g.acl(), Flags: flags}}
	case 1:
		return part{proto.OpDelete, &proto.DeleteRequest{Path: g.path(), Version: g.version()}}
	case 2:
		return part{proto.OpSetData, &proto.SetDataRequest{Path: g.path(), Data: g.data(), Version: g.version()}}
	}
	return part{proto.OpCheck, &proto.CheckVersionRequest{Path: g.path(), Version: g.version()}}
}

func (g generator) data() []byte   { return draw(g, nil, []byte{}, []byte("1"), []byte("twelve bytes")) }
func (g generator) version() int32 { return draw[int32](g, -1, -1, -1, 0, 1) }

func (g generator) request() (session int64, op proto.Op, body []byte) {
	session = draw(g, alice, alice, bob, local, gone)
	switch draw(g, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 4) {
	case 0:
		p := g.part()
		return session, p.op, p.rec.Append(nil)
	case 1:
		var parts []part
		for range draw(g, 0, 1, 2, 3, 4) {
			parts = append(parts, g.part())
		}
		return session, proto.OpMulti, multi(parts...)
	case 2:
		return session, proto.OpSetACL, (&proto.SetACLRequest{Path: g.path(), ACL: g.acl(), Version: g.version()}).Append(nil)
	case 3:
		return draw(g, alice, bob), proto.OpCloseSession, nil
	}
	return 0, proto.OpDeleteContainer, []byte(g.path())
}

// Preparing ahead of applying gives the same transactions, to the byte, and so the same tree, as one at a time: however
// long the pipeline is, and however late the Preparer hears what is applied. (Quotas, which are judged by what is
// applied, are off here.)
func TestPipelineIsTransparent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, many := newRig(t, defaults), newRig(t, defaults)
		g := generator{t}
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			session, op, body := g.request()
			x, y := one.prepare(session, op, body), many.prepare(session, op, body)
			require.Equal(t, x.Append(nil), y.Append(nil), "%s\n%s", describe(&x), describe(&y))
			one.apply(1, true)
			if draw(g, 0, 0, 1) == 1 {
				many.apply(draw(g, 0, min(1, len(many.queue)), len(many.queue)), draw(g, true, false))
			}
			if draw(g, 0, 0, 1) == 1 {
				many.prep.Applied(many.tree.LastZxid())
			}
		}
		many.apply(len(many.queue), true)
		many.prep.Applied(many.zxid)
		require.Equal(t, dump(one.tree), dump(many.tree))
		require.Equal(t, one.events, many.events)
		require.Equal(t, one.tree.Digest(), many.tree.Digest())
		require.Zero(t, many.prep.Outstanding())
	})
}

// The new ACL of a setACL that is still on its way decides about the requests behind it. (Apache 3.8.0 asks the old one.)
func TestPendingACLDecides(t *testing.T) {
	r := newRig(t, defaults)
	r.create("/a", anyone, 0)
	r.prepare(alice, proto.OpSetACL, (&proto.SetACLRequest{Path: "/a", ACL: readOnly, Version: -1}).Append(nil))
	x := r.prepare(alice, proto.OpSetData, (&proto.SetDataRequest{Path: "/a", Version: -1}).Append(nil))
	require.Equal(t, proto.NoAuth, code(&x))
	x = r.prepare(alice, proto.OpCreate, create("/a/x", anyone, 0).Append(nil))
	require.Equal(t, proto.NoAuth, code(&x))
	x = r.prepare(alice, proto.OpSetACL, (&proto.SetACLRequest{Path: "/a", ACL: anyone, Version: 1}).Append(nil))
	require.Equal(t, proto.NoAuth, code(&x))
	r.apply(4, true)
}

// What is outstanding counts by path and is forgotten when it is applied, and not before.
func TestOutstanding(t *testing.T) {
	r := newRig(t, defaults)
	r.prepare(alice, proto.OpCreate, create("/a", anyone, 0).Append(nil))
	require.Equal(t, 2, r.prep.Outstanding(), "the node and its parent")
	r.prepare(alice, proto.OpDelete, (&proto.DeleteRequest{Path: "/a", Version: 0}).Append(nil))
	require.Equal(t, 4, r.prep.Outstanding())
	x := r.prepare(alice, proto.OpCreate, create("/a", anyone, 0).Append(nil))
	require.Equal(t, proto.Ok, code(&x))
	r.prep.Applied(0)
	require.Equal(t, 6, r.prep.Outstanding())
	r.apply(1, true)
	require.Equal(t, 4, r.prep.Outstanding())
	x = r.prepare(alice, proto.OpCreate, create("/a", anyone, 0).Append(nil))
	require.Equal(t, proto.NodeExists, code(&x))
	r.apply(3, true)
	require.Zero(t, r.prep.Outstanding())
}
