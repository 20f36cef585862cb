package tree

import (
	"strings"
	"sync"

	"troupe/jute/data"
	"troupe/jute/proto"
)

// Options are the settings that change what a transaction does. They must be the same on all
// servers of an ensemble.
type Options struct {
	ExtendedTypes bool // extendedTypesEnabled: there are TTL nodes
	Emulate353TTL bool // emulate353TTLNodes: with ExtendedTypes, TTL nodes in the encoding of ZooKeeper 3.5.3 too
	Digest        bool // digest.enabled: keep the tree digest
}

// Tree is the replicated state. See the package comment for who may call what.
type Tree struct {
	options Options

	root  *Node
	index index // all nodes; the root has a number only
	acls  aclTable

	sessions       map[int64]int32 // global sessions: id -> timeout, milliseconds
	ephemerals     map[int64]*nodeList
	ephemeralCount int
	containers     nodeList
	ttls           nodeList
	quotas         map[string]*quota

	lastZxid int64
	dataSize int64 // bytes of paths and data

	digest     uint64
	digester   Digester
	digestLog  digestLog
	mismatches int64
	fuzzy      *ZxidDigest // digest of the snapshot that the tree comes from, until its zxid is applied

	listings listings

	cursorLock sync.Mutex // guards cursors against other readers; mutators are alone anyway
	cursors    []*Cursor
}

// The nodes that every tree has, and that nobody may delete.
const (
	rootPath      = ""
	zookeeperPath = "/zookeeper"
	configPath    = "/zookeeper/config"
)

// New returns the tree of a server that never had a transaction: /, /zookeeper, /zookeeper/quota
// and /zookeeper/config, with stats of zeros.
func New(o Options) *Tree {
	t := empty(o)
	t.root = t.newNode(nil, rootPath, []byte{}, openACLID, &data.StatPersisted{})
	t.ensureReserved()
	return t
}

// empty is a tree without even a root.
func empty(o Options) *Tree {
	return &Tree{
		options:    o,
		index:      newIndex(),
		acls:       newACLTable(),
		sessions:   map[int64]int32{},
		ephemerals: map[int64]*nodeList{},
		quotas:     map[string]*quota{},
		listings:   listings{lists: map[*Node][]byte{}, limit: listingBytes},
	}
}

// ensureReserved makes the reserved nodes that are missing: all in a new tree, /zookeeper/config in
// one of ZooKeeper 3.4.
func (t *Tree) ensureReserved() {
	parent := t.root
	for _, path := range []string{zookeeperPath, quotaRoot, configPath} {
		if t.index.get(path) == nil {
			acl, stat := openACLID, data.StatPersisted{}
			if path == configPath {
				acl = t.acls.acquire([]data.ACL{{Perms: proto.PermRead, ID: data.ID{Scheme: "world", ID: "anyone"}}})
				stat.Aversion = -1
			}
			t.newNode(parent, path, []byte{}, acl, &stat)
		}
		parent = t.index.get(zookeeperPath)
	}
}

// Lookup returns the node at path, nil if there is none. "" means "/". It allocates nothing and
// does not keep path.
func (t *Tree) Lookup(path string) *Node {
	if len(path) <= 1 && (path == "" || path == "/") {
		return t.root
	}
	return t.index.get(path)
}

// ACL returns the node's ACL. It is never modified, also not when the node gets another one; the
// caller must not either.
func (t *Tree) ACL(n *Node) []data.ACL { return t.acls.get(n.acl) }

// Options returns the settings that the tree was made with.
func (t *Tree) Options() Options { return t.options }

// LastZxid is the largest zxid applied.
func (t *Tree) LastZxid() int64 { return t.lastZxid }

// BeginEpoch tells that a leader begins an epoch with this server: zxid is epoch<<32, which no transaction has, and what is
// answered from now on has seen the epoch.
func (t *Tree) BeginEpoch(zxid int64) { t.lastZxid = max(t.lastZxid, zxid) }

// Digest is the tree digest; 0 if digests are switched off.
func (t *Tree) Digest() uint64 { return t.digest }

// NodeCount is the number of znodes as ZooKeeper counts: the root, which it keeps under two names,
// twice.
func (t *Tree) NodeCount() int { return t.index.count + 2 }

// ApproximateDataSize is the number of bytes in all paths and data, the root's second name
// included.
func (t *Tree) ApproximateDataSize() int64 { return t.dataSize + 1 }

// AllChildrenNumber is the number of all descendants of a node; 0 if there is no such node. It
// walks over them, but for the root.
func (t *Tree) AllChildrenNumber(path string) int {
	n := t.Lookup(path)
	switch n {
	case nil:
		return 0
	case t.root:
		return t.index.count
	}
	count := -1
	t.eachNode(n, func(*Node) { count++ })
	return count
}

// eachNode calls f for top and all nodes below it, parents first. f must not change the tree.
func (t *Tree) eachNode(top *Node, f func(*Node)) {
	for n := top; ; {
		f(n)
		if n.NumChildren() > 0 {
			n = t.node(n.extra.children.at(0))
			continue
		}
		for n != top && int(n.pos) == n.parent.NumChildren()-1 {
			n = n.parent
		}
		if n == top {
			return
		}
		n = t.node(n.parent.extra.children.at(int(n.pos) + 1))
	}
}

// newNode makes a node below parent (nil for the root), where there is none yet; the caller has
// counted the use of the ACL. Path and data are copied.
func (t *Tree) newNode(parent *Node, path string, content []byte, acl int32, s *data.StatPersisted) *Node {
	n := looseNode(parent, path, content, acl, s)
	var i number
	if parent == nil {
		i = t.index.nodes.add(n)
	} else {
		i, _ = t.index.add(n)
	}
	t.attach(n, i, s.EphemeralOwner)
	t.changed(n)
	return n
}

// looseNode makes a node that is in no tree yet.
func looseNode(parent *Node, path string, content []byte, acl int32, s *data.StatPersisted) *Node {
	n := allocateNode(len(path)+len(content), s.EphemeralOwner != 0)
	n.parent, n.acl = parent, acl
	n.czxid, n.mzxid, n.pzxid, n.ctime, n.mtime = s.Czxid, s.Mzxid, s.Pzxid, s.Ctime, s.Mtime
	n.version, n.cversion, n.aversion = s.Version, s.Cversion, s.Aversion
	n.fill(path, content)
	return n
}

// attach puts a node that is in the index where it belongs otherwise.
func (t *Tree) attach(n *Node, i number, owner int64) {
	if n.parent != nil {
		siblings := &t.ensureExtra(n.parent).children
		t.childrenChanged(n.parent)
		n.pos = siblings.push(i)
	}
	t.own(n, i, owner)
	t.dataSize += int64(int(n.pathLen) + n.DataLength())
}

// ensureExtra gives n what a node with children or an owner needs.
func (t *Tree) ensureExtra(n *Node) *extra {
	if n.extra == nil {
		n.extra = &extra{}
		t.refreshPrefix(n)
	}
	return n.extra
}

func (t *Tree) refreshPrefix(n *Node) {
	if n.extra != nil && t.options.Digest {
		n.extra.prefix = n.blobCRC()
	}
}

// replaceData gives n new data, and leaves its stat alone.
func (t *Tree) replaceData(n *Node, content []byte) {
	t.dataSize += int64(len(content) - n.DataLength())
	n.setData(content)
	t.refreshPrefix(n)
	t.changed(n)
}

// removeSubtree removes a node, and first what is below it. Below there is nothing but in a replay
// over a fuzzy snapshot that has nodes of a later life of this path: then the log has their
// creation as well, and they will come again.
func (t *Tree) removeSubtree(top *Node) {
	n := top
	for {
		if n.NumChildren() > 0 {
			n = t.node(n.extra.children.at(n.NumChildren() - 1))
			continue
		}
		parent := n.parent
		t.removeNode(n)
		if n == top {
			return
		}
		n = parent
	}
}

// removeNode removes a node without children, but not the root.
func (t *Tree) removeNode(n *Node) {
	t.index.remove(n)
	t.removeChild(n)
	t.acls.release(n.acl)
	t.disown(n)
	t.dataSize -= int64(int(n.pathLen) + n.DataLength())
	t.digest -= uint64(n.digest)
	t.quotaNodeRemoved(n)
	t.use(n.path(), -1, -int64(n.DataLength()))
}

// removeChild takes n out of its parent's children. Where a cursor has not passed yet, it must find
// what it would have found.
func (t *Tree) removeChild(n *Node) {
	t.childrenChanged(n.parent)
	children := &n.parent.extra.children
	hole := n.pos
	for _, f := range t.framesAround(n) {
		hole = t.closeGap(f, hole)
	}
	if moved := children.remove(hole); moved != 0 {
		t.node(moved).pos = hole
	}
}

// splitPath returns the parent's path; false if path is not one of a node below the root, as
// clients could have created it.
func splitPath(path string) (parent string, ok bool) {
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 || path[0] != '/' || slash == len(path)-1 {
		return "", false
	}
	return path[:slash], true
}
