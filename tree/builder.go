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
	digest      ZxidDigest
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
	return &Builder{tree: empty(o), aclIDs: map[int64]int32{}, missingACLs: map[int64]struct{}{}}
}

// AddSession adds a global session; timeout in milliseconds.
func (b *Builder) AddSession(id int64, timeout int32) { b.tree.sessions[id] = timeout }

// AddACL adds an entry of the snapshot's ACL table.
func (b *Builder) AddACL(id int64, acl []data.ACL) { b.aclIDs[id] = b.tree.acls.intern(acl) }

// AddNode adds a node with the number of its ACL in the table (-1: open) and its stored stat. The
// error is a *NodeError.
func (b *Builder) AddNode(path string, content []byte, aclID int64, s data.StatPersisted) error {
	t := b.tree
	if path == rootPath {
		if t.root != nil {
			return &NodeError{"/", "is there twice"}
		}
		t.root = t.newNode(nil, path, content, b.acl(aclID), &s)
		return nil
	}
	parentPath, ok := splitPath(path)
	if !ok {
		return &NodeError{path, "is not the path of a node"}
	}
	if t.root == nil {
		return &NodeError{path, "comes before the root"}
	}
	parent := b.lastParent
	if parent == nil || parent.path() != parentPath {
		if parent = t.find(parentPath); parent == nil {
			return &NodeError{path, "its parent is missing, or comes later"}
		}
		b.lastParent = parent
	}
	if t.index.get(path) != nil {
		return &NodeError{path, "is there twice"}
	}
	t.newNode(parent, path, content, b.acl(aclID), &s)
	return nil
}

// acl counts a use of an ACL. Apache ZooKeeper's snapshots can have nodes whose ACL is not in the
// table, since that is written first: the log sets it again. Until then nobody (but the superuser)
// may do anything with such a node.
func (b *Builder) acl(id int64) int32 {
	if id == int64(openACLID) {
		return openACLID
	}
	own, ok := b.aclIDs[id]
	if !ok {
		b.missingACLs[id] = struct{}{}
		own = b.tree.acls.intern([]data.ACL{{Perms: 0, ID: data.ID{Scheme: "world", ID: "anyone"}}})
	}
	b.tree.acls.retain(own)
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
