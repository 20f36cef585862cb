package micro

import (
	"testing"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
)

// codecs are the records of the hot paths, as a server meets them: requests are decoded,
// replies encoded.
func codecs() map[string]func(tb testing.TB) {
	header := (&proto.RequestHeader{Xid: 1, Type: int32(proto.OpGetData)}).Append(nil)
	read := (&proto.GetDataRequest{Path: path(1)}).Append(header)
	write := (&proto.SetDataRequest{Path: path(1), Data: make([]byte, valueBytes), Version: -1}).Append(header)
	create := (&proto.CreateRequest{Path: path(1), Data: make([]byte, valueBytes), ACL: everyone()}).Append(header)
	value, out, acl := make([]byte, valueBytes), make([]byte, 0, 512), make([]data.ACL, 0, 1)
	fail := func(tb testing.TB, d *jute.Decoder) {
		if err := d.Err(); err != nil {
			tb.Fatal(err)
		}
	}
	return map[string]func(tb testing.TB){
		"decode getData": func(tb testing.TB) {
			d, h, r := jute.NewDecoder(read), proto.RequestHeader{}, proto.GetDataRequest{}
			h.Decode(&d)
			r.Decode(&d)
			fail(tb, &d)
		},
		"decode setData": func(tb testing.TB) {
			d, h, r := jute.NewDecoder(write), proto.RequestHeader{}, proto.SetDataRequest{}
			h.Decode(&d)
			r.Decode(&d)
			fail(tb, &d)
		},
		"decode create": func(tb testing.TB) {
			d, h, r := jute.NewDecoder(create), proto.RequestHeader{}, proto.CreateRequest{ACL: acl}
			h.Decode(&d)
			r.Decode(&d)
			acl = r.ACL
			fail(tb, &d)
		},
		"encode getData reply": func(testing.TB) {
			out = (&proto.ReplyHeader{Xid: 1, Zxid: 2}).Append(out[:0])
			out = (&proto.GetDataResponse{Data: value}).Append(out)
		},
		"encode setData reply": func(testing.TB) {
			out = (&proto.ReplyHeader{Xid: 1, Zxid: 2}).Append(out[:0])
			out = (&proto.SetDataResponse{}).Append(out)
		},
	}
}

func BenchmarkCodec(b *testing.B) {
	for name, f := range codecs() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f(b)
			}
		})
	}
}
