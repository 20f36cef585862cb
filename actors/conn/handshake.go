package conn

import (
	"encoding/binary"
	"fmt"

	"troupe/actors/pipeline"
	"troupe/actors/session"
	"troupe/jute"
	"troupe/jute/proto"
)

// connect handles a connection's first frame. It runs under the gate.
func (h *Handler) connect(frame []byte) {
	var req proto.ConnectRequest
	d := jute.NewDecoder(frame)
	readOnly, present := req.DecodeFull(&d)
	if err := d.Err(); err != nil {
		h.fail(fmt.Errorf("%w: the first frame is no ConnectRequest: %w", errProtocol, err))
		return
	}
	h.oldForm = !present
	if h.env.ReadOnly && !readOnly {
		h.state = closing // without a line in the log: all clients try, again and again
		return
	}
	if last := h.env.Tree.LastZxid(); req.LastZxidSeen > last {
		// It has seen more than we know: it must find a server that is not behind.
		h.fail(fmt.Errorf("the client has seen zxid %#x, this server only %#x", uint64(req.LastZxidSeen), uint64(last)))
		return
	}
	l := &h.env.Limits
	timeout := min(max(req.TimeOut, l.MinSessionTimeout), l.MaxSessionTimeout)
	h.state = connecting
	h.stats.timeout.Store(timeout)
	if req.SessionID == 0 {
		h.open(timeout)
		return
	}
	want := session.Password(req.SessionID)
	h.env.Sessions.Attach(req.SessionID, string(req.Passwd) == string(want[:]), timeout, h)
}

// open asks for a new session: a transaction like any other, or none for a local one.
func (h *Handler) open(timeout int32) {
	if h.env.Sessions.LocalSessions() {
		h.attached(h.env.Sessions.OpenLocal(h.env.IDs.Next(), timeout, h))
		return
	}
	r := h.newRequest(0, proto.OpCreateSession)
	r.Body = jute.AppendInt(nil, timeout)
	r.Session = h.env.IDs.Next()
	h.submit(r)
}

// openedSession is the answer to open.
func (h *Handler) openedSession(r *pipeline.Request) {
	s := h.env.Sessions.Get(r.Session)
	if s == nil || r.Txn.Header.Type != int32(proto.OpCreateSession) {
		h.refuse()
		return
	}
	h.attached(s)
}

// attached makes the connection speak for the session.
func (h *Handler) attached(s *session.Session) {
	if h.state != connecting {
		return
	}
	h.session = s
	h.state = serving
	h.stats.timeout.Store(s.Timeout())
	p := session.Password(s.ID)
	h.connectResponse(s.Timeout(), s.ID, p[:])
	h.more = true
}

// refuse tells the client that it has no session, and ends the connection.
func (h *Handler) refuse() {
	if h.state != connecting {
		return
	}
	var none [session.PasswordLen]byte
	h.connectResponse(0, 0, none[:])
	h.state = closing
}

func (h *Handler) connectResponse(timeout int32, id int64, password []byte) {
	start := len(h.out)
	h.out = append(h.out, 0, 0, 0, 0)
	res := proto.ConnectResponse{TimeOut: timeout, SessionID: id, Passwd: password}
	h.out = res.AppendFull(h.out, h.env.ReadOnly, !h.oldForm)
	binary.BigEndian.PutUint32(h.out[start:], uint32(len(h.out)-start-4))
	h.tally.Sent++
}
