package wire

// Request is an operation with its body; the xid is given when it is sent.
type Request struct {
	Op   int32
	Body []byte
	Note string // what it does, for messages
}

// Bare is a request without a body: ping, closeSession, whoAmI.
func Bare(op int32) Request { return Request{Op: op, Note: OpName(op)} }

// CreateReq is create, create2 or createContainer, as op says.
func CreateReq(op int32, path string, data []byte, acl []ACL, flags int32) Request {
	return Request{Op: op, Body: Enc{}.Str(path).Buf(data).ACLs(acl).Int(flags)}
}

// CreateTTLReq is createTTL; ttl in milliseconds.
func CreateTTLReq(path string, data []byte, acl []ACL, flags int32, ttl int64) Request {
	return Request{Op: OpCreateTTL, Body: Enc{}.Str(path).Buf(data).ACLs(acl).Int(flags).Long(ttl)}
}

// PathReq is an operation whose body is one path: getACL, sync, getEphemerals, getAllChildrenNumber and
// deleteContainer's record form.
func PathReq(op int32, path string) Request { return Request{Op: op, Body: Enc{}.Str(path)} }

// VersionReq is delete or check: a path and a version.
func VersionReq(op int32, path string, version int32) Request {
	return Request{Op: op, Body: Enc{}.Str(path).Int(version)}
}

// WatchReq is exists, getData, getChildren or getChildren2: a path and a watch flag.
func WatchReq(op int32, path string, watch bool) Request {
	return Request{Op: op, Body: Enc{}.Str(path).Bool(watch)}
}

// SetDataReq is setData.
func SetDataReq(path string, data []byte, version int32) Request {
	return Request{Op: OpSetData, Body: Enc{}.Str(path).Buf(data).Int(version)}
}

// SetACLReq is setACL.
func SetACLReq(path string, acl []ACL, version int32) Request {
	return Request{Op: OpSetACL, Body: Enc{}.Str(path).ACLs(acl).Int(version)}
}

// PathModeReq is addWatch (mode), checkWatches or removeWatches (type): a path and a number.
func PathModeReq(op int32, path string, mode int32) Request {
	return Request{Op: op, Body: Enc{}.Str(path).Int(mode)}
}

// AuthReq is auth.
func AuthReq(scheme string, auth []byte) Request {
	return Request{Op: OpAuth, Body: Enc{}.Int(0).Str(scheme).Buf(auth)}
}

// SetWatchesReq is setWatches for three lists and setWatches2 for five.
func SetWatchesReq(op int32, zxid int64, lists ...[]string) Request {
	e := Enc{}.Long(zxid)
	for _, l := range lists {
		e = e.Strs(l)
	}
	return Request{Op: op, Body: e}
}

// MultiReq is multi or multiRead of the given operations.
func MultiReq(op int32, ops ...Request) Request {
	e := Enc{}
	for _, r := range ops {
		e = append(e.Int(r.Op).Bool(false).Int(-1), r.Body...)
	}
	return Request{Op: op, Body: e.Int(-1).Bool(true).Int(-1)}
}

// ReconfigReq is reconfig.
func ReconfigReq(joining, leaving, members string, version int64) Request {
	return Request{Op: OpReconfig, Body: Enc{}.Str(joining).Str(leaving).Str(members).Long(version)}
}

// Frame gives the bytes of r on the wire, length first.
func (r Request) Frame(xid int32) []byte {
	e := Enc{}.Int(int32(8 + len(r.Body))).Int(xid).Int(r.Op)
	return append(e, r.Body...)
}
