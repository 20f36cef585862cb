package tree

import (
	"slices"
	"sync"

	"troupe/jute"
)

const (
	// listedFrom is how many children a node has whose list is worth keeping: below, encoding it costs a
	// microsecond.
	listedFrom = 128
	// listingBytes bounds what the kept lists of a tree take together.
	listingBytes = 16 << 20
	// listingCount bounds how many lists are kept, those included that were asked for once.
	listingCount = 1024
)

// listings keeps the lists of children of large nodes as replies have them, while they do not change. Reading
// 10,000 names off their nodes touches 20,000 cache lines; copying the kept list took a tenth of the time
// (BenchmarkAppendChildren).
//
// A list is kept when it is asked for the second time: one that changes between any two readings costs no copy
// and no memory. Whatever changes the children of a node drops its list (extra.listed tells that there is one).
type listings struct {
	mu    sync.Mutex       // among readers; mutators are alone anyway
	lists map[*Node][]byte // nil: asked for once since the last change
	bytes int              // in lists
	limit int              // of bytes
}

// AppendChildren appends the names of n's children as a vector of strings, in no particular order.
func (t *Tree) AppendChildren(dst []byte, n *Node) []byte {
	if n.NumChildren() < listedFrom {
		return t.appendNames(dst, n)
	}
	if list := t.listings.get(n); list != nil {
		return append(dst, list...)
	}
	from := len(dst)
	dst = t.appendNames(dst, n)
	t.listings.offer(n, dst[from:])
	return dst
}

func (t *Tree) appendNames(dst []byte, n *Node) []byte {
	dst = jute.AppendInt(dst, int32(n.NumChildren()))
	t.EachChild(n, func(name string) { dst = jute.AppendUstring(dst, name) })
	return dst
}

// get returns the kept list of n, which is never written again; nil if there is none.
func (l *listings) get(n *Node) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lists[n]
}

// offer is told that n's list was made. It keeps a copy if that has happened before.
func (l *listings) offer(n *Node, list []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept, again := l.lists[n]
	switch {
	case len(list) > l.limit, kept != nil: // kept: another reader was first
	case !again:
		l.makeRoom(0)
		l.lists[n], n.extra.listed = nil, true
	default:
		l.makeRoom(len(list))
		l.lists[n], n.extra.listed = slices.Clone(list), true
		l.bytes += len(list)
	}
}

// makeRoom drops lists, whichever come first in the map's random order, until another of the given size fits.
func (l *listings) makeRoom(size int) {
	for n := range l.lists {
		if l.bytes+size <= l.limit && len(l.lists) < listingCount {
			return
		}
		l.drop(n)
	}
}

// drop forgets the list of n.
func (l *listings) drop(n *Node) {
	l.bytes -= len(l.lists[n])
	delete(l.lists, n)
	n.extra.listed = false
}

// childrenChanged is called by mutators before they change the children of n.
func (t *Tree) childrenChanged(n *Node) {
	if n.extra.listed {
		t.listings.drop(n)
	}
}
