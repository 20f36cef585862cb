package micro

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/proto"
	"troupe/tree"
	"troupe/tree/reply"
)

// Preparing a setData, with a batch of others under way.
func BenchmarkPrepare(b *testing.B) {
	const n = 10_000
	s, bodies := newServer(b, n), setDataBodies(n)
	b.ReportAllocs()
	for b.Loop() {
		s.prepare(b, proto.OpSetData, bodies[s.zxid%n])
		s.prep.Applied(s.zxid - inFlight)
	}
}

// Applying a setData to a tree of 100,000.
func BenchmarkApply(b *testing.B) {
	const n = 100_000
	s, bodies := newServer(b, n), setDataBodies(inFlight)
	b.ReportAllocs()
	x := s.prepare(b, proto.OpSetData, bodies[0])
	for b.Loop() {
		s.zxid++
		x.Header.Zxid = s.zxid
		x.HasDigest = false
		s.apply(b, &x)
	}
}

// The way of a write from its request to its reply, without a disk and without a network.
func BenchmarkWrite(b *testing.B) {
	const n = 10_000
	s, bodies, log := newServer(b, n), setDataBodies(n), newLog(b)
	out, entry := make([]byte, 0, 512), make([]byte, 0, 512)
	var x tree.Txn
	b.ReportAllocs()
	for b.Loop() {
		x = s.prepare(b, proto.OpSetData, bodies[s.zxid%n])
		entry = x.Append(entry[:0])
		if err := log.Append(s.zxid, entry); err != nil {
			b.Fatal(err)
		}
		r := s.apply(b, &x)
		s.prep.Applied(s.zxid)
		out = reply.AppendReply(out[:0], proto.OpSetData, &x, &r)
		if s.zxid%inFlight == 0 {
			if err := log.Commit(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// Appending batches and making them durable: the disk's own rate is in the report of `troupe bench`.
func BenchmarkCommit(b *testing.B) {
	for _, batch := range []int{1, 8, 64, 1024} {
		b.Run(fmt.Sprintf("batch of %d", batch), func(b *testing.B) {
			s, log := newServer(b, 1), newDiskLog(b)
			x := s.prepare(b, proto.OpSetData, setDataBodies(1)[0])
			entry, zxid := x.Append(nil), int64(0)
			for b.Loop() {
				for range batch {
					zxid++
					if err := log.Append(zxid, entry); err != nil {
						b.Fatal(err)
					}
				}
				if err := log.Commit(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(zxid), "ns/txn")
		})
	}
}

// The parts fit together: what is measured is a write that works.
func TestAWriteGoesAllTheWay(t *testing.T) {
	s := newServer(t, 3)
	body := (&proto.SetDataRequest{Path: path(2), Data: []byte("new"), Version: 0}).Append(nil)
	x := s.prepare(t, proto.OpSetData, body)
	r := s.apply(t, &x)
	require.NotEmpty(t, reply.AppendReply(nil, proto.OpSetData, &x, &r))
	out, code, _ := s.reader.Append(nil, proto.OpGetData, (&proto.GetDataRequest{Path: path(2)}).Append(nil), &reply.Client{Session: session})
	require.Equal(t, proto.Ok, code)
	require.Contains(t, string(out), "new")
}
