package session

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/actors"
	"troupe/jute/proto"
	"troupe/zab/packet"
)

// question is one that a learner has asked its leader.
type question struct {
	id      int64
	timeout int32
	done    func(valid bool)
}

// member is the sessions of a member of an ensemble; its leader, if it has one, is the test.
type member struct {
	*Ref
	t      *testing.T
	system *actor.ActorSystem
	clock  *handClock
	closed []int64
	asked  []question
	unsure []func() // to be done when a quorum has confirmed that the leader leads
}

func newMember(t *testing.T, rules Rules) *member {
	t.Helper()
	m := &member{t: t, system: actors.NewSystem(zerolog.Nop()), clock: &handClock{millis: 1000}}
	var confirm func(func())
	if rules.Kind == Leader {
		confirm = func(then func()) { m.unsure = append(m.unsure, then) }
	}
	ref, err := Spawn(m.system.Root, m.system.Root, NewTable(rules), Options{
		Clock: m.clock, TickTime: time.Second, Log: zerolog.Nop(),
		Closer: closerFunc(func(ids []int64) { m.closed = append(m.closed, ids...) }),
		Revalidate: func(id int64, timeout int32, done func(bool)) {
			m.asked = append(m.asked, question{id, timeout, done})
		},
		Confirm: confirm,
	}, actor.WithDispatcher(actors.Inline()))
	require.NoError(t, err)
	m.Ref = ref
	return m
}

// tracked tells whether the session has an actor.
func (m *member) tracked(id int64) bool {
	_, found := m.system.ProcessRegistry.Get(actor.NewPID(m.system.Address(), fmt.Sprintf("sessions/session/%#x", uint64(id))))
	return found
}

func (m *member) wait(c *hush, last string) {
	m.t.Helper()
	require.Eventually(m.t, func() bool { return c.last() == last }, 5*time.Second, time.Millisecond, "wanted %s", last)
}

// pass lets seconds go by.
func (m *member) pass(seconds int) {
	for range seconds {
		m.clock.advance(time.Second)
	}
}

// The first one who asks speaks for a session that nobody speaks for, and then only it, until the session moves.
func TestOwner(t *testing.T) {
	m := newMember(t, Rules{Kind: Leader})
	m.Opened(7, 4000, nil, Nobody)
	const learner, other = int64(2), int64(3)
	require.Equal(t, proto.Ok, m.Check(7, learner))
	require.Equal(t, proto.Ok, m.Check(7, learner))
	require.Equal(t, proto.SessionMoved, m.Check(7, other))
	require.Equal(t, proto.SessionMoved, m.Check(7, nil), "nil is the leader itself")
	m.Own(7, other)
	require.Equal(t, proto.SessionMoved, m.Check(7, learner))
	require.Equal(t, proto.Ok, m.Check(7, other))
	m.Own(7, Here)
	require.Equal(t, proto.Ok, m.Check(7, nil))
	m.Closing(7)
	require.Equal(t, proto.SessionExpired, m.Check(7, nil), "closing comes before moved")
	require.Equal(t, proto.SessionExpired, m.Check(7, other))
}

// Who opens a session speaks for it from then on.
func TestOpenerOwns(t *testing.T) {
	m := newMember(t, Rules{Kind: Leader})
	m.Opened(7, 4000, nil, 5)
	require.Equal(t, proto.SessionMoved, m.Check(7, int64(6)))
	require.Equal(t, proto.Ok, m.Check(7, int64(5)))
}

// What is answered about a session that is not in the table.
func TestUnknownSession(t *testing.T) {
	const ours, theirs = int64(1) << 56, int64(0x82-0x100) << 56
	for _, c := range []struct {
		rules Rules
		id    int64
		want  proto.Code
	}{
		{Rules{}, ours, proto.UnknownSession},
		{Rules{LocalSessions: true, ServerID: 1}, theirs, proto.UnknownSession},
		{Rules{Kind: Leader, ServerID: 1}, ours, proto.SessionExpired},
		{Rules{Kind: Leader, ServerID: 1}, theirs, proto.SessionExpired},
		{Rules{Kind: Leader, ServerID: 1, LocalSessions: true}, ours, proto.SessionExpired},
		{Rules{Kind: Leader, ServerID: 1, LocalSessions: true}, theirs, proto.Ok},
		{Rules{Kind: Leader, ServerID: 0x82, LocalSessions: true}, theirs, proto.SessionExpired},
	} {
		table := NewTable(c.rules)
		require.Equal(t, c.want, table.Check(c.id, nil), "%+v %#x", c.rules, uint64(c.id))
		require.False(t, table.IsGlobal(c.id))
	}
}

// A learner's touches keep a session alive at the leader, with the timeout that they name.
func TestTouchesOfLearners(t *testing.T) {
	m := newMember(t, Rules{Kind: Leader})
	m.Opened(7, 4000, nil, 2)
	m.Opened(8, 4000, nil, 2)
	for range 10 {
		m.pass(1)
		require.True(t, m.Touched(7, 3000, m.clock.Millis()))
	}
	require.Equal(t, []int64{8}, m.closed)
	require.False(t, m.Touched(8, 4000, m.clock.Millis()), "its end is decided")
	require.False(t, m.Touched(9, 4000, m.clock.Millis()), "there is none")
	require.Equal(t, int32(3000), m.Get(7).Timeout())
	m.pass(5)
	require.Equal(t, []int64{8, 7}, m.closed)
}

// A new leader gives every session its whole timeout.
func TestNewLeaderGivesWholeTimeouts(t *testing.T) {
	m := newMember(t, Rules{Kind: Leader})
	m.clock.advance(time.Hour)
	m.Opened(7, 10000, nil, Nobody)
	m.pass(10)
	require.Empty(t, m.closed)
	m.pass(2)
	require.Equal(t, []int64{7}, m.closed)
}

// A session that comes to a learner is the learner's; the leader's own connection of it ends.
func TestTakeOver(t *testing.T) {
	m := newMember(t, Rules{Kind: Leader})
	old := &hush{}
	m.Opened(7, 4000, old, Here)
	require.True(t, m.TakeOver(7, 6000, 2, nil))
	m.wait(old, "kicked")
	require.Equal(t, proto.SessionMoved, m.Check(7, nil))
	require.Equal(t, proto.Ok, m.Check(7, int64(2)))
}

// A session that comes to the leader is the leader's.
func TestAttachAtTheLeaderOwns(t *testing.T) {
	m := newMember(t, Rules{Kind: Leader})
	m.Opened(7, 4000, nil, 2)
	require.False(t, m.tracked(7), "nobody here speaks for it")
	c := &hush{}
	m.Attach(7, true, 5000, c)
	m.wait(c, "attached")
	require.Equal(t, proto.Ok, m.Check(7, nil))
	require.Equal(t, proto.SessionMoved, m.Check(7, int64(2)))
}

// A wrong password makes no actor.
func TestWrongPasswordMakesNoTracker(t *testing.T) {
	for _, k := range []Kind{Standalone, Leader, Learner} {
		m := newMember(t, Rules{Kind: k})
		m.Opened(7, 4000, nil, Nobody)
		c := &hush{}
		m.Attach(7, false, 4000, c)
		require.Equal(t, "refused", c.last())
		require.False(t, m.tracked(7))
		require.Empty(t, m.asked)
	}
}

// A learner always asks the leader, also about a session whose beginning has not come here yet, and does as it says.
func TestLearnerAsksTheLeader(t *testing.T) {
	for _, known := range []bool{true, false} {
		for _, valid := range []bool{true, false} {
			m := newMember(t, Rules{Kind: Learner})
			if known {
				m.Opened(7, 4000, nil, Nobody)
			}
			c := &hush{}
			m.Attach(7, true, 6000, c)
			require.Empty(t, c.last())
			require.Len(t, m.asked, 1)
			require.Equal(t, question{id: 7, timeout: 6000}, question{m.asked[0].id, m.asked[0].timeout, nil})
			m.asked[0].done(valid)
			if !valid {
				m.wait(c, "refused")
				require.False(t, m.tracked(7))
				continue
			}
			m.wait(c, "attached")
			require.Equal(t, int32(6000), m.Get(7).Timeout())
			m.Opened(7, 4000, nil, Nobody) // its beginning comes late
			require.Equal(t, int32(6000), m.Get(7).Timeout())
			m.Ended(7, "closed")
			m.wait(c, "kicked")
			require.Nil(t, m.Get(7))
		}
	}
}

// The connection that a session had here ends when another one asks for it, before the leader has answered.
func TestAskingEndsTheOldConnection(t *testing.T) {
	m := newMember(t, Rules{Kind: Learner})
	first, second := &hush{}, &hush{}
	m.Opened(7, 4000, first, Nobody)
	m.Attach(7, true, 4000, second)
	m.wait(first, "kicked")
	require.Empty(t, second.last())
}

// Two connections ask for one session: the older one ends, the newer one gets the answer, whichever question is answered.
func TestNewerQuestionReplaces(t *testing.T) {
	m := newMember(t, Rules{Kind: Learner})
	first, second := &hush{}, &hush{}
	m.Attach(7, true, 4000, first)
	m.Attach(7, true, 4000, second)
	require.Equal(t, "kicked", first.last())
	m.asked[0].done(true)
	require.Empty(t, second.last(), "that was not its question")
	m.asked[1].done(true)
	m.wait(second, "attached")
	require.Equal(t, []string{"kicked"}, first.heard)
}

// The end of a session is applied right behind the leader's answer that it lives: nothing of it is left over.
func TestEndRightBehindTheAnswer(t *testing.T) {
	m := newMember(t, Rules{Kind: Learner})
	c := &hush{}
	m.Attach(7, true, 4000, c)
	m.asked[0].done(true)
	m.Ended(7, "closed")
	require.Eventually(t, func() bool { return (c.last() == "kicked" || c.last() == "refused") && !m.tracked(7) }, 5*time.Second, time.Millisecond)
	require.Nil(t, m.Get(7))
}

// A learner expires none of the ensemble's sessions, and tracks none of those of other servers.
func TestLearnerExpiresNothing(t *testing.T) {
	m := newMember(t, Rules{Kind: Learner})
	m.Opened(7, 4000, nil, Nobody)
	m.Opened(8, 4000, &hush{}, Nobody)
	m.pass(60)
	require.Empty(t, m.closed)
	require.False(t, m.tracked(7))
	require.True(t, m.tracked(8))
	require.Equal(t, 2, m.Len())
}

// What a learner reports: the sessions that spoke here since the last report, and no others.
func TestTouchesReportOnce(t *testing.T) {
	m := newMember(t, Rules{Kind: Learner, LocalSessions: true, Upgrading: true})
	m.Opened(7, 4000, nil, Nobody)     // of another server
	m.Opened(8, 4000, &hush{}, Nobody) // opened here
	m.OpenLocal(9, 4000, &hush{})      // of no interest to the leader
	m.OpenLocal(10, 5000, &hush{})     // of interest from now on:
	_, upgrades := m.Upgrade(10)
	require.True(t, upgrades)
	report := func() []packet.Touch {
		all := m.Touches(nil)
		slices.SortFunc(all, func(a, b packet.Touch) int { return int(a.Session - b.Session) })
		return all
	}
	require.Equal(t, []packet.Touch{{Session: 8, Timeout: 4000}, {Session: 10, Timeout: 5000}}, report())
	require.Empty(t, report())
	m.Get(8).Touch(m.clock.Millis())
	require.Equal(t, []packet.Touch{{Session: 8, Timeout: 4000}}, report())
	m.Opened(10, 5000, nil, Nobody)
	m.Get(10).Touch(m.clock.Millis())
	m.Ended(8, "closed")
	require.Equal(t, []packet.Touch{{Session: 10, Timeout: 5000}}, report())
}

// view is the naive model of a leader's table.
type view struct {
	owner   int64
	closing bool
}

// Whatever is opened, claimed, moved, closed and ended in whatever order, the leader's table answers as a plain map does:
// at any time at most one owner may act.
func TestLeaderTableProperty(t *testing.T) {
	system := actors.NewSystem(zerolog.Nop())
	rapid.Check(t, func(rt *rapid.T) {
		ref, err := Spawn(system.Root, system.Root, NewTable(Rules{Kind: Leader}), Options{Clock: &handClock{}, TickTime: time.Second,
			Closer: closerFunc(func([]int64) {}), Log: zerolog.Nop()}, actor.WithDispatcher(actors.Inline()))
		require.NoError(rt, err)
		defer func() { _ = system.Root.StopFuture(ref.pid).Wait() }()
		model := map[int64]*view{}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			id, owner := rapid.Int64Range(1, 3).Draw(rt, "session"), rapid.Int64Range(1, 3).Draw(rt, "owner")
			v := model[id]
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0:
				if v == nil {
					ref.Opened(id, 4000, nil, owner-1)
					model[id] = &view{owner: owner - 1}
				}
			case 1:
				ref.Own(id, owner)
				if v != nil && !v.closing {
					v.owner = owner
				}
			case 2:
				lives := v != nil && !v.closing
				require.Equal(rt, lives, ref.TakeOver(id, 4000, owner, func() { require.Nil(rt, ref.Get(id)) }))
				if lives {
					v.owner = owner
				}
			case 3:
				ref.Closing(id)
				if v != nil {
					v.closing = true
				}
			case 4:
				ref.Ended(id, "")
				delete(model, id)
			default:
				want := proto.Ok
				switch {
				case v == nil || v.closing:
					want = proto.SessionExpired
				case v.owner == Nobody:
					v.owner = owner
				case v.owner != owner:
					want = proto.SessionMoved
				}
				require.Equal(rt, want, ref.Check(id, owner))
			}
			require.Equal(rt, len(model), ref.Len())
		}
	})
}
