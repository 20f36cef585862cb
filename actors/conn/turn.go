package conn

import (
	"errors"
	"fmt"
	"runtime/debug"
)

const (
	// turnFrames bounds how many requests one turn serves, so that the gate is held for some tens of
	// microseconds and the other connections of the loop get theirs.
	turnFrames = 256
	// turnOutput bounds what one turn gathers before it writes, in bytes.
	turnOutput = 256 << 10
	// outboxKept is the outbox capacity, in parcels, that an idle connection keeps.
	outboxKept = 64
)

// turn is all that ever happens on a connection: one at a time, on its loop.
func (h *Handler) turn() {
	if h.ended {
		h.box.drain() // what the actor runtime still has to say
		return
	}
	h.out = h.link.TakeBuffer()
	h.now = h.env.Clock.Millis()
	h.behindGate()
	h.count()
	out := h.out
	h.out = nil
	h.link.Flush(out)
	h.afterFlush()
}

// behindGate is the part of a turn that sees the tree.
func (h *Handler) behindGate() {
	loop := h.link.Loop()
	h.env.Gate.EnterBy(loop)
	defer h.env.Gate.LeaveBy(loop)
	defer func() {
		if r := recover(); r != nil {
			h.fail(fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
			h.box.invoker.EscalateFailure(r, nil)
		}
	}()
	h.box.drain()
	if late := h.env.EventsLate && h.session != nil; !late {
		h.emptyOutbox()
	}
	h.serve()
	if h.env.EventsLate {
		h.emptyOutbox()
	}
}

// afterFlush does what must not be done under the gate, and decides whether to read on.
func (h *Handler) afterFlush() {
	if h.ended {
		return
	}
	switch {
	case h.fault != nil:
		h.link.Abort(h.fault)
		return
	case h.state == asking:
		h.ask()
		return
	case h.state == closing && h.owed == 0:
		h.link.Close()
		return
	case h.link.Pending() > h.env.Limits.OutputHard:
		h.link.Abort(fmt.Errorf("the client does not read: %d bytes wait for it", h.link.Pending()))
		return
	case h.state != asking && h.link.InputEnded():
		h.link.Close()
		return
	}
	h.pace()
	if h.more {
		h.more = false
		h.link.Execute(h.turn)
	}
}

// pace stops reading from a client that is to be slowed down, and goes on when it may. Below
// unreadKept bytes of unserved input the socket is left alone: the client is about to be served.
func (h *Handler) pace() {
	const unreadKept = 128 << 10
	if !h.held() {
		if h.paused {
			h.paused = false
			h.link.ResumeReading()
			h.more = true
		}
		return
	}
	if !h.paused && (h.link.Pending() > 0 || len(h.link.Input()) > unreadKept) {
		h.paused = true
		h.link.PauseReading()
	}
}

// held tells that no further request of the client is served for the time being.
func (h *Handler) held() bool {
	l := &h.env.Limits
	return h.state == connecting || h.link.Pending() > l.OutputSoft ||
		h.owed >= l.SessionOutstanding || h.owedReads >= l.SessionReads ||
		h.owed > 0 && h.env.Pipeline.Inside() > l.GlobalOutstanding
}

// fail ends the connection at the end of the turn, without further answers.
func (h *Handler) fail(err error) {
	if h.fault == nil {
		h.fault = err
	}
}

var (
	errProtocol = errors.New("protocol error")
	errMoved    = errors.New("the session speaks through another server now")
)
