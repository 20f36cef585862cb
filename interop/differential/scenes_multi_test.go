//go:build interop

package differential

import (
	"troupe/interop/wire"
)

func multiScenes() []scene {
	return []scene{
		{"results of a multi", []string{"/multi"}, multiResults},
		{"a failed multi leaves nothing", []string{"/failed"}, failedMulti},
		{"what may stand in a multi", []string{"/mixed"}, mixedMulti},
		{"multiRead", []string{"/reads"}, multiReads},
		{"multis in a row", []string{"/row"}, multiRow},
	}
}

func multiResults(s *script) {
	r := "/multi"
	s.open(0, 1).send(0, mk(r, 0)).send(1, addWatch(r, 1))
	s.send(0, multi(), multi(mk(r+"/a", 0), mk2(r+"/b", 0), mk(r+"/e", wire.Ephemeral), mk(r+"/s-", wire.PersistentSeq),
		mk2(r+"/t-", wire.EphemeralSeq)),
		multi(container(r+"/c"), mk(r+"/c4", wire.Container), mk2(r+"/c42", wire.Container), wire.CreateTTLReq(r+"/ttl",
			nil, wire.OpenACL(), wire.WithTTL, 3600000),
			wire.CreateTTLReq(r+"/ttl-", nil, wire.OpenACL(), wire.WithTTLSeq, 3600000), wire.CreateTTLReq(r+"/plain", nil,
				wire.OpenACL(), 0, 3600000)),
		multi(set(r+"/a", "1"), set(r+"/a", "2"), check(r+"/a", 2), rm(r+"/b"), mk(r+"/b", 0), mk(r+"/b/c", 0),
			check(r+"/b", 0), rm(r+"/b/c"), rm(r+"/b")),
		multi(check(r, 0)), multi(check(r, -1), check(r, 0)), ls2(r, false), stat(r+"/c", false), stat(r+"/ttl", false))
	for _, flags := range []int32{-1, 5, 6, 7, 99} {
		s.send(0, multi(wire.CreateReq(wire.OpCreate, r+"/x", nil, wire.OpenACL(), flags)), multi(mk(r+"/y", 0),
			wire.CreateReq(wire.OpCreate2, r+"/x", nil, wire.OpenACL(), flags)),
			multi(wire.CreateReq(wire.OpCreateContainer, r+"/x", nil, wire.OpenACL(), flags), rm(r+"/x")))
	}
	s.send(0, ls2(r, false))
}

func failedMulti(s *script) {
	r := "/failed"
	s.open(0, 1).send(0, mk(r, 0), mk(r+"/a", 0)).send(1, addWatch(r, 1))
	bad := []wire.Request{rm(r + "/none"), mk(r, 0), check(r, 99), set(r+"/none", "x"), mk(r+"/none/x", 0), mk("bad", 0),
		rm("/"), rm(r),
		wire.CreateReq(wire.OpCreate, r+"/z", nil, nil, 0), wire.CreateReq(wire.OpCreate, r+"/z", nil, wire.OpenACL(), 7),
		mk(wire.Null, 0), set(wire.Null, ""), rm(wire.Null), check(wire.Null, 0),
		wire.SetDataReq(r+"/a", nil, 5), rm("bad"), set("bad", ""), check("bad", 0)}
	for _, b := range bad {
		s.send(0, multi(b), multi(b, b), multi(b, mk(r+"/n", 0)), multi(mk(r+"/n", 0), set(r+"/n", "x"), b),
			multi(mk(r+"/s-", wire.PersistentSeq), set(r+"/a", "y"), b, rm(r+"/a"), set(r+"/a", "z")),
			ls2(r, false), get(r+"/a", false))
	}
	s.send(0, mk(r+"/s-", wire.PersistentSeq))
}

func mixedMulti(s *script) {
	r := "/mixed"
	s.open(0).send(0, mk(r, 0))
	for _, odd := range []wire.Request{wire.SetACLReq(r, wire.OpenACL(), -1), get(r, false), ls(r, false), stat(r, false),
		ls2(r, false), getACL(r), wire.Bare(wire.OpPing),
		wire.PathReq(wire.OpSync, r), multi(set(r, "inner")), wire.MultiReq(wire.OpMultiRead), wire.Request{Op: 99},
		wire.Request{Op: -1}, wire.Request{Op: 0}, wire.Bare(wire.OpCloseSession),
		{Op: wire.OpDeleteContainer, Body: wire.Enc{}.Str(r)}, addWatch(r, 1)} {
		s.send(0, multi(odd), multi(set(r, "x"), odd), multi(odd, set(r, "x")), wire.MultiReq(wire.OpMultiRead, odd),
			wire.MultiReq(wire.OpMultiRead, get(r, false), odd))
	}
	// Headers: done set early, no end, err values, bytes behind the end.
	head := func(op int32, done bool, err int32) wire.Enc { return wire.Enc{}.Int(op).Bool(done).Int(err) }
	body := func(parts ...[]byte) wire.Request {
		var b []byte
		for _, p := range parts {
			b = append(b, p...)
		}
		return wire.Request{Op: wire.OpMulti, Body: b}
	}
	one := set(r, "h").Body
	s.send(0, body(head(5, false, 77), one, head(-1, true, -1)), body(head(5, false, -1), one), body(head(5, true, -1), one,
		head(-1, true, -1)), body(head(-1, true, 0)),
		body(head(5, false, -1), one, head(5, true, 0)), body(head(-1, false, -1), head(-1, true, -1)), body(), body(head(5,
			false, -1)), body(head(-1, true, -1), []byte("more")),
		get(r, false))
}

func multiReads(s *script) {
	r := "/reads"
	s.open(0, 1).send(0, mk(r, 0), mk(r+"/a", 0), mk(r+"/b", 0), mkACL(r+"/p", wire.ACL{Perms: wire.Admin, Scheme: "world",
		ID: "anyone"}))
	read := func(ops ...wire.Request) wire.Request { return wire.MultiReq(wire.OpMultiRead, ops...) }
	s.send(0, read(), read(get(r, true), ls(r, true), get(r+"/none", true), get(r+"/p", true), ls(r+"/p", true), get("bad",
		false), get("", false), ls("/", false)),
		read(get(wire.Null, false)), read(ls(wire.Null, true), get(r, false)), read(set(r, "x")), read(check(r, 0)),
		read(get(r, false), set(r, "x")))
	s.send(1, set(r, "no watch"), mk(r+"/c", 0))
}

func multiRow(s *script) {
	r := "/row"
	s.open(0).send(0, mk(r, 0))
	s.pipeline(0, multi(mk(r+"/a", 0), mk(r+"/b", 0)), multi(rm(r+"/a"), mk(r+"/a", wire.Ephemeral)), multi(mk(r+"/s-",
		wire.PersistentSeq), check(r+"/a", 0)),
		multi(set(r+"/b", "x"), check(r+"/b", 1)), mk(r+"/s-", wire.PersistentSeq), multi(rm(r+"/b"), rm(r+"/a")), ls2(r,
			false))
}
