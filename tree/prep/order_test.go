package prep_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/tree"
	"troupe/tree/acl"
	"troupe/tree/prep"
)

// scenery is what the tests of the order of checks find:
//
//	/open        for everybody; has the child /open/child
//	/closed      for nobody; has the child /closed/child
//	/read        may only be read
//	/eph         ephemeral of bob
//	/box         an empty container
//	/ttl         an empty TTL node
func scenery(t *testing.T, o prep.Options) *rig {
	r := newRig(t, o)
	r.create("/open", anyone, proto.ModePersistent)
	r.create("/open/child", anyone, proto.ModePersistent)
	r.create("/closed", anyone, proto.ModePersistent)
	r.create("/closed/child", anyone, proto.ModePersistent)
	r.must(alice, proto.OpSetACL, &proto.SetACLRequest{Path: "/closed", ACL: nobody, Version: -1})
	r.create("/read", readOnly, proto.ModePersistent)
	r.must(bob, proto.OpCreate, &proto.CreateRequest{Path: "/eph", ACL: anyone, Flags: proto.ModeEphemeral})
	r.must(alice, proto.OpCreateContainer, &proto.CreateRequest{Path: "/box", ACL: anyone, Flags: proto.ModeContainer})
	if o.ExtendedTypes {
		r.must(alice, proto.OpCreateTTL, &proto.CreateTTLRequest{Path: "/ttl", ACL: anyone, Flags: proto.ModePersistentWithTTL, TTL: 5})
	}
	return r
}

type verdict struct {
	name    string
	session int64 // alice if 0
	op      proto.Op
	rec     jute.Record
	want    proto.Code
}

// judge runs each request on the same scenery: those that are refused change nothing, those that are not come last.
func judge(t *testing.T, r *rig, verdicts []verdict) {
	for _, v := range verdicts {
		t.Run(v.name, func(t *testing.T) {
			if v.session == 0 {
				v.session = alice
			}
			before := dump(r.tree)
			got := r.do(v.session, v.op, v.rec).Err
			require.Equal(t, v.want, got, "%s %+v", v.op, v.rec)
			if got != proto.Ok {
				require.Equal(t, before, dump(r.tree))
				require.Zero(t, r.prep.Outstanding())
			}
		})
	}
}

func create(path string, list []data.ACL, flags int32) *proto.CreateRequest {
	return &proto.CreateRequest{Path: path, ACL: list, Flags: flags}
}

func createTTL(path string, list []data.ACL, flags int32, ttl int64) *proto.CreateTTLRequest {
	return &proto.CreateTTLRequest{Path: path, ACL: list, Flags: flags, TTL: ttl}
}

// create: flags and TTL, session, slash and NUL, ACL, parent, permission, full path, exists, ephemeral parent. Each
// request has two faults or more, and is told the first.
func TestOrderOfCreate(t *testing.T) {
	judge(t, scenery(t, defaults), []verdict{
		{"flags before session", gone, proto.OpCreate, create(jute.Null, nil, 7), proto.BadArguments},
		{"negative flags", 0, proto.OpCreate, create("/x", anyone, -1), proto.BadArguments},
		{"TTL flags need createTTL", gone, proto.OpCreate, create("bad", nil, 5), proto.BadArguments},
		{"TTL flags in createContainer", gone, proto.OpCreateContainer, create("bad", nil, 6), proto.BadArguments},
		{"createTTL, flags before session", gone, proto.OpCreateTTL, createTTL("bad", nil, 8, 5), proto.BadArguments},
		{"TTL 0 before session", gone, proto.OpCreateTTL, createTTL("bad", nil, 5, 0), proto.BadArguments},
		{"TTL -1", 0, proto.OpCreateTTL, createTTL("/x", anyone, 5, -1), proto.BadArguments},
		{"TTL 2^40", 0, proto.OpCreateTTL, createTTL("/x", anyone, 6, 1<<40), proto.BadArguments},
		{"createTTL without TTL flags kills Apache", 0, proto.OpCreateTTL, createTTL("/x", anyone, 0, -1), proto.BadArguments},
		{"createTTL ephemeral kills Apache", 0, proto.OpCreateTTL, createTTL("/x", anyone, 1, -1), proto.BadArguments},
		{"createTTL container kills Apache", 0, proto.OpCreateTTL, createTTL("/x", anyone, 4, -1), proto.BadArguments},
		{"createTTL sequential", 0, proto.OpCreateTTL, createTTL("/x", anyone, 2, 5), proto.BadArguments},
		{"session before path", gone, proto.OpCreate, create("bad", nil, 0), proto.SessionExpired},
		{"moved session before path", moved, proto.OpCreate, create(jute.Null, nil, 0), proto.SessionMoved},
		{"ephemeral in a local session before path", local, proto.OpCreate, create("bad", nil, 1), proto.SessionExpired},
		{"null path before ACL", 0, proto.OpCreate, create(jute.Null, nil, 0), proto.MarshallingError},
		{"no slash before ACL", 0, proto.OpCreate, create("bad", badACL, 0), proto.BadArguments},
		{"empty path", 0, proto.OpCreate, create("", badACL, 0), proto.BadArguments},
		{"NUL before ACL", 0, proto.OpCreate, create("/a\x00", badACL, 0), proto.BadArguments},
		{"ACL before parent and path", 0, proto.OpCreate, create("/no/../y", badACL, 0), proto.InvalidACL},
		{"null ACL", 0, proto.OpCreate, create("/no/x", nil, 0), proto.InvalidACL},
		{"parent before path", 0, proto.OpCreate, create("/x/../y", anyone, 0), proto.NoNode},
		{"parent of a path with an empty name", 0, proto.OpCreate, create("/open//x", anyone, 0), proto.NoNode},
		{"permission before path", 0, proto.OpCreate, create("/closed/.", anyone, 0), proto.NoAuth},
		{"permission before exists", 0, proto.OpCreate, create("/closed/child", anyone, 0), proto.NoAuth},
		{"read permission is not enough", 0, proto.OpCreate, create("/read/x", anyone, 0), proto.NoAuth},
		{"path ends with a slash", 0, proto.OpCreate, create("/open/", anyone, 0), proto.BadArguments},
		{"path with a control character", 0, proto.OpCreate, create("/open/\x01", anyone, 0), proto.BadArguments},
		{"path before exists", 0, proto.OpCreate, create("//open", anyone, 0), proto.BadArguments},
		{"path before ephemeral parent", 0, proto.OpCreate, create("/eph/", anyone, 0), proto.BadArguments},
		{"exists", 0, proto.OpCreate, create("/open", anyone, 0), proto.NodeExists},
		{"the root exists", 0, proto.OpCreate, create("/", anyone, 0), proto.NodeExists},
		{"ephemeral parent", 0, proto.OpCreate, create("/eph/x", anyone, 0), proto.NoChildrenForEphemerals},
		{"limits of the root kill Apache", 0, proto.OpCreate, create("/zookeeper/quota/zookeeper_limits", anyone, 0), proto.BadArguments},
		{"limits whose end kills Apache", 0, proto.OpCreate, create("/zookeeper/zookeeper_limits", anyone, 1), proto.BadArguments},
		{"local sessions may create what is not ephemeral", local, proto.OpCreate, create("/local", anyone, 0), proto.Ok},
		{"a sequential path may end with a slash", 0, proto.OpCreate, create("/open/", anyone, 2), proto.Ok},
		{"a container has children", 0, proto.OpCreate, create("/box/x", anyone, 0), proto.Ok},
		{"a TTL node has children", 0, proto.OpCreate, create("/ttl/x", anyone, 0), proto.Ok},
		{"TTL 1", 0, proto.OpCreateTTL, createTTL("/t1", anyone, 5, 1), proto.Ok},
		{"TTL 2^40-1", 0, proto.OpCreateTTL, createTTL("/t2", anyone, 5, 1<<40-1), proto.Ok},
		{"clients may create below /zookeeper", 0, proto.OpCreate, create("/zookeeper/zookeeper_limits", anyone, 0), proto.Ok},
		{"but not delete this", 0, proto.OpDelete, &proto.DeleteRequest{Path: "/zookeeper/zookeeper_limits", Version: -1}, proto.BadArguments},
	})
}

// Without extendedTypesEnabled there are no TTL nodes: that comes after the flags and before all else.
func TestOrderOfCreateWithoutExtendedTypes(t *testing.T) {
	o := defaults
	o.ExtendedTypes = false
	judge(t, scenery(t, o), []verdict{
		{"flags first", gone, proto.OpCreateTTL, createTTL("bad", nil, 7, 0), proto.BadArguments},
		{"then the switch", gone, proto.OpCreateTTL, createTTL("bad", nil, 5, 0), proto.Unimplemented},
		{"in create too", gone, proto.OpCreate, create("bad", nil, 5), proto.Unimplemented},
		{"no TTL flag, no TTL node", 0, proto.OpCreateTTL, createTTL("/x", anyone, 0, -1), proto.BadArguments},
	})
}

// The Preparer alone cannot make TTL nodes in a tree that takes them for ephemerals.
func TestTreeWithoutExtendedTypes(t *testing.T) {
	reg, err := acl.New(acl.Options{})
	require.NoError(t, err)
	p := prep.New(tree.New(tree.Options{}), reg, &fakeSessions{code: map[int64]proto.Code{alice: proto.Ok}}, defaults)
	x, err := p.Prepare(&prep.Request{Session: alice, Op: proto.OpCreateTTL, Body: createTTL("/a", anyone, 5, 5).Append(nil)}, 1)
	require.NoError(t, err)
	require.Equal(t, proto.Unimplemented, code(&x))
	x, err = p.Prepare(&prep.Request{Session: alice, Op: proto.OpCreate, Body: create("/a", anyone, 0).Append(nil)}, 2)
	require.NoError(t, err)
	require.Equal(t, proto.Ok, code(&x))
	require.False(t, x.HasDigest, "nor attach a digest that the tree does not keep")
}

// What is made is decided by the opcode, not by the flag of a container.
func TestKindsOfCreate(t *testing.T) {
	r := newRig(t, defaults)
	owner := func(path string) int64 { return r.tree.Lookup(path).EphemeralOwner() }
	r.must(alice, proto.OpCreate, create("/plain", anyone, proto.ModeContainer))
	require.Zero(t, owner("/plain"))
	r.must(alice, proto.OpCreate2, create("/plain2", anyone, proto.ModeContainer))
	require.Zero(t, owner("/plain2"))
	r.must(alice, proto.OpCreateContainer, create("/box", anyone, proto.ModeEphemeral))
	require.Equal(t, int64(-1<<63), owner("/box"))
	r.must(alice, proto.OpCreate2, create("/mine", anyone, proto.ModeEphemeral))
	require.Equal(t, alice, owner("/mine"))
	r.must(alice, proto.OpCreateTTL, createTTL("/ttl", anyone, proto.ModePersistentWithTTL, 0x1234))
	require.Equal(t, int64(-1<<56|0x1234), owner("/ttl"))
	require.Equal(t, []string{"/mine"}, r.tree.Ephemerals(alice))
}

// delete: session, path, parent, permission, node, version, children.
func TestOrderOfDelete(t *testing.T) {
	del := func(path string, version int32) *proto.DeleteRequest {
		return &proto.DeleteRequest{Path: path, Version: version}
	}
	judge(t, scenery(t, defaults), []verdict{
		{"session before path", gone, proto.OpDelete, del(jute.Null, 9), proto.SessionExpired},
		{"moved session", moved, proto.OpDelete, del("/open", -1), proto.SessionMoved},
		{"null path", 0, proto.OpDelete, del(jute.Null, 9), proto.MarshallingError},
		{"empty path", 0, proto.OpDelete, del("", 9), proto.BadArguments},
		{"no slash", 0, proto.OpDelete, del("open", 9), proto.BadArguments},
		{"NUL before parent", 0, proto.OpDelete, del("/no/x\x00", 9), proto.BadArguments},
		{"root", 0, proto.OpDelete, del("/", 9), proto.BadArguments},
		{"/zookeeper", 0, proto.OpDelete, del("/zookeeper", 9), proto.BadArguments},
		{"/zookeeper/quota", 0, proto.OpDelete, del("/zookeeper/quota", 9), proto.BadArguments},
		{"/zookeeper/config", 0, proto.OpDelete, del("/zookeeper/config", 9), proto.BadArguments},
		{"limits that kill Apache", 0, proto.OpDelete, del("/zookeeper/quota/zookeeper_limits", 9), proto.BadArguments},
		{"parent", 0, proto.OpDelete, del("/no/x", 9), proto.NoNode},
		{"permission before node", 0, proto.OpDelete, del("/closed/none", 9), proto.NoAuth},
		{"permission before version", 0, proto.OpDelete, del("/closed/child", 9), proto.NoAuth},
		{"node", 0, proto.OpDelete, del("/none", 9), proto.NoNode},
		{"a slash at the end is another node", 0, proto.OpDelete, del("/open/", -1), proto.NoNode},
		{"version before children", 0, proto.OpDelete, del("/open", 9), proto.BadVersion},
		{"children", 0, proto.OpDelete, del("/open", 0), proto.NotEmpty},
		{"version fits", 0, proto.OpDelete, del("/open/child", 0), proto.Ok},
		{"any version, the node's own ACL does not matter", 0, proto.OpDelete, del("/read", -1), proto.Ok},
		{"now without children", 0, proto.OpDelete, del("/open", -1), proto.Ok},
	})
}

// setData: session, path, node, permission, quota, version. setACL: session, path, ACL, node, permission, version.
// check: session, path, node, permission, version.
func TestOrderOfChanges(t *testing.T) {
	set := func(path string, version int32) *proto.SetDataRequest {
		return &proto.SetDataRequest{Path: path, Data: []byte("123456789"), Version: version}
	}
	setACL := func(path string, list []data.ACL, version int32) *proto.SetACLRequest {
		return &proto.SetACLRequest{Path: path, ACL: list, Version: version}
	}
	check := func(path string, version int32) *proto.CheckVersionRequest {
		return &proto.CheckVersionRequest{Path: path, Version: version}
	}
	o := defaults
	o.EnforceQuota = true
	r := scenery(t, o)
	r.create("/zookeeper/quota/closed", anyone, 0)
	r.create("/zookeeper/quota/open", anyone, 0)
	for _, q := range []string{"/zookeeper/quota/closed", "/zookeeper/quota/open"} {
		r.must(alice, proto.OpCreate, &proto.CreateRequest{Path: q + "/zookeeper_limits", Data: []byte("count=-1,bytes=-1=;byteHardLimit=12;countHardLimit=2"), ACL: anyone})
		r.must(alice, proto.OpCreate, &proto.CreateRequest{Path: q + "/zookeeper_stats", ACL: anyone})
	}
	judge(t, r, []verdict{
		{"setData: session", gone, proto.OpSetData, set(jute.Null, 9), proto.SessionExpired},
		{"setData: null path", 0, proto.OpSetData, set(jute.Null, 9), proto.BadArguments},
		{"setData: path", 0, proto.OpSetData, set("/open/", 9), proto.BadArguments},
		{"setData: empty path", 0, proto.OpSetData, set("", 9), proto.BadArguments},
		{"setData: node", 0, proto.OpSetData, set("/none", 9), proto.NoNode},
		{"setData: permission before quota and version", 0, proto.OpSetData, set("/closed", 9), proto.NoAuth},
		{"setData: quota before version", 0, proto.OpSetData, set("/open", 9), proto.QuotaExceeded},
		{"setData: version", 0, proto.OpSetData, set("/eph", 9), proto.BadVersion},
		{"setData", 0, proto.OpSetData, set("/eph", 0), proto.Ok},
		{"setData: the version counts", 0, proto.OpSetData, set("/eph", 0), proto.BadVersion},
		{"setData of the root", 0, proto.OpSetData, set("/", -1), proto.Ok},
		{"create: exists before quota", 0, proto.OpCreate, create("/open/child", anyone, 0), proto.NodeExists},
		{"create: quota", 0, proto.OpCreate, create("/open/more", anyone, 0), proto.QuotaExceeded},

		{"setACL: session", gone, proto.OpSetACL, setACL(jute.Null, nil, 9), proto.SessionExpired},
		{"setACL: null path", 0, proto.OpSetACL, setACL(jute.Null, nil, 9), proto.BadArguments},
		{"setACL: path before ACL", 0, proto.OpSetACL, setACL("/open/", nil, 9), proto.BadArguments},
		{"setACL: ACL before node", 0, proto.OpSetACL, setACL("/none", nil, 9), proto.InvalidACL},
		{"setACL: node", 0, proto.OpSetACL, setACL("/none", anyone, 9), proto.NoNode},
		{"setACL: permission before version", 0, proto.OpSetACL, setACL("/read", anyone, 9), proto.NoAuth},
		{"setACL: version, which is aversion", 0, proto.OpSetACL, setACL("/eph", anyone, 1), proto.BadVersion},
		{"setACL", 0, proto.OpSetACL, setACL("/eph", anyone, 0), proto.Ok},

		{"check: session", gone, proto.OpCheck, check(jute.Null, 9), proto.SessionExpired},
		{"check: null path", 0, proto.OpCheck, check(jute.Null, 9), proto.BadArguments},
		{"check: path", 0, proto.OpCheck, check("/open/", 9), proto.BadArguments},
		{"check: node", 0, proto.OpCheck, check("/none", 9), proto.NoNode},
		{"check: permission before version", 0, proto.OpCheck, check("/closed", 9), proto.NoAuth},
		{"check: version", 0, proto.OpCheck, check("/read", 9), proto.BadVersion},
		{"check", 0, proto.OpCheck, check("/read", 0), proto.Ok},
		{"check of any version", 0, proto.OpCheck, check("/read", -1), proto.Ok},
	})
}

// The cleaner, which has no session, deletes only what is empty and of a kind that goes by itself.
func TestOrderOfDeleteContainer(t *testing.T) {
	r := scenery(t, defaults)
	r.create("/ttl/child", anyone, 0)
	for _, tt := range []struct {
		session int64
		path    string
		want    proto.Code
	}{
		{alice, "/box", proto.BadArguments},
		{0, "", proto.BadArguments},
		{0, "box", proto.BadArguments},
		{0, "/", proto.BadArguments},
		{0, "/zookeeper", proto.BadArguments},
		{0, "/box\x00", proto.BadArguments},
		{0, "/none", proto.NoNode},
		{0, "/no/none", proto.NoNode},
		{0, "/\xff", proto.NoNode},
		{0, "/open", proto.NotEmpty},
		{0, "/ttl", proto.NotEmpty},
		{0, "/eph", proto.BadVersion},
		{0, "/read", proto.BadVersion},
		{0, "/ttl/child", proto.BadVersion},
		{0, "/box", proto.Ok},
	} {
		x := r.prepare(tt.session, proto.OpDeleteContainer, []byte(tt.path))
		require.Equal(t, tt.want, code(&x), tt.path)
		require.Equal(t, tt.want, r.apply(1, true)[0].Err, tt.path)
	}
	r.must(alice, proto.OpDelete, &proto.DeleteRequest{Path: "/ttl/child", Version: -1})
	r.prepare(0, proto.OpDeleteContainer, []byte("/ttl"))
	require.Equal(t, proto.Ok, r.apply(1, true)[0].Err)
	require.Nil(t, r.tree.Lookup("/ttl"))
	require.Nil(t, r.tree.Lookup("/box"))
}
