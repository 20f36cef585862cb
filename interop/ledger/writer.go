package ledger

import (
	"fmt"

	"troupe/interop/wire"
)

// Writer sends the operations of one ledger over a connection, with a number of them in flight.
type Writer struct {
	Root  string
	Sent  int // operations sent
	Acked int // operations acknowledged
}

// Open makes the ledger's nodes, or, where they are, checks them and goes on from there.
func (w *Writer) Open(c *wire.Conn) error {
	m, err := c.Call(wire.WatchReq(wire.OpExists, w.Root+"/twin", false))
	if err != nil {
		return err
	}
	if m.Err == wire.CodeNoNode && w.Acked == 0 {
		for _, r := range Prepare(w.Root) {
			if m, err := c.Call(r); err != nil || m.Err != wire.CodeOK && m.Err != wire.CodeNodeExists {
				return fmt.Errorf("ledger: make %s: %v %w", w.Root, m, err)
			}
		}
		w.Sent = 0
		return nil
	}
	return w.Verify(c)
}

// Verify reads the ledger over c and compares it with what was sent and acknowledged. What was in flight is
// settled by it.
func (w *Writer) Verify(c *wire.Conn) error {
	nodes, err := c.Dump(w.Root)
	if err != nil {
		return err
	}
	done, err := Check(w.Root, nodes, w.Acked, w.Sent)
	if err != nil {
		return err
	}
	w.Sent, w.Acked = done, done
	return nil
}

// Run sends operations with at most depth in flight until limit of them were sent or stop is closed, and
// waits for their replies. It gives wire.ErrClosed if the connection ended first, with Acked as it was then.
func (w *Writer) Run(c *wire.Conn, depth, limit int, stop <-chan struct{}) error {
	end := w.Sent + limit
	for {
		select {
		case <-stop:
			end = w.Sent
			stop = nil
		default:
		}
		var frames []byte
		for w.Sent-w.Acked < depth && w.Sent < end {
			w.Sent++
			frames = append(frames, Operation(w.Root, w.Sent).Frame(int32(w.Sent))...)
		}
		if len(frames) > 0 {
			// A write that fails is followed by the end of what can be read, which is awaited below.
			_ = c.Write(frames)
		}
		if w.Acked == w.Sent {
			return nil
		}
		came, err := c.Some()
		if err != nil {
			return err
		}
		if err := w.count(came); err != nil {
			return err
		}
	}
}

func (w *Writer) count(came []wire.Message) error {
	for _, m := range came {
		switch {
		case m.Kind == wire.Closed:
			return wire.ErrClosed
		case m.Kind != wire.Reply:
			continue
		case m.Err != wire.CodeOK:
			return fmt.Errorf("ledger: operation %d of %s is answered with %d", m.Xid, w.Root, m.Err)
		case int(m.Xid) != w.Acked+1:
			return fmt.Errorf("ledger: the reply to operation %d of %s came where that to %d was due", m.Xid, w.Root,
				w.Acked+1)
		}
		if code, ok := failedPart(m.Body); int(m.Xid)%kinds == createTwo && !ok {
			return fmt.Errorf("ledger: a part of operation %d of %s is answered with %d", m.Xid, w.Root, code)
		}
		w.Acked++
	}
	return nil
}

// failedPart looks into the first result of a multi, whose header says OK even when it failed.
func failedPart(body []byte) (code int32, ok bool) {
	d := wire.NewDec(body)
	typ, _, code := d.Int(), d.Bool(), d.Int()
	return code, typ != -1 && d.Err() == nil
}
