package link

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"troupe/zab/packet"
)

const (
	// maxWrite bounds the bytes of one write, but for a single packet that is larger.
	maxWrite = 1 << 20
	// piece is how many bytes of a snapshot are written, and have to be taken by the peer within Options.Stall, at a time.
	piece = 64 << 10
	// keepItems is how long a queue may have been to be used again.
	keepItems = 8192
)

// item is something to be sent: a packet, with the stream that follows it if it is not nil; or the rest of packets of which the
// kernel has taken a part.
type item struct {
	packet packet.Packet
	stream func(w io.Writer) error
	rest   []byte
}

// Send implements Link.
func (c *conn) Send(ps []packet.Packet) {
	c.mu.Lock()
	if c.closed || c.flushing {
		c.mu.Unlock()
		return
	}
	err := c.sendOrQueue(ps)
	c.mu.Unlock()
	if err != nil {
		c.Close(err)
	}
}

// sendOrQueue needs mu.
func (c *conn) sendOrQueue(ps []packet.Packet) error {
	if len(ps) == 0 {
		return nil
	}
	if c.ride != nil {
		return c.ride.send(ps)
	}
	n := 0
	for i := range ps {
		n += size(&ps[i])
	}
	if !c.writing && len(c.queue) == 0 && c.direct.socket != nil && n <= maxDirect {
		rest, err := c.direct.send(ps)
		if len(rest) == 0 {
			return err
		}
		n = len(rest)
		c.queue = append(c.queue, item{rest: bytes.Clone(rest)})
	} else {
		for i := range ps {
			c.queue = append(c.queue, item{packet: ps[i]})
		}
	}
	c.wake.Signal()
	return c.backlog.Add(n)
}

// SendSnapshot implements Link.
func (c *conn) SendSnapshot(snap packet.Packet, stream func(w io.Writer) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.flushing {
		return
	}
	if c.ride != nil {
		panic("a snapshot on a link that was settled")
	}
	c.backlog.AddSnapshot(size(&snap))
	c.queue = append(c.queue, item{packet: snap, stream: stream})
	c.wake.Signal()
}

// write is the goroutine that sends.
func (c *conn) write() {
	defer close(c.written)
	w := writer{c: c}
	var batch []item
	for {
		batch = c.take(batch)
		if batch == nil {
			break
		}
		if err := w.send(batch); err != nil {
			c.Close(err)
			return
		}
	}
	c.lastWords()
}

// take waits for something to send, and takes all of it; old is used for what comes then. nil: nothing comes any more.
func (c *conn) take(old []item) []item {
	clear(old)
	if cap(old) > keepItems {
		old = nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = false
	for len(c.queue) == 0 {
		if c.closed || c.flushing || c.ride != nil {
			return nil
		}
		c.wake.Wait()
	}
	c.writing = true
	batch := c.queue
	c.queue = old[:0]
	return batch
}

// sent counts bytes and snapshots that are not queued any more.
func (c *conn) sent(bytes, snapshots int) {
	c.mu.Lock()
	c.backlog.Sent(bytes, snapshots)
	c.mu.Unlock()
}

// lastWords: all is sent. The peer is told, and who reads waits for it to close.
func (c *conn) lastWords() {
	c.mu.Lock()
	reads, closed := c.started, c.closed || c.ride != nil
	c.mu.Unlock()
	half, ok := c.net.(interface{ CloseWrite() error })
	if closed || ok && reads && half.CloseWrite() == nil {
		return
	}
	c.Close(nil)
}

// writer encodes items into a buffer that is used again and again.
type writer struct {
	c       *conn
	buf     []byte
	counted int // bytes of what is in buf, as Send counted them
}

func (w *writer) send(batch []item) error {
	for i := range batch {
		if rest := batch[i].rest; rest != nil {
			w.buf = append(w.buf, rest...)
			w.counted += len(rest)
			continue
		}
		p := &batch[i].packet
		if len(w.buf) > 0 && len(w.buf)+size(p) > maxWrite {
			if err := w.flush(); err != nil {
				return err
			}
		}
		w.buf = p.Append(w.buf)
		w.counted += size(p)
		if batch[i].stream == nil {
			continue
		}
		if err := w.flush(); err != nil {
			return err
		}
		if err := w.snapshot(batch[i].stream); err != nil {
			return fmt.Errorf("sending snapshot %#x: %w", p.Zxid, err)
		}
	}
	return w.flush()
}

// flush writes the packets in the buffer. There is no deadline: whether the peer lives is found out above.
func (w *writer) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	_, err := w.c.net.Write(w.buf)
	w.c.sent(w.counted, 0)
	w.buf, w.counted = w.buf[:0], 0
	if cap(w.buf) > 2*maxWrite {
		w.buf = nil
	}
	return err
}

// snapshot runs a stream, in pieces that must make progress.
func (w *writer) snapshot(stream func(w io.Writer) error) error {
	s := streamer{w}
	if err := stream(s); err != nil {
		return err
	}
	if err := s.flush(); err != nil {
		return err
	}
	w.c.sent(0, 1)
	return w.c.net.SetWriteDeadline(time.Time{})
}

// streamer is what a snapshot is written to.
type streamer struct{ w *writer }

// Write gathers pieces.
func (s streamer) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		part := b[:min(len(b), piece-len(s.w.buf))]
		s.w.buf = append(s.w.buf, part...)
		b = b[len(part):]
		if len(s.w.buf) == piece {
			if err := s.flush(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

func (s streamer) flush() error {
	c := s.w.c
	if len(s.w.buf) == 0 {
		return nil
	}
	if err := c.net.SetWriteDeadline(time.Now().Add(c.o.Stall)); err != nil {
		return err
	}
	_, err := c.net.Write(s.w.buf)
	s.w.buf = s.w.buf[:0]
	return stalled(err)
}
