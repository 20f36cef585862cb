package conn

import (
	"strings"

	"troupe/actors/pipeline"
	"troupe/actors/watch"
	"troupe/jute"
	"troupe/jute/proto"
	"troupe/tree/reply"
)

func (h *Handler) watch(w reply.WatchRequest) {
	k := watch.Data
	if w.Kind == reply.WatchChild {
		k = watch.Child
	}
	h.register(w.Path, k)
}

func (h *Handler) register(path string, k watch.Kind) {
	h.watched = true
	// The path aliases the input; the tables keep it.
	h.env.Watches.Register(strings.Clone(path), k, h)
}

// addWatch registers a persistent watch. Neither the path nor a permission is checked, as with Apache.
func (h *Handler) addWatch(xid int32, body []byte) {
	var req proto.AddWatchRequest
	d := jute.NewDecoder(body)
	req.Decode(&d)
	var k watch.Kind
	switch req.Mode {
	case int32(proto.AddWatchPersistent):
		k = watch.Persistent
	case int32(proto.AddWatchPersistentRecursive):
		k = watch.Recursive
	}
	start := h.begin()
	zxid := h.env.Tree.LastZxid()
	if d.Err() != nil || k == 0 || req.Path == jute.Null {
		h.done(start, xid, zxid, proto.MarshallingError)
		return
	}
	h.register(req.Path, k)
	// Java reads an ErrorResponse here; without it CuratorCache loses its connection.
	ok := proto.ErrorResponse{}
	h.out = ok.Append(h.out)
	h.done(start, xid, zxid, proto.Ok)
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
	code := h.env.Reader.SetWatches(op, body,
		func(t proto.EventType, path string) {
			h.out = watch.AppendFrame(h.out, t, path)
			h.stats.sent.Add(1)
		},
		func(k reply.WatchKind, path string) {
			switch k {
			case reply.WatchData:
				h.register(path, watch.Data)
			case reply.WatchChild:
				h.register(path, watch.Child)
			case reply.WatchPersistent:
				h.register(path, watch.Persistent)
			case reply.WatchRecursive:
				h.register(path, watch.Recursive)
			}
		})
	h.replyError(xid, h.env.Tree.LastZxid(), code)
}
