package tree

import (
	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// Watchers is told of the changes of znodes while a transaction is applied, in the order in which
// clients must see them.
type Watchers interface {
	// Fire tells that something happened to the node at path, whose ACL is (or was) acl: only who
	// may read the node may hear of it. One NodeDeleted is for those who watch the node's data and
	// those who watch its children; NodeChildrenChanged is for the latter only. path shares memory
	// with a node: clone it to keep it.
	Fire(typ proto.EventType, path string, acl []data.ACL)
}

// Result is what a transaction did.
type Result struct {
	Err   proto.Code // of an error transaction its code; otherwise Ok, but in replay over a fuzzy snapshot
	Path  string     // of the node, as the transaction has it
	Stat  data.Stat  // of the node after create, setData, setACL
	Multi []OpResult // of a multi, one per part; Err is Ok then, also if a part failed

	// DigestMismatch: the digest that came with the transaction (or with the snapshot that ended at
	// it) is not that of the tree.
	DigestMismatch bool
}

// OpResult is the result of a part of a multi.
type OpResult struct {
	Op   proto.Op // of the part's transaction; OpError for all parts of a multi that failed
	Err  proto.Code
	Path string
	Stat data.Stat
}

// Apply changes the tree by one transaction and tells w (which may be nil) what has changed.
//
// It never fails: a transaction that makes no sense here changes nothing but the last zxid, and its
// Result says why. That is what makes replay over a fuzzy snapshot work: the log goes on from where
// the snapshot began, so its first transactions meet their own results. Each rule for it stands at
// the place where it is applied.
func (t *Tree) Apply(x *Txn, w Watchers) Result {
	var r Result
	t.ApplyTo(&r, x, w)
	return r
}

// ApplyTo is Apply into an empty result, of which Multi may have room.
func (t *Tree) ApplyTo(r *Result, x *Txn, w Watchers) {
	s := step{Tree: t, header: &x.Header, watchers: w}
	if m, ok := x.Record.(*txn.MultiTxn); ok && proto.Op(x.Header.Type) == proto.OpMulti {
		r.Multi, r.Err = s.multi(r.Multi[:0], m, x.Parts)
	} else {
		var o OpResult
		s.apply(&o, x.Header.Type, x.Record)
		r.Err, r.Path, r.Stat = o.Err, o.Path, o.Stat
	}
	t.lastZxid = max(t.lastZxid, x.Header.Zxid)
	r.DigestMismatch = t.compareDigest(x)
}

// step is a transaction under way.
type step struct {
	*Tree
	header   *txn.TxnHeader
	watchers Watchers
}

// apply does what one transaction, or one part of a multi, says. The record decides; typ is what
// its header says.
func (s *step) apply(r *OpResult, typ int32, record jute.Record) {
	r.Op = proto.Op(typ)
	switch rec := record.(type) {
	case *txn.CreateTxn:
		var owner int64
		if rec.Ephemeral {
			owner = s.header.ClientID
		}
		s.create(r, rec.Path, rec.Data, rec.ACL, owner, rec.ParentCVersion)
	case *txn.CreateTTLTxn:
		if owner, ok := TTLOwner(rec.TTL); ok {
			s.create(r, rec.Path, rec.Data, rec.ACL, owner, rec.ParentCVersion)
		} else { // Apache ZooKeeper 3.8.0 logs this, and dies of it
			r.Path, r.Err = rec.Path, proto.BadArguments
		}
	case *txn.CreateContainerTxn:
		s.create(r, rec.Path, rec.Data, rec.ACL, ContainerOwner, rec.ParentCVersion)
	case *txn.DeleteTxn:
		s.delete(r, rec.Path)
	case *txn.SetDataTxn:
		s.setData(r, rec)
	case *txn.SetACLTxn:
		s.setACL(r, rec)
	case *txn.CheckVersionTxn:
		r.Path = rec.Path
	case *txn.ErrorTxn:
		r.Err = proto.Code(rec.Err)
	case *txn.CreateSessionTxn:
		s.sessions[s.header.ClientID] = rec.TimeOut
	case *txn.CloseSessionTxn:
		s.closeSession(rec.Paths2Delete)
	default:
		if record == nil && r.Op == proto.OpCloseSession {
			s.closeSession(nil)
		} else {
			r.Err = proto.MarshallingError
		}
	}
}

func (s *step) fire(typ proto.EventType, n *Node) {
	if s.watchers != nil {
		s.watchers.Fire(typ, n.Path(), s.ACL(n))
	}
}
