package linktest

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"troupe/actors/quorum/link"
	"troupe/zab/packet"
)

// ErrReset ends a link whose other end a machine that was without power knows nothing of.
var ErrReset = errors.New("connection reset by peer")

// end is one end of a link.
type end struct {
	n       *Net
	id      int64
	at      *host
	peer    *end
	remote  string
	dialed  bool
	out     *Flow // what it sends
	h       link.Handler
	backlog link.Backlog
	fresh   *listener // that has told of it, until it is started

	closed   bool // nothing is sent or heard any more
	flushing bool // CloseAfterFlush was called
	dead     bool // the process is gone
	err      error
	linger   func()
}

// connect makes the two ends of a link.
func (n *Net) connect(dialer, listener *host, address string) (dialed, accepted *end) {
	make := func(at *host, remote string) *end {
		n.ids++
		e := &end{n: n, id: n.ids, at: at, remote: remote, backlog: link.NewBacklog(n.o.SendBound, n.o.SnapshotBound), linger: func() {}}
		at.ends[e] = struct{}{}
		return e
	}
	dialed, accepted = make(dialer, address), make(listener, dialer.name)
	dialed.dialed = true
	dialed.peer, accepted.peer = accepted, dialed
	dialed.out, accepted.out = n.flow(dialer, listener, dialed), n.flow(listener, dialer, accepted)
	return dialed, accepted
}

// ID implements link.Link.
func (e *end) ID() int64 { return e.id }

// Remote implements link.Link.
func (e *end) Remote() string { return e.remote }

// Settle implements link.Link.
func (e *end) Settle() {}

// Start implements link.Link.
func (e *end) Start(h link.Handler) {
	if e.h != nil {
		panic("link started twice")
	}
	e.h = h
	if e.fresh != nil {
		delete(e.fresh.fresh, e)
		e.fresh = nil
	}
	if e.closed {
		e.tell()
	} else if e.peer.out.Ready() {
		e.n.o.Queued(e.peer.out)
	}
}

// Send implements link.Link. What arrives are copies.
func (e *end) Send(ps []packet.Packet) {
	if e.closed || e.flushing || len(ps) == 0 {
		return
	}
	total := 0
	for _, p := range ps {
		b := p.Append(nil)
		q, err := packet.Decode(b)
		if err != nil {
			panic(fmt.Errorf("sent what nobody can read: %w", err))
		}
		total += len(b)
		e.out.add(event{packet: q, size: len(b)})
	}
	e.n.o.Queued(e.out)
	if err := e.backlog.Add(total); err != nil {
		e.Close(err)
	}
}

// SendSnapshot implements link.Link. The stream is made when it is at the head, as the first of two deliveries.
func (e *end) SendSnapshot(snap packet.Packet, stream func(w io.Writer) error) {
	if e.closed || e.flushing {
		return
	}
	size := len(snap.Append(nil))
	e.backlog.AddSnapshot(size)
	e.out.add(event{packet: snap, size: size, stream: stream})
	e.n.o.Queued(e.out)
}

// sent counts what is not queued any more.
func (e *end) sent(events []event) {
	for _, x := range events {
		snapshots := 0
		if x.made {
			snapshots = 1
		}
		e.backlog.Sent(x.size, snapshots)
	}
}

// stream makes the stream of the head of what is sent.
func (e *end) stream(x event) {
	e.out.busy = true
	var buf bytes.Buffer
	err := x.stream(&streamer{e, &buf})
	e.out.busy = false
	if e.closed || e.out.over {
		return
	}
	head := &e.out.queue[0]
	head.stream, head.made, head.stored = nil, true, buf.Bytes()
	if err != nil {
		e.Close(fmt.Errorf("sending snapshot %#x: %w", x.packet.Zxid, err))
	}
}

// streamer is what a snapshot is written to.
type streamer struct {
	e   *end
	buf *bytes.Buffer
}

func (s *streamer) Write(b []byte) (int, error) {
	if s.e.n.o.Streaming(s.e.out); s.e.closed || s.e.out.over {
		return 0, ErrReset
	}
	return s.buf.Write(b)
}

// packets hands a batch over.
func (e *end) packets(ps []packet.Packet) {
	if !e.closed && !e.flushing {
		e.h.Packets(e, ps)
	}
}

// snapshot hands a snapshot over. A SNAP without one has an empty stream.
func (e *end) snapshot(snap packet.Packet, stored []byte) {
	if e.closed || e.flushing {
		return
	}
	r := &tornReader{bytes.NewReader(stored)}
	err := e.h.Snapshot(e, snap, r)
	if err == nil && r.rest.Len() > 0 {
		err = fmt.Errorf("%w: %d bytes of the snapshot were not read", packet.ErrMalformed, r.rest.Len())
	}
	if err != nil {
		e.Close(fmt.Errorf("snapshot %#x: %w", snap.Zxid, err))
	}
}

// tornReader reads bytes, after which the connection breaks.
type tornReader struct{ rest *bytes.Reader }

func (r *tornReader) Read(b []byte) (int, error) {
	n, err := r.rest.Read(b)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Close implements link.Link.
func (e *end) Close(err error) {
	if err == nil {
		err = link.ErrClosed
	}
	if e.closed {
		return
	}
	e.finish(err)
	if e.h != nil {
		e.tell()
	}
}

// CloseAfterFlush implements link.Link.
func (e *end) CloseAfterFlush() {
	if e.closed || e.flushing {
		return
	}
	e.flushing = true
	e.linger = e.n.after(e.n.o.Linger, func() { e.Close(nil) })
	e.out.put(event{closes: true})
}

// finish: nothing is heard and sent any more; the peer will hear of it behind what is under way.
func (e *end) finish(err error) {
	e.forget(err)
	e.out.survive()
	e.peer.out.end()
	if e.peer.closed {
		e.out.end()
	} else if last := len(e.out.queue) - 1; last < 0 || !e.out.queue[last].closes {
		e.out.put(event{closes: true})
	}
}

// forget takes the end off its host.
func (e *end) forget(err error) {
	e.closed, e.err = true, err
	e.linger()
	delete(e.at.ends, e)
	if e.fresh != nil {
		delete(e.fresh.fresh, e)
		e.fresh = nil
	}
}

// tell queues the last call of the handler.
func (e *end) tell() {
	f := e.n.flow(e.at, e.at, nil)
	f.put(event{what: "closed", call: func() { e.h.Closed(e, e.err) }})
}

// peerClosed takes the end of what the peer sends. Who flushes waits until the peer takes no more, too.
func (e *end) peerClosed() {
	switch {
	case e.closed || e.flushing && len(e.out.queue) > 0:
		return
	case e.flushing:
		e.finish(link.ErrClosed)
	default:
		e.finish(link.ErrPeerClosed)
	}
	e.tell()
}

// reset ends a link whose peer knows nothing of it.
func (e *end) reset() {
	if e.closed {
		e.out.end()
		return
	}
	e.finish(ErrReset)
	if e.h != nil {
		e.tell()
	}
}

// die: the process is gone. If it ended in good order the system closes the connection.
func (e *end) die(closes bool) {
	e.dead = true
	if closes {
		e.finish(ErrReset)
		return
	}
	e.forget(ErrReset)
	e.out.survive()
	if e.peer.dead {
		e.out.end()
		e.peer.out.end()
	}
}
