//go:build interop

package differential

import (
	"strings"

	"troupe/interop/wire"
)

func nodeScenes() []scene {
	return []scene{
		{"every operation on every kind of path", []string{"/paths"}, oddPaths},
		{"create modes and time to live", []string{"/modes"}, createModes},
		{"order of checks", []string{"/order"}, orderOfChecks},
		{"stat rules", []string{"/stats"}, statRules},
		{"sequence numbers", []string{"/sequence"}, sequenceNumbers},
		{"containers", []string{"/containers"}, containers},
		{"data", []string{"/data"}, dataForms},
		{"the server's own nodes", nil, systemNodes},
		{"counting", []string{"/counting"}, counting},
		{"hard and soft quotas", []string{"/quotas", "/zookeeper/quota/quotas"}, quotas},
	}
}

func oddPaths(s *script) {
	r := "/paths"
	s.open(0, 1).send(0, mk(r, wire.Persistent)).send(1, addWatch(r, 1))
	paths := []string{
		r + "/a", "", "/", wire.Null, "x", "paths/a", r + "/", r + "/a/", "/" + r, r + "//a", r + "/./a", r + "/..",
		r + "/../x", r + "/a/.", r + "/.a",
		r + "/a..", r + "/...", r + "/a\x00b", r + "/\x00", r + "/a\x01b", r + "/a\x1f", r + "/a\x7fb", r + "/a\u0080",
		r + "/a\u009f", r + "/a\u00a0b",
		r + "/\u4e2d\u6587", r + "/\ud7ff", r + "/\ue000", r + "/\uf8ff", r + "/\uf900", r + "/\uffef", r + "/\ufff0",
		r + "/\ufffd", r + "/\uffff",
		r + "/\U0001f600", r + "/\xff\xfe", r + "/\xed\xa0\x80", r + "/\xc0\xaf", r + "/a\xe2\x82", r + "/\xf4\x90\x80\x80",
		r + "/\xf0\x9f\x98", r + "/ ",
		r + "/a b\t", r + "/%2f", r + "/\\", r + "/" + strings.Repeat("n", 300), r + "/no/such/parent", "/nosuch",
		"/nosuch/",
	}
	for _, p := range paths {
		s.send(0, mk2(p, wire.Persistent), stat(p, true), get(p, true), ls(p, true), ls2(p, false), getACL(p), set(p, "x"),
			wire.SetACLReq(p, wire.OpenACL(), -1), check(p, 4711), wire.PathReq(wire.OpSync, p),
			wire.PathReq(wire.OpGetAllChildrenNumber, p), wire.PathReq(wire.OpGetEphemerals, p),
			mk(p, wire.PersistentSeq), multi(mk(p, wire.Persistent)), multi(check(p, 4711)), multi(set(p, "m")),
			wire.MultiReq(wire.OpMultiRead, get(p, true), ls(p, true)), rm(p), multi(rm(p)),
			wire.Request{Op: wire.OpDeleteContainer, Body: []byte(p)}, container(p), rm(p))
		if p != wire.Null { // what Apache says to a watch of null depends on what it has met before
			any := wire.PathModeReq(wire.OpRemoveWatches, p, 3)
			s.send(0, addWatch(p, 0), wire.PathModeReq(wire.OpCheckWatches, p, 3), any,
				wire.SetWatchesReq(wire.OpSetWatches2, 1<<40, []string{p}, []string{p}, []string{p}, []string{}, []string{}), any)
		}
	}
	s.send(0, ls2(r, false))
}

func createModes(s *script) {
	r := "/modes"
	s.open(0).send(0, mk(r, wire.Persistent))
	for flags := int32(-2); flags < 10; flags++ {
		for _, op := range []int32{wire.OpCreate, wire.OpCreate2, wire.OpCreateContainer} {
			one := wire.CreateReq(op, r+"/n", []byte("d"), wire.OpenACL(), flags)
			s.send(0, one, stat(r+"/n", false), one, rm(r+"/n"), multi(one), rm(r+"/n"), ls2(r, false))
		}
		for _, ttl := range []int64{1, 3600000, 0, 1<<40 - 1, 1 << 40, 1 << 62, -1, -2} {
			one := wire.CreateTTLReq(r+"/n", []byte("d"), wire.OpenACL(), flags, ttl)
			if ttl >= 0 || flags == wire.WithTTL || flags == wire.WithTTLSeq {
				s.send(0, one, stat(r+"/n", false), rm(r+"/n"))
			}
			s.send(0, multi(one), rm(r+"/n"))
		}
	}
	s.send(0, ls2(r, false))
	// What may have children, and below what.
	for _, parent := range []wire.Request{mk(r+"/p", wire.Ephemeral), container(r + "/p"), wire.CreateTTLReq(r+"/p", nil,
		wire.OpenACL(), wire.WithTTL, 3600000)} {
		s.send(0, parent, mk(r+"/p/c", wire.Persistent), mk(r+"/p/e", wire.Ephemeral), container(r+"/p/co"), stat(r+"/p",
			false),
			rm(r+"/p/co"), rm(r+"/p/e"), rm(r+"/p/c"), stat(r+"/p", false), rm(r+"/p"))
	}
}

func orderOfChecks(s *script) {
	r := "/order"
	bad := []wire.ACL{{Perms: wire.All, Scheme: "nosuch", ID: "x"}}
	closed := []wire.ACL{{Perms: wire.Read, Scheme: "world", ID: "anyone"}}
	s.open(0, 1).send(0, mk(r, wire.Persistent), mk(r+"/e", wire.Ephemeral), mkACL(r+"/ro", closed...), mk(r+"/full",
		wire.Persistent), mk(r+"/full/c", wire.Persistent))
	create := func(p string, acl []wire.ACL, flags int32) wire.Request {
		return wire.CreateReq(wire.OpCreate, p, nil, acl, flags)
	}
	for _, acl := range [][]wire.ACL{bad, nil, {}, wire.OpenACL()} {
		for _, flags := range []int32{0, 2, 99} {
			for _, p := range []string{"/x/../y", "noslash", r + "/a\x00", r + "/no/../y", r + "/ro/../y", r + "/ro/n",
				r + "/full", r + "/e/n", r + "/e/../n", r + "/no/n", r + "//n"} {
				s.send(0, create(p, acl, flags))
			}
		}
	}
	for _, version := range []int32{-1, 7} {
		for _, p := range []string{r + "/no/n", r + "/ro/n", r + "/none", r + "/full", r + "/e/n", r + "/", r + "/../x"} {
			s.send(0, wire.VersionReq(wire.OpDelete, p, version), wire.SetDataReq(p, nil, version),
				wire.SetACLReq(p, bad, version), wire.SetACLReq(p, wire.OpenACL(), version), check(p, 7))
		}
		s.send(0, wire.SetDataReq(r+"/ro", nil, version), wire.SetACLReq(r+"/ro", bad, version), wire.SetACLReq(r+"/ro",
			closed, version))
	}
	s.send(0, ls2(r, false))
}

func statRules(s *script) {
	r := "/stats"
	look := []wire.Request{stat(r, false), stat(r+"/a", false), get(r+"/a", false), ls2(r, false), getACL(r + "/a")}
	s.open(0, 1)
	for _, change := range []wire.Request{
		mk(r, wire.Persistent), mk(r+"/a", wire.Persistent), set(r+"/a", "longer data"), wire.SetDataReq(r+"/a", nil, -1),
		wire.SetDataReq(r+"/a", []byte{}, 2), wire.SetDataReq(r+"/a", []byte("x"), 0), wire.SetACLReq(r+"/a",
			wire.OpenACL(), -1),
		wire.SetACLReq(r+"/a", wire.OpenACL(), 1), wire.SetACLReq(r+"/a", wire.OpenACL(), 0), mk(r+"/a/b", wire.Ephemeral),
		rm(r + "/a/b"),
		mk(r+"/b", wire.Ephemeral), container(r + "/c"), wire.CreateTTLReq(r+"/t", nil, wire.OpenACL(), wire.WithTTL,
			3600000), rm(r + "/b"),
		multi(mk(r+"/m", wire.Persistent), set(r+"/m", "1"), rm(r+"/m"), mk(r+"/m", wire.Persistent)), rm(r + "/a"),
		mk(r+"/a", wire.Ephemeral),
		multi(mk(r+"/q", wire.Persistent), rm(r+"/none")), multi(),
	} {
		s.send(0, change).send(1, look...)
	}
}

func sequenceNumbers(s *script) {
	r := "/sequence"
	s.open(0).send(0, mk(r, wire.Persistent))
	seq := []wire.Request{mk(r+"/s-", wire.PersistentSeq), mk2(r+"/s-", wire.EphemeralSeq), mk(r+"/", wire.PersistentSeq),
		mk(r+"/x", wire.Persistent),
		mk(r+"/s-", wire.PersistentSeq), rm(r + "/x"), mk(r+"/s-", wire.PersistentSeq), multi(mk(r+"/m-",
			wire.PersistentSeq), mk(r+"/m-", wire.EphemeralSeq)),
		multi(mk(r+"/m-", wire.PersistentSeq), rm(r+"/none")), mk(r+"/s-", wire.PersistentSeq),
		wire.CreateTTLReq(r+"/t-", nil, wire.OpenACL(), wire.WithTTLSeq, 3600000), mk(r+"/s-", 9), mk(r+"/s-",
			wire.PersistentSeq),
		mk(r+"/s-0000000013", wire.Persistent), mk(r+"/s-", wire.PersistentSeq), mk(r+"/s-", wire.PersistentSeq),
		mk(r+"/s-", wire.PersistentSeq),
		wire.CreateReq(wire.OpCreateContainer, r+"/c-", nil, wire.OpenACL(), wire.PersistentSeq)}
	s.send(0, seq...).send(0, ls2(r, false)).pipeline(0, seq...).send(0, ls2(r, false))
	// The next number is taken already: no retry.
	s.send(0, mk(r+"/y", wire.Persistent), mk(r+"/y/s-0000000001", wire.Persistent), mk(r+"/y/s-", wire.PersistentSeq),
		mk(r+"/y/s-", wire.PersistentSeq))
}

func containers(s *script) {
	r := "/containers"
	raw := func(p string) wire.Request { return wire.Request{Op: wire.OpDeleteContainer, Body: []byte(p)} }
	s.open(0, 1).send(0, mk(r, wire.Persistent)).send(1, addWatch(r, 1), ls(r, true))
	s.send(0, container(r+"/c"), mk(r+"/c/x", wire.Persistent), raw(r+"/c"), rm(r+"/c/x"), raw(r+"/c"), stat(r+"/c", false))
	s.send(0, wire.CreateTTLReq(r+"/t", nil, wire.OpenACL(), wire.WithTTL, 3600000), raw(r+"/t"), stat(r+"/t", false))
	s.send(0, mk(r+"/p", wire.Persistent), raw(r+"/p"), mk(r+"/e", wire.Ephemeral), raw(r+"/e"), raw(r+"/none"), raw(""),
		raw("/"), raw("x"),
		wire.PathReq(wire.OpDeleteContainer, r+"/p"))
	s.send(0, mk(r+"/plain4", wire.Container), stat(r+"/plain4", false), mk(r+"/plain4/c", wire.Persistent),
		rm(r+"/plain4/c"), raw(r+"/plain4"))
	s.send(0, ls2(r, false))
}

func dataForms(s *script) {
	r := "/data"
	s.open(0).send(0, wire.CreateReq(wire.OpCreate, r, nil, wire.OpenACL(), 0), get(r, false), wire.SetDataReq(r, []byte{},
		-1), get(r, false),
		wire.SetDataReq(r, []byte{0, 255, 10}, -1), get(r, false), wire.SetDataReq(r, nil, -1), get(r, false), stat(r,
			false),
		wire.SetDataReq(r, []byte(strings.Repeat("z", 1000000)), -1), stat(r, false), get(r, false), ls2(r, false))
}

func systemNodes(s *script) {
	s.open(0)
	for _, p := range []string{"/", "", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"} {
		s.send(0, rm(p), wire.VersionReq(wire.OpDelete, p, 9), getACL(p), mk(p, wire.Persistent))
	}
	s.send(0, get("/zookeeper/config", false), set("/zookeeper/config", "x"), stat("/zookeeper/config", false),
		ls("/zookeeper", false),
		stat("/zookeeper/quota", false), wire.SetACLReq("/zookeeper/config", wire.OpenACL(), -1),
		wire.ReconfigReq("server.2=127.0.0.1:1:2;3", "", "", -1), wire.ReconfigReq(wire.Null, wire.Null, wire.Null, -1),
		mk("/zookeeper/scene", wire.Persistent), set("/zookeeper/scene", "x"), rm("/zookeeper/scene"))
	s.send(0, digest(superAuth), wire.ReconfigReq("server.2=127.0.0.1:1:2;3", "", "", -1),
		wire.SetACLReq("/zookeeper/config", nil, -1))
}

func counting(s *script) {
	r := "/counting"
	s.open(0).send(0, mk(r, 0), mk(r+"/a", 0), mk(r+"/a/b", 0), mk(r+"/ab", 0), mk(r+"/a/b/c", wire.Ephemeral))
	for _, p := range []string{r, r + "/a", r + "/a/b", r + "/a/b/c", r + "/ab", "/zookeeper", r + "/none", "/none/x"} {
		s.send(0, wire.PathReq(wire.OpGetAllChildrenNumber, p))
	}
}

func quotas(s *script) {
	r, q := "/quotas", "/zookeeper/quota/quotas"
	// A text with an empty value ("count=") is left out: 3.8.0 then answers -5 to each write below.
	limits := func(text string) []wire.Request {
		return []wire.Request{rm(q + "/zookeeper_limits"), rm(q + "/zookeeper_stats"),
			wire.CreateReq(wire.OpCreate, q+"/zookeeper_limits", []byte(text), wire.OpenACL(), 0),
			wire.CreateReq(wire.OpCreate, q+"/zookeeper_stats", []byte("count=0,bytes=0"), wire.OpenACL(), 0),
			get(q+"/zookeeper_stats", false)}
	}
	s.open(0, 1).send(0, mk(r, 0), mk(r+"/deep", 0), mk(q, 0)).send(1, addWatch(q+"/zookeeper_stats", 0))
	for _, text := range []string{"count=3,bytes=-1", "count=3,bytes=-1=;byteHardLimit=-1;countHardLimit=4",
		"count=-1,bytes=10=;byteHardLimit=20;countHardLimit=-1",
		"count=1,bytes=1=;byteHardLimit=40;countHardLimit=6", "bytes=5", "count=4"} {
		s.send(0, limits(text)...)
		s.send(0, mk(r+"/a", 0), mk(r+"/b", 0), mk(r+"/c", 0), set(r, "0123456789"), set(r, "01234567890123456789"),
			wire.SetDataReq(r, []byte("0123456789012345678901234567890"), 77),
			set(r+"/deep", "xx"), mk(r+"/s-", wire.PersistentSeq), container(r+"/co"), mk(r+"/e", wire.Ephemeral),
			wire.SetDataReq(r, nil, -1),
			multi(mk(r+"/m1", 0), mk(r+"/m2", 0), mk(r+"/m3", 0)), get(q+"/zookeeper_stats", false), ls2(r, false),
			rm(r+"/a"), rm(r+"/b"), rm(r+"/c"), rm(r+"/co"), rm(r+"/e"), rm(r+"/m1"), rm(r+"/m2"), rm(r+"/m3"),
			get(q+"/zookeeper_stats", false))
	}
	// A quota deeper down, the first taken away, and its text changed.
	s.send(0, mk(q+"/deep", 0), wire.CreateReq(wire.OpCreate, q+"/deep/zookeeper_limits",
		[]byte("count=1,bytes=-1=;byteHardLimit=3;countHardLimit=1"), wire.OpenACL(), 0),
		wire.CreateReq(wire.OpCreate, q+"/deep/zookeeper_stats", nil, wire.OpenACL(), 0), mk(r+"/deep/x", 0), set(r+"/deep",
			"four"), set(r+"/deep", "123"),
		get(q+"/deep/zookeeper_stats", false), get(q+"/zookeeper_stats", false), set(q+"/deep/zookeeper_limits",
			"count=9,bytes=9"), mk(r+"/deep/x", 0),
		rm(q+"/deep/zookeeper_limits"), mk(r+"/deep/y", 0), get(q+"/deep/zookeeper_stats", false), get(q+"/zookeeper_stats",
			false))
}
