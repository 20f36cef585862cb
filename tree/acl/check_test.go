package acl_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/tree/acl"
)

func registry(t testing.TB, o acl.Options) *acl.Registry {
	t.Helper()
	r, err := acl.New(o)
	require.NoError(t, err)
	return r
}

func entry(perms int32, scheme, id string) data.ACL {
	return data.ACL{Perms: perms, ID: data.ID{Scheme: scheme, ID: id}}
}

var (
	bob   = data.ID{Scheme: "digest", ID: "bob:ikIaKsbtGweaHnb/jKn7OHqbunM="}
	local = data.ID{Scheme: "ip", ID: "127.0.0.1"}
	root  = data.ID{Scheme: "super"}
)

// A permission is granted by the first entry that has its bit and names the client, and by nothing else.
func TestCheck(t *testing.T) {
	bobOnly := []data.ACL{{Perms: proto.PermAll, ID: bob}}
	tests := []struct {
		name string
		opts acl.Options
		list []data.ACL
		perm int32
		ids  []data.ID
		want bool
	}{
		{name: "an empty ACL is open", perm: proto.PermAdmin, want: true},
		{name: "anyone", list: []data.ACL{entry(proto.PermRead, "world", "anyone")}, perm: proto.PermRead, want: true},
		{name: "anyone, other permission", list: []data.ACL{entry(proto.PermRead, "world", "anyone")}, perm: proto.PermWrite},
		{name: "either of two permissions", list: []data.ACL{entry(proto.PermAdmin, "world", "anyone")}, perm: proto.PermRead | proto.PermAdmin, want: true},
		{name: "no permissions at all", list: []data.ACL{entry(0, "world", "anyone")}, perm: proto.PermRead},
		{name: "world but not anyone", list: []data.ACL{entry(proto.PermAll, "world", "me")}, perm: proto.PermRead, ids: []data.ID{{Scheme: "world", ID: "me"}}},
		{name: "digest", list: bobOnly, perm: proto.PermDelete, ids: []data.ID{local, bob}, want: true},
		{name: "digest of somebody else", list: bobOnly, perm: proto.PermDelete, ids: []data.ID{local, {Scheme: "digest", ID: "bob:x"}}},
		{name: "same text, other scheme", list: bobOnly, perm: proto.PermDelete, ids: []data.ID{{Scheme: "ip", ID: bob.ID}}},
		{name: "nobody", list: bobOnly, perm: proto.PermRead},
		{name: "super passes", list: bobOnly, perm: proto.PermAll, ids: []data.ID{local, root}, want: true},
		{name: "skipACL", opts: acl.Options{SkipACL: true}, list: bobOnly, perm: proto.PermAll, want: true},
		{name: "address in prefix", list: []data.ACL{entry(proto.PermRead, "ip", "127.0.0.0/8")}, perm: proto.PermRead, ids: []data.ID{local}, want: true},
		{name: "unknown scheme", list: []data.ACL{entry(proto.PermRead, "moon", "dark")}, perm: proto.PermRead, ids: []data.ID{{Scheme: "moon", ID: "dark"}}},
		{name: "second entry", list: []data.ACL{bobOnly[0], entry(proto.PermRead, "world", "anyone")}, perm: proto.PermRead, want: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, registry(t, tt.opts).Check(tt.list, tt.perm, tt.ids))
		})
	}
}

// Check is on the path of every request, so it must not allocate, whichever entry decides.
func TestCheckDoesNotAllocate(t *testing.T) {
	r := registry(t, acl.Options{})
	list := []data.ACL{{Perms: proto.PermAll, ID: bob}, entry(proto.PermWrite, "ip", "10.0.0.0/8"), entry(proto.PermRead, "ip", "fe80::/10")}
	ids := []data.ID{local, {Scheme: "digest", ID: "eve:x"}, {Scheme: "ip", ID: "fe80::1"}}
	require.Zero(t, testing.AllocsPerRun(100, func() { r.Check(list, proto.PermRead, ids) }))
	require.Zero(t, testing.AllocsPerRun(100, func() { r.Check(list, proto.PermDelete, ids) }))
}

// Check agrees with the rule as the reference words it, for any mixture of entries and identities.
func TestCheckAgainstTheRule(t *testing.T) {
	r := registry(t, acl.Options{})
	id := rapid.SampledFrom([]data.ID{bob, local, root, {Scheme: "digest", ID: "eve:y"}, {Scheme: "world", ID: "anyone"}, {Scheme: "moon", ID: "z"}})
	entries := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) data.ACL {
		return data.ACL{Perms: rapid.Int32Range(0, 31).Draw(t, "perms"), ID: id.Draw(t, "id")}
	}), 0, 5)
	rapid.Check(t, func(t *rapid.T) {
		list, perm, ids := entries.Draw(t, "acl"), rapid.Int32Range(1, 31).Draw(t, "perm"), rapid.SliceOfN(id, 0, 3).Draw(t, "ids")
		want := len(list) == 0
		for _, e := range list {
			for _, have := range ids {
				_, known := r.Lookup(e.ID.Scheme)
				want = want || have.Scheme == "super" || (e.Perms&perm != 0 && known && have == e.ID)
			}
			want = want || (e.Perms&perm != 0 && e.ID == data.ID{Scheme: "world", ID: "anyone"})
		}
		require.Equal(t, want, r.Check(list, perm, ids))
	})
}

func BenchmarkCheckAnyone(b *testing.B) {
	r := registry(b, acl.Options{})
	list, ids := []data.ACL{entry(proto.PermAll, "world", "anyone")}, []data.ID{local}
	b.ReportAllocs()
	for b.Loop() {
		r.Check(list, proto.PermRead, ids)
	}
}

func BenchmarkCheckDigest(b *testing.B) {
	r := registry(b, acl.Options{})
	list, ids := []data.ACL{{Perms: proto.PermAll, ID: bob}}, []data.ID{local, bob}
	b.ReportAllocs()
	for b.Loop() {
		r.Check(list, proto.PermRead, ids)
	}
}
