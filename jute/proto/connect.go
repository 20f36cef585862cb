package proto

import "troupe/jute"

// The handshake has a byte that 3.4 appended without changing the record: whether
// the client is content with a read-only server, and whether the server is one. A
// server answers with the byte if and only if the request had it.

// DecodeFull reads the request and the readOnly byte behind it, which old clients
// do not send (present is false then). Further bytes are left unread.
func (r *ConnectRequest) DecodeFull(d *jute.Decoder) (readOnly, present bool) {
	r.Decode(d)
	return decodeReadOnly(d)
}

// AppendFull appends the request, and the readOnly byte if it is to be present.
func (r *ConnectRequest) AppendFull(dst []byte, readOnly, present bool) []byte {
	return appendReadOnly(r.Append(dst), readOnly, present)
}

// DecodeFull reads the response and the readOnly byte behind it, which is present
// if the request had one.
func (r *ConnectResponse) DecodeFull(d *jute.Decoder) (readOnly, present bool) {
	r.Decode(d)
	return decodeReadOnly(d)
}

// AppendFull appends the response, and the readOnly byte if it is to be present.
func (r *ConnectResponse) AppendFull(dst []byte, readOnly, present bool) []byte {
	return appendReadOnly(r.Append(dst), readOnly, present)
}

func decodeReadOnly(d *jute.Decoder) (readOnly, present bool) {
	if d.Remaining() == 0 {
		return false, false
	}
	return d.Bool(), true
}

func appendReadOnly(dst []byte, readOnly, present bool) []byte {
	if !present {
		return dst
	}
	return jute.AppendBool(dst, readOnly)
}
