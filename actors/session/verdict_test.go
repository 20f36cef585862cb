package session

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/jute/proto"
)

// While the closing of a session is under way nobody hears that the session is over: a leader that has been deposed, and
// finds its sessions silent when it wakes, proposes closings that are never decided. Who asks waits for the end.
func TestNoVerdictBeforeTheClosingIsApplied(t *testing.T) {
	for name, due := range map[string]func(m *member){
		"expired":             func(m *member) { m.pass(6) },
		"expired, and logged": func(m *member) { m.pass(6); m.Closing(7) },
		"closed by a client":  func(m *member) { m.Closing(7) },
	} {
		t.Run(name, func(t *testing.T) {
			m := newMember(t, Rules{Kind: Leader})
			m.Opened(7, 4000, nil, Nobody)
			due(m)
			first, second := &hush{}, &hush{}
			var learners atomic.Int32
			m.Attach(7, true, 4000, first)
			m.Attach(7, true, 4000, second)
			m.wait(first, "kicked")
			require.False(t, m.TakeOver(7, 4000, 2, func() { learners.Add(1) }))
			require.False(t, m.Touched(7, 4000, m.clock.Millis()), "nor can it be renewed")
			m.wait(second, "")
			require.Zero(t, learners.Load())
			m.Ended(7, "closed")
			m.wait(second, "refused")
			require.Equal(t, []string{"kicked"}, first.heard)
			require.Eventually(t, func() bool { return learners.Load() == 1 && !m.tracked(7) }, 5*time.Second, time.Millisecond)
		})
	}
}

// A leader says that there is no such session only when a quorum has confirmed that it leads: a newer one may have let it in.
func TestAnUnknownSessionIsNotRefusedByADeposedLeader(t *testing.T) {
	m := newMember(t, Rules{Kind: Leader})
	local, remote := &hush{}, 0
	m.Attach(7, true, 4000, local)
	require.False(t, m.TakeOver(7, 4000, 2, func() { remote++ }))
	require.Len(t, m.unsure, 2)
	require.Empty(t, local.last())
	require.Zero(t, remote)
	for _, then := range m.unsure {
		then()
	}
	require.Equal(t, "refused", local.last())
	require.Equal(t, 1, remote)
}

// While a quorum confirms that the leader leads, the session may become one of the ensemble: a local session that is upgraded. Then nobody
// hears that it is over.
func TestASessionThatBeginsMeanwhileIsNotRefused(t *testing.T) {
	m := newMember(t, Rules{Kind: Leader})
	local, remote := &hush{}, 0
	m.Attach(7, true, 4000, local)
	require.False(t, m.TakeOver(7, 4000, 2, func() { remote++ }))
	m.Opened(7, 4000, nil, Nobody)
	for _, then := range m.unsure {
		then()
	}
	require.Empty(t, local.last())
	require.Zero(t, remote)
}

// What comes to prep between the end of a session's time and its closing still counts; what comes behind is refused. So the
// answer to a request that was refused is decided later than the closing.
func TestRequestsBeforeTheClosingCount(t *testing.T) {
	m := newMember(t, Rules{Kind: Leader})
	m.Opened(7, 4000, nil, Here)
	m.pass(6)
	require.Equal(t, []int64{7}, m.closed)
	require.Equal(t, proto.Ok, m.Check(7, nil))
	m.Closing(7)
	require.Equal(t, proto.SessionExpired, m.Check(7, nil))
	m.pass(60)
	require.Equal(t, []int64{7}, m.closed, "once is enough")
}
