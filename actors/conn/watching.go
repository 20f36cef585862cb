package conn

import (
	"strings"

	"troupe/actors/pipeline"
	"troupe/actors/watch"
	"troupe/jute"
	"troupe/jute/proto"
	"troupe/tree/reply"
)

// watch registers what a request leaves behind.
func (h *Handler) watch(w reply.WatchRequest) {
	var k watch.Kind
	switch w.Kind {
	case reply.NoWatch:
		return
	case reply.DataWatch:
		k = watch.Data
	case reply.ChildWatch:
		k = watch.Child
	case reply.PersistentWatch:
		k = watch.Persistent
	case reply.RecursiveWatch:
		k = watch.Recursive
	}
	h.watched = true
	// The path aliases the input; the tables keep it.
	h.env.Watches.Register(strings.Clone(w.Path), k, h)
}

// findWatch answers checkWatches and removeWatches. The watch actors may be at work for another loop,
// so their word comes as a message, and the answer keeps its place in the order by a slot.
func (h *Handler) findWatch(xid int32, op proto.Op, body []byte) {
	var req proto.RemoveWatchesRequest // both requests have the same fields
	d := jute.NewDecoder(body)
	req.Decode(&d)
	kinds := watch.ByType(req.Type)
	if d.Err() != nil || kinds == 0 || req.Path == jute.Null {
		h.replyError(xid, h.env.Tree.LastZxid(), proto.MarshallingError)
		return
	}
	r := &pipeline.Request{Conn: h, Received: h.now}
	r.Cxid, r.Op = xid, op
	h.slots = append(h.slots, slot{request: r})
	found := func(k watch.Kind) { h.tell(&watchAsk{slot: r, found: k != 0}) }
	path := strings.Clone(req.Path)
	if op == proto.OpRemoveWatches {
		h.env.Watches.Unregister(path, kinds, h, found)
	} else {
		h.env.Watches.Inquire(path, kinds, h, found)
	}
}

func (h *Handler) watchAnswer(m *watchAsk) {
	m.slot.Zxid = h.env.Tree.LastZxid()
	if !m.found {
		m.slot.Failed = proto.NoWatcher
	}
	h.settle(m.slot)
}

// setWatches takes up the watches of a client that comes back, and tells what it has missed. The
// events leave before the answer, and also if a later part of the request is bad.
func (h *Handler) setWatches(xid int32, op proto.Op, body []byte) {
	events, watches, code := reply.EvaluateSetWatches(h.env.Tree, op, body)
	for _, e := range events {
		h.out = watch.AppendFrame(h.out, e.Type, e.Path)
		h.tally.Sent++
	}
	for _, w := range watches {
		h.watch(w)
	}
	h.replyError(xid, h.env.Tree.LastZxid(), code)
}
