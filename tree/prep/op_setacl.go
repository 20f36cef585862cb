package prep

import (
	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// opSetACL checks, in this order: session, path, ACL, node, permission, version. The change carries the new ACL, so
// that the requests behind it are judged by it at once; Apache 3.8.0 judges them by the old one until it is applied.
func (p *Preparer) opSetACL(r *Request, zxid int64) (jute.Record, proto.Code) {
	d, q := jute.NewDecoder(r.Body), &p.scratch.setACL
	if q.Decode(&d); d.Err() != nil {
		return nil, proto.MarshallingError
	}
	if code := p.checkSession(r); code != proto.Ok {
		return nil, code
	}
	if !ValidPath(q.Path) {
		return nil, proto.BadArguments
	}
	list, code := p.acl.Fixup(q.ACL, r.IDs)
	if code != proto.Ok {
		return nil, code
	}
	var n node
	if !p.lookup(q.Path, &n) {
		return nil, proto.NoNode
	}
	if !p.acl.Check(n.acl, proto.PermAdmin, r.IDs) {
		return nil, proto.NoAuth
	}
	version, code := nextVersion(n.stat.Aversion, q.Version)
	if code != proto.Ok {
		return nil, code
	}
	list = p.keep(list)
	c := p.replace(q.Path, &n, zxid)
	c.acl, c.stat.Aversion = list, version
	p.settle(c)
	return &txn.SetACLTxn{Path: q.Path, ACL: list, Version: version}, proto.Ok
}
