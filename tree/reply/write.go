package reply

import (
	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
)

// AppendReply appends the body of the reply to a write: op is what the client asked for, x the transaction that came of
// it, res what applying it did. There is none for an operation that returns nothing (delete, check, closeSession), and
// none if res.Err, which stands in the header, is not Ok. A multi that failed has Ok in its header and its faults in the
// body.
func AppendReply(dst []byte, op proto.Op, x *tree.Txn, res *tree.Result) []byte {
	if res.Err != proto.Ok {
		return dst
	}
	switch op {
	case proto.OpCreate:
		return jute.AppendUstring(dst, res.Path)
	case proto.OpCreate2, proto.OpCreateContainer, proto.OpCreateTTL:
		return res.Stat.Append(jute.AppendUstring(dst, res.Path))
	case proto.OpSetData, proto.OpSetACL:
		return res.Stat.Append(dst)
	case proto.OpMulti:
		return appendMulti(dst, res.Multi)
	case proto.OpReconfig:
		if rec, ok := x.Record.(*txn.SetDataTxn); ok {
			return res.Stat.Append(jute.AppendBuffer(dst, rec.Data))
		}
	}
	return dst
}

// appendMulti tells the kinds of create apart by their transaction, as Apache does: create2 is answered as create, and
// container and TTL nodes as create2.
func appendMulti(dst []byte, results []tree.OpResult) []byte {
	for i := range results {
		r := &results[i]
		switch r.Op {
		case proto.OpError:
			dst = proto.AppendMultiError(dst, r.Err)
		case proto.OpCreate, proto.OpCreate2:
			dst = jute.AppendUstring(proto.AppendMultiResult(dst, proto.OpCreate), r.Path)
		case proto.OpCreateContainer, proto.OpCreateTTL:
			dst = jute.AppendUstring(proto.AppendMultiResult(dst, proto.OpCreate2), r.Path)
			dst = r.Stat.Append(dst)
		case proto.OpSetData:
			dst = r.Stat.Append(proto.AppendMultiResult(dst, proto.OpSetData))
		default:
			dst = proto.AppendMultiResult(dst, r.Op)
		}
	}
	return proto.AppendMultiEnd(dst)
}
