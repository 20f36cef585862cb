package tree

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
)

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

// readVectors reads the vectors of a file that was captured from Apache ZooKeeper 3.8.0.
func readVectors[V any](t testing.TB, file string) []V {
	text, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	var f struct{ Vectors []V }
	require.NoError(t, json.Unmarshal(text, &f))
	return f.Vectors
}

type hexBytes []byte

func (h *hexBytes) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	b, err := hex.DecodeString(s)
	*h = b
	return err
}

type logVector struct {
	Name string
	Hex  hexBytes
}

// entries cuts the entries (without checksum and length) out of the bytes of a log.
func entries(t testing.TB, log []byte) [][]byte {
	var all [][]byte
	for d := jute.NewDecoder(log); d.Remaining() > 12; {
		d.Long()
		entry := d.Buffer()
		require.Equal(t, int8('B'), d.Byte())
		require.NoError(t, d.Err())
		all = append(all, entry)
	}
	return all
}

// Every kind of log entry decodes, and encodes to the same bytes.
func TestGoldenEntries(t *testing.T) {
	seen := map[int32]bool{}
	for _, v := range readVectors[logVector](t, "txnlog.json") {
		if !strings.HasPrefix(v.Name, "entry:") {
			continue
		}
		for _, entry := range entries(t, v.Hex) {
			x, err := DecodeTxn(entry)
			require.NoError(t, err, v.Name)
			require.Equal(t, entry, x.Append(nil), v.Name)
			require.NotEqual(t, x.HasDigest, proto.Op(x.Header.Type) == proto.OpError, "only error txns have no digest")
			seen[x.Header.Type] = true
		}
	}
	require.GreaterOrEqual(t, len(seen), 12)
}

// Replaying whole logs of an Apache ensemble, the tree digest after each transaction is the one
// that its leader attached.
func TestGoldenLogsReplay(t *testing.T) {
	for _, v := range readVectors[logVector](t, "txnlog.json") {
		if !strings.HasPrefix(v.Name, "file:") {
			continue
		}
		tr := New(Options{ExtendedTypes: true, Digest: true})
		compared := 0
		for _, entry := range entries(t, v.Hex[16:]) {
			x, err := DecodeTxn(entry)
			require.NoError(t, err)
			r := tr.Apply(&x, nil)
			require.False(t, r.DigestMismatch, "%s: zxid 0x%x", v.Name, x.Header.Zxid)
			require.Equal(t, x.Header.Zxid, tr.LastZxid())
			if x.HasDigest {
				require.Equal(t, uint64(x.Digest.TreeDigest), tr.Digest())
				compared++
			}
		}
		require.Greater(t, compared, 10)
		require.Zero(t, tr.DigestMismatches())
		check(t, tr)
	}
}

func TestGoldenDigests(t *testing.T) {
	type vector struct {
		Name, Path string
		Data       struct{ Hex hexBytes }
		Stat       data.StatPersisted
		Digest     uint64
		Zxid       int64
		TreeDigest uint64
	}
	var sum uint64
	after := map[int64]uint64{}
	for _, v := range readVectors[vector](t, "digest.json") {
		switch v.Name {
		case "node":
			d := NodeDigest(v.Path, v.Data.Hex, &v.Stat)
			require.Equal(t, v.Digest, uint64(d), v.Path)
			sum += uint64(d)
		case "tree":
			require.Equal(t, v.Digest, sum)
		case "after_txn":
			after[v.Zxid] = v.TreeDigest
		}
	}
	require.Equal(t, uint64(1371985504), New(Options{Digest: true}).Digest())

	tr := New(Options{Digest: true})
	for _, v := range readVectors[logVector](t, "txnlog.json") {
		if v.Name != "file:log.100000001" {
			continue
		}
		for _, entry := range entries(t, v.Hex[16:]) {
			x, err := DecodeTxn(entry)
			require.NoError(t, err)
			tr.Apply(&x, nil)
			if d, ok := after[x.Header.Zxid]; ok {
				require.Equal(t, d, tr.Digest(), "zxid 0x%x", x.Header.Zxid)
				delete(after, x.Header.Zxid)
			}
		}
	}
	require.Empty(t, after)
}

type snapshotVector struct {
	Name    string
	Hex     hexBytes
	Decoded *struct {
		Body struct {
			Sessions []struct {
				ID      int64
				Timeout int32
			}
			Nodes []struct{ Path string }
		}
		ZxidDigest struct {
			Zxid          int64
			DigestVersion int32
			Digest        uint64
		}
		TreeDigest uint64
	}
}

// readSnapshot is as little of a snapshot reader as these tests need: the body of an uncompressed
// file.
func readSnapshot(t require.TestingT, b []byte, o Options) *Builder {
	bu := NewBuilder(o)
	d := jute.NewDecoder(b)
	d.Int()
	d.Int()
	d.Long()
	for n := d.Int(); n > 0; n-- {
		bu.AddSession(d.Long(), d.Int())
	}
	for n := d.Int(); n > 0; n-- {
		id := d.Long()
		acl := make([]data.ACL, d.Int())
		for i := range acl {
			acl[i].Decode(&d)
		}
		bu.AddACL(id, acl)
	}
	readNodes(t, &d, bu)
	return bu
}

// readNodes reads node records up to the end mark, or the end of the bytes.
func readNodes(t require.TestingT, d *jute.Decoder, bu *Builder) {
	for d.Remaining() > 0 {
		path := d.Ustring()
		if path == "/" {
			break
		}
		content, acl := d.Buffer(), d.Long()
		var s data.StatPersisted
		s.Decode(d)
		require.NoError(t, bu.AddNode(path, content, acl, s))
	}
	require.NoError(t, d.Err())
}

func TestGoldenSnapshots(t *testing.T) {
	for _, v := range readVectors[snapshotVector](t, "snapshot.json") {
		if v.Decoded == nil || v.Decoded.TreeDigest == 0 {
			continue
		}
		bu := readSnapshot(t, v.Hex, Options{Digest: true})
		z := v.Decoded.ZxidDigest
		bu.SetDigest(z.Zxid, z.DigestVersion, z.Digest)
		zxid := z.Zxid
		tr, err := bu.Finish(zxid)
		require.NoError(t, err)
		check(t, tr)
		require.Equal(t, v.Decoded.TreeDigest, tr.Digest(), v.Name)
		require.Zero(t, tr.DigestMismatches())
		require.Zero(t, bu.MissingACLs())
		require.Equal(t, zxid, tr.LastZxid())
		for _, n := range v.Decoded.Body.Nodes {
			require.NotNil(t, tr.Lookup(n.Path), n.Path)
		}
		require.Equal(t, len(v.Decoded.Body.Nodes)+1, tr.NodeCount())
		for _, s := range v.Decoded.Body.Sessions {
			timeout, ok := tr.Session(s.ID)
			require.True(t, ok)
			require.Equal(t, s.Timeout, timeout)
		}
	}
}

// A snapshot of a new server has the nodes of New, and the sizes that Apache reports of them.
func TestInitialTree(t *testing.T) {
	var empty snapshotVector
	for _, v := range readVectors[snapshotVector](t, "snapshot.json") {
		if v.Name == "snapshot.0" {
			empty = v
		}
	}
	loaded, err := readSnapshot(t, empty.Hex, Options{Digest: true}).Finish(0)
	require.NoError(t, err)
	tr := New(Options{Digest: true})
	check(t, tr)
	require.Equal(t, imageOf(loaded), imageOf(tr))
	require.Equal(t, 5, tr.NodeCount())
	require.Equal(t, int64(44), tr.ApproximateDataSize())
	require.Equal(t, 3, tr.AllChildrenNumber("/"))
	require.Equal(t, []byte{}, tr.Lookup("/zookeeper/config").Data())
	require.Equal(t, int64(1), tr.Lookup("/zookeeper/config").ACLID())
	require.Equal(t, int64(-1), tr.Lookup("/").ACLID())
	var s data.Stat
	tr.Lookup("/").FillStat(&s)
	require.Equal(t, data.Stat{Cversion: -1, NumChildren: 1}, s)
	tr.Lookup("/zookeeper").FillStat(&s)
	require.Equal(t, data.Stat{Cversion: -2, NumChildren: 2}, s)
	tr.Lookup("/zookeeper/config").FillStat(&s)
	require.Equal(t, data.Stat{Aversion: -1}, s)
}
