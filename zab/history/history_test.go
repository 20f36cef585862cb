package history

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/zab"
	"troupe/zab/packet"
)

// run makes the entries from..to.
func run(from, to int64) []zab.Entry {
	var e []zab.Entry
	for z := from; z <= to; z++ {
		e = append(e, zab.Entry{Zxid: z})
	}
	return e
}

func committed(t testing.TB, entries []zab.Entry) *Committed {
	base := int64(0)
	if len(entries) > 0 {
		base = entries[0].Zxid - 1
	}
	c := NewCommitted(0, base)
	for _, e := range entries {
		require.NoError(t, c.Add(e))
	}
	return c
}

// disk is a log of several files; following files have 1000 bytes each.
type disk struct {
	files [][]zab.Entry
	err   error
}

func (d disk) Open(zxid int64) (Entries, int64, error) {
	if d.err != nil {
		return nil, 0, d.err
	}
	first := 0
	for i, f := range d.files {
		if f[0].Zxid <= zxid {
			first = i
		}
	}
	var all []zab.Entry
	for _, f := range d.files[first:] {
		all = append(all, f...)
	}
	return &list{all}, int64(1000 * (len(d.files) - first - 1)), nil
}

type list struct{ rest []zab.Entry }

func (l *list) Next() (zab.Entry, error) {
	if len(l.rest) == 0 {
		return zab.Entry{}, io.EOF
	}
	e := l.rest[0]
	l.rest = l.rest[1:]
	return e, nil
}

func (l *list) Close() error { return nil }

// The answers of a real 3.8.0 leader to learners at ten different zxids.
func TestCapturedDecisions(t *testing.T) {
	raw, err := os.ReadFile("testdata/sync-decision.json")
	require.NoError(t, err)
	var file struct {
		Cases []struct {
			Peer        string
			FirstPacket string `json:"first_packet"`
			Zxid        string
			Pairs       int
			First, Last string
		}
	}
	require.NoError(t, json.Unmarshal(raw, &file))
	require.Len(t, file.Cases, 10)
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 0, 64)
		require.NoError(t, err)
		return n
	}
	all := run(0x100000001, 0x1000002c1)
	c := committed(t, all)
	require.Equal(t, int64(0x1000000ce), c.Entries()[0].Zxid)
	for _, k := range file.Cases {
		t.Run(k.Peer, func(t *testing.T) {
			p := Decide(c, nil, 0x1000002c1, number(k.Peer), Options{Disk: disk{files: [][]zab.Entry{all}}, DiskLimit: 196})
			require.Equal(t, k.FirstPacket, p.First.String())
			require.Equal(t, number(k.Zxid), p.Zxid)
			require.Len(t, p.Entries, k.Pairs)
			require.Equal(t, int64(0x1000002c1), p.Last)
			if k.Pairs > 0 {
				require.Equal(t, number(k.First), p.Entries[0].Zxid)
				require.Equal(t, number(k.Last), p.Entries[k.Pairs-1].Zxid)
			}
		})
	}
}

// The rules of the decision, one by one.
func TestRulesOfTheDecision(t *testing.T) {
	e1, e2 := run(0x100000001, 0x100000005), run(0x200000001, 0x200000003)
	both := append(append([]zab.Entry{}, e1...), e2...)
	holed := append(run(0x100000001, 0x100000003), run(0x100000005, 0x100000009)...)
	files := func(f ...[]zab.Entry) Disk { return disk{files: f} }
	memory := run(0x100000008, 0x10000000a)
	for _, c := range []struct {
		name  string
		log   []zab.Entry
		last  int64
		peer  int64
		o     Options
		first packet.Kind
		zxid  int64
		sent  int
	}{
		{"forced", e1, 0x100000005, 0x100000005, Options{ForceSnap: true}, packet.Snap, 0x100000005, 0},
		{"both empty", nil, 0, 0, Options{}, packet.Diff, 0, 0},
		{"equal, log empty", nil, 0x100000010, 0x100000010, Options{}, packet.Diff, 0x100000010, 0},
		{"equal to the last", e1, 0x100000005, 0x100000005, Options{}, packet.Diff, 0x100000005, 0},
		{"ahead", e1, 0x100000005, 0x100000007, Options{}, packet.Trunc, 0x100000005, 0},
		{"ahead, a new epoch here without transactions", e1, 0x200000000, 0x100000007, Options{}, packet.Trunc, 0x100000005, 0},
		{"at the end, a new epoch here", e1, 0x200000000, 0x100000005, Options{}, packet.Diff, 0x100000005, 0},
		{"ahead, having begun an epoch", e1, 0x100000005, 0x300000000, Options{}, packet.Snap, 0x100000005, 0},
		{"having begun an epoch in between", both, 0x200000003, 0x200000000, Options{}, packet.Diff, 0x200000003, 3},
		{"in between", e1, 0x100000005, 0x100000002, Options{}, packet.Diff, 0x100000005, 3},
		{"in an earlier epoch", both, 0x200000003, 0x100000004, Options{}, packet.Diff, 0x200000003, 4},
		{"with lost transactions of an earlier epoch", both, 0x200000003, 0x100000007, Options{}, packet.Snap, 0x200000003, 0},
		{"before the log, no disk", memory, 0x10000000a, 0x100000003, Options{}, packet.Snap, 0x10000000a, 0},
		{"from disk", memory, 0x10000000a, 0x100000003, Options{Disk: files(run(0x100000001, 0x10000000a))}, packet.Diff, 0x10000000a, 7},
		{"from disk, second file", memory, 0x10000000a, 0x100000006,
			Options{Disk: files(run(0x100000001, 0x100000004), run(0x100000005, 0x10000000a)), DiskLimit: 1}, packet.Diff, 0x10000000a, 4},
		{"from disk, too much", memory, 0x10000000a, 0x100000003,
			Options{Disk: files(run(0x100000001, 0x100000004), run(0x100000005, 0x10000000a)), DiskLimit: 999}, packet.Snap, 0x10000000a, 0},
		{"from disk, just enough", memory, 0x10000000a, 0x100000003,
			Options{Disk: files(run(0x100000001, 0x100000004), run(0x100000005, 0x10000000a)), DiskLimit: 1000}, packet.Diff, 0x10000000a, 7},
		{"before the disk", memory, 0x10000000a, 0x100000003, Options{Disk: files(run(0x100000004, 0x10000000a))}, packet.Snap, 0x10000000a, 0},
		{"hole before the memory", memory, 0x10000000a, 0x100000002, Options{Disk: files(run(0x100000001, 0x100000006))}, packet.Snap, 0x10000000a, 0},
		{"hole on disk", memory, 0x10000000a, 0x100000002, Options{Disk: files(holed)}, packet.Snap, 0x10000000a, 0},
		{"unreadable disk", memory, 0x10000000a, 0x100000003, Options{Disk: disk{err: errors.New("no")}}, packet.Snap, 0x10000000a, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Decide(committed(t, c.log), nil, c.last, c.peer, c.o)
			require.Equal(t, c.first, p.First)
			require.Equal(t, c.zxid, p.Zxid)
			require.Len(t, p.Entries, c.sent)
		})
	}
}

// A learner with a transaction that the leader's log does not have in the middle of an epoch would be sent TRUNC and
// then DIFF by Apache. Such a log has a hole, which is never handed on (ZOOKEEPER-4925): TRUNC only where nothing follows.
func TestTruncThenDiffOnlyWithoutHole(t *testing.T) {
	c := committed(t, run(0x100000001, 0x100000002))
	for _, e := range run(0x100000004, 0x100000005) {
		c.entries.Push(e) // without 1:3
	}
	require.Equal(t, packet.Snap, Decide(c, nil, 0x100000005, 0x100000003, Options{}).First)
	c = committed(t, append(run(0x100000001, 0x100000002), run(0x200000001, 0x200000002)...))
	require.Equal(t, packet.Snap, Decide(c, nil, 0x200000002, 0x100000003, Options{}).First, "TRUNC never crosses an epoch")
	c = committed(t, run(0x100000001, 0x100000002))
	require.Equal(t, Plan{First: packet.Trunc, Zxid: 0x100000002, Last: 0x100000002}, Decide(c, nil, 0x100000002, 0x100000003, Options{}))
}

// What is decided and not applied belongs to the history: TRUNC leaves it where it is.
func TestTruncLeavesWhatIsDecided(t *testing.T) {
	c, decided := committed(t, run(0x100000001, 0x100000003)), run(0x100000004, 0x100000005)
	require.Equal(t, Plan{First: packet.Trunc, Zxid: 0x100000005, Last: 0x100000005}, Decide(c, decided, 0x100000003, 0x100000007, Options{}))
	require.Equal(t, Plan{First: packet.Diff, Zxid: 0x100000005, Last: 0x100000005, Entries: decided[1:]},
		Decide(c, decided, 0x100000003, 0x100000004, Options{}))
	require.Equal(t, Plan{First: packet.Diff, Zxid: 0x100000003, Last: 0x100000003}, Decide(c, decided, 0x100000003, 0x100000003, Options{}))
}

// Adding refuses what would leave a hole or repeat, and changes nothing then (ZOOKEEPER-4925).
func TestZOOKEEPER4925CommittedLogRefusesGaps(t *testing.T) {
	c := committed(t, run(0x100000001, 0x100000003))
	for _, z := range []int64{0x100000005, 0x100000003, 0x100000001, 0x200000002, 0x200000000, 0} {
		var gap *GapError
		require.ErrorAs(t, c.Add(zab.Entry{Zxid: z}), &gap)
		require.ErrorIs(t, gap, ErrGap)
		require.Equal(t, GapError{Last: 0x100000003, Next: z}, *gap)
		require.Len(t, c.Entries(), 3)
	}
	require.NoError(t, c.Add(zab.Entry{Zxid: 0x200000001}))
	c.Reset(0x300000007)
	require.Empty(t, c.Entries())
	require.Equal(t, int64(0x300000007), c.Last())
	require.ErrorIs(t, c.Add(zab.Entry{Zxid: 0x300000009}), ErrGap)
	require.NoError(t, c.Add(zab.Entry{Zxid: 0x300000008}))
}

// The newest 500 are held, and adding to them allocates nothing.
func TestCommittedIsBounded(t *testing.T) {
	c := committed(t, run(1, 100))
	for _, e := range run(101, 5000) {
		require.NoError(t, c.Add(e))
	}
	require.Equal(t, run(4501, 5000), c.Entries())
	require.Equal(t, run(4998, 5000), Tail(c.Entries(), 4997))
	require.Empty(t, Tail(c.Entries(), 5000))
	require.Zero(t, testing.AllocsPerRun(2000, func() { require.NoError(t, c.Add(zab.Entry{Zxid: c.Last() + 1})) }))
}

// Whoever follows the plan has the history of the leader: nothing missing, nothing more.
func TestPlanLeadsToTheLeadersHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var leader, learner []zab.Entry
		c := NewCommitted(0, 0)
		for epoch, n := int64(1), rapid.IntRange(1, 4).Draw(t, "epochs"); epoch <= int64(n); epoch++ {
			for k := range rapid.IntRange(0, 400).Draw(t, "txns") {
				leader = append(leader, zab.Entry{Zxid: zab.Zxid(epoch, uint32(k+1)), Data: []byte("leader")})
			}
		}
		for _, e := range leader {
			require.NoError(t, c.Add(e))
		}
		last := c.Last()
		// The learner has a prefix, and perhaps transactions of the epoch of its end that were never decided: those of an
		// epoch that the leader has in full would have been the leader's.
		learner = append(learner, leader[:rapid.IntRange(0, len(leader)).Draw(t, "prefix")]...)
		if n := len(learner); n > 0 && (n == len(leader) || zab.Epoch(leader[n].Zxid) > zab.Epoch(learner[n-1].Zxid)) {
			for range rapid.IntRange(0, 3).Draw(t, "more") {
				learner = append(learner, zab.Entry{Zxid: learner[len(learner)-1].Zxid + 1, Data: []byte("never")})
			}
		}
		peer := int64(0)
		if n := len(learner); n > 0 {
			peer = learner[n-1].Zxid
		}
		o := Options{}
		if len(leader) > 0 && rapid.Bool().Draw(t, "disk") {
			cut := rapid.IntRange(0, len(leader)-1).Draw(t, "purged")
			o.Disk = disk{files: [][]zab.Entry{leader[cut:]}}
		}
		p := Decide(c, nil, last, peer, o)
		switch p.First {
		case packet.Snap:
			learner = append([]zab.Entry{}, leader...)
		case packet.Trunc:
			kept := []zab.Entry{}
			for _, e := range learner {
				if e.Zxid <= p.Zxid {
					kept = append(kept, e)
				}
			}
			learner = append(kept, p.Entries...)
		default:
			learner = append(learner, p.Entries...)
		}
		require.Equal(t, len(leader), len(learner))
		for i := range leader {
			require.Equal(t, leader[i], learner[i])
		}
	})
}
