package tree

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

func TestKindOfOwner(t *testing.T) {
	plain, extended, emulated := Options{}, Options{ExtendedTypes: true}, Options{ExtendedTypes: true, Emulate353TTL: true}
	for _, c := range []struct {
		name                      string
		owner                     int64
		plain, extended, emulated Kind
	}{
		{"none", 0, Persistent, Persistent, Persistent},
		{"session", 0x0100_0011_d014_0000, Ephemeral, Ephemeral, Ephemeral},
		{"session of server 254", -0x1ff_ffff_ffff_ffff, Ephemeral, Ephemeral, TTL},
		{"container", math.MinInt64, Container, Container, Container},
		{"TTL 1", extendedMask | 1, Ephemeral, TTL, TTL},
		{"TTL max", extendedMask | MaxTTL, Ephemeral, TTL, TTL},
		{"unknown extended type", extendedMask | 1<<40, Ephemeral, Ephemeral, Ephemeral},
		{"TTL of 3.5.3", math.MinInt64 | 5, Ephemeral, Ephemeral, TTL},
	} {
		require.Equal(t, c.plain, plain.Kind(c.owner), c.name)
		require.Equal(t, c.extended, extended.Kind(c.owner), c.name)
		require.Equal(t, c.emulated, emulated.Kind(c.owner), c.name)
	}
}

func TestTTLOwner(t *testing.T) {
	for _, ttl := range []int64{1, 60_000, MaxTTL} {
		owner, ok := TTLOwner(ttl)
		require.True(t, ok)
		require.Equal(t, ttl, ttlMillis(owner))
		require.Equal(t, uint64(0xff)<<56|uint64(ttl), uint64(owner))
	}
	for _, ttl := range []int64{0, -1, MaxTTL + 1, math.MinInt64} {
		_, ok := TTLOwner(ttl)
		require.False(t, ok, ttl)
	}
	require.Equal(t, int64(7), ttlMillis(math.MinInt64|7))
}

// Without extended types a TTL node counts as an ephemeral of a session that nobody has.
func TestTTLWithoutExtendedTypes(t *testing.T) {
	tr := New(Options{Digest: true})
	x := &Txn{Header: txn.TxnHeader{Zxid: 1, Type: int32(proto.OpCreateTTL)}, Record: &txn.CreateTTLTxn{Path: "/t", TTL: 5, ParentCVersion: 1}}
	require.Equal(t, proto.Ok, tr.Apply(x, nil).Err)
	require.Empty(t, tr.TTLs())
	owner, _ := TTLOwner(5)
	require.Equal(t, []string{"/t"}, tr.Ephemerals(owner))
	var s data.Stat
	tr.Lookup("/t").FillStat(&s)
	require.Equal(t, owner, s.EphemeralOwner)
	check(t, tr)
}
