package zab

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A history has no holes: only the next counter, or the first one of a later epoch, may follow.
func TestFollows(t *testing.T) {
	for _, c := range []struct {
		prev, next int64
		want       bool
	}{
		{0, 1, true},
		{0, 0x100000001, true},
		{0x100000000, 0x100000001, true},
		{0x100000003, 0x100000004, true},
		{0x100000003, 0x200000001, true},
		{0x100000003, 0x500000001, true},
		{0x100000003, 0x100000005, false},
		{0x100000003, 0x100000003, false},
		{0x100000003, 0x100000002, false},
		{0x100000003, 0x200000000, false},
		{0x100000003, 0x200000002, false},
		{0x200000003, 0x100000001, false},
		{0x1ffffffff, 0x200000000, false},
		{0x1ffffffff, 0x200000001, true},
	} {
		require.Equal(t, c.want, Follows(c.prev, c.next), "%s then %s", Hex(c.prev), Hex(c.next))
	}
	require.Equal(t, int64(7), Epoch(Zxid(7, 9)))
	require.Equal(t, uint32(9), Counter(Zxid(7, 9)))
}

type needs int64

func (n needs) Quorum(has func(int64) bool) bool { return has(int64(n)) }

// Every configuration that counts must agree, and none at all is no agreement.
func TestInAll(t *testing.T) {
	has := func(sid int64) bool { return sid < 3 }
	require.True(t, InAll([]QuorumSet{needs(1), needs(2)}, has))
	require.False(t, InAll([]QuorumSet{needs(1), needs(3)}, has))
	require.False(t, InAll(nil, has))
}
