package prep

import (
	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
)

// creation is a create of any kind, decoded.
type creation struct {
	kind  proto.Op // create, create2, createContainer or createTTL
	path  string
	data  []byte
	acl   []data.ACL
	flags int32
	ttl   int64 // milliseconds; of createTTL only
}

func (p *Preparer) opCreate(r *Request, zxid int64) (jute.Record, proto.Code) {
	d, q := jute.NewDecoder(r.Body), &p.scratch.create
	if q.Decode(&d); d.Err() != nil {
		return nil, proto.MarshallingError
	}
	return p.create(r, zxid, &creation{kind: r.Op, path: q.Path, data: q.Data, acl: q.ACL, flags: q.Flags})
}

func (p *Preparer) opCreateTTL(r *Request, zxid int64) (jute.Record, proto.Code) {
	d, q := jute.NewDecoder(r.Body), &p.scratch.createTTL
	if q.Decode(&d); d.Err() != nil {
		return nil, proto.MarshallingError
	}
	return p.create(r, zxid, &creation{kind: r.Op, path: q.Path, data: q.Data, acl: q.ACL, flags: q.Flags, ttl: q.TTL})
}

// create checks, in this order: flags, TTL, session, slash and NUL, ACL, parent, permission, the full path, whether it
// exists, ephemeral parent, quota.
func (p *Preparer) create(r *Request, zxid int64, q *creation) (jute.Record, proto.Code) {
	mode := proto.CreateMode(q.flags)
	if code := p.checkMode(mode, q); code != proto.Ok {
		return nil, code
	}
	if code := p.checkSession(r); code != proto.Ok {
		return nil, code
	}
	if mode.Ephemeral() && !p.sessions.IsGlobal(r.Session) {
		return nil, proto.SessionExpired
	}
	if q.path == jute.Null {
		return nil, proto.MarshallingError
	}
	parentPath, ok := splitPath(q.path)
	if !ok {
		return nil, proto.BadArguments
	}
	list, code := p.acl.Fixup(q.acl, r.IDs)
	if code != proto.Ok {
		return nil, code
	}
	var parent node
	if !p.lookup(parentPath, &parent) {
		return nil, proto.NoNode
	}
	if !p.acl.Check(parent.acl, proto.PermCreate, r.IDs) {
		return nil, proto.NoAuth
	}
	path := q.path
	if mode.Sequential() {
		path = r.Room.sequential(path, parent.stat.Cversion)
	}
	if !ValidPath(path) || killsWhenCreated(path) || mode.Ephemeral() && killsWhenDeleted(path) {
		return nil, proto.BadArguments
	}
	hash, exists := p.exists(path)
	if exists {
		return nil, proto.NodeExists
	}
	if p.kinds.Kind(parent.stat.EphemeralOwner) == tree.Ephemeral {
		return nil, proto.NoChildrenForEphemerals
	}
	if p.overQuota(path, 1, int64(len(q.data))) {
		return nil, proto.QuotaExceeded
	}

	list = p.keep(list)
	cversion := parent.stat.Cversion + 1
	c := p.replace(parentPath, &parent, zxid)
	c.children++
	if cversion > c.stat.Cversion { // as when it is applied: after 2^31-1 creates the count stays
		c.stat.Cversion, c.stat.Pzxid = cversion, zxid
	}
	p.settle(c)

	c = p.insert(hash, path, zxid)
	p.fill(c, q.data)
	c.acl = list
	c.stat = data.StatPersisted{Czxid: zxid, Mzxid: zxid, Pzxid: zxid, Ctime: r.Time, Mtime: r.Time}
	record := p.createRecord(r, q, mode, path, list, cversion, c)
	p.settle(c)
	return record, proto.Ok
}

// checkMode checks flags and TTL. Apache 3.8.0 lets a createTTL without TTL flags pass, and dies when it is applied.
func (p *Preparer) checkMode(mode proto.CreateMode, q *creation) proto.Code {
	if !mode.Valid() {
		return proto.BadArguments
	}
	if mode.TTL() && !p.options.ExtendedTypes {
		return proto.Unimplemented
	}
	if mode.TTL() != (q.kind == proto.OpCreateTTL) {
		return proto.BadArguments
	}
	if _, ok := tree.TTLOwner(q.ttl); mode.TTL() && !ok {
		return proto.BadArguments
	}
	return proto.Ok
}

// createRecord makes the record of the transaction and sets who owns the node. A container is made by its opcode, not
// by its flag: create with the flag of a container makes an ordinary node.
func (p *Preparer) createRecord(r *Request, q *creation, mode proto.CreateMode, path string, list []data.ACL, cversion int32, c *change) jute.Record {
	switch q.kind {
	case proto.OpCreateContainer:
		c.stat.EphemeralOwner = tree.ContainerOwner
		return &txn.CreateContainerTxn{Path: path, Data: q.data, ACL: list, ParentCVersion: cversion}
	case proto.OpCreateTTL:
		c.stat.EphemeralOwner, _ = tree.TTLOwner(q.ttl)
		return &txn.CreateTTLTxn{Path: path, Data: q.data, ACL: list, ParentCVersion: cversion, TTL: q.ttl}
	}
	if mode.Ephemeral() {
		c.stat.EphemeralOwner = r.Session
		p.pending.own(c, r.Session)
	}
	x := r.newCreate()
	*x = txn.CreateTxn{Path: path, Data: q.data, ACL: list, Ephemeral: mode.Ephemeral(), ParentCVersion: cversion}
	return x
}
