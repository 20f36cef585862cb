package reply

import "troupe/jute/proto"

// multiRead answers several getData and getChildren. Each stands for itself: the fault of one is its own result. Their
// watch flags are ignored, as in Apache. Another operation, a null path or broken bytes refuse the whole.
func (r *Reader) multiRead(dst []byte, body []byte, who *Client) ([]byte, proto.Code) {
	out := dst
	m := proto.NewMultiReader(body)
	for m.Next() {
		var q proto.GetDataRequest // GetChildrenRequest has the same fields
		if q.Decode(m.Decoder()); !decoded(m.Decoder(), q.Path) {
			return dst, proto.MarshallingError
		}
		start, code := len(out), proto.Ok
		out = proto.AppendMultiResult(out, m.Op())
		switch m.Op() {
		case proto.OpGetData:
			out, code = r.appendData(out, q.Path, who)
		case proto.OpGetChildren:
			out, code = r.appendChildren(out, q.Path, who, false)
		default:
			return dst, proto.MarshallingError
		}
		if code != proto.Ok {
			out = proto.AppendMultiError(out[:start], code)
		}
	}
	if m.Err() != nil {
		return dst, proto.MarshallingError
	}
	return proto.AppendMultiEnd(out), proto.Ok
}
