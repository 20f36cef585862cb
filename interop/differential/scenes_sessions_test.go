//go:build interop

package differential

import (
	"troupe/interop/wire"
)

func sessionScenes() []scene {
	return []scene{
		{"handshakes", nil, handshakes},
		{"handshakes in odd bytes", nil, oddHandshakes},
		{"reconnects", []string{"/reconnects"}, reconnects},
		{"ephemerals go with their session", []string{"/ephemerals"}, ephemerals},
		{"expiry", []string{"/expiry"}, expiry},
		{"authentication", []string{"/authentication"}, authentication},
		{"requests of a closed session", []string{"/closed"}, afterClose},
		{"session requests from clients", nil, internalOps},
	}
}

func handshakes(s *script) {
	yes, no := true, false
	for _, timeout := range []int32{0, -1, -2147483648, 1, 999, 1000, 10000, 600000, 600001, 2147483647} {
		s.add(step{who: 0, do: open, hello: wire.Hello{Timeout: timeout, Password: make([]byte, 16), ReadOnly: &no}})
	}
	for _, ro := range []*bool{nil, &yes, &no} {
		for _, pass := range [][]byte{nil, {}, []byte("short"), make([]byte, 16), make([]byte, 100)} {
			s.add(step{who: 0, do: open, hello: wire.Hello{Timeout: 30000, Password: pass, ReadOnly: ro}})
		}
	}
	for _, zxid := range []int64{1, -1, 1000000, 1 << 60, -1 << 63} {
		s.add(step{who: 1, do: open, hello: wire.Hello{Timeout: 30000, LastZxid: zxid, Password: make([]byte, 16),
			ReadOnly: &no}})
	}
	s.add(step{who: 1, do: open, hello: wire.Hello{Protocol: 7, Timeout: 30000, Password: make([]byte, 16), ReadOnly: &no}})
}

// oddHandshakes sends first frames that are not what a client would send.
func oddHandshakes(s *script) {
	no := false
	good := wire.Hello{Timeout: 30000, Password: make([]byte, 16), ReadOnly: &no}.Frame()
	body := good[4:]
	framed := func(b []byte) []byte { return append(wire.Enc{}.Int(int32(len(b))), b...) }
	withPassLen := func(n int32) []byte {
		b := append([]byte(nil), body...)
		copy(b[24:28], wire.Enc{}.Int(n))
		return framed(b)
	}
	for _, b := range [][]byte{
		framed(append(append([]byte(nil), body...), 1, 2, 3)), // bytes behind the record
		framed(body[:44]), framed(body[:43]), framed(body[:28]), framed(body[:24]), framed(body[:10]), framed(nil),
		withPassLen(-1), withPassLen(-2), withPassLen(0), withPassLen(17), withPassLen(1 << 30), withPassLen(2147483647),
		framed(append(append([]byte(nil), body[:44]...), 7)), // a readOnly byte that is neither 0 nor 1
		wire.Enc{}.Int(-1), wire.Enc{}.Int(1048576), wire.Enc{}.Int(2147483647),
		mk("/x", 0).Frame(1),
		wire.Bare(wire.OpPing).Frame(wire.XidPing),
		good[:3], good[:4], good[:20], // not finished
		append(append([]byte(nil), good...), wire.Bare(wire.OpPing).Frame(wire.XidPing)...), // ping in the same write
	} {
		s.add(step{who: 0, do: rawNew, bytes: b})
	}
}

func reconnects(s *script) {
	no := false
	again := func(who int, pass passKind, timeout int32, zxid int64) {
		s.add(step{who: who, do: reattach, pass: pass, hello: wire.Hello{Timeout: timeout, LastZxid: zxid, ReadOnly: &no}})
	}
	s.open(0, 1).send(0, mk("/reconnects", wire.Persistent), mk("/reconnects/e", wire.Ephemeral))
	s.send(0, get("/reconnects", true), addWatch("/reconnects", 1))
	again(0, rightPassword, 30000, 0)
	s.send(1, set("/reconnects", "no watch is left"))
	again(0, rightPassword, 5, 0)
	again(0, rightPassword, 2147483647, 0)
	again(0, rightPassword, -1, 0)
	again(0, rightPassword, 30000, 1)
	s.send(0, stat("/reconnects/e", false))
	again(0, wrongPassword, 30000, 0)
	s.send(1, stat("/reconnects/e", false))
	again(0, rightPassword, 30000, 0)
	s.send(0, wire.PathReq(wire.OpGetEphemerals, "/"))
	again(0, noPassword, 30000, 0)
	again(0, shortPassword, 30000, 0)
	again(0, unknownID, 30000, 0)
	again(1, rightPassword, 30000, 1<<40) // ahead of the server
	s.send(1, stat("/reconnects/e", false))
	s.add(step{who: 0, do: reattach, hello: wire.Hello{Timeout: 30000}}) // without the readOnly byte
	s.send(0, stat("/reconnects/e", false)).send(0, wire.Bare(wire.OpCloseSession))
	s.add(step{who: 0, do: reattach, hello: wire.Hello{Timeout: 30000, ReadOnly: &no}})
	s.send(1, stat("/reconnects/e", false))
}

func ephemerals(s *script) {
	r := "/ephemerals"
	s.open(0, 1, 2).send(0, mk(r, wire.Persistent), mk(r+"/a", wire.Persistent), mk(r+"/a/e", wire.Ephemeral), mk(r+"/b",
		wire.Ephemeral),
		mk(r+"/s-", wire.EphemeralSeq), mk(r+"/s-", wire.EphemeralSeq), mk(r+"/b/no", wire.Persistent), mk(r+"/b/no",
			wire.Ephemeral))
	s.send(1, mk(r+"/mine", wire.Ephemeral), set(r+"/b", "by another session"), stat(r+"/b", true), ls(r, true), ls(r+"/a",
		true))
	s.send(2, addWatch(r, 0), stat(r+"/a/e", true), stat(r+"/later", true))
	for _, prefix := range []string{"", "/", r, r + "/a", "/other", wire.Null, " "} {
		s.send(0, wire.PathReq(wire.OpGetEphemerals, prefix))
	}
	s.send(0, multi(mk(r+"/m", wire.Ephemeral), rm(r+"/s-0000000002")), mk(r+"/later", wire.Ephemeral))
	s.send(0, wire.Bare(wire.OpCloseSession))
	s.send(1, ls2(r, false), ls2(r+"/a", false), wire.PathReq(wire.OpGetEphemerals, "/"))
	s.send(1, rm(r+"/mine"), mk(r+"/s-", wire.EphemeralSeq), wire.Bare(wire.OpCloseSession))
	s.send(2, ls2(r, false))
}

func expiry(s *script) {
	no := false
	short := func(who int) {
		s.add(step{who: who, do: open, hello: wire.Hello{Timeout: 1000, Password: make([]byte, 16), ReadOnly: &no}})
	}
	s.open(0).send(0, mk("/expiry", wire.Persistent))
	short(1)
	s.send(1, mk("/expiry/e1", wire.Ephemeral)).send(0, stat("/expiry/e1", true))
	s.add(step{who: 1, do: hangUp}) // its session goes on without a connection
	s.send(0, stat("/expiry/e1", false))
	s.add(step{who: 0, do: await, note: "its ephemeral goes"})
	s.add(step{who: 1, do: reattach, hello: wire.Hello{Timeout: 1000, ReadOnly: &no}})
	short(2)
	s.send(2, mk("/expiry/e2", wire.Ephemeral)).send(0, stat("/expiry/e2", true))
	s.add(step{who: 2, do: mute})
	s.add(step{who: 0, do: await, note: "the silent session expires"})
	s.add(step{who: 2, do: await, note: "its connection is closed"})
	s.send(0, ls2("/expiry", false))
}

func authentication(s *script) {
	r := "/authentication"
	s.open(0, 1).send(0, mk(r, wire.Persistent), wire.Bare(wire.OpWhoAmI))
	for _, a := range []wire.Request{
		digest("alice:secret"), digest("bob:pw"), digest("alice:other"), digest("nocolon"), digest(""), digest(":"),
		digest("a:b:c"),
		digest("\xff\xfe:x"), wire.AuthReq("digest", nil), wire.AuthReq("ip", nil), wire.AuthReq("ip", []byte("1.2.3.4")),
	} {
		s.open(1).send(1, a, wire.Bare(wire.OpWhoAmI), mkACL(r+"/n", wire.ACL{Perms: wire.All, Scheme: "auth"}),
			getACL(r+"/n"), rm(r+"/n"))
	}
	s.open(1).send(1, digest("alice:secret"), digest("bob:pw"), wire.Bare(wire.OpWhoAmI),
		mkACL(r+"/both", wire.ACL{Perms: wire.All, Scheme: "auth"}), getACL(r+"/both"))
	s.send(0, getACL(r+"/both"), get(r+"/both", false), digest("bob:pw"), getACL(r+"/both"), rm(r+"/both"))
	s.open(0).send(0, digest(superAuth), wire.Bare(wire.OpWhoAmI), mkACL(r+"/su", wire.ACL{Perms: wire.All,
		Scheme: "auth"}), getACL(r+"/su"))
	for _, scheme := range []string{"nosuch", "", "world", "super", "auth", "sasl", "x509", "Digest", wire.Null, "\xff"} {
		s.open(0).send(0, wire.AuthReq(scheme, []byte("x:y")), stat("/", false))
	}
	// Broken auth packets, and trailing bytes.
	for _, body := range []wire.Enc{nil, wire.Enc{}.Int(0), wire.Enc{}.Int(0).Str("digest"),
		wire.Enc{}.Int(0).Str("digest").Int(-5),
		wire.Enc{}.Int(0).Str("digest").Int(1 << 30), wire.Enc{}.Int(9).Str("digest").Buf([]byte("carol:x")).Int(77)} {
		s.open(0).send(0, wire.Request{Op: wire.OpAuth, Body: body, Note: "broken"}, wire.Bare(wire.OpWhoAmI))
	}
	for _, body := range []wire.Enc{wire.Enc{}.Buf([]byte{}), wire.Enc{}.Buf([]byte("token")), wire.Enc{}.Buf(nil), nil,
		wire.Enc{}.Int(-9)} {
		s.open(0).send(0, wire.Request{Op: wire.OpSASL, Body: body}, wire.Bare(wire.OpWhoAmI))
	}
	// Whatever xid the packet has, it is echoed.
	s.open(0).add(step{who: 0, do: send, calls: []call{{Request: digest("dave:x"), xid: 4711}}})
}

func afterClose(s *script) {
	s.open(0, 1).send(0, mk("/closed", wire.Persistent))
	s.send(1, mk("/closed/e", wire.Ephemeral), wire.Bare(wire.OpCloseSession), get("/closed", false))
	s.open(1).pipeline(1, mk("/closed/p", wire.Persistent), mk("/closed/e", wire.Ephemeral), wire.Bare(wire.OpCloseSession))
	s.send(0, ls2("/closed", false))
}

// internalOps are opcodes that servers use among themselves.
func internalOps(s *script) {
	s.open(0).send(0, wire.Request{Op: wire.OpError, Body: wire.Enc{}.Int(-101)}, stat("/", false))
	s.open(0).send(0, wire.Request{Op: 0}, stat("/", false))
	for _, op := range []int32{10, 23, 24, 55, 99, 108, 1000, -2, -12, 2147483647, -2147483648} {
		s.open(0).send(0, wire.Request{Op: op, Body: wire.Enc{}.Str("/x")}, stat("/", false))
	}
	s.open(0).send(0, wire.Bare(wire.OpPing), wire.Request{Op: wire.OpPing, Body: []byte("more")})
	s.add(step{who: 0, do: send, calls: []call{{Request: wire.Bare(wire.OpPing), xid: 12}, {Request: stat("/", false),
		xid: 0}, {Request: stat("/", false), xid: -17}, {Request: stat("/", false), xid: 5}, {Request: stat("/", false),
		xid: 5}}})
}
