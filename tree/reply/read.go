package reply

import (
	"encoding/binary"
	"strings"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/tree"
	"troupe/tree/acl"
)

// Reader answers reads. It has no state of its own, so many goroutines may use one.
type Reader struct {
	Tree *tree.Tree
	ACL  *acl.Registry
	// ExistsNeedsRead makes exists demand READ on a node that is there, as 3.8.4 and 3.9.2 do and 3.8.0 does not.
	ExistsNeedsRead bool
}

// Client is who reads.
type Client struct {
	Session int64
	IDs     []data.ID
	// Guess is the znode that the request is probably about (tree.Guess); nil if that is not known.
	Guess *tree.Node
}

// Append answers one read: exists, getData, getACL, getChildren, getChildren2, getAllChildrenNumber, getEphemerals,
// multiRead, whoAmI, sync or addWatch. It appends the reply's body to dst. If the code is not Ok, which stands in the
// header then, there is no body and out is dst. The watch is to be registered also when exists answers NoNode.
//
// A body that cannot be decoded and a null path are MarshallingError, any other operation is Unimplemented.
//
// REQUIRES: the caller holds the gate shared until it has registered the watch.
func (r *Reader) Append(dst []byte, op proto.Op, body []byte, who *Client) (out []byte, code proto.Code, watch WatchRequest) {
	d := jute.NewDecoder(body)
	switch op {
	case proto.OpGetData:
		return r.getData(dst, &d, who)
	case proto.OpExists:
		return r.exists(dst, &d, who)
	case proto.OpGetChildren, proto.OpGetChildren2:
		return r.getChildren(dst, &d, who, op == proto.OpGetChildren2)
	case proto.OpAddWatch:
		return r.addWatch(dst, &d)
	case proto.OpGetACL:
		out, code = r.getACL(dst, &d, who)
	case proto.OpGetAllChildrenNumber:
		out, code = r.getAllChildrenNumber(dst, &d, who)
	case proto.OpGetEphemerals:
		out, code = r.getEphemerals(dst, &d, who)
	case proto.OpMultiRead:
		out, code = r.multiRead(dst, body, who)
	case proto.OpWhoAmI:
		out, code = r.whoAmI(dst, who)
	case proto.OpSync:
		out, code = r.sync(dst, &d)
	default:
		out, code = dst, proto.Unimplemented
	}
	return out, code, WatchRequest{}
}

// find returns a node that the client may read.
func (r *Reader) find(path string, perm int32, who *Client) (*tree.Node, proto.Code) {
	n := r.Tree.LookupGuessed(path, who.Guess)
	if n == nil {
		return nil, proto.NoNode
	}
	if !r.ACL.Check(r.Tree.ACL(n), perm, who.IDs) {
		return nil, proto.NoAuth
	}
	return n, proto.Ok
}

// decoded reports whether a request is whole and has a path.
func decoded(d *jute.Decoder, path string) bool { return d.Err() == nil && path != jute.Null }

func (r *Reader) getData(dst []byte, d *jute.Decoder, who *Client) ([]byte, proto.Code, WatchRequest) {
	var q proto.GetDataRequest
	if q.Decode(d); !decoded(d, q.Path) {
		return dst, proto.MarshallingError, WatchRequest{}
	}
	dst, code := r.appendData(dst, q.Path, who)
	return dst, code, wants(q.Watch && code == proto.Ok, DataWatch, q.Path)
}

// appendData appends a GetDataResponse.
func (r *Reader) appendData(dst []byte, path string, who *Client) ([]byte, proto.Code) {
	n, code := r.find(path, proto.PermRead, who)
	if code != proto.Ok {
		return dst, code
	}
	return appendStat(jute.AppendBuffer(dst, n.Data()), n), proto.Ok
}

func (r *Reader) exists(dst []byte, d *jute.Decoder, who *Client) ([]byte, proto.Code, WatchRequest) {
	var q proto.ExistsRequest
	if q.Decode(d); !decoded(d, q.Path) {
		return dst, proto.MarshallingError, WatchRequest{}
	}
	if strings.IndexByte(q.Path, 0) >= 0 {
		return dst, proto.BadArguments, WatchRequest{}
	}
	watch := wants(q.Watch, DataWatch, q.Path)
	n := r.Tree.LookupGuessed(q.Path, who.Guess)
	if n == nil {
		return dst, proto.NoNode, watch
	}
	if r.ExistsNeedsRead && !r.ACL.Check(r.Tree.ACL(n), proto.PermRead, who.IDs) {
		return dst, proto.NoAuth, WatchRequest{}
	}
	return appendStat(dst, n), proto.Ok, watch
}

func (r *Reader) getChildren(dst []byte, d *jute.Decoder, who *Client, withStat bool) ([]byte, proto.Code, WatchRequest) {
	var q proto.GetChildrenRequest // GetChildren2Request has the same fields
	if q.Decode(d); !decoded(d, q.Path) {
		return dst, proto.MarshallingError, WatchRequest{}
	}
	dst, code := r.appendChildren(dst, q.Path, who, withStat)
	return dst, code, wants(q.Watch && code == proto.Ok, ChildWatch, q.Path)
}

// appendChildren appends a GetChildrenResponse or a GetChildren2Response.
func (r *Reader) appendChildren(dst []byte, path string, who *Client, withStat bool) ([]byte, proto.Code) {
	n, code := r.find(path, proto.PermRead, who)
	if code != proto.Ok {
		return dst, code
	}
	dst = r.Tree.AppendChildren(dst, n)
	if withStat {
		dst = appendStat(dst, n)
	}
	return dst, proto.Ok
}

// getACL needs READ or ADMIN; without ADMIN the passwords' hashes are hidden.
func (r *Reader) getACL(dst []byte, d *jute.Decoder, who *Client) ([]byte, proto.Code) {
	var q proto.GetACLRequest
	if q.Decode(d); !decoded(d, q.Path) {
		return dst, proto.MarshallingError
	}
	n, code := r.find(q.Path, proto.PermRead|proto.PermAdmin, who)
	if code != proto.Ok {
		return dst, code
	}
	list := r.Tree.ACL(n)
	if !r.ACL.Check(list, proto.PermAdmin, who.IDs) {
		list = acl.Masked(list)
	}
	dst = jute.AppendVectorLen(dst, list)
	for i := range list {
		dst = list[i].Append(dst)
	}
	return appendStat(dst, n), proto.Ok
}

func (r *Reader) getAllChildrenNumber(dst []byte, d *jute.Decoder, who *Client) ([]byte, proto.Code) {
	var q proto.GetAllChildrenNumberRequest
	if q.Decode(d); !decoded(d, q.Path) {
		return dst, proto.MarshallingError
	}
	if _, code := r.find(q.Path, proto.PermRead, who); code != proto.Ok {
		return dst, code
	}
	count := r.Tree.AllChildrenNumber(q.Path)
	if q.Path == "" {
		count++ // under this name of the root Apache counts the other one too
	}
	return jute.AppendInt(dst, int32(count)), proto.Ok
}

// getEphemerals lists the session's ephemerals below a prefix, which is text and not a path; null, blank and "/" mean
// all.
func (r *Reader) getEphemerals(dst []byte, d *jute.Decoder, who *Client) ([]byte, proto.Code) {
	var q proto.GetEphemeralsRequest
	if q.Decode(d); d.Err() != nil {
		return dst, proto.MarshallingError
	}
	all := q.PrefixPath == jute.Null || q.PrefixPath == "/" || strings.TrimSpace(q.PrefixPath) == ""
	at, count := len(dst), uint32(0)
	dst = jute.AppendInt(dst, 0)
	for _, path := range r.Tree.Ephemerals(who.Session) {
		if all || strings.HasPrefix(path, q.PrefixPath) {
			dst = jute.AppendUstring(dst, path)
			count++
		}
	}
	binary.BigEndian.PutUint32(dst[at:], count)
	return dst, proto.Ok
}

func (r *Reader) whoAmI(dst []byte, who *Client) ([]byte, proto.Code) {
	dst = jute.AppendInt(dst, int32(len(who.IDs)))
	for _, id := range who.IDs {
		info := data.ClientInfo{AuthScheme: id.Scheme, User: r.ACL.UserName(id)}
		dst = info.Append(dst)
	}
	return dst, proto.Ok
}

// sync echoes its path, whatever it is. What it waits for is the caller's.
func (r *Reader) sync(dst []byte, d *jute.Decoder) ([]byte, proto.Code) {
	var q proto.SyncRequest
	if q.Decode(d); d.Err() != nil {
		return dst, proto.MarshallingError
	}
	return jute.AppendUstring(dst, q.Path), proto.Ok
}

// addWatch looks at neither the path (a null one is accepted, and nothing ever happens to it), nor the node, nor its
// ACL. Clients expect the four bytes of an ErrorResponse.
func (r *Reader) addWatch(dst []byte, d *jute.Decoder) ([]byte, proto.Code, WatchRequest) {
	var q proto.AddWatchRequest
	if q.Decode(d); d.Err() != nil {
		return dst, proto.MarshallingError, WatchRequest{}
	}
	kind := PersistentWatch
	switch q.Mode {
	case proto.AddWatchPersistent:
	case proto.AddWatchPersistentRecursive:
		kind = RecursiveWatch
	default:
		return dst, proto.MarshallingError, WatchRequest{}
	}
	return jute.AppendInt(dst, int32(proto.Ok)), proto.Ok, WatchRequest{Kind: kind, Path: q.Path}
}

// appendStat appends what clients see of a node's stat.
func appendStat(dst []byte, n *tree.Node) []byte {
	var s data.Stat
	n.FillStat(&s)
	return s.Append(dst)
}
