package conn

import (
	"troupe/actors/pipeline"
	"troupe/jute/proto"
)

// A request that comes while earlier ones of the same connection are under way travels behind them through the pipeline:
// so it is executed exactly between its neighbours, and the order of answers needs no further care. If it only reads, it
// follows the last one of them wherever that is by now. A read with nothing before it is answered at once.

// newRequest makes a request of this client for the pipeline.
func (h *Handler) newRequest(xid int32, op proto.Op) *pipeline.Request {
	r := h.env.Requests.Get()
	r.Conn, r.Received = h, h.now
	r.Cxid, r.Op, r.IDs = xid, op, h.ids
	r.Session = h.Session()
	return r
}

// submit puts a request into the batch of the loop's round.
func (h *Handler) submit(r *pipeline.Request) {
	h.travel(r)
	h.owe(r)
}

func (h *Handler) travel(r *pipeline.Request) {
	h.gathering.add(r, h.link)
}

// follow lets a read follow the last request. That one has not been answered, or this turn would know: it has the gate, and
// has emptied the outbox.
func (h *Handler) follow(r *pipeline.Request) {
	h.last.Follow(r)
	h.owe(r)
}

func (h *Handler) owe(r *pipeline.Request) {
	h.last = r
	h.owed++
	if r.Read {
		h.owedReads++
	}
}

// settle forgets a request that has been answered. On a leader or learner those that travelled are not used again: others
// may commit what the own log still has to write.
func (h *Handler) settle(r *pipeline.Request) {
	if h.last == r {
		h.last = nil
	}
	if !h.env.Member {
		h.env.Requests.Put(r)
	}
}

// keep copies a request that outlives the turn and is not used again. What is kept in one turn shares one array.
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
			h.settle(p.request)
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
	h.owed, h.owedReads, h.last = 0, 0, nil
	h.state = closing
}
