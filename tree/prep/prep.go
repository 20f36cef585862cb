package prep

import (
	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
	"troupe/tree/acl"
)

// Request is a write to prepare. Strings and buffers of its transaction, and the paths of the outstanding changes that this one makes,
// alias its Body and its Room; nothing else does. Both may be used again when the transaction is applied and the answer made, if Applied
// is called before the next Prepare: it drops those changes without reading their paths.
type Request struct {
	Session int64
	Cxid    int32 // the xid of the request
	Op      proto.Op
	Body    []byte    // the record, behind the request header; what follows the record is ignored
	IDs     []data.ID // of the connection
	Time    int64     // milliseconds since 1970, on the clock of this server
	Owner   any       // where the session is connected, for Sessions.Check
	Room    Room      // where its transaction is made
}

// Sessions is what the rules must know about sessions.
type Sessions interface {
	// Check says whether a session may act through owner: Ok, SessionExpired, SessionMoved or UnknownSession.
	Check(session int64, owner any) proto.Code
	// IsGlobal reports whether a session is known to the whole ensemble. Only such a session may own ephemerals.
	IsGlobal(session int64) bool
	// Closing marks a session: from now on Check answers SessionExpired.
	Closing(session int64)
}

// Options are the settings of a Preparer.
type Options struct {
	// ExtendedTypes allows to create TTL nodes (extendedTypesEnabled), if the tree has them too.
	ExtendedTypes bool
	// Digest attaches to each transaction the digest of the tree after it (digest.enabled), if the tree keeps it too.
	Digest bool
	// CloseSessionTxn writes the paths of the ephemerals into closeSession transactions (closeSessionTxn.enabled).
	CloseSessionTxn bool
	// EnforceQuota refuses what exceeds a hard limit (enforceQuota).
	EnforceQuota bool
	// OverQuota, if not nil, is told of each write that exceeds a limit of a quota: to warn the operator, and often. hard
	// means a hard limit.
	OverQuota func(path string, hard bool)
	// ReconfigEnabled answers reconfig with Unimplemented, as a standalone server does, and not with ReconfigDisabled.
	ReconfigEnabled bool
}

// Preparer turns requests into transactions. See the package comment.
type Preparer struct {
	tree     *tree.Tree
	acl      *acl.Registry
	sessions Sessions
	options  Options
	kinds    tree.Options
	pending  pending
	digest   uint64 // of the tree after the last prepared transaction, while pending is not empty
	digester tree.Digester
	openACL  []data.ACL
	scratch  scratch
	unlogged bool       // the request in hand makes no transaction
	admitted bool       // its session may write
	guess    *tree.Node // that the part in hand is probably about
}

// scratch holds the requests being decoded, so that decoding does not allocate.
type scratch struct {
	create    proto.CreateRequest
	createTTL proto.CreateTTLRequest
	setACL    proto.SetACLRequest
	// of the parts of a multi
	creation creation
	delete   proto.DeleteRequest
	setData  proto.SetDataRequest
	check    proto.CheckVersionRequest
	// of a multi: what its first parts are about
	path    string // of the part decoded last
	paths   [tree.GuessBatch]string
	guesses [tree.GuessBatch]*tree.Node
}

// New returns a Preparer on a tree to which nobody but the transactions from here is applied.
func New(t *tree.Tree, reg *acl.Registry, s Sessions, o Options) *Preparer {
	kinds := t.Options()
	o.ExtendedTypes = o.ExtendedTypes && kinds.ExtendedTypes
	o.Digest = o.Digest && kinds.Digest
	return &Preparer{
		tree:     t,
		acl:      reg,
		sessions: s,
		options:  o,
		kinds:    kinds,
		pending:  newPending(),
		openACL:  []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: acl.SchemeWorld, ID: acl.Anyone}}},
	}
}

// IsWrite reports whether an operation makes a transaction.
func IsWrite(op proto.Op) bool {
	switch op {
	case proto.OpCreate, proto.OpCreate2, proto.OpCreateContainer, proto.OpCreateTTL, proto.OpDelete,
		proto.OpDeleteContainer, proto.OpSetData, proto.OpSetACL, proto.OpCheck, proto.OpMulti, proto.OpReconfig,
		proto.OpCreateSession, proto.OpCloseSession:
		return true
	}
	return false
}

// Prepare makes the transaction of a write. It always uses up the zxid, which must be larger than all before. A refused
// write gives a transaction of type error.
//
// For an operation that is no write it only checks the session; there is no transaction, and the error is nil or the
// code. As in Apache a reconfig that cannot be decoded makes no transaction either and takes no zxid. (A multi with a null path
// makes none in Apache, but uses up a zxid, which leaves a hole in the log: here it is an error like others.) No other error is returned.
//
// REQUIRES: the caller holds the gate shared, since the tree is read.
func (p *Preparer) Prepare(r *Request, zxid int64) (tree.Txn, error) {
	if !IsWrite(r.Op) {
		return tree.Txn{}, p.sessions.Check(r.Session, r.Owner).Err()
	}
	if p.pending.empty() && p.options.Digest {
		p.digest = p.tree.Digest()
	}
	x := tree.Txn{Header: txn.TxnHeader{ClientID: r.Session, Cxid: r.Cxid, Zxid: zxid, Time: r.Time, Type: int32(r.Op)}}
	p.unlogged, p.admitted, p.guess = false, false, nil
	record, code := p.prepare(r, zxid)
	if p.unlogged {
		return tree.Txn{}, code
	}
	if code != proto.Ok {
		x.Header.Type = int32(proto.OpError)
		x.Record = &txn.ErrorTxn{Err: int32(code)}
		return x, nil
	}
	x.Record = record
	if r.Op == proto.OpMulti {
		x.Parts = r.Room.multi.records
	}
	if r.Op == proto.OpCheck {
		x.Header.Type = int32(proto.OpMulti)
	}
	p.attachDigest(&x)
	return x, nil
}

// attachDigest gives a transaction the digest of the tree after it.
func (p *Preparer) attachDigest(x *tree.Txn) {
	if p.options.Digest {
		x.HasDigest = true
		x.Digest = txn.TxnDigest{Version: tree.DigestVersion, TreeDigest: int64(p.digest)}
	}
}

// Applied tells that the tree has the transactions up to zxid, so that their outstanding changes can be forgotten. It
// may come late, never early.
func (p *Preparer) Applied(zxid int64) { p.pending.drop(zxid) }

// Outstanding is the number of changes that are not known to be applied.
func (p *Preparer) Outstanding() int { return p.pending.mark() }

// prepare checks a write and returns the record of its transaction.
func (p *Preparer) prepare(r *Request, zxid int64) (jute.Record, proto.Code) {
	switch r.Op {
	case proto.OpCreate, proto.OpCreate2, proto.OpCreateContainer:
		return p.opCreate(r, zxid)
	case proto.OpCreateTTL:
		return p.opCreateTTL(r, zxid)
	case proto.OpDelete:
		return p.opDelete(r, zxid)
	case proto.OpDeleteContainer:
		return p.opDeleteContainer(r, zxid)
	case proto.OpSetData:
		return p.opSetData(r, zxid)
	case proto.OpSetACL:
		return p.opSetACL(r, zxid)
	case proto.OpCheck:
		return p.opCheck(r)
	case proto.OpMulti:
		return p.opMulti(r, zxid)
	case proto.OpReconfig:
		return p.opReconfig(r)
	case proto.OpCreateSession:
		return p.opCreateSession(r)
	case proto.OpCloseSession:
		return p.opCloseSession(r, zxid)
	}
	return nil, proto.Unimplemented
}

// checkSession answers whether the session may write. It is asked once for a multi, not for each part.
func (p *Preparer) checkSession(r *Request) proto.Code {
	if p.admitted {
		return proto.Ok
	}
	code := p.sessions.Check(r.Session, r.Owner)
	p.admitted = code == proto.Ok
	return code
}

// nextVersion compares a version with the expected one (-1: any) and returns the next. It wraps around, as in Java.
func nextVersion(present, expected int32) (int32, proto.Code) {
	if expected != -1 && expected != present {
		return 0, proto.BadVersion
	}
	return present + 1, proto.Ok
}
