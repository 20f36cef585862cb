package persistence

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/data"
	"troupe/persistence/vfs"
	"troupe/tree"
)

// vector is a golden vector: bytes that Apache ZooKeeper 3.8.0 wrote, and what they mean.
type vector struct {
	Name    string          `json:"name"`
	Offset  int64           `json:"offset"`
	Size    int64           `json:"size"`
	Hex     string          `json:"hex"`
	Zxid    string          `json:"zxid"`   // of the SNAP packet before a stream
	Behind  string          `json:"behind"` // hex of what came behind a stream
	Decoded json.RawMessage `json:"decoded"`
}

func (v vector) bytes(t testing.TB) []byte {
	b, err := hex.DecodeString(v.Hex)
	require.NoError(t, err)
	return b
}

func vectors(t testing.TB, file string) []vector {
	b, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	var all struct{ Vectors []vector }
	require.NoError(t, json.Unmarshal(b, &all))
	return all.Vectors
}

func vectorNamed(t testing.TB, file, name string) vector {
	for _, v := range vectors(t, file) {
		if v.Name == name {
			return v
		}
	}
	t.Fatalf("no vector %s in %s", name, file)
	return vector{}
}

// Framing an entry gives Apache's bytes, and they are read back; every entry decodes as a transaction and encodes to the same bytes.
func TestGoldenEntries(t *testing.T) {
	n := 0
	for _, v := range vectors(t, "txnlog.json") {
		if !strings.HasPrefix(v.Name, "entry:") {
			continue
		}
		n++
		framed := v.bytes(t)
		entry, ok := soundEntry(framed)
		require.True(t, ok, v.Name)
		require.Equal(t, framed, appendEntry(nil, entry), v.Name)
		x, err := tree.DecodeTxn(entry)
		require.NoError(t, err, v.Name)
		require.Equal(t, x.Header.Zxid, entryZxid(entry))
		require.Equal(t, entry, x.Append(nil), v.Name)
	}
	require.Greater(t, n, 50)
}

// A whole log of an ensemble member, padded as Apache pads it, is read to its last entry, and to the same entries after a TRUNC.
func TestGoldenLogFile(t *testing.T) {
	padded := vectorNamed(t, "txnlog.json", "file:log.100000001")
	cut := vectorNamed(t, "txnlog.json", "file:truncated")
	content := make([]byte, padded.Size)
	copy(content, padded.bytes(t))
	want := readLog(t, content)
	require.NotEmpty(t, want)
	require.Equal(t, int64(0x100000001), want[0].Zxid)
	require.Equal(t, want, readLog(t, cut.bytes(t)))
}

func readLog(t *testing.T, content []byte) []Entry {
	fs := vfs.New()
	put(t, fs, "/log.1", content)
	r, err := OpenLog(fs, "/log.1", -1)
	require.NoError(t, err)
	defer r.Close()
	var all []Entry
	for {
		e, err := r.Next()
		if err != nil {
			require.Equal(t, EndClean, r.End().Kind, r.End())
			return all
		}
		all = append(all, e)
	}
}

// The header of a new log file is Apache's but for dbid, where the durable mark stands.
func TestGoldenLogHeader(t *testing.T) {
	golden := vectorNamed(t, "txnlog.json", "file_header").bytes(t)
	require.Equal(t, golden, appendLogHeader(nil, 0))
	require.Equal(t, golden[:markOffset], appendLogHeader(nil, 1234)[:markOffset])
	require.Equal(t, int64(1234), parseMark(appendMark(nil, 1234)))
	require.Zero(t, parseMark(golden[markOffset:]))
	require.Zero(t, parseMark([]byte{0, 0, 0, 0, 0, 0, 0, 99}), "a dbid of another program is no mark")
}

type goldenSnapshot struct {
	Body struct {
		Sessions []struct {
			ID      int64 `json:"id"`
			Timeout int32 `json:"timeout"`
		}
		Nodes []struct {
			Path string
			Data *struct{ Hex string }
			Stat data.StatPersisted
		}
	}
	TreeDigest uint64
}

// Apache's snapshots give the trees that they describe, digest included; written again they give those trees once more.
func TestGoldenSnapshots(t *testing.T) {
	for _, v := range vectors(t, "snapshot.json") {
		if len(v.Decoded) == 0 {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			var want goldenSnapshot
			require.NoError(t, json.Unmarshal(v.Decoded, &want))
			fs := vfs.New()
			put(t, fs, "/"+v.Name, v.bytes(t))
			got := mustLoadSnapshot(t, fs, v.Name)
			requireGolden(t, want, got)

			for _, c := range []Compression{NoCompression, Gzip, Snappy} {
				again := SnapshotName(got.LastZxid(), c)
				file, err := fs.Create("/" + again)
				require.NoError(t, err)
				require.NoError(t, encodeSnapshot(&fileWriter{file: file}, got.NewCursor(), Whole(got), snapFormat{c, true, gateChunk}))
				requireGolden(t, want, mustLoadSnapshot(t, fs, again))
			}
		})
	}
}

func requireGolden(t *testing.T, want goldenSnapshot, got *tree.Tree) {
	require.Equal(t, len(want.Body.Nodes)+1, got.NodeCount())
	for _, n := range want.Body.Nodes {
		node := got.Lookup(n.Path)
		require.NotNil(t, node, n.Path)
		require.Equal(t, n.Stat, node.Persisted(), n.Path)
		if n.Data == nil {
			require.Nil(t, node.Data(), n.Path)
		} else {
			require.NotNil(t, node.Data(), n.Path)
			require.Equal(t, n.Data.Hex, hex.EncodeToString(node.Data()), n.Path)
		}
	}
	require.Equal(t, len(want.Body.Sessions), got.SessionCount())
	for _, s := range want.Body.Sessions {
		timeout, ok := got.Session(s.ID)
		require.True(t, ok)
		require.Equal(t, s.Timeout, timeout)
	}
	if want.TreeDigest != 0 {
		require.Equal(t, want.TreeDigest, got.Digest())
	}
}

// What Apache's leaders sent behind SNAP gives the trees that they had, and the packets behind it are left to be read. Streamed again it is as long, and
// gives those trees once more.
func TestGoldenStreams(t *testing.T) {
	all := vectors(t, "snapstream.json")
	require.Len(t, all, 3)
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			var want goldenSnapshot
			require.NoError(t, json.Unmarshal(v.Decoded, &want))
			zxid, err := strconv.ParseInt(v.Zxid, 0, 64)
			require.NoError(t, err)
			behind, err := hex.DecodeString(v.Behind)
			require.NoError(t, err)
			require.NotEmpty(t, behind)
			in := bytes.NewReader(append(v.bytes(t), behind...))
			got, err := ReadStream(in, zxid, modelOptions)
			require.NoError(t, err)
			rest, err := io.ReadAll(in)
			require.NoError(t, err)
			require.Equal(t, behind, rest)
			require.Equal(t, zxid, got.LastZxid())
			requireGolden(t, want, got)

			var out bytes.Buffer
			began, err := StreamSnapshot(&out, Whole(got))
			require.NoError(t, err)
			require.Equal(t, zxid, began)
			require.Len(t, v.bytes(t), out.Len())
			again, err := ReadStream(&out, zxid, modelOptions)
			require.NoError(t, err)
			requireGolden(t, want, again)
			require.Equal(t, picture(got), picture(again))
		})
	}
}

// A plain snapshot of ours differs from Apache's in nothing but the order of siblings and the digest of an empty database.
func TestGoldenEmptySnapshot(t *testing.T) {
	golden := vectorNamed(t, "snapshot.json", "snapshot.0").bytes(t)
	fs := vfs.New()
	file, err := fs.Create("/snapshot.0")
	require.NoError(t, err)
	fresh := tree.New(tree.Options{Digest: true})
	require.NoError(t, encodeSnapshot(&fileWriter{file: file}, fresh.NewCursor(), Whole(fresh), snapFormat{chunk: gateChunk}))
	got := content(t, fs, "/snapshot.0")
	require.Len(t, got, len(golden))
	head := 16 + 4 + 4 + 8 + 4 + 4 + 4 + len("world") + 4 + len("anyone") + nodeFixed // up to the root, included
	require.Equal(t, golden[:head], got[:head])
}

// The compressed snapshots of snappy-java and java.util.zip are read.
func TestGoldenCompressedSnapshots(t *testing.T) {
	for _, name := range []string{"snapshot.3.gz", "snapshot.5.snappy"} {
		v := vectorNamed(t, "snapshot.json", name)
		fs := vfs.New()
		put(t, fs, "/"+name, v.bytes(t))
		got := mustLoadSnapshot(t, fs, name)
		require.NotNil(t, got.Lookup("/zookeeper/config"), name)
	}
}

func mustLoadSnapshot(t *testing.T, fs vfs.FS, name string) *tree.Tree {
	zxid, ext, ok := parseName(snapshotPrefix, name)
	require.True(t, ok)
	d := dataFile{name: name, zxid: zxid, ext: ext}
	good, err := plausible(fs, "/", d)
	require.NoError(t, err)
	require.True(t, good, "the quick test")
	got, err := loadSnapshot(fs, "/", d, tree.Options{Digest: true, ExtendedTypes: true})
	require.NoError(t, err)
	require.Equal(t, zxid, got.LastZxid())
	return got
}
