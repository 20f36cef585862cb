package proto

import "troupe/jute"

// A multi, request or response, is a sequence of MultiHeader and record, ended by
// a header whose done is true. In a request the header's type is the opcode of the
// record; in a response it tells which result follows, OpError for an
// ErrorResponse.

// MultiReader walks over the parts of a multi or multiRead:
//
//	m := NewMultiReader(body)
//	for m.Next() {
//		switch m.Op() {
//		case OpDelete:
//			req.Decode(m.Decoder())
//		default: // m cannot know where the next part begins
//			return MarshallingError
//		}
//	}
//	if m.Err() != nil { ... }
//
// Between two calls of Next exactly one record is read from the decoder, or none
// where the type has none. It allocates nothing.
type MultiReader struct {
	dec    jute.Decoder
	header MultiHeader
}

// NewMultiReader reads from the body of a request or response, behind its header.
func NewMultiReader(body []byte) MultiReader {
	return MultiReader{dec: jute.NewDecoder(body)}
}

// Next moves to the next part. It returns false at the end and on malformed
// bytes, which also means a body that ends without the end marker.
func (m *MultiReader) Next() bool {
	if m.header.Done {
		return false
	}
	m.header.Decode(&m.dec)
	return m.dec.Err() == nil && !m.header.Done
}

// Op is the type of the present part.
func (m *MultiReader) Op() Op { return Op(m.header.Type) }

// Code is the err of the present part's header: in a response the outcome, in a
// request without meaning.
func (m *MultiReader) Code() Code { return Code(m.header.Err) }

// Decoder stands at the record of the present part.
func (m *MultiReader) Decoder() *jute.Decoder { return &m.dec }

// Err is the first error of the headers and of the records read so far.
func (m *MultiReader) Err() error { return m.dec.Err() }

// AppendMultiOp appends a part of a request: its header and the record.
func AppendMultiOp(dst []byte, op Op, r jute.Record) []byte {
	return r.Append(appendMultiHeader(dst, op, false, -1))
}

// AppendMultiResult appends the header of a successful result. The result record
// follows, if the type has one.
func AppendMultiResult(dst []byte, op Op) []byte {
	return appendMultiHeader(dst, op, false, Ok)
}

// AppendMultiError appends a whole failed result: header and ErrorResponse. In a
// multi that failed, the parts before the one at fault have the code Ok.
func AppendMultiError(dst []byte, code Code) []byte {
	dst = appendMultiHeader(dst, OpError, false, code)
	return jute.AppendInt(dst, int32(code))
}

// AppendMultiEnd appends the end marker, of a request as of a response.
func AppendMultiEnd(dst []byte) []byte {
	return appendMultiHeader(dst, OpError, true, -1)
}

func appendMultiHeader(dst []byte, op Op, done bool, code Code) []byte {
	h := MultiHeader{Type: int32(op), Done: done, Err: int32(code)}
	return h.Append(dst)
}
