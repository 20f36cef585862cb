package tree

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
)

func TestACLTable(t *testing.T) {
	table := newACLTable()
	one := []data.ACL{{Perms: 1, ID: data.ID{Scheme: "digest", ID: "a"}}}
	two := []data.ACL{{Perms: 1, ID: data.ID{Scheme: "digest", ID: "a"}}, {Perms: 2, ID: data.ID{Scheme: "ip", ID: "b"}}}
	empty := []data.ACL{}
	null := []data.ACL{{Perms: 1, ID: data.ID{Scheme: jute.Null, ID: ""}}}

	require.Equal(t, openACLID, table.acquire(nil), "a null ACL is the open one")
	require.Equal(t, openACL(), table.get(openACLID))
	ids := map[int32][]data.ACL{}
	for _, acl := range [][]data.ACL{one, two, empty, null, openACL()} {
		id := table.acquire(acl)
		require.NotContains(t, ids, id, "different ACLs have different numbers")
		require.Positive(t, id)
		ids[id] = acl
		require.Equal(t, id, table.acquire(acl))
	}
	for id, acl := range ids {
		require.Equal(t, acl, table.get(id))
		table.release(id)
		require.Equal(t, acl, table.get(id), "it has one use left")
		table.release(id)
		require.Nil(t, table.entries[id].acl)
	}
	require.Empty(t, table.byKey)
	size := len(table.entries)
	id := table.acquire(one)
	require.Len(t, table.entries, size, "numbers are used again")
	require.Equal(t, one, table.get(id))
	table.release(openACLID)
}

// What a request buffer held is copied.
func TestACLTableCopies(t *testing.T) {
	table := newACLTable()
	bytes := (&data.ACL{Perms: 1, ID: data.ID{Scheme: "digest", ID: "bob"}}).Append(nil)
	acl := make([]data.ACL, 1)
	d := jute.NewDecoder(bytes)
	acl[0].Decode(&d)
	id := table.acquire(acl)
	clear(bytes)
	acl[0] = data.ACL{}
	require.Equal(t, []data.ACL{{Perms: 1, ID: data.ID{Scheme: "digest", ID: "bob"}}}, table.get(id))
}

func TestACLTableDropsUnused(t *testing.T) {
	table := newACLTable()
	kept := table.acquire(openACL())
	table.intern([]data.ACL{{Perms: 1}})
	table.intern([]data.ACL{})
	table.dropUnused()
	require.Len(t, table.byKey, 1)
	require.Equal(t, openACL(), table.get(kept))
}
