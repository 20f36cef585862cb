package sim

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"troupe/interop/wire"
)

// client is a program that uses the ensemble: one session after the other, and within it one connection after the other.
type client struct {
	w     *world
	id    int
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
}

// story is what happened in a session.
type story struct {
	client  *client
	id      int64
	sights  []sight
	expired bool  // it was told so
	known   int64 // when it was told so: the newest transaction that any server had
	closed  bool  // it has closed it
	ended   bool  // by the client, in any way: it gives no more signs of life
	calls   []*call
	armed   map[string]bool
}

// call is a request.
type call struct {
	op           Op
	kind         int32 // opcode
	path         string
	value        string
	version      int32 // that it demands; -1: any
	xid          int32
	sentAt, done int64 // steps; done 0: never answered
	code         int32
	zxid         int64 // of the answer
	got          string
	gotVersion   int32
	gotMzxid     int64
	leads        bool // the sync before a get
}

// sight is something that a client saw: an answer or an event.
type sight struct {
	call *call
	path string // of an event
}

const window = 3 // requests under way

func newClient(w *world, id int) *client {
	c := &client{w: w, id: id, timeout: time.Duration(1000+500*w.random.IntN(4)) * time.Millisecond, versions: map[int]int32{}}
	c.begin()
	c.after(time.Duration(w.random.IntN(300))*time.Millisecond, c.connect)
	return c
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
	c.round++
	c.ready, c.in = false, nil
	c.sock = c.w.connect(c, c.w.machines[c.w.random.IntN(len(c.w.machines))])
	no := false
	hello := wire.Hello{LastZxid: c.last, Timeout: int32(c.timeout.Milliseconds()), Session: c.story.id, Password: c.password, ReadOnly: &no}
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
	c.after(time.Duration(5+c.w.random.IntN(100))*time.Millisecond, c.connect)
}

// ended: the server has closed the connection, or there is none.
func (c *client) ended(s *socket, why string) {
	if s == c.sock {
		c.drop(why)
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
			c.message(frame)
		}
	}
}

func (c *client) welcome(frame []byte) {
	h, err := wire.ParseWelcome(frame)
	if err != nil {
		c.w.fail("client %d: a handshake is answered with %x: %v", c.id, frame, err)
		return
	}
	if h.Timeout == 0 {
		if c.story.id == 0 {
			c.w.fail("client %d: a new session was refused", c.id)
			return
		}
		c.w.note("client %d: session %#x has expired", c.id, c.story.id)
		if c.w.well {
			c.w.fail("client %d: session %#x has expired although all is well, and its client lives", c.id, c.story.id)
		}
		c.story.expired, c.story.ended, c.story.known = true, true, c.w.newest()
		c.begin()
		c.drop("expired")
		return
	}
	if c.story.id != 0 && c.story.id != h.Session {
		c.w.fail("client %d came back with session %#x and was given %#x", c.id, c.story.id, h.Session)
	}
	c.story.id, c.password, c.ready, c.story.ended = h.Session, h.Password, true, false
	c.w.note("client %d speaks to server %d for session %#x", c.id, c.sock.p.m.id, h.Session)
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
func (c *client) message(frame []byte) {
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
		return
	}
	if len(c.sent) == 0 || c.sent[0].xid != xid {
		c.w.fail("client %d: an answer for request %d (code %d, at %#x), and the next one is for %s", c.id, xid, code, zxid, c.awaited())
		return
	}
	x := c.sent[0]
	c.sent = c.sent[1:]
	x.done, x.code, x.zxid = c.w.steps, code, zxid
	c.last = max(c.last, zxid)
	c.story.sights = append(c.story.sights, sight{call: x})
	c.understand(x, d)
	if c.w.tell != nil {
		c.w.talk("client %d: %v %s %q -> %d at %#x: %q version %d", c.id, wire.OpName(x.kind), x.path, x.value, code, zxid, x.got, x.gotVersion)
	}
	if x.kind == wire.OpCloseSession {
		c.w.note("client %d: session %#x is closed", c.id, c.story.id)
		c.story.closed = true
		c.begin()
		c.drop("session closed")
		return
	}
	c.pump()
}

func (c *client) understand(x *call, d *wire.Dec) {
	switch {
	case x.code != 0:
		if x.code == wire.CodeNoNode && x.op.Kind != Ephemeral {
			delete(c.versions, x.op.Key)
		}
	case x.kind == wire.OpGetData:
		x.got = string(d.Buf())
		s := d.Stat()
		x.gotVersion, x.gotMzxid = s.Version, s.Mzxid
		c.versions[x.op.Key] = s.Version
		if x.op.Kind == Watch {
			c.story.armed[x.path] = true
		}
	case x.kind == wire.OpSetData:
		x.gotVersion = d.Stat().Version
		c.versions[x.op.Key] = x.gotVersion
	}
	if d.Err() != nil {
		c.w.fail("client %d: the answer to %s is too short", c.id, wire.OpName(x.kind))
	}
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
		c.w.note("client %d falls silent", c.id)
		c.silent, c.todo, c.story.ended = true, nil, true
		return
	}
	if !c.silent {
		c.todo = append(c.todo, op)
		c.pump()
	}
}

func (c *client) perform(op Op) {
	path := fmt.Sprintf("/k%d", op.Key)
	value := fmt.Sprintf("%d.%d", c.id, op.Number)
	x := &call{op: op, path: path, value: value, version: -1}
	var r wire.Request
	switch op.Kind {
	case Create:
		r = wire.CreateReq(wire.OpCreate, path, []byte(value), wire.OpenACL(), wire.Persistent)
	case Set:
		r = wire.SetDataReq(path, []byte(value), -1)
	case SetIf:
		x.version = c.versions[op.Key]
		r = wire.SetDataReq(path, []byte(value), x.version)
	case Delete:
		r = wire.VersionReq(wire.OpDelete, path, -1)
	case SyncGet:
		c.request(&call{op: op, path: path, leads: true}, wire.PathReq(wire.OpSync, path))
		r = wire.WatchReq(wire.OpGetData, path, false)
	case Get, Watch:
		r = wire.WatchReq(wire.OpGetData, path, op.Kind == Watch)
	case Ephemeral:
		x.path = fmt.Sprintf("/e-%s", value)
		r = wire.CreateReq(wire.OpCreate, x.path, []byte(value), wire.OpenACL(), wire.Ephemeral)
	case Both:
		r = wire.MultiReq(wire.OpMulti, wire.SetDataReq(path, []byte(value), -1), wire.SetDataReq("/k0", []byte(value), -1))
	case Close:
		c.story.ended = true
		r = wire.Bare(wire.OpCloseSession)
	}
	c.request(x, r)
}

func (c *client) request(x *call, r wire.Request) {
	x.kind = r.Op
	if x.kind == wire.OpSetWatches {
		x.xid = wire.XidSetWatches
	} else {
		c.xid++
		x.xid = c.xid
	}
	x.sentAt = c.w.steps
	c.sent = append(c.sent, x)
	c.story.calls = append(c.story.calls, x)
	c.sock.send(r.Frame(x.xid))
}

// awaited are the requests under way.
func (c *client) awaited() (s string) {
	for _, x := range c.sent {
		s += fmt.Sprintf("%d (%s %s) ", x.xid, wire.OpName(x.kind), x.path)
	}
	return s
}

// idle tells that it has nothing to do, and is connected to a server that lives.
func (c *client) idle() bool {
	return c.silent || c.ready && !c.sock.closed && !c.sock.p.dead && len(c.todo) == 0 && len(c.sent) == 0
}
