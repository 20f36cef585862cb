package conn

import (
	"troupe/actors/pipeline"
	"troupe/jute"
	"troupe/jute/proto"
	"troupe/tree/prep"
)

// write sends a write into the pipeline. What opens or closes a local session is none: it only keeps its place among the
// other requests.
func (h *Handler) write(xid int32, op proto.Op, body []byte) {
	r := h.newRequest(xid, op)
	if h.env.Member {
		r.Body = h.keep(body)
	} else {
		r.Keep(body)
	}
	if h.session.Local() {
		if op == proto.OpCloseSession || op == proto.OpCreateSession {
			r.Read = true
		} else if prep.CreatesEphemeral(op, r.Body) {
			h.upgrade(r)
		}
	}
	h.submit(r)
	if op == proto.OpCloseSession {
		h.state = closing
	}
}

// upgrade makes the local session one of the ensemble before r, which creates an ephemeral. Where that is not allowed r is
// sent all the same, since the leader refuses it; but the client hears why. It is decided here, in the order of the
// client's requests, so that no closing that it sends behind r can be taken for that of a local session (ZOOKEEPER-3471).
func (h *Handler) upgrade(r *pipeline.Request) {
	if !h.env.Sessions.Upgrading() {
		r.Instead = proto.EphemeralOnLocalSession
		return
	}
	timeout, ok := h.env.Sessions.Upgrade(h.session.ID)
	if !ok {
		return // another connection of the session has begun it
	}
	u := h.env.Requests.Get()
	u.Session, u.Op, u.Body = h.session.ID, proto.OpCreateSession, jute.AppendInt(nil, timeout)
	h.travel(u) // nobody waits for its answer
}

// closeLocal answers the closing of a local session.
func (a *answering) closeLocal(xid int32) {
	a.h.env.Sessions.CloseLocal(a.h.session.ID)
	a.header(xid, a.zxid(), proto.Ok)
	a.last = true
}

// outcome is the code that the client hears of a request.
func outcome(r *pipeline.Request) proto.Code {
	if !r.HasTxn {
		return r.Failed
	}
	code, parts := r.Result.Err, r.Result.Multi
	if r.Op == proto.OpCheck && len(parts) == 1 {
		code = parts[0].Err // a learner forwards a lone check as a multi
	}
	if r.Instead == proto.Ok {
		return code
	}
	for i := range parts {
		if parts[i].Err == proto.SessionExpired {
			parts[i].Err = r.Instead
		}
	}
	if code == proto.SessionExpired {
		return r.Instead
	}
	return code
}
