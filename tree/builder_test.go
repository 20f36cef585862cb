package tree

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

func TestBuilderRefusesDamage(t *testing.T) {
	for name, nodes := range map[string][]string{
		"root twice":     {"", ""},
		"node twice":     {"", "/a", "/a"},
		"no parent":      {"", "/a/b"},
		"parent later":   {"", "/a/b", "/a"},
		"root later":     {"/a", ""},
		"slash":          {"", "/"},
		"relative":       {"", "a"},
		"slash at end":   {"", "/a", "/a/"},
		"empty name":     {"", "//a"},
		"end mark twice": {"", "/a", "/"},
	} {
		bu := NewBuilder(Options{})
		var err error
		for _, path := range nodes {
			if err = bu.AddNode(path, nil, -1, data.StatPersisted{}); err != nil {
				break
			}
		}
		var damage *NodeError
		require.ErrorAs(t, err, &damage, name)
		require.Contains(t, err.Error(), "damaged")
	}
	_, err := NewBuilder(Options{}).Finish(1)
	require.Error(t, err, "there is no root")
}

// A snapshot of ZooKeeper 3.4 has no /zookeeper/config; Apache's fuzzy snapshots can lack an ACL
// that the log sets again: until then nobody may do anything with the node. ACLs that no node has
// are dropped, equal ones merged.
func TestBuilderTolerance(t *testing.T) {
	bu := NewBuilder(Options{Digest: true})
	mine := []data.ACL{{Perms: 31, ID: data.ID{Scheme: "digest", ID: "me"}}}
	bu.AddACL(7, mine)
	bu.AddACL(1<<40, mine)
	bu.AddACL(9, []data.ACL{{Perms: 1, ID: data.ID{Scheme: "ip", ID: "unused"}}})
	bu.AddSession(5, 50)
	for _, n := range []struct {
		path string
		acl  int64
	}{{"", -1}, {"/zookeeper", -1}, {"/zookeeper/quota", -1}, {"/a", 7}, {"/b", 1 << 40}, {"/c", 77}, {"/d", 77}} {
		require.NoError(t, bu.AddNode(n.path, []byte("x"), n.acl, data.StatPersisted{Czxid: 3}))
	}
	require.Equal(t, 1, bu.MissingACLs())
	tr, err := bu.Finish(12)
	require.NoError(t, err)
	check(t, tr)
	require.Equal(t, int64(12), tr.LastZxid())
	require.NotNil(t, tr.Lookup("/zookeeper/config"))
	require.Equal(t, mine, tr.ACL(tr.Lookup("/a")))
	require.Equal(t, tr.Lookup("/a").ACLID(), tr.Lookup("/b").ACLID())
	require.Equal(t, int32(0), tr.ACL(tr.Lookup("/c"))[0].Perms)
	timeout, ok := tr.Session(5)
	require.True(t, ok)
	require.Equal(t, int32(50), timeout)
	require.Equal(t, 1, tr.SessionCount())
}

// Quotas are counted anew, as nobody knows which of the changes since the snapshot began it had
// counted.
func TestBuilderCountsQuotas(t *testing.T) {
	bu := NewBuilder(Options{})
	for _, n := range [][2]string{
		{"", ""}, {"/zookeeper", ""}, {"/zookeeper/quota", ""},
		{"/zookeeper/quota/a", ""}, {"/zookeeper/quota/a/zookeeper_stats", "count=77,bytes=77"}, {"/zookeeper/quota/a/zookeeper_limits", "count=1"},
		{"/zookeeper/quota/b", ""}, {"/zookeeper/quota/b/zookeeper_stats", "count=5,bytes=5"},
		{"/a", "12"}, {"/a/b", "345"},
	} {
		require.NoError(t, bu.AddNode(n[0], []byte(n[1]), -1, data.StatPersisted{}))
	}
	tr, err := bu.Finish(1)
	require.NoError(t, err)
	check(t, tr)
	require.Equal(t, "count=2,bytes=5", string(tr.Lookup("/zookeeper/quota/a/zookeeper_stats").Data()))
	require.Equal(t, "count=5,bytes=5", string(tr.Lookup("/zookeeper/quota/b/zookeeper_stats").Data()), "no limits: not active")
	hard, soft := tr.QuotaExceeded("/a/x", 1, 0)
	require.False(t, hard)
	require.True(t, soft)
}

// The digest at the end of a snapshot is compared when its zxid is applied, and those of
// transactions only from then on.
func TestBuilderDigest(t *testing.T) {
	build := func(zxid int64, digest uint64) *Tree {
		bu := NewBuilder(Options{Digest: true})
		require.NoError(t, bu.AddNode("", nil, -1, data.StatPersisted{}))
		bu.SetDigest(zxid, DigestVersion, digest)
		tr, err := bu.Finish(10)
		require.NoError(t, err)
		return tr
	}
	apply := func(tr *Tree, zxid int64, digest uint64) bool {
		x := &Txn{Header: txn.TxnHeader{Zxid: zxid, Type: int32(proto.OpError)}, Record: &txn.ErrorTxn{},
			Digest: txn.TxnDigest{Version: DigestVersion, TreeDigest: int64(digest)}, HasDigest: true}
		return tr.Apply(x, nil).DigestMismatch
	}
	right := build(0, 0).Digest()

	tr := build(12, right)
	require.False(t, apply(tr, 11, 1), "fuzzy: not compared")
	require.False(t, apply(tr, 12, right))
	require.True(t, apply(tr, 13, 1))
	require.False(t, apply(tr, 14, right))
	require.Equal(t, int64(1), tr.DigestMismatches())

	tr = build(12, 1)
	require.False(t, apply(tr, 11, right))
	require.True(t, apply(tr, 12, right), "the snapshot's differs")

	tr = build(12, 1)
	require.False(t, apply(tr, 13, right), "the log has no transaction 12: nothing to compare the snapshot's with")

	require.Equal(t, int64(1), build(10, 1).DigestMismatches(), "a snapshot that nothing changed")
	require.Zero(t, build(10, right).DigestMismatches())
	require.Zero(t, build(9, 1).DigestMismatches(), "a digest from before the snapshot says nothing")
	require.True(t, apply(build(9, 1), 11, 1))
}
