//go:build interop

package differential

import (
	"fmt"
	"math/rand/v2"

	"troupe/interop/wire"
)

const slots = 3

// generator draws a sequence of steps from a seed. It never looks at a server, so that the same seed is the
// same script for both.
type generator struct {
	*rand.Rand
	seed   uint64
	root   string
	quota  bool // this sequence has a quota on its root; then nothing is pipelined, since Apache checks quotas against what is already applied
	xids   [slots]int32
	opened [slots]int // how many sessions the slot has had
	alive  [slots]bool
	grown  []string // names that sequential creates may have made
}

// generate gives the steps of a seed and the paths below which they work.
func generate(seed uint64) (steps []step, roots []string) {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0x7a6f6f)), seed: seed, root: fmt.Sprintf("/d%d", seed)}
	g.quota = seed%4 == 0
	for who := range slots {
		steps = append(steps, g.openPlain(who))
	}
	steps = append(steps, g.one(0, wire.CreateReq(wire.OpCreate, g.root, []byte("root"), wire.OpenACL(), wire.Persistent)))
	roots = []string{g.root}
	if g.quota {
		steps = append(steps, g.quotaNodes()...)
		roots = append(roots, "/zookeeper/quota"+g.root)
	}
	for n := 40 + g.IntN(80); n > 0; n-- {
		steps = append(steps, g.step())
	}
	return steps, roots
}

// quotaNodes puts a soft and perhaps a hard quota on the root.
func (g *generator) quotaNodes() []step {
	at := "/zookeeper/quota" + g.root
	limits := fmt.Sprintf("count=%d,bytes=%d", 3+g.IntN(8), 50+g.IntN(500))
	if g.chance(2) {
		limits += fmt.Sprintf("=;byteHardLimit=%d;countHardLimit=%d", 100+g.IntN(600), 4+g.IntN(10))
	}
	return []step{
		g.one(0, wire.CreateReq(wire.OpCreate, at, nil, wire.OpenACL(), wire.Persistent)),
		g.one(0, wire.CreateReq(wire.OpCreate, at+"/zookeeper_limits", []byte(limits), wire.OpenACL(), wire.Persistent)),
		g.one(0, wire.CreateReq(wire.OpCreate, at+"/zookeeper_stats", []byte("count=0,bytes=0"), wire.OpenACL(),
			wire.Persistent)),
	}
}

func (g *generator) chance(oneIn int) bool { return g.IntN(oneIn) == 0 }

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

func (g *generator) openPlain(who int) step {
	g.opened[who]++
	g.alive[who] = true
	return openStep(who)
}

func (g *generator) call(who int, r wire.Request) call {
	g.xids[who]++
	c := call{Request: r, xid: g.xids[who]}
	switch r.Op {
	case wire.OpPing:
		c.xid = pick(g, wire.XidPing, wire.XidPing, c.xid)
	case wire.OpAuth:
		c.xid = wire.XidAuth
	case wire.OpSetWatches, wire.OpSetWatches2:
		c.xid, c.rebase = wire.XidSetWatches, true
	}
	return c
}

func (g *generator) one(who int, r wire.Request) step {
	return step{who: who, do: send, calls: []call{g.call(who, r)}}
}

// step draws what happens next.
func (g *generator) step() step {
	who := g.IntN(slots)
	if !g.alive[who] {
		return g.openAny(who)
	}
	switch n := g.IntN(100); {
	case n < 2:
		g.alive[who] = false
		return g.one(who, wire.Bare(wire.OpCloseSession))
	case n < 4:
		return g.reattach(who)
	case n < 5:
		return step{who: who, do: hangUp}
	case n < 8:
		return g.one(who, g.auth())
	case n < 9:
		return g.badFrame(who)
	case n < 10:
		return g.one(who, g.closing(who))
	case n < 30 && !g.quota:
		return g.burst(who)
	}
	return g.one(who, g.spoil(g.request(who)))
}

// openAny opens a session with odd parameters at times.
func (g *generator) openAny(who int) step {
	s := g.openPlain(who)
	if !g.chance(3) {
		return s
	}
	yes, no := true, false
	s.hello.Protocol = pick(g, int32(0), 1, -1)
	s.hello.Timeout = pick[int32](g, 0, -1, 500, 30000, 1<<30)
	s.hello.ReadOnly = pick(g, nil, &yes, &no)
	s.hello.Password = pick(g, nil, []byte{}, []byte("x"), make([]byte, 16), make([]byte, 40))
	if s.hello.Timeout < 30000 {
		s.hello.Timeout = 30000 // the session must outlive the script
	}
	return s
}

func (g *generator) reattach(who int) step {
	no := false
	s := step{who: who, do: reattach, hello: wire.Hello{Timeout: pick[int32](g, 30000, 60000, 1<<30), ReadOnly: &no}}
	s.pass = pick(g, rightPassword, rightPassword, rightPassword, rightPassword, wrongPassword, shortPassword, noPassword,
		unknownID)
	if s.pass != unknownID { // then the old connection lives on, with its watches
		g.opened[who]++
	}
	return s
}

// burst pipelines several requests in one write. What answers out of order in Apache (auth), closes the
// connection, or is checked against a state that may not be there yet (behind setACL) stays out of it or at
// its end.
func (g *generator) burst(who int) step {
	st := step{who: who, do: send}
	for n := 2 + g.IntN(12); n > 0; n-- {
		r := g.request(who)
		if r.Op == wire.OpSetACL {
			n = 1
		} else {
			r = g.spoil(r)
		}
		st.calls = append(st.calls, g.call(who, r))
	}
	return st
}

// badFrame breaks the framing: the server must close.
func (g *generator) badFrame(who int) step {
	g.alive[who] = false
	b := pick(g,
		wire.Enc{}.Int(-1), wire.Enc{}.Int(-2147483648), wire.Enc{}.Int(1048576), wire.Enc{}.Int(2147483647),
		wire.Enc{}.Int(0), wire.Enc{}.Int(4).Int(7), append(wire.Enc{}.Int(7), 1, 2, 3, 4, 5, 6, 7),
		wire.Enc("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), wire.Enc("GET / HTTP/1.1\r\n\r\n"), wire.Enc("ruok\n"),
	)
	return step{who: who, do: raw, bytes: b, note: "bad frame"}
}

// closing is a request that the server answers and then closes.
func (g *generator) closing(who int) wire.Request {
	g.alive[who] = false
	switch g.IntN(3) {
	case 0:
		return wire.AuthReq(pick(g, "nosuch", "", "world", "super", "auth", "x509", wire.Null), []byte("x"))
	case 1:
		return wire.Request{Op: wire.OpSASL, Body: pick(g, wire.Enc{}.Buf(nil), wire.Enc{}, wire.Enc{}.Int(-5))}
	}
	return wire.Request{Op: pick[int32](g, 0, -1, 10, 23, 55, 99, 108, 1000, -2147483648), Body: []byte("x")}
}

// spoil breaks a body now and then: cut short, a bit flipped, a length made absurd, or bytes behind it.
func (g *generator) spoil(r wire.Request) wire.Request {
	if !g.chance(25) || len(r.Body) == 0 || !spoilable(r.Op) {
		return r
	}
	body := append([]byte(nil), r.Body...)
	at := g.IntN(len(body))
	switch g.IntN(5) {
	case 0:
		body, r.Note = body[:at], "cut"
	case 1:
		body[at] ^= 1 << g.IntN(8)
		r.Note = "bit flipped"
	case 2:
		length := pick[int32](g, -1, -2, -2147483648, 2147483647, 1<<20, 1000)
		if r.Op == wire.OpMulti && length == -1 {
			length = -2 // not a null path in a multi (see known)
		}
		copy(body[at:], wire.Enc{}.Int(length))
		r.Note = "length changed"
	default:
		body, r.Note = append(body, make([]byte, 1+g.IntN(9))...), "more behind it"
	}
	r.Body = body
	return r
}

// spoilable leaves out what can kill Apache when a bit is wrong (createTTL with a ttl of -1, a check that
// succeeds) and what answers out of order.
func spoilable(op int32) bool {
	switch op {
	case wire.OpCreateTTL, wire.OpCheck, wire.OpReconfig, wire.OpAuth, wire.OpSASL:
		return false
	}
	return true
}
