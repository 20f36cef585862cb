//go:build interop

package differential

import (
	"fmt"
	"strings"

	"troupe/interop/wire"
)

// action is what a step does.
type action int

const (
	open     action = iota // a new session in the slot
	reattach               // a new connection for the slot's session; the old one is watched until it closes
	send                   // requests in one write
	raw                    // bytes as they are, on the slot's connection
	rawNew                 // bytes as they are on a connection of their own, which ends with the step
	hangUp                 // end of the sending side, then wait until the server closes
	await                  // wait until the server closes the slot's connection or an event comes
	mute                   // from now on no barriers on the slot, so that its session goes silent; or again some
)

// step is one thing that a script does. The same value is played to both servers; what differs from server
// to server (session ids, the zxid at which the script began) is put in when it is played.
type step struct {
	who   int // the session slot
	do    action
	hello wire.Hello // open: as is, LastZxid relative to the script's start; reattach: Timeout, ReadOnly, LastZxid
	pass  passKind   // reattach
	calls []call     // send
	bytes []byte     // raw, rawNew
	quiet bool       // open: the slot is mute from the start
	note  string
}

type passKind int

const (
	rightPassword passKind = iota
	wrongPassword
	shortPassword
	noPassword
	unknownID // right form, but of a session that never was
)

// call is a request with its xid. rebase adds the zxid of the script's start to the first long of the body
// (setWatches).
type call struct {
	wire.Request
	xid    int32
	rebase bool
}

func (c call) frame(base int64) []byte {
	r := c.Request
	if c.rebase && len(r.Body) >= 8 {
		rel := wire.NewDec(r.Body).Long()
		r.Body = append(wire.Enc{}.Long(base+rel), r.Body[8:]...)
	}
	return r.Frame(c.xid)
}

// mayEnd says that the server is expected to close the connection behind the step, so that it is worth to
// wait for that before anything else is asked.
func (s step) mayEnd() bool {
	if s.do == raw {
		return true
	}
	for _, c := range s.calls {
		switch c.Op {
		case wire.OpCloseSession, wire.OpSASL, wire.OpError, 0:
			return true
		case wire.OpAuth:
			return !strings.Contains(string(c.Body), "digest") && !strings.Contains(string(c.Body), "ip")
		}
		if strings.HasPrefix(wire.OpName(c.Op), "op(") {
			return true
		}
	}
	return false
}

// String is the step as a line of a printed script.
func (s step) String() string {
	head := fmt.Sprintf("s%d ", s.who)
	switch s.do {
	case open:
		return head + fmt.Sprintf("open timeout=%d ro=%v lastZxid=%d", s.hello.Timeout, flag(s.hello.ReadOnly),
			s.hello.LastZxid)
	case reattach:
		return head + fmt.Sprintf("reattach password=%d timeout=%d lastZxid=%d", s.pass, s.hello.Timeout, s.hello.LastZxid)
	case raw, rawNew:
		return head + fmt.Sprintf("bytes %q %s", clip(s.bytes), s.note)
	case hangUp:
		return head + "hang up"
	case await:
		return head + "await " + s.note
	case mute:
		return head + "goes silent"
	}
	var parts []string
	for _, c := range s.calls {
		parts = append(parts, fmt.Sprintf("#%d %s %q %s", c.xid, wire.OpName(c.Op), clip(c.Body), c.Note))
	}
	return head + "send " + strings.Join(parts, "; ")
}

func flag(b *bool) string {
	if b == nil {
		return "absent"
	}
	return fmt.Sprint(*b)
}

func clip(b []byte) string {
	if len(b) > 160 {
		return fmt.Sprintf("%s...(%d bytes)", b[:160], len(b))
	}
	return string(b)
}

// script builds steps by hand, with xids counted per slot.
type script struct {
	steps []step
	xids  map[int]int32
}

func newScript() *script { return &script{xids: map[int]int32{}} }

// open gives the slots new sessions.
func (s *script) open(slots ...int) *script {
	for _, who := range slots {
		s.steps = append(s.steps, openStep(who))
	}
	return s
}

func openStep(who int) step {
	no := false
	return step{who: who, do: open, hello: wire.Hello{Timeout: 30000, Password: make([]byte, 16), ReadOnly: &no}}
}

// send plays each request on its own, with a barrier behind it.
func (s *script) send(who int, rs ...wire.Request) *script {
	for _, r := range rs {
		s.steps = append(s.steps, step{who: who, do: send, calls: []call{s.call(who, r)}})
	}
	return s
}

// pipeline plays all requests in one write.
func (s *script) pipeline(who int, rs ...wire.Request) *script {
	st := step{who: who, do: send}
	for _, r := range rs {
		st.calls = append(st.calls, s.call(who, r))
	}
	s.steps = append(s.steps, st)
	return s
}

func (s *script) call(who int, r wire.Request) call {
	s.xids[who]++
	c := call{Request: r, xid: s.xids[who]}
	switch r.Op {
	case wire.OpPing:
		c.xid = wire.XidPing
	case wire.OpAuth:
		c.xid = wire.XidAuth
	case wire.OpSetWatches, wire.OpSetWatches2:
		c.xid, c.rebase = wire.XidSetWatches, true
	}
	return c
}

// add appends a step as it is.
func (s *script) add(st step) *script {
	s.steps = append(s.steps, st)
	return s
}
