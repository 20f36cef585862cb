package session

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/proto"
)

const localID = int64(1)<<56 | 9

// A local session may act, and is known to nobody else; standalone there is none.
func TestLocalSession(t *testing.T) {
	for _, k := range []Kind{Leader, Learner} {
		m := newMember(t, Rules{Kind: k, ServerID: 1, LocalSessions: true})
		require.True(t, m.LocalSessions())
		c := &hush{}
		s := m.OpenLocal(localID, 4000, c)
		require.True(t, s.Local())
		require.Equal(t, proto.Ok, m.Check(localID, nil))
		require.False(t, m.IsGlobal(localID))
		require.Empty(t, m.Touches(nil))
		require.False(t, m.Touched(localID, 4000, 0), "no learner can have heard of it")
		require.False(t, m.TakeOver(localID, 4000, 2, func() {}), "it cannot move")
		m.Closing(localID)
		require.Equal(t, proto.Ok, m.Check(localID, nil), "no transaction closes it")
		m.Opened(5, 4000, nil, Nobody)
		require.Equal(t, []int{1, 2}, []int{m.Locals(), m.Len()})
	}
	require.False(t, NewTable(Rules{LocalSessions: true}).LocalSessions())
}

// It expires without a transaction, on leader and learner, but not while it speaks.
func TestLocalSessionExpires(t *testing.T) {
	for _, k := range []Kind{Leader, Learner} {
		m := newMember(t, Rules{Kind: k, ServerID: 1, LocalSessions: true})
		c := &hush{}
		s := m.OpenLocal(localID, 4000, c)
		m.pass(4)
		s.Touch(m.clock.Millis())
		m.pass(4)
		require.NotNil(t, m.Get(localID))
		m.pass(2)
		require.Nil(t, m.Get(localID))
		require.True(t, s.Gone())
		m.wait(c, "kicked")
		require.Empty(t, m.closed)
	}
}

// A client that comes back to its server has it again, without a question to the leader; elsewhere it does not exist.
func TestLocalSessionReattaches(t *testing.T) {
	m := newMember(t, Rules{Kind: Learner, ServerID: 1, LocalSessions: true})
	first, second, third := &hush{}, &hush{}, &hush{}
	m.OpenLocal(localID, 4000, first)
	m.Attach(localID, true, 6000, second)
	m.wait(second, "attached")
	m.wait(first, "kicked")
	require.Equal(t, int32(6000), m.Get(localID).Timeout())
	require.Empty(t, m.asked)
	m.Attach(localID, false, 6000, third)
	m.wait(third, "refused")

	elsewhere := newMember(t, Rules{Kind: Leader, ServerID: 2, LocalSessions: true})
	stranger := &hush{}
	elsewhere.Attach(localID, true, 4000, stranger)
	elsewhere.unsure[0]()
	require.Equal(t, "refused", stranger.last())
}

// Closing it takes no transaction; what is none, or none any more, is not closed so.
func TestCloseLocal(t *testing.T) {
	m := newMember(t, Rules{Kind: Leader, ServerID: 1, LocalSessions: true, Upgrading: true})
	c := &hush{}
	m.OpenLocal(localID, 4000, c)
	require.True(t, m.CloseLocal(localID))
	require.Nil(t, m.Get(localID))
	m.wait(c, "kicked")
	require.False(t, m.CloseLocal(localID))
	m.OpenLocal(localID, 4000, c)
	m.Upgrade(localID)
	require.False(t, m.CloseLocal(localID), "the ensemble will know it")
	require.NotNil(t, m.Get(localID))
}

// An upgrade is begun once, and complete when the transaction has come; the client stays.
func TestUpgrade(t *testing.T) {
	for _, k := range []Kind{Leader, Learner} {
		m := newMember(t, Rules{Kind: k, ServerID: 1, LocalSessions: true, Upgrading: true})
		c := &hush{}
		s := m.OpenLocal(localID, 4000, c)
		timeout, ok := m.Upgrade(localID)
		require.True(t, ok)
		require.Equal(t, int32(4000), timeout)
		_, again := m.Upgrade(localID)
		require.False(t, again)
		require.False(t, s.Local())
		require.False(t, m.IsGlobal(localID), "its transaction is still to come")
		m.Opened(localID, timeout, nil, Here)
		require.True(t, m.IsGlobal(localID))
		require.Same(t, s, m.Get(localID))
		require.Empty(t, c.last())
		_, again = m.Upgrade(localID)
		require.False(t, again)
	}
	_, ok := NewTable(Rules{Kind: Leader}).Upgrade(3)
	require.False(t, ok)
}

// Upgraded on the leader, it expires as any other; on a learner that is the leader's business, also while the upgrade is
// under way.
func TestUpgradedSessionExpires(t *testing.T) {
	leader := newMember(t, Rules{Kind: Leader, ServerID: 1, LocalSessions: true, Upgrading: true})
	leader.OpenLocal(localID, 4000, &hush{})
	leader.Upgrade(localID)
	leader.pass(8) // it is due, and looked at again
	require.Empty(t, leader.closed)
	require.NotNil(t, leader.Get(localID))
	leader.Opened(localID, 4000, nil, Here)
	leader.pass(5)
	require.Equal(t, []int64{localID}, leader.closed)

	learner := newMember(t, Rules{Kind: Learner, ServerID: 1, LocalSessions: true, Upgrading: true})
	learner.OpenLocal(localID, 4000, &hush{})
	learner.Upgrade(localID)
	learner.pass(8)
	learner.Opened(localID, 4000, nil, Here)
	learner.pass(20)
	require.Empty(t, learner.closed)
	require.True(t, learner.IsGlobal(localID))
}

// Whoever comes at the same time: a local session is either upgraded or closed or expired, never two of them.
func TestOneEndOrUpgradeWins(t *testing.T) {
	m := newMember(t, Rules{Kind: Leader, ServerID: 1, LocalSessions: true, Upgrading: true})
	for id := localID; id < localID+200; id++ {
		m.OpenLocal(id, 4000, &hush{})
		var upgraded, closed bool
		var all sync.WaitGroup
		all.Go(func() { _, upgraded = m.Upgrade(id) })
		all.Go(func() { closed = m.CloseLocal(id) })
		if id%8 == 0 {
			all.Go(func() { m.pass(6) })
		}
		all.Wait()
		require.False(t, upgraded && closed)
		require.Equal(t, upgraded, m.Get(id) != nil, "%#x", id)
	}
	require.Empty(t, m.closed)
}

// A member without a quorum opens sessions of its own, whatever is configured, and decides nothing about those of the ensemble.
func TestReadOnlySessions(t *testing.T) {
	table := NewTable(Rules{Kind: ReadOnly, ServerID: 3})
	require.True(t, table.LocalSessions())
	require.False(t, table.Upgrading())
	require.False(t, table.watches())
	own, global := int64(3)<<56|1, int64(2)<<56|1
	local, _ := table.add(own, 1000, local)
	require.False(t, table.elsewhere(own, local))
	known, _ := table.add(global, 1000, open)
	require.True(t, table.elsewhere(global, known))
	require.True(t, table.elsewhere(global+1, nil), "another server may know it")
	require.False(t, table.elsewhere(own+1, nil), "it was opened here, and has ended")
}
