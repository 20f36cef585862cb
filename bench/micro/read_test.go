package micro

import (
	"fmt"
	"testing"

	"troupe/jute/proto"
	"troupe/tree/reply"
)

// Reads from the request's body to the reply's, in trees of several sizes: the larger do not
// fit a processor's caches.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{1, 1000, 100_000} {
		s := newServer(b, n)
		bodies := make([][]byte, n)
		for i := range n {
			// 7919 is prime to all sizes: each znode has its turn, in no order.
			bodies[i] = (&proto.GetDataRequest{Path: path(i * 7919 % n)}).Append(nil)
		}
		for _, op := range []proto.Op{proto.OpGetData, proto.OpExists} {
			b.Run(fmt.Sprintf("%v of %d", op, n), func(b *testing.B) {
				out, who, i := make([]byte, 0, 512), &reply.Client{Session: session}, 0
				b.ReportAllocs()
				for b.Loop() {
					if _, code, _ := s.reader.Append(out, op, bodies[i], who); code != proto.Ok {
						b.Fatal(code)
					}
					if i++; i == n {
						i = 0
					}
				}
			})
		}
	}
}

// A listing is as long as there are children.
func BenchmarkListing(b *testing.B) {
	const children = 10_000
	s := newServer(b, children)
	body := (&proto.GetChildrenRequest{Path: "/bench"}).Append(nil)
	out, who := make([]byte, 0, 1<<20), &reply.Client{Session: session}
	b.ReportAllocs()
	for b.Loop() {
		if _, code, _ := s.reader.Append(out, proto.OpGetChildren, body, who); code != proto.Ok {
			b.Fatal(code)
		}
	}
}
