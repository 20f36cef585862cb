package sim

import (
	"fmt"
	"slices"
	"time"

	"troupe/interop/wire"
	"troupe/zab"
)

// story is what happened in a session.
type story struct {
	client  *client
	id      int64
	sights  []sight
	expired bool       // it was told so
	known   int64      // when it was told so: the newest transaction that any server had, or the highest zxid if who told it had no quorum
	closed  bool       // it has closed it
	alone   bool       // of a server without a quorum, which only reads
	lines   []*machine // the servers that have had it, in order
	ended   bool       // by the client, in any way: it gives no more signs of life
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
	local        bool // of a session that is of one server, as far as its client knows: nobody else hears of its end
	line         *Line
}

// local tells that nobody but its server need know of the session: it has no ephemeral.
func (s *story) local() bool {
	return s.client.w.local && !slices.ContainsFunc(s.calls, func(x *call) bool { return x.op.Kind == Ephemeral && x.done > 0 && x.code == 0 })
}

// asked tells that such an operation was asked for.
func (s *story) asked(k Kind) bool {
	return slices.ContainsFunc(s.calls, func(x *call) bool { return x.op.Kind == k })
}

// sight is something that a client saw: an answer or an event.
type sight struct {
	call *call
	path string // of an event
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
		c.w.fail(Sound, "client %d: the answer to %s is too short", c.id, wire.OpName(x.kind))
	}
}

func (c *client) perform(op Op) {
	path := fmt.Sprintf("/k%d", op.Key)
	value := fmt.Sprintf("%d.%d", c.id, op.Number)
	x := &call{op: op, path: path, value: value, version: -1}
	c.w.record.written[value] = true
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
	x.sentAt, x.local = c.w.steps, c.story.alone || c.story.local()
	if c.w.story != nil && x.kind != wire.OpSetWatches {
		x.line = c.w.tell(c.title, "%s", x)
		x.line.Result = "no answer"
	}
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

// String says the request in words.
func (x *call) String() string {
	s := wire.OpName(x.kind)
	if x.path != "" && x.kind != wire.OpCloseSession {
		s += " " + x.path
	}
	switch {
	case x.leads || x.kind == wire.OpCloseSession || x.kind == wire.OpDelete:
	case x.kind == wire.OpGetData && x.op.Kind == Watch:
		s += ", and watch it"
	case x.kind != wire.OpGetData:
		s += " = " + x.value
	}
	if x.version >= 0 && x.kind == wire.OpSetData {
		s += fmt.Sprintf(" if version %d", x.version)
	}
	return s
}

// answer says in words what came back, and when.
func (x *call) answer(now time.Duration) string {
	s := fmt.Sprintf("code %d", x.code)
	switch {
	case x.code == wire.CodeNoNode:
		s = "no node"
	case x.code == wire.CodeNodeExists:
		s = "node exists"
	case x.code == wire.CodeBadVersion:
		s = "bad version"
	case x.code != 0:
	case x.kind == wire.OpGetData:
		s = fmt.Sprintf("%s, version %d", x.got, x.gotVersion)
	case x.kind == wire.OpSetData:
		s = fmt.Sprintf("version %d", x.gotVersion)
	default:
		s = "ok"
	}
	return fmt.Sprintf("%s, at %s, after %.1f ms", s, zab.Hex(x.zxid), float64(now-x.line.At)/float64(time.Millisecond))
}
