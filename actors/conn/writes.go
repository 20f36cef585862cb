package conn

import (
	"troupe/actors/pipeline"
	"troupe/actors/session"
	"troupe/jute"
	"troupe/jute/proto"
	"troupe/tree/reply"
)

// finish answers a request whose turn in the order of answers has come.
func (h *Handler) finish(r *pipeline.Request) {
	code := r.Failed
	if r.HasTxn {
		code = r.Result.Err
	}
	h.lastLatency = h.now - r.Received
	h.tally.Latency.Add(h.lastLatency)
	switch {
	case r.Op == proto.OpCreateSession:
		h.sessionOpened(r)
	case code == proto.SessionMoved:
		h.fail(errMoved)
	case code == proto.UnknownSession:
		// The session has ended meanwhile; the notice to close is on its way.
	default:
		start := h.begin()
		if code == proto.Ok && r.HasTxn {
			h.out = reply.AppendReply(h.out, r.Op, &r.Txn, &r.Result)
		}
		h.done(start, r.Cxid, r.Zxid, code)
		h.lastZxid = r.Zxid
	}
}

// sessionOpened answers the handshake, or a client that sent createSession as a request: it gets a
// second ConnectResponse, as with Apache.
func (h *Handler) sessionOpened(r *pipeline.Request) {
	if h.state == connecting {
		h.openedSession(r)
		return
	}
	d := jute.NewDecoder(r.Body)
	h.session.Touch(h.now)
	p := session.Password(h.session.ID)
	h.connectResponse(d.Int(), h.session.ID, p[:])
}

// query answers the reads that are plain questions to the tree, and registers the watch that came
// with one. Both happen under one hold of the gate, so no change can fall between.
func (h *Handler) query(xid int32, op proto.Op, body []byte) {
	start := h.begin()
	out, code, w := h.env.Reader.Append(h.out, op, body, reply.Client{Session: h.session.ID, IDs: h.ids})
	h.out = out
	h.watch(w)
	if code == proto.Unimplemented {
		h.out = h.out[:start]
		h.unknown(xid)
		return
	}
	h.lastZxid = h.env.Tree.LastZxid()
	h.done(start, xid, h.lastZxid, code)
}
