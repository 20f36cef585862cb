package tree

import (
	"unsafe"

	"troupe/jute/data"
)

// Node is one znode.
//
// A server holds millions of them, so it is 96 bytes with three pointers, mostly in one object with the room for its path and data
// (room.go). What few nodes have is in extra. A node with 20 bytes of path and 100 of data takes 96 + 128
// bytes, 8 in its parent and about 19 in the index.
//
// Nodes belong to their Tree: read them under the caller's gate and do not keep them beyond it.
type Node struct {
	blob   *byte // path, then data, in a room of roomFor bytes; the path is never written again
	parent *Node
	extra  *extra // nil for a leaf of kind Persistent that never had a child

	czxid, mzxid, pzxid int64
	ctime, mtime        int64 // milliseconds

	version, cversion, aversion int32
	acl                         int32 // in the ACL table
	pathLen                     uint32
	dataLen                     int32 // -1: null
	digest                      uint32
	pos                         uint32 // among the parent's children
}

// extra is what a node has that has children or an owner. 48 bytes.
type extra struct {
	children nodeList
	owner    int64  // stored ephemeralOwner
	ownerPos uint32 // in the list of the session, of containers or of TTL nodes
	prefix   uint32 // CRC over path and data, so that a new child does not cost reading the data again
	kind     Kind
	listed   bool // the tree's listings have this node
}

// path is the path as the tree stores it: that of the root is empty.
func (n *Node) path() string { return unsafe.String(n.blob, int(n.pathLen)) }

// Path is the path as clients write it. It shares memory with the node's data: clone it to keep it
// for long.
func (n *Node) Path() string {
	if n.pathLen == 0 {
		return "/"
	}
	return n.path()
}

// Name is the last component of the path; that of the root is empty. It shares memory as Path does.
func (n *Node) Name() string {
	if n.parent == nil {
		return ""
	}
	return n.path()[n.parent.pathLen+1:]
}

// Data is the content: nil is null, which clients can tell from empty. It is the node's own memory, which the next change of the data
// may write over: read it under the gate, and copy what is kept.
func (n *Node) Data() []byte {
	switch {
	case n.dataLen > 0:
		return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(n.blob), n.pathLen)), n.dataLen)
	case n.dataLen == 0:
		return []byte{}
	default:
		return nil
	}
}

// DataLength is the length of the data, 0 for null.
func (n *Node) DataLength() int { return int(max(n.dataLen, 0)) }

// ACLID is the number of the node's ACL in the ACL table (of this server: it is not replicated); -1
// is the open ACL.
func (n *Node) ACLID() int64 { return int64(n.acl) }

// NumChildren is the number of children.
func (n *Node) NumChildren() int {
	if n.extra == nil {
		return 0
	}
	return n.extra.children.len()
}

// EachChild calls f with the name of each child of n, in no particular order. The names share memory as
// Path does.
func (t *Tree) EachChild(n *Node, f func(name string)) {
	if n.extra == nil {
		return
	}
	cut := n.pathLen + 1
	for _, chunk := range n.extra.children.chunks {
		for _, child := range chunk {
			f(t.node(child).path()[cut:])
		}
	}
}

// node is the node with this number.
func (t *Tree) node(i number) *Node { return t.index.nodes.at(i) }

// EphemeralOwner is the stored owner, which Options.Kind explains. Clients see it only of kind
// Ephemeral.
func (n *Node) EphemeralOwner() int64 {
	if n.extra == nil {
		return 0
	}
	return n.extra.owner
}

// Kind says how long the node lives.
func (n *Node) Kind() Kind {
	if n.extra == nil {
		return Persistent
	}
	return n.extra.kind
}

// Persisted is the stat as it is stored and logged.
func (n *Node) Persisted() data.StatPersisted {
	return data.StatPersisted{
		Czxid: n.czxid, Mzxid: n.mzxid, Ctime: n.ctime, Mtime: n.mtime,
		Version: n.version, Cversion: n.cversion, Aversion: n.aversion,
		EphemeralOwner: n.EphemeralOwner(), Pzxid: n.pzxid,
	}
}

// FillStat sets s to what clients see. The reported cversion counts creates and deletes of
// children, the stored one creates only (and so a fresh root reports -1). The owner is shown of
// ephemerals only, not of container and TTL nodes.
func (n *Node) FillStat(s *data.Stat) {
	// Field by field: a whole literal is built aside and copied, which the processor cannot do without a wait.
	s.Czxid, s.Mzxid, s.Ctime, s.Mtime = n.czxid, n.mzxid, n.ctime, n.mtime
	s.Version, s.Cversion, s.Aversion = n.version, 2*n.cversion, n.aversion
	s.EphemeralOwner, s.DataLength, s.NumChildren, s.Pzxid = 0, max(n.dataLen, 0), 0, n.pzxid
	if x := n.extra; x != nil {
		s.NumChildren = int32(x.children.len())
		s.Cversion -= s.NumChildren
		if x.kind == Ephemeral {
			s.EphemeralOwner = x.owner
		}
	}
}
