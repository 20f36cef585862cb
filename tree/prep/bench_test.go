package prep_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/proto"
	"troupe/tree"
	"troupe/tree/acl"
	"troupe/tree/prep"
)

// bench is a Preparer on a tree of n nodes /bench/i with 100 bytes each.
func bench(tb testing.TB, n int) (*prep.Preparer, *tree.Tree) {
	reg, err := acl.New(acl.Options{})
	require.NoError(tb, err)
	t := tree.New(tree.Options{Digest: true})
	p := prep.New(t, reg, &fakeSessions{code: map[int64]proto.Code{alice: proto.Ok}}, defaults)
	zxid := int64(0)
	run := func(op proto.Op, r jute.Record) {
		zxid++
		x, err := p.Prepare(&prep.Request{Session: alice, Op: op, Body: r.Append(nil)}, zxid)
		require.NoError(tb, err)
		require.Equal(tb, proto.Ok, t.Apply(&x, nil).Err)
		p.Applied(zxid)
	}
	run(proto.OpCreate, create("/bench", anyone, 0))
	for i := range n {
		run(proto.OpCreate, &proto.CreateRequest{Path: fmt.Sprintf("/bench/%d", i), Data: make([]byte, 100), ACL: anyone})
	}
	return p, t
}

// prepareAll prepares each request once per round, in batches that are told to be applied when the next one begins.
func prepareAll(b *testing.B, op proto.Op, bodies [][]byte) {
	p, t := bench(b, len(bodies))
	zxid := t.LastZxid()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		zxid++
		if _, err := p.Prepare(&prep.Request{Session: alice, Op: op, Body: bodies[i%len(bodies)], Time: 1}, zxid); err != nil {
			b.Fatal(err)
		}
		p.Applied(zxid - 100)
	}
}

func BenchmarkSetData(b *testing.B) {
	var bodies [][]byte
	for i := range 10000 {
		bodies = append(bodies, (&proto.SetDataRequest{Path: fmt.Sprintf("/bench/%d", i), Data: make([]byte, 100), Version: -1}).Append(nil))
	}
	prepareAll(b, proto.OpSetData, bodies)
}

func BenchmarkSetDataOneNode(b *testing.B) {
	body := (&proto.SetDataRequest{Path: "/bench/0", Data: make([]byte, 100), Version: -1}).Append(nil)
	prepareAll(b, proto.OpSetData, [][]byte{body})
}

// Creates of nodes that the tree never gets, so that each succeeds.
func BenchmarkCreate(b *testing.B) {
	var bodies [][]byte
	for i := range 10000 {
		bodies = append(bodies, (&proto.CreateRequest{Path: fmt.Sprintf("/bench/new-%d", i), Data: make([]byte, 100), ACL: anyone}).Append(nil))
	}
	prepareAll(b, proto.OpCreate, bodies)
}

func BenchmarkMultiOf10SetData(b *testing.B) {
	var parts []part
	for i := range 10 {
		parts = append(parts, part{proto.OpSetData, &proto.SetDataRequest{Path: fmt.Sprintf("/bench/%d", i), Data: make([]byte, 100), Version: -1}})
	}
	body := multi(parts...)
	bodies := make([][]byte, 10)
	for i := range bodies {
		bodies[i] = body
	}
	prepareAll(b, proto.OpMulti, bodies)
}

// The budget of the hot writes: the record of the transaction, and nothing else.
func TestPrepareAllocatesOnlyTheRecord(t *testing.T) {
	p, tr := bench(t, 10)
	zxid := tr.LastZxid()
	for op, r := range map[proto.Op]jute.Record{
		proto.OpSetData: &proto.SetDataRequest{Path: "/bench/1", Data: make([]byte, 100), Version: -1},
		proto.OpCreate:  &proto.CreateRequest{Path: "/bench/new", Data: make([]byte, 100), ACL: anyone},
		proto.OpDelete:  &proto.DeleteRequest{Path: "/bench/2", Version: -1},
	} {
		req := &prep.Request{Session: alice, Op: op, Body: r.Append(nil)}
		allocs := testing.AllocsPerRun(1000, func() {
			zxid++
			x, err := p.Prepare(req, zxid)
			if err != nil || x.Header.Type != int32(op) {
				t.Fatal("refused")
			}
			p.Applied(zxid)
		})
		require.LessOrEqual(t, allocs, 1.0, op.String())
	}
}
