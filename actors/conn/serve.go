package conn

import (
	"encoding/binary"
	"fmt"

	"troupe/jute/proto"
	"troupe/netio"
	"troupe/tree/prep"
)

// serve handles what has arrived, up to the bounds of a turn. It runs under the gate.
func (h *Handler) serve() {
	in := h.link.Input()
	if len(in) == 0 || h.state == asking || h.state == closing {
		return
	}
	h.heard.Store(h.now)
	if h.state == greeting && h.greet(in) || !h.started {
		return
	}
	used, frames, need := 0, 0, 0
	var ahead guesses
	guessed := false
	for h.fault == nil && h.state != closing && !h.held() {
		if frames == turnFrames || len(h.out) > turnOutput {
			h.more = true
			break
		}
		if frames%len(ahead) == 0 {
			guessed = h.lookAhead(in[used:], &ahead)
		}
		frame, n, err := netio.NextFrame(in[used:], h.env.Limits.MaxFrame)
		if err != nil {
			h.fail(err)
			break
		}
		if frame == nil {
			need = n
			break
		}
		h.unserved = len(in) - used
		used += n
		if h.guess = nil; guessed {
			h.guess = ahead[frames%len(ahead)]
		}
		frames++
		h.frame(frame)
	}
	h.guess = nil
	h.arena = nil
	h.link.Consume(used)
	h.link.Need(need)
	h.tally.Received += int64(frames)
	h.tally.BytesIn += int64(used)
	if h.session != nil {
		h.session.Touch(h.now)
	}
}

// headerSize is the length of a RequestHeader.
const headerSize = 8

// frame handles one request, or the handshake.
func (h *Handler) frame(frame []byte) {
	if h.state == greeting {
		h.connect(frame)
		return
	}
	if len(frame) < headerSize {
		h.fail(fmt.Errorf("%w: a request of %d bytes has no header", errProtocol, len(frame)))
		return
	}
	xid := int32(binary.BigEndian.Uint32(frame))
	op := proto.Op(binary.BigEndian.Uint32(frame[4:]))
	h.lastOp, h.lastXid = op, xid
	switch {
	case h.session.Gone():
		// Its end has been applied; the notice to close is on its way.
	case op == proto.OpAuth:
		h.authenticate(xid, frame[headerSize:])
	case op == proto.OpSASL:
		h.sasl(xid, frame[headerSize:])
	case !h.authEnough():
		h.reply(xid, 0, proto.SessionClosedRequireSASLAuth, nil)
		h.state = closing
	case prep.IsWrite(op):
		h.write(xid, op, frame[headerSize:])
	case h.owed > 0 || op == proto.OpCheckWatches || op == proto.OpRemoveWatches || op == proto.OpSync && h.env.Member:
		r := h.newRequest(xid, op)
		r.Keep(frame[headerSize:])
		r.Read = true
		if h.owed > 0 && !(op == proto.OpSync && h.env.Member) && !h.env.EventsLate {
			h.follow(r)
		} else {
			h.submit(r)
		}
	default:
		h.read(xid, op, frame[headerSize:])
	}
}

// read answers at once, from the tree.
func (h *Handler) read(xid int32, op proto.Op, body []byte) {
	var a answering
	a.h, a.out, a.guess = h, h.out, h.guess
	a.read(xid, op, body, h.ids)
	h.out = a.out
	h.tally.Sent += a.messages
	h.tally.Latency.Add(0)
	h.lastZxid = h.env.Tree.LastZxid()
	if a.last {
		h.state = closing
	}
}

// reply sends a header, and behind it what body appends if there is no error.
func (h *Handler) reply(xid int32, zxid int64, code proto.Code, body func(dst []byte) []byte) {
	a := answering{h: h, out: h.out}
	start := a.begin()
	if code == proto.Ok && body != nil {
		a.out = body(a.out)
	}
	a.done(start, xid, zxid, code)
	h.out = a.out
	h.tally.Sent++
}
