//go:build interop

package differential

import (
	"fmt"
	"time"

	"troupe/interop/wire"
)

const (
	// quiet is how long bytes without a session may stay unanswered before the step goes on.
	quiet = 300 * time.Millisecond

	// longQuiet is the same for a request of a session that is to stay silent afterwards.
	longQuiet = 1500 * time.Millisecond
)

// slot is a session of a script and the connection that it has now.
type slot struct {
	conn *wire.Conn // nil: none
	id   int64
	pass []byte
	ops  map[int32]int32 // xid -> opcode, of what was sent on conn
	mute bool            // no barriers: the session is to go silent
}

// player is the state of one play.
type player struct {
	*world
	canon *canon
	slots map[int]*slot
	lines []string
}

func (p *player) say(who int, format string, args ...any) {
	p.lines = append(p.lines, fmt.Sprintf("s%d: ", who)+fmt.Sprintf(format, args...))
}

func (p *player) step(st step) {
	s := p.slots[st.who]
	switch st.do {
	case open:
		p.open(st)
	case reattach:
		if s != nil && s.id != 0 {
			p.reattach(st, s)
		}
	case rawNew:
		p.rawNew(st)
	case send, raw, hangUp, await, mute:
		if s != nil && s.conn != nil && !s.conn.Ended() {
			p.use(st, s)
		}
	}
}

func (p *player) use(st step, s *slot) {
	var err error
	switch st.do {
	case send:
		var frames []byte
		for _, c := range st.calls {
			s.ops[c.xid] = c.Op
			frames = append(frames, c.frame(p.canon.base)...)
		}
		err = s.conn.Write(frames)
	case raw:
		for _, c := range st.calls {
			s.ops[c.xid] = c.Op
		}
		err = s.conn.Write(st.bytes)
	case hangUp:
		if err = s.conn.CloseWrite(); err == nil {
			p.awaitClose(st.who, s.conn)
		}
	case await:
		p.awaitAny(st.who, s.conn)
	case mute:
		s.mute = !s.mute
	}
	switch closed := func(m wire.Message) bool { return m.Kind == wire.Closed }; {
	case st.do == send && s.mute:
		// No barrier will tell when the answer is there.
		_, _ = s.conn.AwaitFor(closed, longQuiet)
	case err != nil || st.mayEnd():
		// A barrier behind a request that ends the connection would race with the close.
		_, _ = s.conn.AwaitFor(closed, quiet)
	}
}

func (p *player) open(st step) {
	if old := p.slots[st.who]; old != nil && old.conn != nil {
		p.use(step{who: st.who, do: hangUp}, old)
	}
	delete(p.slots, st.who)
	h := st.hello
	if h.LastZxid != 0 {
		h.LastZxid += p.canon.base
	}
	c, err := wire.Dial(p.server.Addr)
	if err != nil {
		p.say(st.who, "cannot connect: %v", err)
		return
	}
	p.handshake(st.who, c, h)
	if s := p.slots[st.who]; s != nil {
		s.mute = st.quiet
	}
}

// handshake sends h and records the answer; a session that was granted goes into the slot.
func (p *player) handshake(who int, c *wire.Conn, h wire.Hello) {
	if err := c.Write(h.Frame()); err != nil {
		p.say(who, "write: %v", err)
		return
	}
	m, err := c.Next()
	if err != nil {
		p.say(who, "handshake: %v", err)
		c.Close()
		return
	}
	p.say(who, "%s", p.canon.message(m, nil, h.Session))
	w, err := wire.ParseWelcome(m.Body)
	if m.Kind != wire.Handshake || err != nil || w.Timeout == 0 {
		p.awaitClose(who, c)
		c.Close()
		return
	}
	p.canon.learn(who, w.Session)
	p.slots[who] = &slot{conn: c, id: w.Session, pass: w.Password, ops: map[int32]int32{}}
}

func (p *player) reattach(st step, s *slot) {
	h := st.hello
	if h.LastZxid != 0 {
		h.LastZxid += p.canon.base
	}
	h.Session, h.Password = s.id, s.pass
	switch st.pass {
	case wrongPassword:
		h.Password = make([]byte, 16)
	case shortPassword:
		h.Password = s.pass[:3]
	case noPassword:
		h.Password = nil
	case unknownID:
		h.Session = s.id ^ 0x5a5a5a
		h.Password = wire.Password(h.Session)
	}
	c, err := wire.Dial(p.server.Addr)
	if err != nil {
		p.say(st.who, "cannot connect: %v", err)
		return
	}
	old := s.conn
	p.handshake(st.who, c, h)
	if old != nil && st.pass != unknownID && h.LastZxid <= p.canon.base {
		p.awaitClose(st.who, old)
	}
	if p.slots[st.who] == s && (old == nil || old.Ended()) {
		s.conn = nil // the session may live on without a connection
	}
}

func (p *player) rawNew(st step) {
	c, err := wire.Dial(p.server.Addr)
	if err != nil {
		p.say(st.who, "cannot connect: %v", err)
		return
	}
	defer c.Close()
	if err := c.Write(st.bytes); err != nil {
		p.say(st.who, "write: %v", err)
	}
	_, err = c.AwaitFor(func(m wire.Message) bool { return m.Kind == wire.Closed }, quiet)
	for _, m := range c.Take() {
		if m.Kind == wire.Handshake {
			if w, err := wire.ParseWelcome(m.Body); err == nil && w.Session != 0 {
				p.canon.learn(st.who, w.Session)
			}
		}
		p.say(st.who, "raw %s", p.canon.message(m, nil, 0))
	}
	if err != nil {
		p.say(st.who, "raw stays open")
	}
}

func (p *player) awaitClose(who int, c *wire.Conn) {
	if _, err := c.Await(func(m wire.Message) bool { return m.Kind == wire.Closed }); err != nil {
		p.say(who, "not closed: %v", err)
	}
	p.record(who, c, nil)
}

func (p *player) awaitAny(who int, c *wire.Conn) {
	m, err := c.Await(func(m wire.Message) bool { return m.Kind == wire.Closed || m.Kind == wire.Event })
	if err != nil {
		p.say(who, "nothing came: %v", err)
	} else if m.Kind == wire.Event {
		p.say(who, "%s", p.canon.message(m, nil, 0))
	}
}

// settle lets the server finish: a barrier on the slot that acted, then on all others, and writes down what
// came on each.
func (p *player) settle(first int) {
	order := []int{first}
	for who := range 16 {
		if _, ok := p.slots[who]; ok && who != first {
			order = append(order, who)
		}
	}
	for _, who := range order {
		s := p.slots[who]
		if s == nil || s.conn == nil || s.mute && who != first {
			continue // when a silent session is closed is a matter of chance
		}
		if !s.conn.Ended() && !s.mute {
			if _, err := s.conn.Barrier(); err != nil {
				p.say(who, "no answer to a read: %v", err)
				s.conn.Close()
			}
		}
		p.record(who, s.conn, s.ops)
		if s.conn.Ended() {
			s.conn.Close()
			s.conn = nil
		}
	}
}

func (p *player) record(who int, c *wire.Conn, ops map[int32]int32) {
	for _, m := range c.Take() {
		p.say(who, "%s", p.canon.message(m, ops, 0))
	}
}

// end closes every session that the script had, with or without a connection: one that expired later would
// take a zxid in the middle of another script.
func (p *player) end() {
	for _, s := range p.slots {
		if s.conn != nil {
			s.conn.Close()
		}
	}
	no := false
	for id := range p.canon.sessions {
		c, err := wire.Open(p.server.Addr, wire.Hello{Timeout: 30000, Session: id, Password: wire.Password(id),
			ReadOnly: &no})
		if err != nil {
			continue // refused: it was closed by the script
		}
		_, _ = c.Call(wire.Bare(wire.OpCloseSession))
		c.Close()
	}
}
