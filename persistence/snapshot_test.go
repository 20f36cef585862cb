package persistence

import (
	"bytes"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/persistence/vfs"
	"troupe/tree"
)

func encode(t require.TestingT, tr *tree.Tree, c Compression) []byte {
	var out bytes.Buffer
	require.NoError(t, encodeSnapshot(&out, tr.NewCursor(), Whole(tr), snapFormat{c, false, gateChunk}))
	return out.Bytes()
}

func decode(b []byte, zxid int64) (*tree.Tree, error) {
	return readSnapshot(bytes.NewReader(b), int64(len(b)), minWindow, zxid, modelOptions)
}

// A tree that is written and read is the same tree, in every compression, whatever is in it.
func TestSnapshotRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5)))
		for range rapid.IntRange(0, 150).Draw(t, "txns") {
			m.next()
		}
		f := vfs.New()
		c := rapid.SampledFrom([]Compression{NoCompression, Gzip, Snappy}).Draw(t, "compression")
		name := SnapshotName(m.tree.LastZxid(), c)
		file, err := f.Create("/" + name)
		require.NoError(t, err)
		_, err = file.WriteAt(encode(t, m.tree, c), 0)
		require.NoError(t, err)
		got, err := loadSnapshot(f, "/", dataFile{name: name, zxid: m.tree.LastZxid(), ext: string(c)}, modelOptions)
		require.NoError(t, err)
		require.Equal(t, picture(m.tree), picture(got))
		require.Zero(t, got.DigestMismatches())
	})
}

// Nodes larger than the window, and windows full of nodes, are put together again, also if the file comes in single bytes.
func TestSnapshotWindows(t *testing.T) {
	tr := largeTree(t, 3000, minWindow)
	whole := encode(t, tr, NoCompression)
	got, err := decode(whole, 1)
	require.NoError(t, err)
	require.Equal(t, picture(tr), picture(got))
	got, err = readSnapshot(iotest.OneByteReader(bytes.NewReader(whole)), 0, minWindow, 1, modelOptions)
	require.NoError(t, err)
	require.Equal(t, tr.Digest(), got.Digest())
}

// largeTree has nodes of up to 300 bytes, and some of up to six windows.
func largeTree(t testing.TB, nodes, window int) *tree.Tree {
	b := tree.NewBuilder(modelOptions)
	require.NoError(t, b.AddNode("", nil, -1, data.StatPersisted{}))
	r := rand.New(rand.NewPCG(1, 7))
	for i := range nodes {
		content := make([]byte, r.IntN(300))
		if i%400 == 7 {
			content = make([]byte, window/2+r.IntN(5*window))
		}
		for k := range content {
			content[k] = byte(r.Uint32())
		}
		require.NoError(t, b.AddNode(fmt.Sprintf("/node%d", i), content, -1, data.StatPersisted{Czxid: 1}))
	}
	tr, err := b.Finish(1)
	require.NoError(t, err)
	return tr
}

// However a snapshot is cut short, and at whatever byte the disk fails, the answer is an error.
func TestShortSnapshot(t *testing.T) {
	m := newModel(rand.New(rand.NewPCG(8, 5)))
	for range 60 {
		m.next()
	}
	whole := encode(t, m.tree, NoCompression)
	trailer := 8 + 4 + 8 + sealSize
	for n := range whole {
		_, err := decode(whole[:n], 60)
		if n == len(whole)-trailer {
			require.NoError(t, err, "a snapshot without the digest section is an old one")
			continue
		}
		var se *SnapshotError
		require.ErrorAs(t, err, &se, "%d of %d bytes", n, len(whole))
	}
	boom := errors.New("boom")
	for n := 0; n < len(whole); n += 7 {
		_, err := readSnapshot(io.MultiReader(bytes.NewReader(whole[:n]), iotest.ErrReader(boom)), 0, minWindow, 60, modelOptions)
		require.ErrorIs(t, err, boom, "at byte %d", n)
	}
	_, err := decode(append(bytes.Clone(whole), 0), 60)
	require.Error(t, err, "bytes behind the end")
}

// Snapshots of other versions: without digest (3.5), with one as text (version 1), with the last zxid behind it (3.9), and with that alone.
func TestSnapshotTrailers(t *testing.T) {
	m := newModel(rand.New(rand.NewPCG(8, 6)))
	for range 60 {
		m.next()
	}
	whole := encode(t, m.tree, NoCompression)
	old := whole[:len(whole)-(8+4+8+sealSize)]
	text := seal(jute.AppendUstring(jute.AppendInt(jute.AppendLong(bytes.Clone(old), 60), 1), "1234abcd"))
	for name, b := range map[string][]byte{
		"3.5":             old,
		"digest as text":  text,
		"3.9":             seal(jute.AppendLong(bytes.Clone(whole), 60)),
		"3.9, no digests": seal(jute.AppendLong(bytes.Clone(old), 60)),
		"3.9, text":       seal(jute.AppendLong(bytes.Clone(text), 60)),
	} {
		got, err := decode(b, 60)
		require.NoError(t, err, name)
		require.Equal(t, picture(m.tree), picture(got), name)
		b = bytes.Clone(b)
		b[len(b)-len(endMark)-1]++
		_, err = decode(b, 60)
		require.ErrorContains(t, err, "its checksum is wrong", name)
	}
	early := seal(jute.AppendLong(jute.AppendInt(jute.AppendLong(bytes.Clone(old), 3), 2), 99))
	got, err := decode(early, 60)
	require.NoError(t, err)
	require.Zero(t, got.DigestMismatches(), "a digest of before the snapshot says nothing")
}

func seal(b []byte) []byte {
	return append(jute.AppendLong(b, int64(adler32.Checksum(b))), endMark...)
}

// With digests switched off the section is not written.
func TestSnapshotWithoutDigest(t *testing.T) {
	tr := tree.New(tree.Options{})
	b := encode(t, tr, NoCompression)
	require.Len(t, b, len(encode(t, tree.New(modelOptions), NoCompression))-(8+4+8+sealSize))
	_, err := decode(b, 0)
	require.NoError(t, err)
}

// A fuzzy snapshot: transactions are applied between all chunks, and by another goroutine under the gate. Snapshot and log together give the tree of
// the end, and the digests agree.
func TestFuzzySnapshot(t *testing.T) {
	for seed := range uint64(30) {
		f := vfs.New()
		o := testOptions(nil)
		o.Tree = modelOptions
		s, tr := started(t, f, o)
		s.chunk = 1 + int(seed)*20
		m := newModel(rand.New(rand.NewPCG(seed, 77)))
		gate := &gate{tree: tr}
		for range 200 {
			x := m.next()
			gate.log(t, s, &x)
		}
		require.NoError(t, s.Roll())
		var writer sync.WaitGroup
		writer.Go(func() {
			for range 300 {
				x := m.next()
				gate.log(t, s, &x)
			}
		})
		name, err := s.WriteSnapshot(gate)
		writer.Wait()
		require.NoError(t, err)
		require.NoError(t, s.Close())

		got, rec := mustLoad(t, mustOpen(t, f, o))
		require.Equal(t, name, rec.Snapshot)
		require.Equal(t, picture(m.tree), picture(got), "seed %d", seed)
		require.Zero(t, rec.DigestMismatches)
	}
}

// gate is the lock between applying and reading.
type gate struct {
	mu   sync.Mutex
	tree *tree.Tree
}

func (g *gate) With(f func(*tree.Tree)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f(g.tree)
}

// log makes a transaction durable and applies it.
func (g *gate) log(t *testing.T, s *Store, x *tree.Txn) {
	require.NoError(t, s.Append(x.Header.Zxid, x.Append(nil)))
	require.NoError(t, s.Commit())
	g.With(func(tr *tree.Tree) { tr.Apply(x, nil) })
}

// The gate is never held while the disk is touched.
func TestNoIOUnderTheGate(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	s.chunk = 100
	logAll(t, s, tr, creates(1, 50)...)
	held, calls := false, 0
	f.SetFault(func(op vfs.Op, _ string) error {
		require.False(t, held, op)
		return nil
	})
	_, err := s.WriteSnapshot(source(func(g func(*tree.Tree)) {
		held = true
		g(tr)
		held = false
		calls++
	}))
	require.NoError(t, err)
	require.Greater(t, calls, 20, "chunk by chunk")
}

type source func(func(*tree.Tree))

func (s source) With(f func(*tree.Tree)) { s(f) }

// Apache must never see half a snapshot: while it is written its name is one that nobody reads, and leftovers of a crash are removed.
func TestSnapshotAppearsWhole(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	logAll(t, s, tr, creates(1, 50)...)
	f.SetFault(func(op vfs.Op, name string) error {
		if op == vfs.OpWrite || op == vfs.OpCreate {
			require.Equal(t, dir+"/tmp.snapshot.32", name)
		}
		return nil
	})
	name, err := s.WriteSnapshot(Whole(tr))
	require.NoError(t, err)
	require.Equal(t, dir+"/snapshot.32", name)
	f.SetFault(nil)
	require.NoError(t, s.Close())
	put(t, f, dir+"/tmp.snapshot.99", []byte("half"))
	mustOpen(t, f, testOptions(nil))
	require.NotContains(t, names(t, f, dir), "tmp.snapshot.99")
}

// The newest snapshot that is whole is used, and what lies behind it is replayed: damaged ones are passed over in turn, and if none is left the start is
// refused with all reasons.
func TestOlderSnapshotIsUsed(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	for i := range int64(4) {
		logAll(t, s, tr, creates(10*i+1, 10*i+10)...)
		require.NoError(t, s.Roll())
		_, err := s.WriteSnapshot(Whole(tr))
		require.NoError(t, err)
	}
	require.NoError(t, s.Close())
	for rejected, name := range []string{"snapshot.28", "snapshot.1e", "snapshot.14", "snapshot.a", "snapshot.0"} {
		s := mustOpen(t, f, testOptions(nil))
		tr, rec := mustLoad(t, s)
		require.Equal(t, dir+"/"+name, rec.Snapshot)
		require.Len(t, rec.Rejected, rejected)
		requireCreated(t, tr, 40)
		require.NoError(t, s.Close())
		change(t, f, dir+"/"+name, func(b []byte) []byte { b[len(b)/2]++; return b })
	}
	_, _, err := mustOpen(t, f, testOptions(nil)).Load()
	require.ErrorIs(t, err, ErrNoUsableSnapshot)
	require.ErrorContains(t, err, "snapshot.28: offset")
	require.ErrorContains(t, err, "snapshot.0: offset")
}

// A damaged snapshot leaves nothing behind in the tree that comes of an older one: a record of it that made a persistent node look
// ephemeral must not cost that node (Apache 3.8.0 loses it).
func TestNothingOfADamagedSnapshotIsBelieved(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	logAll(t, s, tr, newTxn(1, proto.OpCreate, &txn.CreateTxn{Path: "/keep", ACL: openACL, ParentCVersion: 1}))
	name, err := s.WriteSnapshot(Whole(tr))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	change(t, f, name, func(b []byte) []byte {
		at := bytes.Index(b, []byte("/keep")) + len("/keep") + 4 + 8 // behind path, data and ACL: the stat
		b[at+8+8+8+8+4+4+4+7] = 5                                    // its owner
		return b
	})
	tr, rec := mustLoad(t, mustOpen(t, f, testOptions(nil)))
	require.Len(t, rec.Rejected, 1)
	require.Equal(t, 0, tr.DropOrphans())
	require.NotNil(t, tr.Lookup("/keep"))
	require.Zero(t, tr.EphemeralCount())
}

// Framing and block size of snappy-java, for every length around the block's.
func TestSnappyFraming(t *testing.T) {
	for _, n := range []int{0, 1, snappyBlockSize - 1, snappyBlockSize, snappyBlockSize + 1, 3*snappyBlockSize + 5} {
		in := bytes.Repeat([]byte("abcdefg"), n/7+1)[:n]
		var out bytes.Buffer
		w, finish := compressor(&out, Snappy)
		for rest := in; len(rest) > 0; {
			k := min(len(rest), 1000)
			_, err := w.Write(rest[:k])
			require.NoError(t, err)
			rest = rest[k:]
		}
		require.NoError(t, finish())
		require.Equal(t, snappyHeader, out.String()[:len(snappyHeader)])
		r, err := newSnappyReader(&out)
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.True(t, bytes.Equal(in, got))
	}
}

// Hostile streams: what a block claims costs no memory before the bytes are there.
func TestHostileSnappy(t *testing.T) {
	for name, block := range map[string]string{
		"negative length":       "\xff\xff\xff\xff",
		"zero length":           "\x00\x00\x00\x00",
		"huge length":           "\x7f\xff\xff\xff",
		"cut short":             "\x00\x10\x00\x00abc",
		"claims much":           "\x00\x00\x00\x06\xff\xff\xff\xff\x0fa",
		"claims more than fits": "\x00\x00\x00\x06\x80\x80\x80\x08aa",
	} {
		r, err := newSnappyReader(bytes.NewReader([]byte(snappyHeader + block)))
		require.NoError(t, err)
		_, err = io.ReadAll(r)
		require.Error(t, err, name)
	}
	_, err := newSnappyReader(bytes.NewReader([]byte("SNAPPYSNAPPY1234")))
	require.Error(t, err)
}

// LoadSnapshot is for tools: it takes a path, and says what is wrong with its name.
func TestLoadSnapshot(t *testing.T) {
	f := vfs.New()
	put(t, f, "/x/snapshot.0", encode(t, tree.New(modelOptions), NoCompression))
	tr, err := LoadSnapshot(f, "/x/snapshot.0", modelOptions)
	require.NoError(t, err)
	require.NotNil(t, tr.Lookup("/zookeeper"))
	for _, name := range []string{"/x/snap.0", "/x/snapshot.zz", "/x/snapshot.0.zip"} {
		_, err = LoadSnapshot(f, name, modelOptions)
		require.ErrorContains(t, err, "it is not named snapshot.")
	}
}

// Names in ACLs that are not ASCII come back as they are read from the wire, whoever wrote the snapshot (Java writes surrogates), and an empty ACL does not
// become the open one.
func TestSnapshotACLs(t *testing.T) {
	tr := tree.New(modelOptions)
	for i, acl := range [][]data.ACL{
		{{Perms: proto.PermAll, ID: data.ID{Scheme: "digest", ID: "\U0001F600é:hash"}}},
		{{Perms: proto.PermAll, ID: data.ID{Scheme: "sasl", ID: jute.Null}}, {Perms: 1, ID: data.ID{Scheme: "world", ID: ""}}},
		{},
		nil,
	} {
		x := newTxn(int64(i+1), proto.OpCreate, &txn.CreateTxn{Path: fmt.Sprintf("/n%d", i), ACL: acl, ParentCVersion: int32(i + 1)})
		tr.Apply(&x, nil)
	}
	b := encode(t, tr, NoCompression)
	require.Contains(t, string(b), "\xed\xa0\xbd\xed\xb8\x80é:hash")
	got, err := decode(b, 4)
	require.NoError(t, err)
	require.Equal(t, picture(tr), picture(got))
	require.Equal(t, "\U0001F600é:hash", got.ACL(got.Lookup("/n0"))[0].ID.ID)
	require.Equal(t, jute.Null, got.ACL(got.Lookup("/n1"))[0].ID.ID)
	require.Empty(t, got.ACL(got.Lookup("/n2")))
	require.Equal(t, openACL, got.ACL(got.Lookup("/n3")))
}
