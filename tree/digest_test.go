package tree

import (
	"fmt"
	"hash/crc32"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// The digests at zxids that 128 divides are kept, the latest 1024.
func TestDigestLog(t *testing.T) {
	tr := New(Options{Digest: true})
	x := &Txn{Record: &txn.SetDataTxn{Path: "/"}}
	x.Header.Type = int32(proto.OpSetData)
	want := map[int64]uint64{}
	const last = 128 * (digestLogLimit + 10)
	for zxid := int64(64); zxid <= last; zxid += 64 {
		x.Header.Zxid = zxid
		tr.Apply(x, nil)
		want[zxid] = tr.Digest()
	}
	log := tr.DigestLog()
	require.Len(t, log, digestLogLimit)
	for i, d := range log {
		require.Equal(t, int64(128*(i+11)), d.Zxid)
		require.Equal(t, want[d.Zxid], d.Digest)
		require.Equal(t, DigestVersion, d.Version)
	}
	require.Equal(t, int64(last), log[len(log)-1].Zxid)
}

func TestDigestOff(t *testing.T) {
	f := newFiller(Options{})
	f.create("/a", []byte("x"))
	f.x.Digest, f.x.HasDigest = txn.TxnDigest{Version: DigestVersion, TreeDigest: 1}, true
	f.create("/a/b", nil)
	require.Zero(t, f.t.Digest())
	require.Zero(t, f.t.Lookup("/a").Digest())
	require.Empty(t, f.t.DigestLog())
	require.Zero(t, f.t.DigestMismatches())
}

// Another version of the digest is not compared.
func TestDigestOfOtherVersion(t *testing.T) {
	f := newFiller(Options{Digest: true})
	f.x.Digest, f.x.HasDigest = txn.TxnDigest{Version: 1, TreeDigest: 1}, true
	f.create("/a", nil)
	require.Zero(t, f.t.DigestMismatches())
	f.x.Digest.Version = DigestVersion
	f.create("/b", nil)
	require.Equal(t, int64(1), f.t.DigestMismatches())
}

// Prep asks for the digest of a node with another stat; leaf or directory, it is that of the rule.
func TestDigesterWith(t *testing.T) {
	f := newFiller(Options{Digest: true})
	f.create("/dir", []byte("data of the directory"))
	f.create("/dir/leaf", []byte("data"))
	f.create("/zookeeper/x", []byte("data"))
	var d Digester
	s := data.StatPersisted{Czxid: 1, Mzxid: 2, Pzxid: 3, Ctime: 4, Mtime: 5, Version: 6, Cversion: 7, Aversion: 8, EphemeralOwner: 9}
	for _, path := range []string{"/", "/dir", "/dir/leaf", "/zookeeper/x"} {
		n := f.t.Lookup(path)
		want := naiveDigest(n.path(), n.Data(), s)
		require.Equal(t, want, d.With(n, &s), path)
		require.Equal(t, want, d.Node(path, n.Data(), &s), path)
	}
}

// A server writes the ensemble's configuration when it starts.
func TestSetConfig(t *testing.T) {
	tr := New(Options{Digest: true})
	before := tr.Digest()
	tr.SetConfig([]byte("server.1=..."), 0x100000000, 77)
	var s data.Stat
	n := tr.Lookup("/zookeeper/config")
	n.FillStat(&s)
	require.Equal(t, data.Stat{Mzxid: 0x100000000, Mtime: 77, Version: -1, Aversion: -1, DataLength: 12}, s)
	require.Equal(t, before, tr.Digest(), "it differs from server to server")
	check(t, tr)
}

// Until it is known how far a snapshot's parts go, and that is applied, no digest is compared; what differs later is counted.
func TestFuzzyUntil(t *testing.T) {
	b := NewBuilder(Options{Digest: true})
	require.NoError(t, b.AddNode("", nil, -1, data.StatPersisted{}))
	b.SetDigest(math.MaxInt64, 0, 0)
	tr, err := b.Finish(5)
	require.NoError(t, err)
	wrong := func(zxid int64) bool {
		return tr.Apply(&Txn{Header: txn.TxnHeader{Zxid: zxid, Type: int32(proto.OpCheck)}, Record: &txn.CheckVersionTxn{Path: "/"},
			HasDigest: true, Digest: txn.TxnDigest{Version: DigestVersion, TreeDigest: 1}}, nil).DigestMismatch
	}
	require.True(t, tr.Fuzzy())
	require.False(t, wrong(6))
	tr.FuzzyUntil(8)
	require.False(t, wrong(7))
	require.True(t, tr.Fuzzy())
	require.True(t, wrong(8))
	require.False(t, tr.Fuzzy())
	require.True(t, wrong(9))
	require.EqualValues(t, 2, tr.DigestMismatches())
	tr.FuzzyUntil(9)
	require.False(t, tr.Fuzzy(), "it is applied already")
}

// The digest of a node is one CRC, however large the node is and however it is computed.
func TestDigestOfAnySize(t *testing.T) {
	s := data.StatPersisted{Czxid: 1, Mzxid: 2, Pzxid: 3, Ctime: 4, Mtime: 5, Version: 6, Cversion: 7, Aversion: 8}
	var d Digester
	for size := range 2 * wholeSize {
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(i * size)
		}
		for _, path := range []string{"", "/a", "/some/longer/path"} {
			prefix := crc32.Update(crc32.ChecksumIEEE([]byte(path)), crc32.IEEETable, content)
			var stat [persistedSize]byte
			putStat(&stat, &s)
			want := crc32.Update(prefix, crc32.IEEETable, stat[:])
			require.Equal(t, want, d.Node(path, content, &s))
			n := looseNode(nil, path, content, openACLID, &s)
			require.Equal(t, want, d.With(n, &s))
			require.Equal(t, want, d.Behind(d.Prefix(path, content), path, &s))
			require.Equal(t, want, d.Behind(d.PrefixOf(n), path, &s))
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	s := data.StatPersisted{Czxid: 1, Mzxid: 2, Pzxid: 3, Ctime: 4, Mtime: 5, Version: 6, Cversion: 7, Aversion: 8}
	for _, size := range []int{0, 100, 400} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			var d Digester
			content := make([]byte, size)
			for b.Loop() {
				d.Node("/bench/some/node-12345", content, &s)
			}
		})
	}
}
