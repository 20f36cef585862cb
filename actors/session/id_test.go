package session

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

// Passwords captured from Apache ZooKeeper 3.8.0: clients bring theirs along when they move.
func TestPassword(t *testing.T) {
	for _, c := range []struct {
		id       int64
		password string
	}{
		{0x1000011d0140000, "0e084d46833386819c6c307704afa43e"},
		{0x1000011d0140001, "21294746237f65c691af97a2d837b90b"},
		{0x1000011d0140002, "e8c55846439cc7f7b2e661205d9d7ba4"},
		{0x1000011d0140003, "fbe65246e3e7a63ca729c94b31269071"},
		{0x1000011d0140004, "5a8c3546036203957178cd2453d2f672"},
		{0x1000011d0140005, "6dad2f46a3ade2d966bb3450265b0b40"},
		{0x1000011d0140006, "344a4146c3ca440b87f2fecdabc0cdd8"},
		{0x1000017170f0000, "43cddb7114c95915596153207db1a42e"},
	} {
		p := Password(c.id)
		require.Equal(t, c.password, hex.EncodeToString(p[:]), "%#x", c.id)
	}
}

// Ids have the server's id on top, never repeat, and never look like a container's owner.
func TestIDs(t *testing.T) {
	ids := NewIDs(1, 1_700_000_000_000)
	first := ids.Next()
	require.Equal(t, int64(1), first>>56)
	require.Equal(t, first+1, ids.Next())
	require.NotEqual(t, int64(-1<<63), NewIDs(0x80, 0).Next())
	require.Equal(t, int64(0), first&0xffff)
}
