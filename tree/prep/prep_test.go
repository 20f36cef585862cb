package prep_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
	"troupe/tree/prep"
)

var writes = []proto.Op{proto.OpCreate, proto.OpDelete, proto.OpSetData, proto.OpSetACL, proto.OpCheck, proto.OpMulti, proto.OpCreate2,
	proto.OpReconfig, proto.OpCreateContainer, proto.OpDeleteContainer, proto.OpCreateTTL, proto.OpCreateSession, proto.OpCloseSession}

// A body that cannot be decoded takes its zxid and gives an error transaction, whatever the operation; so nobody waits
// for it in vain. The three that read no record stand apart, and so does reconfig, which takes no zxid then.
func TestUndecodableBodies(t *testing.T) {
	r := newRig(t, defaults)
	for _, op := range writes {
		for _, body := range [][]byte{{0, 0, 0}, {0, 0, 0, 9, '/'}, {0x7f, 0xff, 0xff, 0xff}} {
			if op == proto.OpReconfig || op == proto.OpDeleteContainer || op == proto.OpCloseSession || op == proto.OpCreateSession && len(body) >= 4 {
				continue
			}
			x := r.prepare(alice, op, body)
			require.Equal(t, proto.MarshallingError, code(&x), "%s %v", op, body)
			require.Equal(t, txn.TxnHeader{ClientID: alice, Cxid: 7, Zxid: r.zxid, Time: 1000 + r.zxid, Type: int32(proto.OpError)}, x.Header)
			require.False(t, x.HasDigest)
			require.Equal(t, proto.MarshallingError, r.apply(1, true)[0].Err)
		}
	}
}

// A reconfig that cannot be decoded is refused without a transaction and takes no zxid.
func TestRefusedWithoutATransaction(t *testing.T) {
	r := newRig(t, defaults)
	x, err := r.prep.Prepare(&prep.Request{Session: alice, Op: proto.OpReconfig, Body: []byte{0, 0, 0}}, 1)
	require.ErrorIs(t, err, proto.MarshallingError)
	require.Equal(t, tree.Txn{}, x)
	x = r.prepare(alice, proto.OpCreate, create("/a", anyone, 0).Append(nil))
	require.Equal(t, int64(1), x.Header.Zxid)
}

// What follows a record is ignored.
func TestTrailingBytes(t *testing.T) {
	r := newRig(t, defaults)
	body := append(create("/a", anyone, 0).Append(nil), "more"...)
	x := r.prepare(alice, proto.OpCreate, body)
	require.Equal(t, proto.Ok, code(&x))
	r.apply(1, true)
}

// For reads Prepare only checks the session, and there is no transaction.
func TestReadsOnlyCheckTheSession(t *testing.T) {
	r := newRig(t, defaults)
	for _, op := range []proto.Op{proto.OpGetData, proto.OpSync, proto.OpMultiRead, proto.OpPing, proto.OpError, proto.OpNotification, 4711} {
		require.False(t, prep.IsWrite(op))
		for session, want := range map[int64]error{alice: nil, moved: proto.SessionMoved, gone: proto.SessionExpired} {
			x, err := r.prep.Prepare(&prep.Request{Session: session, Op: op}, 1)
			require.Equal(t, want, err)
			require.Equal(t, tree.Txn{}, x)
		}
	}
	for _, op := range writes {
		require.True(t, prep.IsWrite(op))
	}
}

// Without an ensemble reconfig is refused: by the switch first, then by the session, then because it cannot be done.
func TestReconfig(t *testing.T) {
	rec := &proto.ReconfigRequest{JoiningServers: jute.Null, LeavingServers: "1", NewMembers: jute.Null, CurConfigID: -1}
	r := newRig(t, defaults)
	require.Equal(t, proto.ReconfigDisabled, r.do(gone, proto.OpReconfig, rec).Err)
	o := defaults
	o.ReconfigEnabled = true
	r = newRig(t, o)
	require.Equal(t, proto.SessionExpired, r.do(gone, proto.OpReconfig, rec).Err)
	require.Equal(t, proto.Unimplemented, r.do(alice, proto.OpReconfig, rec).Err)
}

// A check that stands alone is logged as a multi of one part: the log of a lone check cannot be read by Apache.
func TestCheckAlone(t *testing.T) {
	r := newRig(t, defaults)
	r.create("/a", anyone, 0)
	x := r.prepare(alice, proto.OpCheck, (&proto.CheckVersionRequest{Path: "/a", Version: 0}).Append(nil))
	require.Equal(t, int32(proto.OpMulti), x.Header.Type)
	want := &txn.MultiTxn{Txns: []txn.Txn{{Type: int32(proto.OpCheck), Data: (&txn.CheckVersionTxn{Path: "/a", Version: 1}).Append(nil)}}}
	require.Equal(t, want, x.Record)
	require.Equal(t, proto.Ok, r.apply(1, true)[0].Err)
}

// Versions count on for ever: after the largest comes the smallest.
func TestVersionsWrapAround(t *testing.T) {
	r := newRig(t, defaults)
	r.create("/a", anyone, 0)
	for _, version := range []int32{math.MaxInt32, math.MinInt32, -1} {
		last := tree.Txn{Header: txn.TxnHeader{Zxid: r.zxid + 1, Type: int32(proto.OpSetData)}, Record: &txn.SetDataTxn{Path: "/a", Version: version}}
		r.zxid++
		r.tree.Apply(&last, nil)
		require.Equal(t, version+1, r.must(alice, proto.OpSetData, &proto.SetDataRequest{Path: "/a", Version: version}).Stat.Version)
	}
}

// The root has two names and is one node, also while its changes are outstanding.
func TestRootIsOneNode(t *testing.T) {
	r := newRig(t, defaults)
	r.prepare(alice, proto.OpSetData, (&proto.SetDataRequest{Path: "/", Data: []byte("root"), Version: 0}).Append(nil))
	r.prepare(alice, proto.OpCreate, create("/a", anyone, 0).Append(nil))
	x := r.prepare(alice, proto.OpSetData, (&proto.SetDataRequest{Path: "/", Data: []byte("again"), Version: 1}).Append(nil))
	require.Equal(t, proto.Ok, code(&x))
	r.apply(3, true)
	require.Equal(t, int32(2), r.tree.Lookup("/").Persisted().Version)
}

// Quotas are told of when they are not enforced, too.
func TestOverQuota(t *testing.T) {
	type overrun struct {
		path string
		hard bool
	}
	for _, enforce := range []bool{false, true} {
		var told []overrun
		o := defaults
		o.EnforceQuota = enforce
		o.OverQuota = func(path string, hard bool) { told = append(told, overrun{path, hard}) }
		r := newRig(t, o)
		for _, q := range []struct{ path, limits string }{{"/hard", "count=2,bytes=-1=;byteHardLimit=-1;countHardLimit=2"}, {"/soft", "count=2,bytes=-1"}} {
			r.create(q.path, anyone, 0)
			r.create("/zookeeper/quota"+q.path, anyone, 0)
			r.must(alice, proto.OpCreate, &proto.CreateRequest{Path: "/zookeeper/quota" + q.path + "/zookeeper_limits", Data: []byte(q.limits), ACL: anyone})
			r.create("/zookeeper/quota"+q.path+"/zookeeper_stats", anyone, 0)
			r.create(q.path+"/1", anyone, 0)
			require.Empty(t, told)
			want := proto.Ok
			if enforce && q.path == "/hard" {
				want = proto.QuotaExceeded
			}
			require.Equal(t, want, r.do(alice, proto.OpCreate, create(q.path+"/2", anyone, 0)).Err)
			require.Equal(t, []overrun{{q.path + "/2", q.path == "/hard"}}, told)
			told = nil
			require.Equal(t, proto.Ok, r.do(alice, proto.OpDelete, &proto.DeleteRequest{Path: q.path + "/1", Version: -1}).Err)
			require.Empty(t, told, "deleting is always allowed")
		}
	}
}

// The ids of the client go into the ACL that is stored, and decide.
func TestIDsOfTheClient(t *testing.T) {
	r := newRig(t, defaults)
	carol := data.ID{Scheme: "digest", ID: "carol:x"}
	authOnly := []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "auth"}}}
	require.Equal(t, proto.InvalidACL, r.do(alice, proto.OpCreate, create("/a", authOnly, 0)).Err)
	require.Equal(t, proto.Ok, r.do(alice, proto.OpCreate, create("/a", authOnly, 0), carol).Err)
	require.Equal(t, []data.ACL{{Perms: proto.PermAll, ID: carol}}, r.tree.ACL(r.tree.Lookup("/a")))
	require.Equal(t, proto.NoAuth, r.do(alice, proto.OpSetData, &proto.SetDataRequest{Path: "/a", Version: -1}).Err)
	require.Equal(t, proto.Ok, r.do(alice, proto.OpSetData, &proto.SetDataRequest{Path: "/a", Version: -1}, carol).Err)
	require.Equal(t, proto.Ok, r.do(alice, proto.OpSetData, &proto.SetDataRequest{Path: "/a", Version: -1}, data.ID{Scheme: "super"}).Err)
}

// With digests off none is attached.
func TestNoDigest(t *testing.T) {
	o := defaults
	o.Digest = false
	r := newRig(t, o)
	x := r.prepare(alice, proto.OpCreate, create("/a", anyone, 0).Append(nil))
	require.False(t, x.HasDigest)
	r.apply(1, true)
}
