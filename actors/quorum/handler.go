package quorum

import (
	"errors"
	"io"

	"github.com/asynkron/protoactor-go/actor"

	"troupe/actors/quorum/link"
	"troupe/zab/leader"
	"troupe/zab/packet"
)

// handler is the actor of one learner, on the leader: Apache's LearnerHandler. It stands between the learner's
// connection, on whose reading goroutine it runs, and the leader, which decides.
type handler struct {
	id      leader.ID
	pid     *actor.PID
	link    link.Link
	leader  func(any)
	snapped bool            // it was sent a snapshot
	out     []packet.Packet // gathered by the leader, which alone uses it
}

type (
	// arrived is what one read brought from a learner.
	arrived struct {
		id      leader.ID
		packets []packet.Packet
	}
	// gone is the end of a learner's connection.
	gone struct {
		id  leader.ID
		err error
	}
)

func (h *handler) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *arrived, *gone:
		h.leader(m)
	}
}

// flush sends what was gathered.
func (h *handler) flush() {
	if len(h.out) > 0 {
		h.link.Send(h.out)
		clear(h.out)
		h.out = h.out[:0]
	}
}

// ear is what a handler hears with at its connection.
type ear struct {
	id   leader.ID
	send actor.SenderContext
	pid  *actor.PID
}

var errSnapFromLearner = errors.New("a learner sends no snapshots")

// Packets implements link.Handler.
func (e ear) Packets(_ link.Link, ps []packet.Packet) { e.send.Send(e.pid, &arrived{e.id, ps}) }

// Snapshot implements link.Handler.
func (e ear) Snapshot(link.Link, packet.Packet, io.Reader) error { return errSnapFromLearner }

// Closed implements link.Handler.
func (e ear) Closed(_ link.Link, err error) { e.send.Send(e.pid, &gone{e.id, err}) }
