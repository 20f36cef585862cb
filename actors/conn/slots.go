package conn

import (
	"troupe/actors/pipeline"
	"troupe/jute/proto"
)

// slot is an answer that is owed. Answers leave in the order of the requests, so what comes behind a
// write that is still under way waits here: a session's read sees all its earlier writes.
type slot struct {
	request *pipeline.Request // a write, or a question to the watch actors
	done    bool              // its answer is known
	read    []byte            // a read that waits: its frame
}

// emptyOutbox takes what the final stage has left: events at once, answers in their order.
func (h *Handler) emptyOutbox() {
	for i := range h.outbox {
		p := &h.outbox[i]
		if p.event != nil {
			h.out = append(h.out, p.event.Frame()...)
			h.tally.Sent++
		} else {
			h.settle(p.request)
		}
		*p = parcel{}
	}
	if cap(h.outbox) > outboxKept {
		h.outbox = nil
	} else {
		h.outbox = h.outbox[:0]
	}
	h.release()
}

// settle marks an answer as known. Answers come in the order of the requests, so it is the first that
// is not.
func (h *Handler) settle(r *pipeline.Request) {
	for i := range h.slots {
		if h.slots[i].request == r {
			h.slots[i].done = true
			return
		}
	}
}

// release sends the answers that need not wait any longer, and serves the reads that waited for them.
func (h *Handler) release() {
	n := 0
	for ; n < len(h.slots) && h.fault == nil; n++ {
		s := &h.slots[n]
		if s.request == nil {
			h.read(s.read)
		} else if s.done {
			h.finish(s.request)
		} else {
			break
		}
		*s = slot{}
	}
	h.slots = h.slots[n:]
	if len(h.slots) == 0 {
		h.slots = nil
	}
}

// newRequest makes a write of this client. The body must belong to it.
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

// submit puts a write into the turn's batch.
func (h *Handler) submit(r *pipeline.Request) {
	h.batch = append(h.batch, r)
	h.slots = append(h.slots, slot{request: r})
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
