package sim

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"troupe/interop/wire"
)

// client is a program that uses the ensemble: one session after the other, and within it one connection after the other.
type client struct {
	w     *world
	id    int
	title string // in stories
	as    Caller
	dice  dice
	sock  *socket
	ready bool // the handshake is done
	in    []byte
	count uint64 // of its events
	round uint64 // counts connections, so that timers of old ones do nothing

	story    *story // of the present session
	stories  []*story
	password []byte
	timeout  time.Duration
	last     int64 // highest zxid seen
	heard    time.Duration
	xid      int32
	sent     []*call // not answered, in order
	todo     []Op
	versions map[int]int32 // that it saw last, by key
	silent   bool
	ghost    *socket // to the server where the session was, before it has moved
}

const window = 3 // requests under way

func newClient(w *world, as Caller) *client {
	c := &client{w: w, id: as.ID, title: fmt.Sprintf("client %d", as.ID), as: as, timeout: as.Timeout, versions: map[int]int32{},
		dice: diceOf(diceClient, uint64(as.ID))}
	c.begin()
	c.after(as.Begins+time.Duration(w.below(&c.dice, 300))*time.Millisecond, c.connect)
	return c
}

// client is the one with this number.
func (w *world) client(id int) *client {
	for _, c := range w.clients {
		if c.id == id {
			return c
		}
	}
	return nil
}

// begin makes a new session, which has no id yet.
func (c *client) begin() {
	c.story = &story{client: c, armed: map[string]bool{}}
	c.stories = append(c.stories, c.story)
	c.password, c.last = make([]byte, 16), 0
}

// after does something later, unless the client has got another connection by then.
func (c *client) after(d time.Duration, do func()) {
	round := c.round
	c.count++
	c.w.later(nil, keyOf(keyClient, uint64(c.id)), c.count, d, false, func() {
		if round == c.round && !c.silent {
			do()
		}
	})
}

func (c *client) connect() {
	to := c.w.machines[c.w.below(&c.dice, len(c.w.machines))]
	if c.as.Home > 0 {
		to = c.w.machine(c.as.Home)
	}
	c.dial(to)
}

func (c *client) dial(to *machine) {
	c.round++
	c.ready, c.in = false, nil
	c.sock = c.w.connect(c, to)
	hello := wire.Hello{LastZxid: c.last, Timeout: int32(c.timeout.Milliseconds()), Session: c.story.id, Password: c.password, ReadOnly: &c.as.ReadOnly}
	c.sock.send(hello.Frame())
	c.heard = c.w.now
	c.after(c.timeout/3, func() {
		if !c.ready {
			c.drop("no session in time")
		}
	})
}

// drop gives up the connection, and takes another one.
func (c *client) drop(why string) {
	if c.sock == nil {
		return
	}
	c.w.hash(uint64(c.id), uint64(len(c.sent)))
	c.sock.leave()
	c.sock, c.ready, c.sent = nil, false, nil
	c.round++
	c.after(time.Duration(5+c.w.below(&c.dice, 100))*time.Millisecond, c.connect)
}

// ended: the server has closed the connection, or there is none.
func (c *client) ended(s *socket, why string) {
	switch s {
	case c.sock:
		c.drop(why)
	case c.ghost:
		c.ghost = nil
	}
}

// live keeps the session alive as long as the connection stands.
func (c *client) live() {
	c.after(c.timeout/3, func() {
		if c.w.now-c.heard > c.timeout*2/3 {
			c.drop("silence")
			return
		}
		c.sock.send(wire.Bare(wire.OpPing).Frame(wire.XidPing))
		c.live()
	})
}

// receive takes bytes of the server.
func (c *client) receive(s *socket, b []byte) {
	if s != c.sock {
		return
	}
	c.heard = c.w.now
	c.in = append(c.in, b...)
	for len(c.in) >= 4 && c.sock == s && !c.silent {
		n := int(binary.BigEndian.Uint32(c.in))
		if len(c.in) < 4+n {
			return
		}
		frame := c.in[4 : 4+n]
		c.in = c.in[4+n:]
		c.w.trace.Write(frame)
		if !c.ready {
			c.welcome(frame)
		} else {
			c.message(s, frame)
		}
	}
}

func (c *client) welcome(frame []byte) {
	h, err := wire.ParseWelcome(frame)
	if err != nil {
		c.w.fail(Sound, "client %d: a handshake is answered with %x: %v", c.id, frame, err)
		return
	}
	if h.Timeout == 0 {
		if c.story.id == 0 {
			c.w.fail(Sessions, "client %d: a new session was refused", c.id)
			return
		}
		c.w.note(c.title, "is told that session %#x has expired", c.story.id)
		if c.w.well && !c.story.alone && !c.w.local {
			c.w.fail(Sessions, "client %d: session %#x has expired although all is well, and its client lives", c.id, c.story.id)
		}
		c.story.expired, c.story.ended, c.story.known = true, true, c.w.newest()
		if h.ReadOnly != nil && *h.ReadOnly {
			c.story.known = math.MaxInt64 // it goes by its log, the end of which may be decided later, or never
		}
		c.begin()
		c.drop("expired")
		return
	}
	if c.story.id != 0 && c.story.id != h.Session {
		c.w.fail(Sessions, "client %d came back with session %#x and was given %#x", c.id, c.story.id, h.Session)
	}
	c.story.id, c.password, c.ready, c.story.ended = h.Session, h.Password, true, false
	only := ""
	if h.ReadOnly != nil && *h.ReadOnly {
		c.story.alone, only = true, ", which only reads"
	} else if c.story.alone {
		c.w.fail(Alone, "client %d: session %#x of a server without a quorum is served by server %d, which has one", c.id, h.Session, c.sock.p.m.id)
	}
	c.w.note(c.title, "speaks to server %d for session %#x%s", c.sock.p.m.id, h.Session, only)
	c.story.lines = append(c.story.lines, c.sock.p.m)
	c.haunt()
	if len(c.story.armed) > 0 {
		paths := make([]string, 0, len(c.story.armed))
		for path := range c.story.armed {
			paths = append(paths, path)
		}
		slices.Sort(paths)
		c.request(&call{kind: wire.OpSetWatches}, wire.SetWatchesReq(wire.OpSetWatches, c.last, paths, []string{}, []string{}))
	}
	c.live()
	c.pump()
}

// message is an answer or an event.
func (c *client) message(s *socket, frame []byte) {
	d := wire.NewDec(frame)
	xid, zxid, code := d.Int(), d.Long(), d.Int()
	switch xid {
	case wire.XidPing:
		return
	case wire.XidEvent:
		_, _ = d.Int(), d.Int()
		path := d.Str()
		if c.w.plan.Bug.LoseEvents && c.w.steps%7 == 0 {
			return
		}
		delete(c.story.armed, path)
		c.story.sights = append(c.story.sights, sight{path: path})
		c.w.tell(c.title, "hears of a change of %s", path)
		return
	}
	if len(c.sent) == 0 || c.sent[0].xid != xid {
		c.w.fail(InOrder, "client %d: an answer for request %d (code %d, at %#x), and the next one is for %s", c.id, xid, code, zxid, c.awaited())
		return
	}
	x := c.sent[0]
	c.sent = c.sent[1:]
	x.done, x.code, x.zxid = c.w.steps, code, zxid
	c.last = max(c.last, zxid)
	c.story.sights = append(c.story.sights, sight{call: x})
	c.understand(x, d)
	if x.line != nil {
		x.line.Result = x.answer(c.w.now)
	}
	switch {
	case c.story.alone && code == 0 && (x.changes() || x.kind == wire.OpMulti || x.kind == wire.OpSync):
		c.w.fail(Alone, "client %d: %s %s is answered at %#x by server %d, which has no quorum", c.id, wire.OpName(x.kind), x.path, zxid, s.p.m.id)
	case c.story.alone && x.kind == wire.OpGetData && code == 0 && !c.w.record.written[x.got]:
		c.w.fail(TrueReads, "client %d: %s is %q, which nobody wrote", c.id, x.path, x.got)
	case !c.story.alone && zxid > c.w.decided():
		c.w.fail(Decided, "client %d: %s %s is answered at %#x by server %d, and decided is %#x", c.id, wire.OpName(x.kind), x.path, zxid, s.p.m.id, c.w.decided())
	}
	if x.kind == wire.OpCloseSession {
		c.story.closed = true
		c.begin()
		c.drop("session closed")
		return
	}
	c.pump()
}

// pump sends what is to be sent.
func (c *client) pump() {
	for c.ready && !c.silent && len(c.todo) > 0 && len(c.sent) < window {
		op := c.todo[0]
		c.todo = c.todo[1:]
		c.perform(op)
	}
}

// ask gives the client something to do.
func (c *client) ask(op Op) {
	if op.Kind == Hush {
		c.w.note(c.title, "falls silent")
		c.silent, c.todo, c.story.ended = true, nil, true
		return
	}
	if op.Kind == Move {
		c.move(op)
		return
	}
	if !c.silent {
		c.todo = append(c.todo, op)
		c.pump()
	}
}

// idle tells that it has nothing to do, and is connected to a server that lives.
func (c *client) idle() bool {
	return c.silent || c.ready && !c.sock.closed && !c.sock.p.dead && len(c.todo) == 0 && len(c.sent) == 0
}
