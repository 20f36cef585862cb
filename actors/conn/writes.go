package conn

import (
	"troupe/actors/pipeline"
	"troupe/actors/session"
	"troupe/jute"
	"troupe/jute/proto"
	"troupe/tree/reply"
)

// finish sends the answer of a request that has come back from the pipeline.
func (h *Handler) finish(r *pipeline.Request) {
	if h.owed > 0 {
		h.owed--
	}
	if r.Read && h.owedReads > 0 {
		h.owedReads--
	}
	code := outcome(r)
	h.lastLatency = h.now - r.Received
	h.tally.Latency.Add(h.lastLatency)
	h.lastZxid = r.Zxid
	switch {
	case r.Op == proto.OpCreateSession:
		h.sessionOpened(r)
	case code == proto.SessionMoved:
		h.fail(errMoved)
	case code == proto.UnknownSession:
		// The session has ended meanwhile; the notice to close is on its way.
	case r.Read && code == proto.Ok:
		h.out = append(h.out, r.Answer...)
		h.tally.Sent += r.Messages
		if r.Last {
			h.abandon()
		}
	default:
		h.reply(r.Cxid, r.Zxid, code, func(dst []byte) []byte { return reply.AppendReply(dst, r.Op, &r.Txn, &r.Result) })
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
	p := session.Password(h.session.ID)
	h.connectResponse(d.Int(), h.session.ID, p[:])
}
