package prep_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/proto"
	"troupe/tree/prep"
)

const limits = "/zookeeper/quota/zookeeper_limits"

// What a learner answers itself, since Apache's leader would die of it, or never answer; everything else is sent as it
// is, also what the leader will refuse.
func TestForward(t *testing.T) {
	del := func(path string) *proto.DeleteRequest { return &proto.DeleteRequest{Path: path, Version: -1} }
	for _, c := range []struct {
		name string
		op   proto.Op
		body []byte
		want proto.Code
	}{
		{"create", proto.OpCreate, create("/a", anyone, 0).Append(nil), proto.Ok},
		{"broken create", proto.OpCreate, []byte{1}, proto.Ok},
		{"reconfig that cannot be decoded", proto.OpReconfig, []byte{0, 0, 0, 9}, proto.MarshallingError},
		{"reconfig", proto.OpReconfig, (&proto.ReconfigRequest{}).Append(nil), proto.Ok},
		{"multi", proto.OpMulti, multi(part{proto.OpCreate, create("/a", anyone, 0)}, part{proto.OpDelete, del("/a")}), proto.Ok},
		{"empty multi", proto.OpMulti, multi(), proto.Ok},
		{"multi with a null path", proto.OpMulti, multi(part{proto.OpDelete, del("/a")}, part{proto.OpDelete, del(jute.Null)}), proto.MarshallingError},
		{"multi that cannot be decoded", proto.OpMulti, []byte{0}, proto.MarshallingError},
		{"multi with a limits node of the root", proto.OpMulti, multi(part{proto.OpCreate, create(limits, anyone, 0)}), proto.BadArguments},
		{"multi with a deadly delete", proto.OpMulti, multi(part{proto.OpDelete, del("/zookeeper/zookeeper_limits")}), proto.BadArguments},
		{"limits node of the root", proto.OpCreate2, create(limits, anyone, 0).Append(nil), proto.BadArguments},
		{"limits node with a number", proto.OpCreate, create(limits, anyone, proto.ModePersistentSequential).Append(nil), proto.Ok},
		{"ephemeral that is deadly when it goes", proto.OpCreate, create("/zookeeper/zookeeper_limits", anyone, proto.ModeEphemeral).Append(nil), proto.BadArguments},
		{"deadly delete", proto.OpDelete, del("/zookeeper/zookeeper_limits").Append(nil), proto.BadArguments},
		{"delete", proto.OpDelete, del("/a").Append(nil), proto.Ok},
		{"createTTL without a TTL mode", proto.OpCreateTTL, (&proto.CreateTTLRequest{Path: "/a", ACL: anyone, TTL: -1}).Append(nil), proto.BadArguments},
		{"createTTL", proto.OpCreateTTL, (&proto.CreateTTLRequest{Path: "/a", ACL: anyone, Flags: int32(proto.ModePersistentWithTTL), TTL: 5}).Append(nil), proto.Ok},
		{"deleteContainer", proto.OpDeleteContainer, []byte("/a"), proto.BadArguments},
		{"closeSession", proto.OpCloseSession, nil, proto.Ok},
	} {
		op, body, code := prep.Forward(c.op, c.body)
		require.Equal(t, c.want, code, c.name)
		require.Equal(t, c.op, op, c.name)
		require.Equal(t, c.body, body, c.name)
	}
}

// A lone check goes as a multi of one.
func TestForwardCheck(t *testing.T) {
	check := &proto.CheckVersionRequest{Path: "/a", Version: 3}
	op, body, code := prep.Forward(proto.OpCheck, check.Append(nil))
	require.Equal(t, proto.Ok, code)
	require.Equal(t, proto.OpMulti, op)
	require.Equal(t, multi(part{proto.OpCheck, check}), body)
	_, _, code = prep.Forward(proto.OpCheck, (&proto.CheckVersionRequest{Path: jute.Null}).Append(nil))
	require.Equal(t, proto.BadArguments, code)
	_, _, code = prep.Forward(proto.OpCheck, []byte{0})
	require.Equal(t, proto.MarshallingError, code)
}

// What is answered by the learner is what the leader would have answered.
func TestForwardAnswersAsTheLeader(t *testing.T) {
	for _, c := range []struct {
		op   proto.Op
		body []byte
	}{
		{proto.OpReconfig, []byte{0, 0, 0, 9}},
		{proto.OpMulti, multi(part{proto.OpDelete, &proto.DeleteRequest{Path: jute.Null}})},
		{proto.OpCreate, create(limits, anyone, 0).Append(nil)},
		{proto.OpDelete, (&proto.DeleteRequest{Path: "/zookeeper/zookeeper_limits", Version: -1}).Append(nil)},
		{proto.OpCreateTTL, (&proto.CreateTTLRequest{Path: "/a", ACL: anyone, TTL: -1}).Append(nil)},
		{proto.OpDeleteContainer, []byte("/a")},
		{proto.OpCheck, (&proto.CheckVersionRequest{Path: jute.Null}).Append(nil)},
	} {
		_, _, code := prep.Forward(c.op, c.body)
		r := newRig(t, defaults)
		x, err := r.prep.Prepare(&prep.Request{Session: alice, Op: c.op, Body: c.body}, 1)
		if err != nil {
			require.Equal(t, code, err, c.op)
			continue
		}
		require.Equal(t, proto.OpError, proto.Op(x.Header.Type), c.op)
		want := r.tree.Apply(&x, nil).Err
		require.Equal(t, want, code, c.op)
	}
}

// Which requests a local session cannot make as it is.
func TestCreatesEphemeral(t *testing.T) {
	eph, seq, plain := create("/e", anyone, proto.ModeEphemeral), create("/e", anyone, proto.ModeEphemeralSequential), create("/p", anyone, proto.ModePersistent)
	odd := create("/o", anyone, 99)
	ttl := &proto.CreateTTLRequest{Path: "/t", ACL: anyone, Flags: int32(proto.ModeEphemeral), TTL: -1}
	for _, c := range []struct {
		name string
		op   proto.Op
		body []byte
		want bool
	}{
		{"create", proto.OpCreate, eph.Append(nil), true},
		{"create2, sequential", proto.OpCreate2, seq.Append(nil), true},
		{"persistent", proto.OpCreate, plain.Append(nil), false},
		{"createTTL never", proto.OpCreateTTL, ttl.Append(nil), false},
		{"createContainer never", proto.OpCreateContainer, eph.Append(nil), false},
		{"broken", proto.OpCreate, eph.Append(nil)[:9], false},
		{"no such flags", proto.OpCreate, odd.Append(nil), false},
		{"in a multi (ZOOKEEPER-2725)", proto.OpMulti, multi(part{proto.OpCreate, plain}, part{proto.OpCreate2, eph}), true},
		{"a multi without", proto.OpMulti, multi(part{proto.OpCreate, plain}), false},
		{"in a multi as a container", proto.OpMulti, multi(part{proto.OpCreateContainer, eph}), false},
		{"behind odd flags", proto.OpMulti, multi(part{proto.OpCreate, odd}, part{proto.OpCreate, eph}), false},
		{"before odd flags", proto.OpMulti, multi(part{proto.OpCreate, eph}, part{proto.OpCreate, odd}), true},
		{"broken multi", proto.OpMulti, multi(part{proto.OpCreate, eph})[:20], false},
		{"setData", proto.OpSetData, eph.Append(nil), false},
	} {
		require.Equal(t, c.want, prep.CreatesEphemeral(c.op, c.body), c.name)
	}
}
