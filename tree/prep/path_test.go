package prep_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute"
	"troupe/jute/proto"
	"troupe/tree/prep"
)

func TestValidPath(t *testing.T) {
	good := []string{"/", "/a", "/a/b", "/.a", "/a.", "/...", "/a/..b", "/ ", "/a b", "/~", "/\u00a0", "/é", "/中", "/\ud7ff", "/\uf900", "/\uffef", "/zookeeper"}
	bad := []string{"", jute.Null, "a", "a/", "//", "/a/", "/a//b", "//a", "/.", "/..", "/./a", "/../a", "/a/.", "/a/..", "/a/./b", "/a/../b",
		"/\x00", "/a\x00b", "/\x01", "/\x1f", "/\x7f", "/\u0080", "/\u009f", "/\ue000", "/\uf8ff", "/\ufff0", "/\ufffd", "/\uffff", "/\U0001F600"}
	for _, p := range good {
		require.True(t, prep.ValidPath(p), "%q", p)
	}
	for _, p := range bad {
		require.False(t, prep.ValidPath(p), "%q", p)
	}
}

// validByUnits is the rule as ZooKeeper words it, over UTF-16 code units.
func validByUnits(path string) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	if path == "/" {
		return true
	}
	for _, c := range utf16.Encode([]rune(path)) {
		if c <= 0x1f || c >= 0x7f && c <= 0x9f || c >= 0xd800 && c <= 0xf8ff || c >= 0xfff0 {
			return false
		}
	}
	for _, name := range strings.Split(path[1:], "/") {
		if name == "" || name == "." || name == ".." {
			return false
		}
	}
	return true
}

func TestValidPathIsTheRule(t *testing.T) {
	char := rapid.OneOf(rapid.SampledFrom([]rune("/.ab\x00\x1f\x20\x7e\x7f\u0080\u009f\u00a0\ud7ff\ue000\uf8ff\uf900\uffef\ufff0\uffff\U00010000")), rapid.Rune())
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.SampledFrom([]string{"/", "", "x"}).Draw(t, "start") + rapid.StringOf(char).Draw(t, "rest")
		require.Equal(t, validByUnits(path), prep.ValidPath(path), "%q", path)
	})
}

// A sequence number has ten characters, its sign included, like Java's %010d.
func TestSequenceNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Int32(), rapid.Int32Range(-1000000, 1000000), rapid.SampledFrom([]int32{-1 << 31, 1<<31 - 1, 0, 999999999, 1000000000})).Draw(t, "n")
		require.Equal(t, fmt.Sprintf("/p%010d", n), prep.Sequential("/p", n))
	})
}

// The number counts all creates under the parent, of any kind, and deletes do not take one back.
func TestSequenceCountsCreates(t *testing.T) {
	r := newRig(t, defaults)
	r.create("/q", anyone, proto.ModePersistent)
	r.create("/q/plain", anyone, proto.ModePersistent)
	create := func(flags int32) string {
		return r.must(alice, proto.OpCreate, &proto.CreateRequest{Path: "/q/s-", ACL: anyone, Flags: flags}).Path
	}
	require.Equal(t, "/q/s-0000000001", create(proto.ModePersistentSequential))
	r.must(alice, proto.OpDelete, &proto.DeleteRequest{Path: "/q/s-0000000001", Version: -1})
	require.Equal(t, "/q/s-0000000002", create(proto.ModeEphemeralSequential))
	res := r.must(alice, proto.OpCreateTTL, &proto.CreateTTLRequest{Path: "/q/s-", ACL: anyone, Flags: proto.ModePersistentSequentialWithTTL, TTL: 5})
	require.Equal(t, "/q/s-0000000003", res.Path)
	res = r.must(alice, proto.OpCreateContainer, &proto.CreateRequest{Path: "/q/", ACL: anyone, Flags: proto.ModePersistentSequential})
	require.Equal(t, "/q/0000000004", res.Path, "the name may be the number alone")

	r.create("/q/s-0000000006", anyone, proto.ModePersistent)
	require.Equal(t, proto.NodeExists, r.do(alice, proto.OpCreate, &proto.CreateRequest{Path: "/q/s-", ACL: anyone, Flags: proto.ModePersistentSequential}).Err,
		"a number that is taken is not skipped")
}
