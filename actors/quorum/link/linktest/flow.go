package linktest

import (
	"fmt"
	"io"
	"slices"

	"troupe/zab/packet"
)

// Flow is what is under way in one direction between two places: its head is delivered first.
type Flow struct {
	n        *Net
	number   int
	from, to *host
	sender   *end // whose packets these are; nil: steps of connecting, or what an end tells itself
	queue    []event
	busy     bool // the stream of the head is being made
	over     bool // nobody listens
}

// event is one thing under way: a packet, a packet with its snapshot, the end of the link, or a step (call).
type event struct {
	packet packet.Packet
	size   int
	stream func(w io.Writer) error // of a snapshot that is not made yet
	made   bool                    // the stream was run: this is it
	stored []byte
	closes bool
	call   func()
	what   string // of a call
}

// flow makes one that ends with its last event, unless it has a sender.
func (n *Net) flow(from, to *host, sender *end) *Flow {
	n.numbers++
	f := &Flow{n: n, number: n.numbers, from: from, to: to, sender: sender}
	n.flows = append(n.flows, f)
	return f
}

// Number is in the order in which flows were made.
func (f *Flow) Number() int { return f.number }

// From and To are the names of the hosts.
func (f *Flow) From() string { return f.from.name }

// To is the name of the host that it goes to.
func (f *Flow) To() string { return f.to.name }

// String tells for traces what would be delivered next.
func (f *Flow) String() string {
	head := "nothing"
	if len(f.queue) > 0 {
		e := f.queue[0]
		switch {
		case e.call != nil:
			head = e.what
		case e.closes:
			head = "end of link"
		default:
			head = e.packet.String()
		}
		if more := len(f.queue) - 1; more > 0 {
			head += fmt.Sprintf(" and %d more", more)
		}
	}
	return fmt.Sprintf("%d %s->%s: %s", f.number, f.from.name, f.to.name, head)
}

// Ready tells whether Deliver would do anything.
func (f *Flow) Ready() bool {
	if len(f.queue) == 0 || f.busy || f.to.off || f.from != f.to && f.n.cut[[2]string{f.from.name, f.to.name}] {
		return false
	}
	return f.sender == nil || f.sender.peer.dead || f.queue[0].stream != nil || f.sender.peer.h != nil
}

// add queues an event, unless nobody will take it.
func (f *Flow) add(e event) {
	if !f.over {
		f.queue = append(f.queue, e)
	}
}

// put adds an event, and tells of it.
func (f *Flow) put(e event) {
	f.add(e)
	f.n.o.Queued(f)
}

// pop takes the first k events off.
func (f *Flow) pop(k int) []event {
	all := f.queue[:k:k]
	f.queue = f.queue[k:]
	if f.sender == nil && len(f.queue) == 0 {
		f.end()
	}
	return all
}

// end forgets the flow.
func (f *Flow) end() {
	f.queue, f.over = nil, true
	f.n.flows = slices.DeleteFunc(f.n.flows, func(g *Flow) bool { return f == g })
}

// Deliver delivers what is at the head: some packets, a step of a snapshot, the end of the link. It tells whether there
// was anything to do.
func (f *Flow) Deliver() bool {
	if !f.Ready() {
		return false
	}
	if e := f.queue[0]; f.sender != nil && f.sender.peer.dead {
		f.sender.reset()
	} else if e.stream != nil {
		f.sender.stream(e)
	} else if e.call != nil {
		f.pop(1)[0].call()
	} else if e.closes {
		f.pop(1)
		f.sender.peer.peerClosed()
	} else if to := f.sender.peer; to.dialed && e.packet.Kind == packet.Snap {
		f.sender.sent(f.pop(1))
		to.snapshot(e.packet, e.stored)
	} else {
		to.packets(f.batch(to))
	}
	if f.Ready() {
		f.n.o.Queued(f)
	}
	return true
}

// batch takes as many packets as are to be delivered together.
func (f *Flow) batch(to *end) []packet.Packet {
	k := 0
	for k < len(f.queue) && !f.queue[k].closes && f.queue[k].stream == nil && !(to.dialed && f.queue[k].packet.Kind == packet.Snap) {
		k++
	}
	k = min(max(f.n.o.Batch(k), 1), k)
	events := f.pop(k)
	f.sender.sent(events)
	ps := make([]packet.Packet, k)
	for i, e := range events {
		ps[i] = e.packet
	}
	return ps
}

// survive keeps what still arrives after the sender has gone.
func (f *Flow) survive() {
	all := len(f.queue)
	if all == 0 {
		return
	}
	f.queue = f.queue[:min(max(f.n.o.Survive(all), 0), all)]
	if i := slices.IndexFunc(f.queue, func(e event) bool { return e.stream != nil }); i >= 0 {
		f.queue = f.queue[:i] // it was not made, and never will be
	}
	if len(f.queue) == 0 {
		return
	}
	if last := &f.queue[len(f.queue)-1]; last.made {
		n := len(last.stored)
		last.stored = last.stored[:min(max(f.n.o.Tear(n), 0), n)]
	}
}
