//go:build !race

package micro

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/actors/gate"
	"troupe/actors/watch"
	"troupe/jute/proto"
	"troupe/tree"
	"troupe/tree/reply"
)

const runs = 200

// within holds f to a budget of allocations.
func within(t *testing.T, budget float64, f func()) {
	t.Helper()
	require.LessOrEqual(t, testing.AllocsPerRun(runs, f), budget)
}

// The codec works in the caller's memory.
func TestBudgetOfTheCodec(t *testing.T) {
	for name, f := range codecs() {
		t.Run(name, func(t *testing.T) { within(t, 0, func() { f(t) }) })
	}
}

// A read costs nothing, whatever it finds.
func TestBudgetOfReads(t *testing.T) {
	const n = 100
	s := newServer(t, n)
	out, who := make([]byte, 0, 64<<10), &reply.Client{Session: session}
	for _, op := range []proto.Op{proto.OpGetData, proto.OpExists, proto.OpGetChildren, proto.OpGetChildren2} {
		for _, p := range []string{"/bench", path(1), "/none"} {
			body := (&proto.GetDataRequest{Path: p, Watch: true}).Append(nil)
			t.Run(op.String()+" "+p, func(t *testing.T) {
				within(t, 0, func() { s.reader.Append(out, op, body, who) })
			})
		}
	}
}

// A write costs the record that it becomes; the tree writes data of the same length over those that it has.
func TestBudgetOfAWrite(t *testing.T) {
	const n = 100
	s, bodies, log := newServer(t, n), setDataBodies(n), newLog(t)
	out, entry := make([]byte, 0, 512), make([]byte, 0, 512)
	t.Run("prepare", func(t *testing.T) {
		const record = 1
		within(t, record, func() {
			s.prepare(t, proto.OpSetData, bodies[s.zxid%n])
			s.prep.Applied(s.zxid)
		})
	})
	t.Run("log", func(t *testing.T) {
		x := s.prepare(t, proto.OpSetData, bodies[0])
		s.apply(t, &x)
		s.prep.Applied(s.zxid)
		zxid := int64(0)
		within(t, 0, func() {
			zxid++
			entry = x.Append(entry[:0])
			if err := log.Append(zxid, entry); err != nil {
				t.Fatal(err)
			}
		})
		require.NoError(t, log.Commit())
	})
	t.Run("from request to reply", func(t *testing.T) {
		const record = 1
		var x tree.Txn // in a server a batch's, which is used again
		within(t, record, func() {
			x = s.prepare(t, proto.OpSetData, bodies[s.zxid%n])
			entry = x.Append(entry[:0])
			r := s.apply(t, &x)
			s.prep.Applied(s.zxid)
			out = reply.AppendReply(out[:0], proto.OpSetData, &x, &r)
		})
	})
}

// The gate is nothing but atomic counters.
func TestBudgetOfTheGate(t *testing.T) {
	var g gate.Gate
	within(t, 0, func() { g.EnterBy(3); g.LeaveBy(3); g.Shut(); g.Open() })
}

// An event is encoded once, however many hear it: its cost does not grow with the watchers.
func TestBudgetOfWatches(t *testing.T) {
	const watchers = 100
	r, all := newWatches(t), listeners(watchers)
	round := func() {
		for _, l := range all {
			r.Register("/bench/watched", watch.Data, l)
		}
		r.Fire(&watch.Event{Type: proto.EventNodeDataChanged, Path: "/bench/watched"})
	}
	round()        // tables grow once
	const each = 7 // to be set and to go: messages to the table and to its mirror, and their entries
	within(t, each*watchers, round)
	require.Equal(t, all[0].bytes, all[watchers-1].bytes, "everyone has heard everything")
	within(t, 2, func() { r.Fire(&watch.Event{Type: proto.EventNodeDataChanged, Path: "/bench/unwatched"}) })
}
