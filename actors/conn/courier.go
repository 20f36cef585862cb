package conn

import (
	"troupe/actors/pipeline"
	"troupe/actors/watch"
)

// Courier remembers whose outbox was filled in a batch of commits, and wakes those connections when the batch is done:
// each event loop once, however many of its connections are concerned. It is used under the exclusive gate only.
//
// It does not tell the actors one by one: for an event that 10,000 connections watch that took as long as a quarter of
// their writes, on one core, before the first of them was written.
type Courier struct{ rounds []*round } // by loop; nil if none of its connections is concerned

// Dispatch wakes the connections whose outboxes were filled.
func (c *Courier) Dispatch() {
	for loop, r := range c.rounds {
		if r != nil {
			c.rounds[loop] = nil
			r.set()
		}
	}
}

func (c *Courier) add(h *Handler) {
	loop := h.link.Loop()
	for len(c.rounds) <= loop {
		c.rounds = append(c.rounds, nil)
	}
	if c.rounds[loop] == nil {
		c.rounds[loop] = &round{}
	}
	c.rounds[loop].todo = append(c.rounds[loop].todo, h)
}

// roundShare is how many connections take their turns in a row before their loop serves others: at 5 us for a turn and
// its write a third of a millisecond.
const roundShare = 64

// round is a way past connections of one loop, each of which takes a turn.
type round struct{ todo []*Handler }

// set puts the round into its loop's queue.
func (r *round) set() { r.todo[0].link.OnLoop(r.run) }

func (r *round) run() {
	share := r.todo[:min(roundShare, len(r.todo))]
	r.todo = r.todo[len(share):]
	for _, h := range share {
		h.link.InTurn(h.box.turn)
	}
	if len(r.todo) > 0 {
		r.set()
	}
}

// parcel is an event or an answer in an outbox.
type parcel struct {
	event   *watch.Event
	request *pipeline.Request
}

// put fills the outbox. If something is in it already, a turn is on its way: only turns empty it.
func (h *Handler) put(p parcel) {
	if len(h.outbox) == 0 {
		h.env.Courier.add(h)
	}
	h.outbox = append(h.outbox, p)
}

// Notify implements watch.Watcher: the event is put into the outbox if the client may read the znode.
func (h *Handler) Notify(e *watch.Event) {
	if h.mayRead(e.ACL) {
		h.put(parcel{event: e})
	}
}

// Reply implements pipeline.Replier.
func (h *Handler) Reply(r *pipeline.Request) { h.put(parcel{request: r}) }

// Session implements watch.Watcher.
func (h *Handler) Session() int64 {
	if h.session == nil {
		return 0
	}
	return h.session.ID
}
