package tree

import (
	"troupe/jute/data"
	"troupe/jute/proto"
)

// create makes a node.
//
// In replay the node may be there already, made by this very transaction or in a later life of the
// path. Then its parent must still get what this transaction gave it, unless it has more already,
// and the node the ACL: the snapshot may have it with one that was given later (that comes again),
// or with a number that its ACL table lacks.
func (s *step) create(r *OpResult, path string, content []byte, acl []data.ACL, owner int64, parentCversion int32) {
	r.Path = path
	parentPath, ok := splitPath(path)
	if !ok {
		r.Err = proto.BadArguments
		return
	}
	parent := s.find(parentPath)
	if parent == nil {
		r.Err = proto.NoNode
		return
	}
	s.countCreate(parent, parentCversion)
	if n := s.find(path); n != nil {
		s.changeACL(n, acl)
		r.Err = proto.NodeExists
		return
	}
	zxid, now := s.header.Zxid, s.header.Time
	n := s.newNode(parent, path, content, s.acls.acquire(acl), &data.StatPersisted{
		Czxid: zxid, Mzxid: zxid, Pzxid: zxid, Ctime: now, Mtime: now, EphemeralOwner: owner,
	})
	n.FillStat(&r.Stat)
	s.quotaNodeAdded(n)
	s.use(n.path(), 1, int64(n.DataLength()))
	s.fire(proto.EventNodeCreated, n)
	s.fire(proto.EventNodeChildrenChanged, parent)
}

// countCreate raises the parent's count of creates to that of the transaction (-1, from old logs:
// by one), and only with it its pzxid. It never lowers it: in replay the parent can be ahead.
func (s *step) countCreate(parent *Node, cversion int32) {
	if cversion == -1 {
		cversion = parent.cversion + 1
	}
	if cversion > parent.cversion {
		parent.cversion = cversion
		parent.pzxid = s.header.Zxid
		s.changed(parent)
	}
}

// find is Lookup for the paths of nodes that are made or deleted: here "/" is not a name of the
// root, which otherwise would get a child by the path "//x".
func (t *Tree) find(path string) *Node {
	if path == rootPath {
		return t.root
	}
	return t.index.get(path)
}
