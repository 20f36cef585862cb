package conn

import (
	"encoding/binary"
	"fmt"

	"troupe/jute/proto"
	"troupe/netio"
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
	for h.fault == nil && h.state != closing && !h.held() {
		if frames == turnFrames || len(h.out) > turnOutput {
			h.more = true
			break
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
		frames++
		h.frame(frame)
	}
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
		h.replyError(xid, 0, proto.SessionClosedRequireSASLAuth)
		h.state = closing
	case isWrite(op):
		h.submit(h.newRequest(xid, op, h.keep(frame[headerSize:])))
		if op == proto.OpCloseSession {
			h.state = closing
		}
	case len(h.slots) > 0:
		h.slots = append(h.slots, slot{read: h.keep(frame)})
	default:
		h.read(frame)
	}
}

// isWrite tells which operations become transactions.
func isWrite(op proto.Op) bool {
	switch op {
	case proto.OpCreate, proto.OpCreate2, proto.OpCreateContainer, proto.OpCreateTTL, proto.OpDelete,
		proto.OpDeleteContainer, proto.OpSetData, proto.OpSetACL, proto.OpCheck, proto.OpMulti,
		proto.OpReconfig, proto.OpCreateSession, proto.OpCloseSession:
		return true
	}
	return false
}

// read answers a request that changes nothing, from the tree. It runs under the gate.
func (h *Handler) read(frame []byte) {
	xid := int32(binary.BigEndian.Uint32(frame))
	op := proto.Op(binary.BigEndian.Uint32(frame[4:]))
	body := frame[headerSize:]
	h.tally.Latency.Add(0)
	switch op {
	case proto.OpPing:
		h.replyError(proto.XidPing, h.env.Tree.LastZxid(), proto.Ok)
	case proto.OpSetWatches, proto.OpSetWatches2:
		h.setWatches(xid, op, body)
	case proto.OpCheckWatches, proto.OpRemoveWatches:
		h.findWatch(xid, op, body)
	default:
		h.query(xid, op, body)
	}
}

// replyHeader is the length of a frame's length and ReplyHeader.
const replyHeader = 4 + 16

// begin makes room for a reply's header; done fills it in.
func (h *Handler) begin() (start int) {
	start = len(h.out)
	var room [replyHeader]byte
	h.out = append(h.out, room[:]...)
	return start
}

// done writes the header of the reply that begins at start. An error has no body.
func (h *Handler) done(start int, xid int32, zxid int64, code proto.Code) {
	if code != proto.Ok {
		h.out = h.out[:start+replyHeader]
	}
	b := h.out[start:]
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	binary.BigEndian.PutUint32(b[4:], uint32(xid))
	binary.BigEndian.PutUint64(b[8:], uint64(zxid))
	binary.BigEndian.PutUint32(b[16:], uint32(code))
	h.tally.Sent++
}

// replyError sends a reply that is only a header.
func (h *Handler) replyError(xid int32, zxid int64, code proto.Code) {
	h.done(h.begin(), xid, zxid, code)
}

// unknown answers an operation that does not exist, and ends the connection; the session lives on.
func (h *Handler) unknown(xid int32) {
	h.replyError(xid, -1, proto.Unimplemented)
	h.state = closing
}
