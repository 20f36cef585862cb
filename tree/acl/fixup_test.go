package acl_test

import (
	"cmp"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/tree/acl"
)

// What is stored is what was sent, without repetitions and with "auth" replaced by who the client is.
func TestFixup(t *testing.T) {
	anyone := entry(proto.PermAll, "world", "anyone")
	carol := data.ID{Scheme: "digest", ID: "carol:z"}
	tests := []struct {
		name string
		list []data.ACL
		ids  []data.ID
		want []data.ACL // nil: refused
		code proto.Code // of the refusal; 0: InvalidACL
	}{
		{name: "null"},
		{name: "empty", list: []data.ACL{}},
		{name: "anyone", list: []data.ACL{anyone}, want: []data.ACL{anyone}},
		{name: "no permissions", list: []data.ACL{entry(0, "world", "anyone")}, want: []data.ACL{entry(0, "world", "anyone")}},
		{name: "odd permissions", list: []data.ACL{entry(-1, "world", "anyone")}, want: []data.ACL{entry(-1, "world", "anyone")}},
		{name: "world but not anyone", list: []data.ACL{entry(1, "world", "other")}},
		{name: "null scheme", list: []data.ACL{entry(1, jute.Null, "anyone")}},
		{name: "null id", list: []data.ACL{entry(1, "digest", jute.Null)}, code: proto.MarshallingError},
		{name: "null id of world", list: []data.ACL{entry(1, "world", jute.Null)}, code: proto.MarshallingError},
		{name: "unknown scheme", list: []data.ACL{entry(1, "moon", "dark")}},
		{name: "super is no scheme for an ACL", list: []data.ACL{entry(1, "super", "")}, ids: []data.ID{root}},
		{name: "one bad entry spoils all", list: []data.ACL{anyone, entry(1, "ip", "nowhere")}},
		{name: "repetitions", list: []data.ACL{anyone, entry(1, "ip", "10.0.0.1"), anyone, entry(1, "ip", "10.0.0.1"), entry(2, "ip", "10.0.0.1")},
			want: []data.ACL{anyone, entry(1, "ip", "10.0.0.1"), entry(2, "ip", "10.0.0.1")}},
		{name: "auth of nobody", list: []data.ACL{entry(31, "auth", "")}, ids: []data.ID{local}},
		{name: "auth of the superuser alone", list: []data.ACL{entry(31, "auth", "")}, ids: []data.ID{root}},
		{name: "auth", list: []data.ACL{entry(31, "auth", "ignored")}, ids: []data.ID{local, bob}, want: []data.ACL{{Perms: 31, ID: bob}}},
		{name: "auth with a null id", list: []data.ACL{entry(31, "auth", jute.Null)}, ids: []data.ID{bob}, want: []data.ACL{{Perms: 31, ID: bob}}},
		{name: "auth of two, among others", list: []data.ACL{anyone, entry(3, "auth", ""), entry(1, "ip", "10.0.0.1")}, ids: []data.ID{bob, local, root, carol},
			want: []data.ACL{anyone, {Perms: 3, ID: bob}, {Perms: 3, ID: carol}, entry(1, "ip", "10.0.0.1")}},
		{name: "a bad entry after auth", list: []data.ACL{entry(3, "auth", ""), entry(1, "world", "x")}, ids: []data.ID{bob}},
	}
	r := registry(t, acl.Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, code := r.Fixup(tt.list, tt.ids)
			if tt.want == nil {
				require.Equal(t, cmp.Or(tt.code, proto.InvalidACL), code)
				require.Nil(t, got)
				return
			}
			require.Equal(t, proto.Ok, code)
			require.Equal(t, tt.want, got)
		})
	}
}

// Finding repetitions takes the same decisions for short lists (by comparing) and long ones (by a map).
func TestFixupOfLongLists(t *testing.T) {
	r := registry(t, acl.Options{})
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 100).Draw(t, "n")
		list := make([]data.ACL, n)
		var want []data.ACL
		seen := map[data.ACL]bool{}
		for i := range list {
			list[i] = entry(31, "ip", fmt.Sprintf("10.0.0.%d", rapid.IntRange(0, n).Draw(t, "host")))
			if !seen[list[i]] {
				want = append(want, list[i])
			}
			seen[list[i]] = true
		}
		got, code := r.Fixup(list, nil)
		require.Equal(t, proto.Ok, code)
		require.Equal(t, want, got)
	})
}

// The usual ACL costs nothing to check.
func TestFixupDoesNotAllocate(t *testing.T) {
	r := registry(t, acl.Options{})
	list := []data.ACL{entry(31, "world", "anyone"), entry(1, "ip", "10.0.0.0/8")}
	require.Zero(t, testing.AllocsPerRun(100, func() { r.Fixup(list, nil) }))
}

// Without ADMIN nobody sees the hash of a password.
func TestMasked(t *testing.T) {
	list := []data.ACL{{Perms: 31, ID: bob}, entry(1, "world", "anyone"), entry(1, "digest", "odd"), entry(1, "sasl", "a:b"), entry(1, "digest", "a:b:c")}
	want := []data.ACL{entry(31, "digest", "bob:x"), entry(1, "world", "anyone"), entry(1, "digest", "odd"), entry(1, "sasl", "a:b"), entry(1, "digest", "a:x")}
	before := append([]data.ACL(nil), list...)
	require.Equal(t, want, acl.Masked(list))
	require.Equal(t, before, list, "the stored ACL stays as it is")
	require.Nil(t, acl.Masked(nil))
}
