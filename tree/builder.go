package tree

import (
	"fmt"

	"troupe/jute/data"
)

// Builder makes a tree of a snapshot: sessions and ACLs first, then the nodes, each after its
// parent, the root first. It copies what it is given. A builder that returned an error is of no
// more use.
type Builder struct {
	tree        *Tree
	aclIDs      map[int64]int32 // numbers in the snapshot -> ours
	missingACLs map[int64]struct{}
	lastParent  *Node
	lastACL     struct { // most nodes have the ACL of the one before
		id  int64
		own int32
	}
	digest ZxidDigest
}

// NodeError says what is wrong with a node of a snapshot.
type NodeError struct {
	Path   string
	Reason string
}

func (e *NodeError) Error() string {
	return fmt.Sprintf("snapshot: node %q: %s: the snapshot is damaged, use an older one", e.Path, e.Reason)
}

// NewBuilder starts an empty tree.
func NewBuilder(o Options) *Builder {
	b := &Builder{tree: empty(o), aclIDs: map[int64]int32{}, missingACLs: map[int64]struct{}{}}
	b.lastACL.id, b.lastACL.own = int64(openACLID), openACLID
	return b
}

// Expect says before the first node about how many will come, so that their index need not grow step
// by step. It takes memory for so many.
func (b *Builder) Expect(nodes int) { b.tree.index.expect(nodes) }

// AddSession adds a global session; timeout in milliseconds.
func (b *Builder) AddSession(id int64, timeout int32) { b.tree.sessions[id] = timeout }

// AddACL adds an entry of the snapshot's ACL table.
func (b *Builder) AddACL(id int64, acl []data.ACL) { b.aclIDs[id] = b.tree.acls.intern(acl) }

// AddNode adds a node with the number of its ACL in the table (-1: open) and its stored stat. The
// error is a *NodeError.
func (b *Builder) AddNode(path string, content []byte, aclID int64, s data.StatPersisted) error {
	var digest uint32
	if b.tree.options.Digest {
		digest = b.tree.digester.Node(path, content, &s)
	}
	return b.AddDigested(path, content, aclID, &s, digest)
}

// AddDigested is AddNode where the caller has computed the node's digest, as Digester.Node gives it,
// beside the builder. Without Options.Digest it is not used.
func (b *Builder) AddDigested(path string, content []byte, aclID int64, s *data.StatPersisted, digest uint32) error {
	t := b.tree
	n, i, err := b.node(path, content, s)
	if err != nil {
		return err
	}
	n.acl = b.acl(aclID)
	t.attach(n, i, s.EphemeralOwner)
	if t.options.Digest {
		t.setDigest(n, digest)
	}
	return nil
}

// node makes a node with a number, and puts it into the index if its path may be there.
func (b *Builder) node(path string, content []byte, s *data.StatPersisted) (*Node, number, error) {
	t := b.tree
	if path == rootPath {
		if t.root != nil {
			return nil, 0, &NodeError{"/", "is there twice"}
		}
		t.root = looseNode(nil, path, content, openACLID, s)
		return t.root, t.index.nodes.add(t.root), nil
	}
	parentPath, ok := splitPath(path)
	if !ok {
		return nil, 0, &NodeError{path, "is not the path of a node"}
	}
	if t.root == nil {
		return nil, 0, &NodeError{path, "comes before the root"}
	}
	parent := b.lastParent
	if parent == nil || parent.path() != parentPath {
		if parent = t.find(parentPath); parent == nil {
			return nil, 0, &NodeError{path, "its parent is missing, or comes later"}
		}
		b.lastParent = parent
	}
	n := looseNode(parent, path, content, openACLID, s)
	i, ok := t.index.add(n)
	if !ok {
		return nil, 0, &NodeError{path, "is there twice"}
	}
	return n, i, nil
}

// acl counts a use of an ACL. Apache ZooKeeper's snapshots can have nodes whose ACL is not in the
// table, since that is written first: the log sets it again. Until then nobody (but the superuser)
// may do anything with such a node.
func (b *Builder) acl(id int64) int32 {
	if id != b.lastACL.id {
		b.lastACL.id, b.lastACL.own = id, b.ownACL(id)
	}
	b.tree.acls.retain(b.lastACL.own)
	return b.lastACL.own
}

func (b *Builder) ownACL(id int64) int32 {
	if id == int64(openACLID) {
		return openACLID
	}
	own, ok := b.aclIDs[id]
	if !ok {
		b.missingACLs[id] = struct{}{}
		own = b.tree.acls.intern([]data.ACL{{Perms: 0, ID: data.ID{Scheme: "world", ID: "anyone"}}})
	}
	return own
}

// MissingACLs is the number of ACLs that nodes named and that were not in the table.
func (b *Builder) MissingACLs() int { return len(b.missingACLs) }

// SetDigest adds the digest that the snapshot ends with: that of the tree after the transaction
// zxid, which may be later than the one that the snapshot is named by. Until that is applied the
// tree is fuzzy, and digests are not compared. zxid 0 means none.
func (b *Builder) SetDigest(zxid int64, version int32, digest uint64) {
	b.digest = ZxidDigest{zxid, version, digest}
}

// Finish completes the tree: zxid is the last transaction that is wholly in it. Quotas are counted
// anew, ACLs that no node has are dropped, reserved nodes that old versions did not have are added.
func (b *Builder) Finish(zxid int64) (*Tree, error) {
	t := b.tree
	if t.root == nil {
		return nil, &NodeError{"/", "is missing"}
	}
	t.lastZxid = zxid
	t.ensureReserved()
	t.findQuotas()
	t.acls.dropUnused()
	if d := b.digest; d.Zxid > 0 && d.Zxid >= zxid && t.options.Digest {
		t.fuzzy = &d
		if t.snapshotDiffers(zxid) {
			t.mismatches++
		}
	}
	return t, nil
}
