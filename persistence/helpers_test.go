package persistence

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"path"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/persistence/vfs"
	"troupe/tree"
)

const testSession = 0x1000011d0140000

// put writes a durable file.
func put(t testing.TB, fs vfs.FS, name string, content []byte) {
	require.NoError(t, fs.MkdirAll(path.Dir(name)))
	f, err := fs.Create(name)
	require.NoError(t, err)
	_, err = f.WriteAt(content, 0)
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.NoError(t, f.Close())
	require.NoError(t, fs.SyncDir(path.Dir(name)))
}

func content(t testing.TB, fs vfs.FS, name string) []byte {
	b, err := vfs.ReadFile(fs, name)
	require.NoError(t, err)
	return b
}

// change rewrites a file by f.
func change(t testing.TB, fs vfs.FS, name string, f func(b []byte) []byte) {
	put(t, fs, name, f(bytes.Clone(content(t, fs, name))))
}

func names(t testing.TB, fs vfs.FS, dir string) []string {
	infos, err := fs.ReadDir(dir)
	require.NoError(t, err)
	var all []string
	for _, info := range infos {
		if info.Name != lockName {
			all = append(all, info.Name)
		}
	}
	return all
}

// testOptions are small and quick, with everything in /d; what is logged goes to out.
func testOptions(out io.Writer) Options {
	o := DefaultOptions("/d")
	o.PreAllocSize = 4 << 10
	o.Tree = tree.Options{Digest: true, ExtendedTypes: true}
	o.Rand = rand.New(rand.NewPCG(1, 2))
	if out != nil {
		o.Logger = zerolog.New(out)
	}
	return o
}

const (
	dir = "/d/version-2" // of testOptions
)

func mustOpen(t testing.TB, fs vfs.FS, o Options) *Store {
	s, err := Open(fs, o)
	require.NoError(t, err)
	return s
}

func mustLoad(t testing.TB, s *Store) (*tree.Tree, Recovery) {
	tr, rec, err := s.Load()
	require.NoError(t, err)
	return tr, rec
}

// started opens and loads a store on an empty file system.
func started(t testing.TB, fs vfs.FS, o Options) (*Store, *tree.Tree) {
	s := mustOpen(t, fs, o)
	tr, _ := mustLoad(t, s)
	return s, tr
}

// log appends transactions and applies them, as a server does after Commit.
func logAll(t testing.TB, s *Store, tr *tree.Tree, txns ...tree.Txn) {
	for i := range txns {
		require.NoError(t, s.Append(txns[i].Header.Zxid, txns[i].Append(nil)))
	}
	require.NoError(t, s.Commit())
	for i := range txns {
		tr.Apply(&txns[i], nil)
	}
}

func newTxn(zxid int64, typ proto.Op, record jute.Record) tree.Txn {
	return tree.Txn{Header: txn.TxnHeader{ClientID: testSession, Cxid: int32(zxid), Zxid: zxid, Time: 1_700_000_000_000 + zxid, Type: int32(typ)}, Record: record}
}

var openACL = []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "world", ID: "anyone"}}}

// create is the transaction that makes /n<zxid> with n bytes of data.
func create(zxid int64, n int) tree.Txn {
	return newTxn(zxid, proto.OpCreate, &txn.CreateTxn{Path: fmt.Sprintf("/n%d", zxid), Data: bytes.Repeat([]byte{'x'}, n), ACL: openACL, ParentCVersion: int32(zxid)})
}

// creates are the transactions from..to.
func creates(from, to int64) []tree.Txn {
	var all []tree.Txn
	for zxid := from; zxid <= to; zxid++ {
		all = append(all, create(zxid, 20))
	}
	return all
}

// requireCreated checks that of /n1.. exactly those from 1 to last are there.
func requireCreated(t testing.TB, tr *tree.Tree, last int64) {
	require.Equal(t, last, tr.LastZxid())
	for zxid := int64(1); zxid <= last; zxid++ {
		require.NotNil(t, tr.Lookup(fmt.Sprintf("/n%d", zxid)), "zxid %d", zxid)
	}
	require.Nil(t, tr.Lookup(fmt.Sprintf("/n%d", last+1)))
}

// logOf is a whole log file as Apache writes it: no mark, padded with zeros.
func logOf(padding int, txns ...tree.Txn) []byte {
	b := appendLogHeader(nil, 0)
	for i := range txns {
		b = appendEntry(b, txns[i].Append(nil))
	}
	return append(b, make([]byte, padding)...)
}

// apacheDir puts snapshot.0 and log files as Apache would have written them into dir.
func apacheDir(t testing.TB, fs vfs.FS, logs map[string][]byte) {
	s, _ := started(t, fs, testOptions(nil))
	require.NoError(t, s.Close())
	for name, b := range logs {
		put(t, fs, path.Join(dir, name), b)
	}
}

// powerFailsAfter makes the operation after the first n that change the disk, and all that follow, fail.
func powerFailsAfter(f *vfs.Mem, n int) {
	f.SetFault(func(op vfs.Op, _ string) error {
		switch op {
		case vfs.OpOpen, vfs.OpRead, vfs.OpReadDir:
			return nil
		}
		if n--; n < 0 {
			return errPower
		}
		return nil
	})
}
