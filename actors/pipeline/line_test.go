package pipeline

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
)

const s1, s2 int64 = 1, 2

func own(session int64, cxid int32, op proto.Op) *Request {
	r := &Request{Read: op == proto.OpSync || op == proto.OpGetData}
	r.Session, r.Cxid, r.Op = session, cxid, op
	return r
}

func committed(zxid, session int64, cxid int32, op proto.Op) *Request {
	return Foreign(tree.Txn{Header: txn.TxnHeader{ClientID: session, Cxid: cxid, Zxid: zxid, Type: int32(op)}}, nil)
}

// A read with nothing before it goes straight on, also while other sessions wait; behind a write of its own session it
// goes with the commit, up to the next write.
func TestReadsWaitForTheirOwnSession(t *testing.T) {
	var l Line
	w, r, w2, r2 := own(s1, 1, proto.OpSetData), own(s1, 2, proto.OpGetData), own(s1, 3, proto.OpDelete), own(s1, 4, proto.OpGetData)
	other := own(s2, 1, proto.OpGetData)
	for _, q := range []*Request{w, r, w2, r2} {
		require.Empty(t, l.Take(q, nil))
	}
	require.Equal(t, []*Request{other}, l.Take(other, nil))
	require.Equal(t, 4, l.Len())
	require.Equal(t, []*Request{w, r}, l.Committed(committed(1, s1, 1, proto.OpSetData), nil))
	require.True(t, w.HasTxn)
	require.Equal(t, int64(1), w.Txn.Header.Zxid)
	require.Equal(t, []*Request{w2, r2}, l.Committed(committed(2, s1, 3, proto.OpDelete), nil))
	require.Zero(t, l.Len())
}

// What is not of a client here goes on as it came.
func TestForeignCommitsPass(t *testing.T) {
	var l Line
	x := committed(1, s1, 1, proto.OpCreate)
	require.Equal(t, []*Request{x}, l.Committed(x, nil))
	require.Zero(t, l.Len())
}

// On a leader the committed request is the own one; nothing else is ever taken for it.
func TestLeaderKnowsItsOwnByIdentity(t *testing.T) {
	var l Line
	r := committed(5, s1, 1, proto.OpCreate)
	require.Empty(t, l.Take(r, nil))
	moved := committed(4, s1, 1, proto.OpCreate) // of the same session, by way of a learner
	require.Equal(t, []*Request{moved}, l.Committed(moved, nil))
	require.Equal(t, []*Request{r}, l.Committed(r, nil))
	require.Zero(t, l.Len())
}

// Which committed transaction answers which request.
func TestWhoIsAnsweredByWhat(t *testing.T) {
	for _, c := range []struct {
		name      string
		waits, is proto.Op
		cxid      int32
		fits      bool
	}{
		{"the same", proto.OpCreate2, proto.OpCreate2, 7, true},
		{"refused by the leader", proto.OpCreate, proto.OpError, 7, true},
		{"a lone check is logged as a multi", proto.OpCheck, proto.OpMulti, 7, true},
		{"a lone check as Apache logs it", proto.OpCheck, proto.OpCheck, 7, true},
		{"another cxid", proto.OpCreate, proto.OpCreate, 8, false},
		{"a reused cxid of another kind", proto.OpCreate, proto.OpSetData, 7, false},
		{"a multi is no create", proto.OpCreate, proto.OpMulti, 7, false},
		{"closed by expiry while it is opened", proto.OpCreateSession, proto.OpCloseSession, 7, false},
		{"a sync has no transaction", proto.OpSync, proto.OpError, 7, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l Line
			r, x := own(s1, 7, c.waits), committed(1, s1, c.cxid, c.is)
			require.Empty(t, l.Take(r, nil))
			out := l.Committed(x, nil)
			if c.fits {
				require.Equal(t, []*Request{r}, out)
				require.Equal(t, x.Txn, r.Txn)
			} else {
				require.Equal(t, []*Request{x}, out)
				require.Equal(t, 1, l.Len())
			}
		})
	}
}

// The session moved here and its client uses a cxid again: what was proposed before it asked is not its answer.
func TestReusedXidOfAMovedSession(t *testing.T) {
	var l Line
	l.Proposed(9)
	r := own(s1, 1, proto.OpCreate)
	require.Empty(t, l.Take(r, nil))
	left := committed(9, s1, 1, proto.OpCreate)
	require.Equal(t, []*Request{left}, l.Committed(left, nil))
	require.Equal(t, []*Request{r}, l.Committed(committed(10, s1, 1, proto.OpCreate), nil))
}

// Even where a request is answered by another's transaction, its own one comes as a stranger, and nobody waits for ever.
func TestWrongAnswerDoesNotStall(t *testing.T) {
	var l Line
	first, second := own(s1, 1, proto.OpCreate), own(s1, 2, proto.OpCreate)
	l.Take(first, nil)
	require.Equal(t, []*Request{first}, l.Committed(committed(3, s1, 1, proto.OpCreate), nil))
	l.Take(second, nil)
	mine := committed(4, s1, 1, proto.OpCreate)
	require.Equal(t, []*Request{mine}, l.Committed(mine, nil))
	require.Equal(t, []*Request{second}, l.Committed(committed(5, s1, 2, proto.OpCreate), nil))
	require.Zero(t, l.Len())
}

// A session that expires while requests of it are under way: they come back refused, one by one, and find their turn.
func TestExpiryWithRequestsUnderWay(t *testing.T) {
	var l Line
	w, r := own(s1, 5, proto.OpCreate), own(s1, 6, proto.OpGetData)
	l.Take(w, nil)
	l.Take(r, nil)
	end := committed(1, s1, 0, proto.OpCloseSession)
	require.Equal(t, []*Request{end}, l.Committed(end, nil))
	require.Equal(t, []*Request{w, r}, l.Committed(committed(2, s1, 5, proto.OpError), nil))
	require.Zero(t, l.Len())
}

// A sync waits for its answer, behind what its session asked for before; also when the answer is there first.
func TestSync(t *testing.T) {
	var l Line
	w, sync, r := own(s1, 1, proto.OpSetData), own(s1, 2, proto.OpSync), own(s1, 3, proto.OpGetData)
	for _, q := range []*Request{w, sync, r} {
		require.Empty(t, l.Take(q, nil))
	}
	require.Empty(t, l.Answered(sync, nil))
	require.Equal(t, []*Request{w, sync, r}, l.Committed(committed(1, s1, 1, proto.OpSetData), nil))
	alone := own(s2, 1, proto.OpSync)
	require.Empty(t, l.Take(alone, nil))
	require.Equal(t, []*Request{alone}, l.Answered(alone, nil))
	require.Zero(t, l.Len())
}

// A write that is committed before the sync that its client asked for first waits for it, and so does all that is
// committed after it: what is read between them sees neither.
func TestCommitsWaitForASyncBeforeThem(t *testing.T) {
	var l Line
	sync, read, write := own(s1, 1, proto.OpSync), own(s1, 2, proto.OpGetData), own(s1, 3, proto.OpSetData)
	for _, q := range []*Request{sync, read, write} {
		require.Empty(t, l.Take(q, nil))
	}
	early, late := committed(1, s2, 9, proto.OpCreate), committed(3, s2, 9, proto.OpCreate)
	require.Equal(t, []*Request{early}, l.Committed(early, nil))
	require.Empty(t, l.Committed(committed(2, s1, 3, proto.OpSetData), nil))
	require.Empty(t, l.Committed(late, nil))
	require.Equal(t, []*Request{sync, read, write, late}, l.Answered(sync, nil))
	require.Equal(t, int64(2), write.Txn.Header.Zxid)
	require.Zero(t, l.Len())
}

// What was refused before it went anywhere keeps its place and waits for nothing.
func TestRefusedWithoutTransaction(t *testing.T) {
	var l Line
	bad := own(s1, 1, proto.OpReconfig)
	bad.Failed = proto.MarshallingError
	require.Equal(t, []*Request{bad}, l.Take(bad, nil))
	w, late := own(s1, 2, proto.OpCreate), own(s1, 3, proto.OpMulti)
	l.Take(w, nil)
	l.Take(late, nil)
	late.Failed = proto.MarshallingError
	require.Empty(t, l.Answered(late, nil))
	require.Equal(t, []*Request{w, late}, l.Committed(committed(1, s1, 2, proto.OpCreate), nil))
	require.Zero(t, l.Len())
}

// A read that was refused because its session's closing is under way waits until that is certain: the leader may have been
// deposed.
func TestARefusalForTheSessionsEndWaits(t *testing.T) {
	var l Line
	closing, read, other := own(s1, 1, proto.OpCloseSession), own(s1, 2, proto.OpGetData), own(s2, 1, proto.OpGetData)
	read.Read, read.Failed, other.Read = true, proto.SessionExpired, true
	require.Empty(t, l.Take(read, nil))
	require.Equal(t, []*Request{other}, l.Take(other, nil))
	end := committed(1, s1, closing.Cxid, proto.OpCloseSession)
	require.Equal(t, []*Request{end}, l.Committed(end, nil))
	require.Equal(t, []*Request{read}, l.Answered(read, nil))
	require.Zero(t, l.Len())
}

// model is the line as one list, searched from the front each time.
type model struct{ all []*Request }

func (m *model) first(session int64) *Request {
	for _, r := range m.all {
		if r.Session == session {
			return r
		}
	}
	return nil
}

func (m *model) release(session int64, out []*Request) []*Request {
	for {
		r := m.first(session)
		if r == nil || r.waits() {
			return out
		}
		m.all = slices.DeleteFunc(m.all, func(q *Request) bool { return q == r })
		out = append(out, r)
	}
}

func (m *model) take(r *Request) []*Request {
	m.all = append(m.all, r)
	return m.release(r.Session, nil)
}

func (m *model) committed(x, answers *Request) []*Request {
	if answers == nil {
		return []*Request{x}
	}
	m.all = slices.DeleteFunc(m.all, func(q *Request) bool { return q == answers })
	return m.release(answers.Session, []*Request{answers})
}

// A learner and its leader, with sessions that use few cxids again and again, strangers' transactions of the same
// sessions between, syncs and refusals: the line does what the naive list does, loses nothing, keeps each session's order
// and the order of commits, and is empty when the leader has answered all.
func TestLineProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			l        Line
			m        model
			atLeader []*Request // forwarded, not proposed yet
			zxid     int64
			taken    = map[int64][]*Request{}
			gone     = map[int64][]*Request{}
			commits  int64
		)
		check := func(want, got []*Request) {
			require.Equal(t, len(want), len(got))
			for i, r := range got {
				require.Same(t, want[i], r)
				if r.HasTxn {
					require.Equal(t, commits+1, r.Txn.Header.Zxid, "a commit left out, doubled or overtaken")
					commits++
				}
				if slices.Contains(taken[r.Session], r) {
					gone[r.Session] = append(gone[r.Session], r)
				}
			}
			require.Equal(t, len(m.all), l.Len())
		}
		serve := func() {
			r := atLeader[0]
			atLeader = atLeader[1:]
			if r.Op == proto.OpSync || rapid.IntRange(0, 9).Draw(t, "fails") == 0 {
				if r.Op != proto.OpSync {
					r.Failed = proto.MarshallingError
				}
				got := l.Answered(r, nil)
				check(m.release(r.Session, nil), got)
				return
			}
			zxid++
			x := committed(zxid, r.Session, r.Cxid, r.Op)
			if r.Op == proto.OpCheck {
				x.Txn.Header.Type = int32(proto.OpMulti)
			}
			got := l.Committed(x, nil)
			require.Same(t, r, got[0], "its own transaction answers it: no stranger's does in this world")
			check(m.committed(x, r), got)
		}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			session := rapid.Int64Range(1, 3).Draw(t, "session")
			cxid := rapid.Int32Range(0, 2).Draw(t, "cxid")
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0, 1:
				op := rapid.SampledFrom([]proto.Op{proto.OpGetData, proto.OpSync, proto.OpCreate, proto.OpSetData, proto.OpCheck}).Draw(t, "op")
				r := own(session, cxid, op)
				taken[session] = append(taken[session], r)
				got := l.Take(r, nil)
				check(m.take(r), got)
				if r.waits() {
					atLeader = append(atLeader, r)
				}
			case 2:
				if len(atLeader) > 0 {
					serve()
				}
			case 3: // a stranger's, of a kind that none here waits for
				zxid++
				got := l.Committed(committed(zxid, session, cxid, proto.OpCloseSession), nil)
				require.Len(t, got, 1)
				check(got, got)
			}
		}
		for len(atLeader) > 0 {
			serve()
		}
		require.Zero(t, l.Len())
		require.Empty(t, m.all)
		require.Equal(t, zxid, commits)
		for s, all := range taken {
			require.Equal(t, len(all), len(gone[s]))
			for i := range all {
				require.Same(t, all[i], gone[s][i], "a session's order")
			}
		}
	})
}

// Strangers' transactions of any kind, that may be taken for an own one: each commit still goes out once, in order, each
// request is answered once, by a transaction later than what was known when it was asked, and the line gets empty.
func TestLineNeverStallsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			l       Line
			forward []*Request
			out     []*Request
			zxid    int64
			takenAt = map[*Request]int64{}
		)
		ops := []proto.Op{proto.OpCreate, proto.OpSetData, proto.OpError}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			session, cxid := rapid.Int64Range(1, 2).Draw(t, "session"), rapid.Int32Range(0, 1).Draw(t, "cxid")
			switch rapid.IntRange(0, 2).Draw(t, "step") {
			case 0:
				r := own(session, cxid, rapid.SampledFrom(ops[:2]).Draw(t, "op"))
				takenAt[r] = zxid
				out = l.Take(r, out)
				forward = append(forward, r)
			case 1:
				if len(forward) > 0 {
					zxid++
					out = l.Committed(committed(zxid, forward[0].Session, forward[0].Cxid, forward[0].Op), out)
					forward = forward[1:]
				}
			case 2:
				zxid++
				out = l.Committed(committed(zxid, session, cxid, rapid.SampledFrom(ops).Draw(t, "stranger's")), out)
			}
		}
		for _, r := range forward {
			zxid++
			out = l.Committed(committed(zxid, r.Session, r.Cxid, r.Op), out)
		}
		require.Zero(t, l.Len())
		require.Len(t, out, int(zxid))
		for i, x := range out {
			require.Equal(t, int64(i+1), x.Txn.Header.Zxid)
			if at, mine := takenAt[x]; mine {
				require.Greater(t, x.Txn.Header.Zxid, at)
			}
		}
	})
}

// The way of a write through the line allocates nothing.
func TestLineAllocatesNothing(t *testing.T) {
	var l Line
	out := make([]*Request, 0, 4)
	r, x := own(s1, 1, proto.OpSetData), committed(1, s1, 1, proto.OpSetData)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		r.HasTxn, x.Txn.Header.Zxid = false, x.Txn.Header.Zxid+1
		out = l.Committed(x, l.Take(r, out[:0]))
	}))
	require.Equal(t, []*Request{r}, out)
}
