package conn

import (
	"troupe/actors/pipeline"
	"troupe/actors/watch"
)

// Courier remembers whose outbox was filled in a batch of commits, and wakes those connections once
// when the batch is done. It is used under the exclusive gate only.
type Courier struct{ touched []*Handler }

// delivery tells a connection to look into its outbox.
type delivery struct{}

// Dispatch wakes the connections whose outboxes were filled.
func (c *Courier) Dispatch() {
	for i, h := range c.touched {
		h.touched = false
		h.tell(delivery{})
		c.touched[i] = nil
	}
	c.touched = c.touched[:0]
}

// parcel is an event or an answer in an outbox.
type parcel struct {
	event   *watch.Event
	request *pipeline.Request
}

func (h *Handler) put(p parcel) {
	h.outbox = append(h.outbox, p)
	if !h.touched {
		h.touched = true
		h.env.Courier.touched = append(h.env.Courier.touched, h)
	}
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
