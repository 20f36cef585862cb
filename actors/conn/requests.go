package conn

import (
	"troupe/actors/pipeline"
	"troupe/jute/proto"
)

// A request that comes while earlier ones of the same connection are under way travels behind them through
// the pipeline, also if it only reads: so it is executed exactly between its neighbours, and the order of answers
// needs no further care. A read with nothing before it is answered at once.

// newRequest makes a request of this client for the pipeline. The body must belong to it.
func (h *Handler) newRequest(xid int32, op proto.Op, body []byte) *pipeline.Request {
	r := h.slab()
	r.Conn, r.Received = h, h.now
	r.Cxid, r.Op, r.Body, r.IDs = xid, op, body, h.ids
	r.Session = h.Session()
	return r
}

// slab gives the next request of the turn. From the second on they are made some at a time.
func (h *Handler) slab() *pipeline.Request {
	if len(h.requests) == 0 {
		h.requests = make([]pipeline.Request, min(maxSlab, 1+3*len(h.batch)))
	}
	r := &h.requests[0]
	h.requests = h.requests[1:]
	return r
}

// maxSlab bounds how many requests are made at once: one that lingers keeps them all.
const maxSlab = 16

// submit puts a request into the turn's batch.
func (h *Handler) submit(r *pipeline.Request) {
	h.batch = append(h.batch, r)
	h.owed++
	if r.Read {
		h.owedReads++
	}
}

// keep copies a request that outlives the turn. What is kept in one turn shares one array.
func (h *Handler) keep(frame []byte) []byte {
	if cap(h.arena)-len(h.arena) < len(frame) {
		h.arena = make([]byte, 0, max(len(frame), h.unserved))
	}
	from := len(h.arena)
	h.arena = append(h.arena, frame...)
	return h.arena[from:len(h.arena):len(h.arena)]
}

// emptyOutbox sends what the final stage has left, in its order.
func (h *Handler) emptyOutbox() {
	for i := range h.outbox {
		p := &h.outbox[i]
		if p.event != nil {
			h.out = append(h.out, p.event.Frame()...)
			h.tally.Sent++
		} else if h.fault == nil {
			h.finish(p.request)
		}
		*p = parcel{}
	}
	if cap(h.outbox) > outboxKept {
		h.outbox = nil
	} else {
		h.outbox = h.outbox[:0]
	}
}

// abandon gives up the answers that are owed: the connection ends.
func (h *Handler) abandon() {
	h.owed, h.owedReads = 0, 0
	h.state = closing
}
