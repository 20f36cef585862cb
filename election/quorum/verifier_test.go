package quorum

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// naive counts by the words of election.md section 6, with nothing prepared.
func naive(c *Config, has func(int64) bool) bool {
	if !c.IsHierarchical() {
		votes := 0
		for _, s := range c.Servers() {
			if s.Role == Participant && has(s.ID) {
				votes++
			}
		}
		return 2*votes > len(c.Voters())
	}
	won, counted := 0, 0
	for _, g := range c.Groups() {
		total, acked := int64(0), int64(0)
		for _, sid := range g.Members {
			w := int64(1)
			for _, given := range c.Weights() {
				if given.Server == sid {
					w = given.Votes
				}
			}
			total += w
			if s, _ := c.Server(sid); s.Role == Participant && has(sid) {
				acked += w
			}
		}
		if total > 0 {
			counted++
		}
		if 2*acked > total {
			won++
		}
	}
	return 2*won > counted
}

// set draws which servers are there, strangers among them.
func set(t *rapid.T, label string) func(int64) bool {
	bits := rapid.Uint16().Draw(t, label)
	return func(sid int64) bool { return bits>>uint(sid)&1 == 1 }
}

// Both rules agree with naive counting; two sets without a common server are never both quorums; more servers
// never make a quorum less.
func TestQuorumProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyConfig(t, "config")
		a, b := set(t, "a"), set(t, "b")
		require.Equal(t, naive(c, a), c.Quorum(a))
		others := func(sid int64) bool { return !a(sid) }
		require.False(t, c.Quorum(a) && c.Quorum(others))
		if c.Quorum(a) {
			require.True(t, c.Quorum(func(sid int64) bool { return a(sid) || b(sid) }))
		}
		require.False(t, c.Quorum(func(int64) bool { return false }))
	})
}

// While members change, a decision needs a quorum in the committed configuration and in the proposed one.
func TestConfigsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, p := anyConfig(t, "committed"), anyConfig(t, "proposed")
		a := set(t, "a")
		want := c.Quorum(a)
		both := p.Version() > c.Version()
		if both {
			want = want && p.Quorum(a)
		}
		cs := InForce(c, p)
		require.Equal(t, want, cs.Quorum(a))
		for sid := int64(0); sid < 12; sid++ {
			voter := c.IsVoter(sid) || both && p.IsVoter(sid)
			require.Equal(t, voter, cs.IsVoter(sid))
			require.Equal(t, voter, contains(cs.Voters(), sid))
		}
	})
	require.False(t, Configs{}.Quorum(func(int64) bool { return true }))
}

func contains(all []int64, x int64) bool {
	for _, y := range all {
		if x == y {
			return true
		}
	}
	return false
}

// The cases that one can check in one's head.
func TestHierarchicalByHand(t *testing.T) {
	c, err := Parse("server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\nserver.4=d:1:2\nserver.5=e:1:2\nserver.6=f:1:2\nserver.7=g:1:2\n" +
		"group.1=1:2:3\ngroup.2=4:5:6\ngroup.3=7\nweight.7=0\nweight.6=3")
	require.NoError(t, err)
	for _, x := range []struct {
		why  string
		sids []int64
		want bool
	}{
		{"two of three in one group, the heavy one in the other", []int64{1, 2, 6}, true},
		{"the light ones have 2 of 5", []int64{1, 2, 4, 5}, false},
		{"one of two groups that count is not more than half", []int64{1, 2, 3, 7}, false},
		{"weight 0 counts nothing", []int64{6, 7}, false},
		{"all", []int64{1, 2, 3, 4, 5, 6, 7}, true},
	} {
		require.Equal(t, x.want, c.Quorum(func(sid int64) bool { return contains(x.sids, sid) }), x.why)
	}
	require.EqualValues(t, 0, c.Weight(7))
	require.EqualValues(t, 3, c.Weight(6))
	require.EqualValues(t, 1, c.Weight(1))
	require.EqualValues(t, 0, c.Weight(99))
	m, err := Parse("server.1=a:1:2")
	require.NoError(t, err)
	require.EqualValues(t, 1, m.Weight(1))
	require.False(t, m.IsHierarchical())
}
