package conn

import (
	"encoding/binary"
	"strings"

	"troupe/actors/pipeline"
	"troupe/actors/watch"
	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/tree"
	"troupe/tree/reply"
)

// answering is one read being answered. It needs the gate, shared in a turn or exclusive in the final stage, and
// touches nothing of the connection that the gate does not guard.
type answering struct {
	h        *Handler
	out      []byte
	messages int64      // frames appended to out
	last     bool       // the connection ends after them
	guess    *tree.Node // what is probably read
}

// Read implements pipeline.Replier: the final stage answers a read that travelled behind a write.
func (h *Handler) Read(r *pipeline.Request) {
	a := answering{h: h, out: r.Answer[:0]}
	a.read(r.Cxid, r.Op, r.Body, r.IDs)
	r.Answer, r.Messages, r.Last = a.out, a.messages, a.last
}

// read answers a request that changes nothing, from the tree.
func (a *answering) read(xid int32, op proto.Op, body []byte, ids []data.ID) {
	switch op {
	case proto.OpPing:
		a.header(proto.XidPing, a.zxid(), proto.Ok)
	case proto.OpSetWatches, proto.OpSetWatches2:
		a.setWatches(xid, op, body)
	case proto.OpCheckWatches, proto.OpRemoveWatches:
		a.findWatch(xid, op, body)
	case proto.OpCloseSession:
		a.closeLocal(xid)
	case proto.OpCreateSession: // of a local session, once more: finish answers it
	default:
		a.query(xid, op, body, ids)
	}
}

func (a *answering) zxid() int64 { return a.h.env.Tree.LastZxid() }

// query answers the reads that are plain questions to the tree, and registers the watch that came with
// one. Both happen under one hold of the gate, so no change can fall between.
func (a *answering) query(xid int32, op proto.Op, body []byte, ids []data.ID) {
	start := a.begin()
	var who reply.Client
	who.Session, who.IDs, who.Guess = a.h.session.ID, ids, a.guess
	out, code, w := a.h.env.Reader.Append(a.out, op, body, &who)
	a.out = out
	a.watch(w)
	zxid := a.zxid()
	if code == proto.Unimplemented { // the session lives on, the connection does not
		zxid, a.last = -1, true
	}
	a.done(start, xid, zxid, code)
}

// watch registers what a request leaves behind.
func (a *answering) watch(w reply.WatchRequest) {
	if w.Kind == reply.NoWatch || w.Path == jute.Null {
		return // to no name at all nothing ever happens
	}
	var k watch.Kind
	switch w.Kind {
	case reply.DataWatch:
		k = watch.Data
	case reply.ChildWatch:
		k = watch.Child
	case reply.PersistentWatch:
		k = watch.Persistent
	case reply.RecursiveWatch:
		k = watch.Recursive
	}
	a.h.watched = true
	// The path aliases the input; the tables keep it.
	a.h.env.Watches.Register(strings.Clone(w.Path), k, a.h)
}

// findWatch answers checkWatches and removeWatches. It is always done by the final stage: only under the exclusive
// gate do the watch actors answer at once.
func (a *answering) findWatch(xid int32, op proto.Op, body []byte) {
	var req proto.RemoveWatchesRequest // both requests have the same fields
	d := jute.NewDecoder(body)
	req.Decode(&d)
	kinds := watch.ByType(req.Type)
	check := op == proto.OpCheckWatches
	switch {
	case d.Err() != nil || kinds == 0, check && req.Path != "" && !strings.Contains(req.Path, "/"): // the null path among them
		a.header(xid, a.zxid(), proto.MarshallingError)
		return
	case req.Path == jute.Null || check && req.Path == "": // Apache finds nothing under the root's other name
		a.header(xid, a.zxid(), proto.NoWatcher)
		return
	}
	code := proto.NoWatcher
	found := func(k watch.Kind) {
		if k != 0 {
			code = proto.Ok
		}
	}
	if !check {
		a.h.env.Watches.Unregister(req.Path, kinds, a.h, found)
	} else {
		a.h.env.Watches.Inquire(req.Path, kinds, a.h, found)
	}
	if check && code != proto.Ok && req.Path[0] != '/' { // Apache looks for recursive watches above it, and fails
		code = proto.MarshallingError
	}
	a.header(xid, a.zxid(), code)
}

// setWatches takes up the watches of a client that comes back, and tells what it has missed. The
// events leave before the answer, and also if a later part of the request is bad.
func (a *answering) setWatches(xid int32, op proto.Op, body []byte) {
	events, watches, code := reply.EvaluateSetWatches(a.h.env.Tree, op, body)
	for _, e := range events {
		a.out = watch.AppendFrame(a.out, e.Type, e.Path)
		a.messages++
	}
	for _, w := range watches {
		a.watch(w)
	}
	a.header(xid, a.zxid(), code)
}

// replyHeader is the length of a frame's length and ReplyHeader.
const replyHeader = 4 + 16

// begin makes room for a reply's header; done fills it in.
func (a *answering) begin() (start int) {
	start = len(a.out)
	var room [replyHeader]byte
	a.out = append(a.out, room[:]...)
	return start
}

// done writes the header of the reply that begins at start. An error has no body.
func (a *answering) done(start int, xid int32, zxid int64, code proto.Code) {
	if code != proto.Ok {
		a.out = a.out[:start+replyHeader]
	}
	b := a.out[start:]
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	binary.BigEndian.PutUint32(b[4:], uint32(xid))
	binary.BigEndian.PutUint64(b[8:], uint64(zxid))
	binary.BigEndian.PutUint32(b[16:], uint32(code))
	a.messages++
}

// header sends a reply that is only a header.
func (a *answering) header(xid int32, zxid int64, code proto.Code) {
	a.done(a.begin(), xid, zxid, code)
}
