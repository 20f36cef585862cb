//go:build interop

package differential

import (
	"fmt"
	"slices"
	"strings"

	"troupe/interop/wire"
)

func frameScenes() []scene {
	return []scene{
		{"bodies cut at every length", []string{"/cut"}, cutBodies},
		{"lengths inside bodies", []string{"/lengths"}, insideLengths},
		{"frame limits", []string{"/limits"}, frameLimits},
		{"bad frames", nil, badFrames},
		{"a thousand in one write", []string{"/burst"}, bigBurst},
		{"reads between writes in one write", []string{"/between"}, readsBetween},
	}
}

// samples is a sound request of each kind, below r. The check can never succeed: Apache 3.8.0 does not answer
// one that does.
func samples(r string) []wire.Request {
	return []wire.Request{
		mk(r+"/c", wire.Persistent), mk2(r+"/c2", wire.Persistent), container(r + "/co"),
		wire.CreateTTLReq(r+"/t", []byte("d"), wire.OpenACL(), wire.WithTTL, 3600000),
		set(r, "x"), get(r, true), stat(r, true), ls(r, true), ls2(r, true), getACL(r), wire.SetACLReq(r, wire.OpenACL(),
			-1),
		wire.PathReq(wire.OpSync, r), check(r, 4711), multi(set(r, "m"), check(r, -1)),
		wire.MultiReq(wire.OpMultiRead, get(r, false), ls(r, false)), addWatch(r, 1),
		wire.PathModeReq(wire.OpCheckWatches, r, 3), wire.PathModeReq(wire.OpRemoveWatches, r, 3),
		wire.PathReq(wire.OpGetEphemerals, r), wire.PathReq(wire.OpGetAllChildrenNumber, r), wire.Bare(wire.OpWhoAmI),
		wire.SetWatchesReq(wire.OpSetWatches, 1<<40, []string{r}, []string{r + "/no"}, []string{r}),
		wire.SetWatchesReq(wire.OpSetWatches2, 1<<40, []string{r}, []string{}, []string{r}, []string{r}, []string{}),
		wire.ReconfigReq("server.2=127.0.0.1:1:2;3", "", "", -1), wire.PathReq(wire.OpDeleteContainer, r+"/co"),
		rm(r + "/c"),
	}
}

func cutBodies(s *script) {
	s.open(0).send(0, mk("/cut", wire.Persistent))
	for _, r := range samples("/cut") {
		for n := range len(r.Body) {
			s.send(0, wire.Request{Op: r.Op, Body: r.Body[:n], Note: "cut"})
		}
		s.send(0, r, wire.Request{Op: r.Op, Body: append(append([]byte(nil), r.Body...), 0xff, 0xff, 0xff, 0xff, 1),
			Note: "more behind it"})
	}
	s.send(0, ls2("/cut", false))
}

// insideLengths puts absurd lengths at every place where a length stands.
func insideLengths(s *script) {
	s.open(0).send(0, mk("/lengths", wire.Persistent))
	for _, r := range samples("/lengths") {
		if r.Op == wire.OpCreateTTL || len(r.Body) < 4 {
			continue // a wrong ttl kills Apache 3.8.0
		}
		for at := 0; at+4 <= len(r.Body); at++ {
			if r.Body[at] != 0 || r.Body[at+1] != 0 {
				continue // not a small number
			}
			for _, v := range []int32{-1, -2, -2147483648, 0, 5000, 1 << 24, 2147483647} {
				if v == -1 && aboutWatches(r.Op) {
					continue // a null path, see oddPaths
				}
				body := append([]byte(nil), r.Body...)
				copy(body[at:], wire.Enc{}.Int(v))
				s.send(0, wire.Request{Op: r.Op, Body: body, Note: fmt.Sprintf("length %d at %d", v, at)})
			}
		}
	}
	s.send(0, ls2("/lengths", false))
}

func aboutWatches(op int32) bool {
	return slices.Contains([]int32{wire.OpAddWatch, wire.OpCheckWatches, wire.OpRemoveWatches, wire.OpSetWatches, wire.OpSetWatches2}, op)
}

func frameLimits(s *script) {
	const limit = 1048575
	data := func(frame int) wire.Request {
		empty := wire.CreateReq(wire.OpCreate, "/limits/n", []byte{}, wire.OpenACL(), wire.Persistent)
		over := frame - 8 - len(empty.Body)
		r := wire.CreateReq(wire.OpCreate, "/limits/n", []byte(strings.Repeat("x", over)), wire.OpenACL(), wire.Persistent)
		r.Note = fmt.Sprintf("frame of %d bytes", frame)
		return r
	}
	s.open(0, 1).send(0, mk("/limits", wire.Persistent))
	s.send(0, data(limit), stat("/limits/n", false), get("/limits/n", false), rm("/limits/n"))
	s.add(step{who: 0, do: raw, bytes: data(limit + 1).Frame(99), note: "one more"})
	s.send(1, ls2("/limits", false))
	s.open(0).send(0, data(limit-1), rm("/limits/n"))
}

func badFrames(s *script) {
	for _, b := range []wire.Enc{
		wire.Enc{}.Int(-1), wire.Enc{}.Int(-2147483648), wire.Enc{}.Int(1048576), wire.Enc{}.Int(2147483647),
		wire.Enc{}.Int(0),
		wire.Enc{}.Int(1).Bool(true), wire.Enc{}.Int(4).Int(1), append(wire.Enc{}.Int(7), 0, 0, 0, 1, 0, 0, 0),
		wire.Enc("ruok"), wire.Enc("stat\n"), wire.Enc("GET / HTTP/1.0\r\n\r\n"),
		wire.Enc("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03"),
	} {
		s.open(0).add(step{who: 0, do: raw, bytes: b})
	}
	// A frame that comes in pieces, and two in one write with the second in pieces.
	f, g := stat("/", false).Frame(71), get("/", false).Frame(72)
	s.open(1)
	s.add(step{who: 1, do: mute})
	answers := []call{{Request: stat("/", false), xid: 71}, {Request: get("/", false), xid: 72}}
	for _, piece := range [][]byte{f[:1], f[1:4], f[4:5], f[5:11], append(append([]byte(nil), f[11:]...), g[:6]...),
		g[6:]} {
		s.add(step{who: 1, do: raw, bytes: piece, calls: answers})
	}
}

func bigBurst(s *script) {
	s.open(0, 1).send(0, mk("/burst", wire.Persistent)).send(1, addWatch("/burst", 1))
	var rs []wire.Request
	for i := range 250 {
		p := fmt.Sprintf("/burst/n%d", i%40)
		rs = append(rs, mk2(p, wire.Persistent), set(p, fmt.Sprint(i)), get(p, i%3 == 0), rm(fmt.Sprintf("/burst/n%d",
			(i+13)%40)))
	}
	s.pipeline(0, rs...)
	s.send(0, ls2("/burst", false))
}

// readsBetween needs each read to see the writes before it and none behind it.
func readsBetween(s *script) {
	s.open(0).send(0, mk("/between", wire.Persistent))
	var rs []wire.Request
	for i := range 100 {
		rs = append(rs, set("/between", fmt.Sprint(i)), get("/between", true), mk2("/between/s-", wire.PersistentSeq),
			ls2("/between", i%2 == 0),
			multi(set("/between", "m"), check("/between", 2*int32(i)+2)), stat("/between", false), set("/nosuch", "x"),
			stat("/nosuch", true))
	}
	s.pipeline(0, rs...)
}
