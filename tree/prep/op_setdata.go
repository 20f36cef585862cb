package prep

import (
	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

func (p *Preparer) opSetData(r *Request, zxid int64) (jute.Record, proto.Code) {
	d, q := jute.NewDecoder(r.Body), proto.SetDataRequest{}
	if q.Decode(&d); d.Err() != nil {
		return nil, proto.MarshallingError
	}
	return p.setData(r, zxid, &q)
}

// setData checks, in this order: session, path, node, permission, quota, version.
func (p *Preparer) setData(r *Request, zxid int64, q *proto.SetDataRequest) (jute.Record, proto.Code) {
	if code := p.checkSession(r); code != proto.Ok {
		return nil, code
	}
	if !ValidPath(q.Path) {
		return nil, proto.BadArguments
	}
	var n node
	if !p.lookup(q.Path, &n) {
		return nil, proto.NoNode
	}
	if !p.acl.Check(n.acl, proto.PermWrite, r.IDs) {
		return nil, proto.NoAuth
	}
	if p.overQuota(q.Path, 0, int64(len(q.Data)-n.size)) {
		return nil, proto.QuotaExceeded
	}
	version, code := nextVersion(n.stat.Version, q.Version)
	if code != proto.Ok {
		return nil, code
	}
	c := p.replace(q.Path, &n, zxid)
	p.fill(c, q.Data)
	c.stat.Version, c.stat.Mzxid, c.stat.Mtime = version, zxid, r.Time
	p.settle(c)
	x := r.Room.newSetData()
	*x = txn.SetDataTxn{Path: q.Path, Data: q.Data, Version: version}
	return x, proto.Ok
}
