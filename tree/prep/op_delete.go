package prep

import (
	"unsafe"

	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
)

func (p *Preparer) opDelete(r *Request, zxid int64) (jute.Record, proto.Code) {
	d, q := jute.NewDecoder(r.Body), proto.DeleteRequest{}
	if q.Decode(&d); d.Err() != nil {
		return nil, proto.MarshallingError
	}
	return p.delete(r, zxid, q.Path, q.Version)
}

// delete checks, in this order: session, path, parent, permission, node, version, children.
func (p *Preparer) delete(r *Request, zxid int64, path string, version int32) (jute.Record, proto.Code) {
	if code := p.checkSession(r); code != proto.Ok {
		return nil, code
	}
	if path == jute.Null {
		return nil, proto.MarshallingError
	}
	parentPath, ok := splitDeletable(path)
	if !ok {
		return nil, proto.BadArguments
	}
	var parent, n node
	if !p.lookup(parentPath, &parent) {
		return nil, proto.NoNode
	}
	if !p.acl.Check(parent.acl, proto.PermDelete, r.IDs) {
		return nil, proto.NoAuth
	}
	if !p.lookup(path, &n) {
		return nil, proto.NoNode
	}
	if _, code := nextVersion(n.stat.Version, version); code != proto.Ok {
		return nil, code
	}
	if n.children > 0 {
		return nil, proto.NotEmpty
	}
	p.removeChild(parentPath, &parent, zxid)
	p.remove(path, &n, zxid)
	x := r.newDelete()
	*x = txn.DeleteTxn{Path: path}
	return x, proto.Ok
}

// opDeleteContainer serves the cleaner, which found a container or TTL node to be due. It checks again, in this order:
// path, node, children, kind. The body is the bare path. No permission is asked, so it is not for clients: as from Apache
// 3.8.0 they always get BadArguments. The cleaner has no session.
func (p *Preparer) opDeleteContainer(r *Request, zxid int64) (jute.Record, proto.Code) {
	if r.Session != 0 {
		return nil, proto.BadArguments
	}
	path := barePath(r.Body)
	parentPath, ok := splitDeletable(path)
	if !ok {
		return nil, proto.BadArguments
	}
	var parent, n node
	if !p.lookup(path, &n) {
		return nil, proto.NoNode
	}
	if n.children > 0 {
		return nil, proto.NotEmpty
	}
	switch p.kinds.Kind(n.stat.EphemeralOwner) {
	case tree.Container, tree.TTL:
	default:
		return nil, proto.BadVersion
	}
	if !p.lookup(parentPath, &parent) {
		return nil, proto.NoNode
	}
	p.removeChild(parentPath, &parent, zxid)
	p.remove(path, &n, zxid)
	return &txn.DeleteTxn{Path: path}, proto.Ok
}

// splitDeletable is splitPath of a node that may be deleted at all.
func splitDeletable(path string) (parent string, ok bool) {
	if isReserved(path) || killsWhenDeleted(path) {
		return "", false
	}
	return splitPath(path)
}

// barePath views a body as the string that it is. A path that is no UTF-8 names no node.
func barePath(body []byte) string { return unsafe.String(unsafe.SliceData(body), len(body)) }
