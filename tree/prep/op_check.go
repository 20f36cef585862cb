package prep

import (
	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// opCheck prepares a check that stands alone. It becomes a multi of one part: a lone check cannot be read back from
// the log by Apache ZooKeeper 3.8.0, nor from a proposal by its followers (ZOOKEEPER-2623).
func (p *Preparer) opCheck(r *Request) (jute.Record, proto.Code) {
	d, q := jute.NewDecoder(r.Body), proto.CheckVersionRequest{}
	if q.Decode(&d); d.Err() != nil {
		return nil, proto.MarshallingError
	}
	record, code := p.check(r, &q)
	if code != proto.Ok {
		return nil, code
	}
	return &txn.MultiTxn{Txns: []txn.Txn{{Type: int32(proto.OpCheck), Data: record.Append(nil)}}}, proto.Ok
}

// check checks, in this order: session, path, node, permission, version.
func (p *Preparer) check(r *Request, q *proto.CheckVersionRequest) (jute.Record, proto.Code) {
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
	if !p.acl.Check(n.acl, proto.PermRead, r.IDs) {
		return nil, proto.NoAuth
	}
	version, code := nextVersion(n.stat.Version, q.Version)
	if code != proto.Ok {
		return nil, code
	}
	return &txn.CheckVersionTxn{Path: q.Path, Version: version}, proto.Ok
}
