package tree

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute/proto"
	"troupe/jute/txn"
)

// remove applies a delete.
func (f *filler) remove(path string) {
	f.zxid++
	f.t.Apply(&Txn{Header: txn.TxnHeader{Zxid: f.zxid, Type: int32(proto.OpDelete)}, Record: &txn.DeleteTxn{Path: path}}, nil)
}

// large makes a node with n children of the given name and a number.
func (f *filler) large(path, name string, n int) *Node {
	f.create(path, nil)
	for i := range n {
		f.create(fmt.Sprintf("%s/%s%d", path, name, i), nil)
	}
	return f.t.Lookup(path)
}

// Whatever happens between reads, in whatever order, a list is that of the nodes as they are, and what is kept
// stays within its bounds.
func TestListingsAreTheChildren(t *testing.T) {
	const dirs = 4
	rapid.Check(t, func(rt *rapid.T) {
		f := newFiller(Options{})
		for d := range dirs {
			f.large(fmt.Sprintf("/%d", d), "n", listedFrom+d-1) // the first is at the threshold
		}
		one := len(f.t.appendNames(nil, f.t.Lookup("/0")))
		f.t.listings.limit = rapid.IntRange(0, dirs*one+one/2).Draw(rt, "limit")
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			dir := fmt.Sprintf("/%d", rapid.IntRange(0, dirs-1).Draw(rt, "dir"))
			child := fmt.Sprintf("%s/n%d", dir, rapid.IntRange(0, listedFrom+5).Draw(rt, "child"))
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0:
				f.create(child, nil)
			case 1:
				f.remove(child)
			default:
				n := f.t.Lookup(dir)
				require.Equal(rt, append([]byte("before"), f.t.appendNames(nil, n)...), f.t.AppendChildren([]byte("before"), n))
			}
		}
		check(rt, f.t)
	})
}

// A list is kept from the second reading on, until the children change; nothing is kept of a node that is gone.
func TestListingsAreKept(t *testing.T) {
	f := newFiller(Options{})
	n := f.large("/a", "n", listedFrom)
	lists := f.t.listings.lists
	f.t.AppendChildren(nil, n)
	require.Contains(t, lists, n)
	require.Nil(t, lists[n], "asked for once")
	f.t.AppendChildren(nil, n)
	require.NotNil(t, lists[n])
	buf := make([]byte, 0, 1<<16)
	require.Zero(t, testing.AllocsPerRun(100, func() { f.t.AppendChildren(buf, n) }))
	f.t.replaceData(n, []byte("x"))
	require.NotNil(t, lists[n], "it is the same list")
	f.create("/a/one-more", nil)
	require.Empty(t, lists)
	f.t.AppendChildren(nil, n)
	f.t.AppendChildren(nil, n)
	f.t.removeSubtree(n)
	require.Empty(t, lists)
	require.Zero(t, f.t.listings.bytes)
	check(t, f.t)
}

// Nodes that are asked for once each do not pile up.
func TestListingsAreFew(t *testing.T) {
	var l listings
	l.lists = map[*Node][]byte{}
	for range 2 * listingCount {
		l.offer(&Node{extra: &extra{}}, nil)
	}
	require.Len(t, l.lists, listingCount)
}

// Readers of one list run beside each other.
func TestListingsOfManyReaders(t *testing.T) {
	f := newFiller(Options{})
	nodes := []*Node{f.large("/a", "n", listedFrom), f.large("/b", "longer-name", listedFrom)}
	f.t.listings.limit = len(f.t.appendNames(nil, nodes[1])) // only one fits
	want := [][]byte{f.t.appendNames(nil, nodes[0]), f.t.appendNames(nil, nodes[1])}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 200 {
				if string(f.t.AppendChildren(nil, nodes[i%2])) != string(want[i%2]) {
					t.Error("another list")
				}
			}
		})
	}
	all.Wait()
	check(t, f.t)
}
