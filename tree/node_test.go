package tree

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// Sizes that the memory of a server with millions of nodes depends on: both are size classes of
// Go's allocator.
func TestNodeSize(t *testing.T) {
	require.Equal(t, uintptr(96), unsafe.Sizeof(Node{}))
	require.Equal(t, uintptr(48), unsafe.Sizeof(extra{}))
}

// A znode with 20 bytes of path and 100 of data takes less than 300 bytes of heap, everything
// included.
func TestMemoryPerNode(t *testing.T) {
	const n = 50_000
	require.Len(t, benchPath(0), benchPathSize)
	before := liveHeap()
	tr := benchTree(n)
	perNode := (liveHeap() - before) / n
	require.Less(t, perNode, int64(300))
	runtime.KeepAlive(tr)
}

// Reading allocates nothing.
func TestReadsDoNotAllocate(t *testing.T) {
	tr := benchTree(1000)
	paths := [][]byte{[]byte(benchPath(7)), []byte("/bench00"), []byte("/"), []byte("/nobody")}
	var s data.Stat
	size := 0
	count := func(name string) { size += len(name) }
	require.Zero(t, testing.AllocsPerRun(100, func() {
		for _, p := range paths {
			n := tr.Lookup(unsafe.String(&p[0], len(p)))
			if n == nil {
				continue
			}
			n.FillStat(&s)
			size += len(n.Data()) + len(tr.ACL(n)) + len(n.Path()) + n.NumChildren()
			tr.EachChild(n, count)
		}
		size += tr.AllChildrenNumber("/bench00")
	}))
	require.NotZero(t, size)
}

// A write allocates what it keeps: nothing for data of the length that they had, a room for others, a node for a create (and now
// and then a step of growth).
func TestWritesAllocateWhatTheyKeep(t *testing.T) {
	f := newFiller(Options{Digest: true})
	f.create("/a", []byte("1"))
	set := &Txn{Header: txn.TxnHeader{Zxid: 2, Type: int32(proto.OpSetData)}, Record: &txn.SetDataTxn{Path: "/a", Data: []byte("22")}}
	require.Zero(t, testing.AllocsPerRun(100, func() { f.t.Apply(set, nil) }))
	long := &Txn{Header: set.Header, Record: &txn.SetDataTxn{Path: "/a", Data: make([]byte, 100)}}
	require.Equal(t, 2.0, testing.AllocsPerRun(100, func() { f.t.Apply(set, nil); f.t.Apply(long, nil) }))
	f.create("/a/b", nil)
	del := deleteTxn("/a/b", 9)
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { f.t.Apply(del, nil); f.create("/a/b", nil) }), 2.0)
}

// The path and the ACL that a reader got under the gate stay as they were when the node changes or goes; the data may not.
func TestPathAndACLAreNeverModified(t *testing.T) {
	f := newFiller(Options{Digest: true})
	f.create("/a", []byte("first"))
	n := f.t.Lookup("/a")
	content, acl, path := n.Data(), f.t.ACL(n), n.Path()
	require.Equal(t, len(content), cap(content), "appending to it must not reach what is behind")
	f.t.Apply(&Txn{Header: txn.TxnHeader{Zxid: 9, Type: int32(proto.OpSetData)}, Record: &txn.SetDataTxn{Path: "/a", Data: []byte("other")}}, nil)
	f.t.Apply(&Txn{Header: txn.TxnHeader{Zxid: 9, Type: int32(proto.OpSetACL)}, Record: &txn.SetACLTxn{Path: "/a"}}, nil)
	f.t.Apply(deleteTxn("/a", 10), nil)
	require.Equal(t, openACL(), acl)
	require.Equal(t, "/a", path)
}

func TestNames(t *testing.T) {
	f := newFiller(Options{})
	f.create("/é", nil)
	f.create("/é/x", nil)
	require.Equal(t, "x", f.t.Lookup("/é/x").Name())
	require.Equal(t, "é", f.t.Lookup("/é").Name())
	require.Equal(t, "", f.t.Lookup("/").Name())
	require.Equal(t, "/", f.t.Lookup("").Path())
	require.Nil(t, f.t.Lookup("/é/"))
	require.Nil(t, f.t.Lookup("//é"))
}

// Readers and cursors run beside each other under the shared gate, mutators alone: the race
// detector has nothing to say.
func TestReadersBesideEachOther(t *testing.T) {
	var gate sync.RWMutex
	var readers sync.WaitGroup
	f := newFiller(Options{Digest: true})
	f.create("/d", []byte("x"))
	const writes = 2000
	for r := range 3 {
		readers.Go(func() {
			var s data.Stat
			var kept []byte
			c := (*Cursor)(nil)
			for i := 0; ; i++ {
				gate.RLock()
				done := f.zxid > writes
				if n := f.t.Lookup(fmt.Sprintf("/d/%d", i%100)); n != nil {
					n.FillStat(&s)
					kept = append(kept[:0], n.Data()...)
				}
				if c == nil {
					c = f.t.NewCursor()
				} else if _, more := c.Append(nil, 100*r); !more {
					c = nil
				}
				gate.RUnlock()
				if bytes.Contains(kept, []byte("y")) || done {
					break
				}
			}
			if c != nil {
				gate.RLock()
				c.Close()
				gate.RUnlock()
			}
		})
	}
	for i := range writes {
		gate.Lock()
		if f.create(fmt.Sprintf("/d/%d", i%100), []byte("x")); i%3 == 0 {
			f.zxid++
			f.t.Apply(deleteTxn(fmt.Sprintf("/d/%d", i*7%100), f.zxid), nil)
		}
		gate.Unlock()
	}
	readers.Wait()
	check(t, f.t)
	require.Empty(t, f.t.cursors)
}
