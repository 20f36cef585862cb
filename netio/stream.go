package netio

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

const (
	streamReadSize = 64 << 10
	// closeLinger is how long Close waits for a peer that does not read before it drops what is pending.
	closeLinger = 5 * time.Second
)

// stream is a connection's life on goroutines: one reads (when it may), one writes. Turns run under
// mu, so the owner is still called by one goroutine at a time.
type stream struct {
	c    *Conn
	sock net.Conn

	mu      sync.Mutex // the connection's turn
	wake    *sync.Cond // on mu: paused, out and ended have changed
	in      []byte
	inUsed  int // bytes at the front of in's array that were consumed
	eof     bool
	paused  bool
	out     []byte
	writing int // bytes that the writer has in hand
	ended   bool
	closing bool
	scratch []byte

	queueMu sync.Mutex
	queue   []func()
	running bool
}

// newStream takes a second descriptor of the socket; gnet closes its own when it lets go.
func newStream(c *Conn, rest []byte) (*stream, error) {
	fd, err := c.gnet.Dup()
	if err != nil {
		return nil, fmt.Errorf("moving the connection off its loop: %w", err)
	}
	f := os.NewFile(uintptr(fd), "client")
	sock, err := net.FileConn(f)
	_ = f.Close()
	if err != nil {
		return nil, fmt.Errorf("moving the connection off its loop: %w", err)
	}
	return newStreamOn(c, sock, rest), nil
}

func newStreamOn(c *Conn, sock net.Conn, rest []byte) *stream {
	s := &stream{c: c, sock: sock, out: append([]byte(nil), rest...)}
	s.wake = sync.NewCond(&s.mu)
	return s
}

// start begins the stream's life. The loop still holds the turn, and gives it up by starting the goroutines:
// nothing of the stream may be touched after that.
func (s *stream) start() {
	if s.closing { // the connection was closed in the turn that moved it: now the linger counts
		s.closing = false
		s.closeAfterFlush()
	}
	go s.read()
	go s.drain()
}

// post runs f in the stream's turn without making the caller wait; order is kept.
func (s *stream) post(f func()) {
	s.queueMu.Lock()
	s.queue = append(s.queue, f)
	start := !s.running
	s.running = true
	s.queueMu.Unlock()
	if start {
		go s.runQueue()
	}
}

func (s *stream) runQueue() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		s.queueMu.Lock()
		run := s.queue
		s.queue = nil
		if len(run) == 0 {
			s.running = false
			s.queueMu.Unlock()
			return
		}
		s.queueMu.Unlock()
		for _, f := range run {
			f()
		}
	}
}

func (s *stream) read() {
	buf := make([]byte, streamReadSize)
	s.mu.Lock()
	if len(s.in) > 0 && !s.ended {
		s.c.owner.Readable() // what came along from the loop
	}
	for {
		for s.paused && !s.ended {
			s.wake.Wait()
		}
		if s.ended {
			break
		}
		s.mu.Unlock()
		n, err := s.sock.Read(buf)
		s.mu.Lock()
		if s.ended {
			break
		}
		s.push(buf[:n])
		if err != nil {
			if !errors.Is(err, io.EOF) {
				s.end(fmt.Errorf("read: %w", err))
				break
			}
			s.eof = true
		}
		if s.eof || len(s.in) >= s.c.need {
			s.c.owner.Readable()
		}
		if s.eof {
			break // the owner has seen InputEnded and closes when it has answered
		}
	}
	s.mu.Unlock()
}

// push appends to the input, reusing the room that consumed bytes left.
func (s *stream) push(p []byte) {
	if len(s.in) == 0 && s.inUsed > 0 {
		s.in = s.in[:0:cap(s.in)]
		s.inUsed = 0
	}
	s.in = append(s.in, p...)
}

func (s *stream) consume(n int) {
	s.in = s.in[n:]
	s.inUsed += n
	if len(s.in) == 0 {
		s.in, s.inUsed = nil, 0
	}
}

func (s *stream) write(p []byte) {
	if s.ended || s.closing {
		return
	}
	s.out = append(s.out, p...)
	s.wake.Broadcast()
}

func (s *stream) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		for len(s.out) == 0 && !s.ended && !s.closing {
			s.wake.Wait()
		}
		if s.ended {
			return
		}
		if len(s.out) == 0 { // closing, and all is out
			s.end(nil)
			return
		}
		out := s.out
		s.out, s.writing = nil, len(out)
		s.mu.Unlock()
		_, err := s.sock.Write(out)
		s.mu.Lock()
		s.writing = 0
		if s.ended {
			return
		}
		if err != nil {
			s.end(fmt.Errorf("write: %w", err))
			return
		}
		if len(s.out) == 0 && !s.closing {
			s.c.owner.Drained()
		}
	}
}

func (s *stream) pending() int { return len(s.out) + s.writing }

func (s *stream) pause() { s.paused = true }

func (s *stream) resume() {
	s.paused = false
	s.wake.Broadcast()
}

func (s *stream) closeAfterFlush() {
	if s.ended || s.closing {
		return
	}
	s.closing = true
	_ = s.sock.SetWriteDeadline(time.Now().Add(closeLinger))
	s.wake.Broadcast()
}

func (s *stream) abort(err error) { s.end(err) }

// end closes the socket and tells the owner; it runs in the turn.
func (s *stream) end(err error) {
	if s.ended {
		return
	}
	s.ended = true
	_ = s.sock.Close()
	s.wake.Broadcast()
	if err == nil && s.eof {
		err = ErrPeerClosed
	}
	s.c.report(err)
}

func (s *stream) takeScratch() []byte {
	b := s.scratch
	s.scratch = nil
	return b[:0]
}

func (s *stream) giveScratch(b []byte) {
	if cap(b) <= maxScratch {
		s.scratch = b[:0]
	}
}
