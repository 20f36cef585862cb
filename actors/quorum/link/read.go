package link

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"troupe/zab/packet"
)

// reader turns the bytes of a connection into batches of packets. It stands between the connection and the buffer of
// packet.Reader: when that is empty, all that the last read brought has been taken apart, and is handed over before
// anybody waits for more.
type reader struct {
	c      *conn
	h      Handler
	batch  []packet.Packet
	before int  // length of the last batch: a guess for the next
	timed  bool // a snapshot is read
}

func newReader(c *conn, h Handler) *reader { return &reader{c: c, h: h} }

// errBoarded ends a reader whose link goes on on an event loop.
var errBoarded = errors.New("moved to an event loop")

// run reads until the link ends, and tells why.
func (r *reader) run() error {
	in := packet.NewReader(r, r.c.o.Limits)
	err := r.packets(in)
	if err == errBoarded { // the loop hears all that comes now
		return err
	}
	r.deliver()
	if _, flushing := r.c.silent(); flushing {
		// What the peer says is of no interest any more, but unread bytes would make closing a reset, which destroys last words.
		_, _ = io.Copy(io.Discard, r.c.net)
		<-r.c.written
		return ErrClosed
	}
	return err
}

func (r *reader) packets(in *packet.Reader) error {
	for {
		if r.c.settled.Load() && in.Buffered() == 0 {
			r.deliver()
			if r.c.board(r.h) {
				return errBoarded
			}
		}
		p, err := in.Next()
		if err == io.EOF {
			return ErrPeerClosed
		}
		if err != nil {
			return err
		}
		if p.Kind != packet.Snap || !r.c.dialed {
			if r.batch == nil {
				r.batch = make([]packet.Packet, 0, max(4, r.before))
			}
			r.batch = append(r.batch, p)
			continue
		}
		r.deliver()
		if err := r.snapshot(p, in.Stream()); err != nil {
			return err
		}
	}
}

func (r *reader) snapshot(p packet.Packet, stream io.Reader) error {
	if silent, _ := r.c.silent(); silent {
		return ErrClosed
	}
	r.timed = true
	err := r.h.Snapshot(r.c, p, stream)
	r.timed = false
	if err != nil {
		return fmt.Errorf("snapshot %#x: %w", p.Zxid, err)
	}
	return r.c.net.SetReadDeadline(time.Time{})
}

// deliver hands over what was gathered.
func (r *reader) deliver() {
	if len(r.batch) == 0 {
		return
	}
	ps := r.batch
	r.batch, r.before = nil, len(ps)
	if silent, _ := r.c.silent(); !silent {
		r.h.Packets(r.c, ps)
	}
}

// Read is called by packet.Reader for more bytes.
func (r *reader) Read(b []byte) (int, error) {
	r.deliver()
	if !r.timed {
		return r.c.net.Read(b)
	}
	if err := r.c.net.SetReadDeadline(time.Now().Add(r.c.o.Stall)); err != nil {
		return 0, err
	}
	n, err := r.c.net.Read(b)
	return n, stalled(err)
}

// stalled names a deadline that has passed.
func stalled(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: %w", ErrStalled, err)
	}
	return err
}
