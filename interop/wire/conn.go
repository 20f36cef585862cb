package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Patience is how long the waiting methods wait for a server.
const Patience = 15 * time.Second

// barrierXid starts the xids of barriers, far from those of tests.
const barrierXid int32 = 2_000_000_000

// Conn is one connection. A goroutine reads all that comes; the test takes it when it likes. The methods are
// for one goroutine, but Write may run beside the others.
type Conn struct {
	Session  int64 // from the last handshake
	Passwd   []byte
	Timeout  int32
	LastZxid int64 // highest zxid of a reply seen by Call and Barrier

	nc       net.Conn
	xid      int32
	barriers int32

	mu   sync.Mutex
	log  []Message // what has come and was not taken
	end  bool      // Closed has come
	more chan struct{}
}

// Dial opens a connection and sends nothing.
func Dial(addr string) (*Conn, error) {
	nc, err := net.DialTimeout("tcp", addr, Patience)
	if err != nil {
		return nil, err
	}
	c := &Conn{nc: nc, more: make(chan struct{}, 1)}
	go c.read()
	return c, nil
}

// Connect opens a connection and a new session with the given time-out in milliseconds.
func Connect(addr string, timeout int32) (*Conn, error) {
	no := false
	return Open(addr, Hello{Timeout: timeout, Password: make([]byte, 16), ReadOnly: &no})
}

// Open opens a connection and sends h; a session that is refused is an error.
func Open(addr string, h Hello) (*Conn, error) {
	c, err := Dial(addr)
	if err != nil {
		return nil, err
	}
	if err := c.Hello(h); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Reattach opens a new connection for the session of c.
func (c *Conn) Reattach(addr string) (*Conn, error) {
	no := false
	return Open(addr, Hello{LastZxid: c.LastZxid, Timeout: c.Timeout, Session: c.Session, Password: c.Passwd,
		ReadOnly: &no})
}

// ErrRefused says that the server answered a handshake with the zero session.
var ErrRefused = errors.New("wire: the server knows no such session")

// Hello sends a handshake and takes its answer.
func (c *Conn) Hello(h Hello) error {
	if err := c.Write(h.Frame()); err != nil {
		return err
	}
	m, err := c.Next()
	if err != nil {
		return err
	}
	if m.Kind != Handshake {
		return fmt.Errorf("wire: handshake answered with: %v", m)
	}
	w, err := ParseWelcome(m.Body)
	if err != nil {
		return err
	}
	if w.Timeout == 0 {
		return ErrRefused
	}
	c.Session, c.Passwd, c.Timeout = w.Session, w.Password, w.Timeout
	return nil
}

// Write sends bytes as they are.
func (c *Conn) Write(b []byte) error {
	_ = c.nc.SetWriteDeadline(time.Now().Add(Patience))
	_, err := c.nc.Write(b)
	return err
}

// Send sends a request under the next xid and gives that xid.
func (c *Conn) Send(r Request) (int32, error) {
	c.xid++
	return c.xid, c.Write(r.Frame(c.xid))
}

// Call sends a request and waits for its reply. Events that come before it stay to be taken.
func (c *Conn) Call(r Request) (Message, error) {
	xid, err := c.Send(r)
	if err != nil {
		return Message{}, err
	}
	m, err := c.Await(func(m Message) bool { return m.Kind == Reply && m.Xid == xid })
	if err != nil {
		return m, fmt.Errorf("%s: %w", OpName(r.Op), err)
	}
	c.LastZxid = max(c.LastZxid, m.Zxid)
	return m, nil
}

// Barrier waits until the server has answered all that was sent before, by a read that goes the same way.
// It gives false if the connection ended first.
func (c *Conn) Barrier() (bool, error) {
	c.barriers++
	xid := barrierXid + c.barriers
	if err := c.Write(WatchReq(OpExists, "/", false).Frame(xid)); err != nil {
		// The server has closed: what it said before is still to be read.
		_, err := c.awaitKept(func(m Message) bool { return m.Kind == Closed }, Patience)
		return false, err
	}
	m, err := c.awaitKept(func(m Message) bool { return m.Kind == Closed || m.Kind == Reply && m.Xid == xid }, Patience)
	if err != nil || m.Kind == Closed {
		return false, err
	}
	c.LastZxid = max(c.LastZxid, m.Zxid)
	c.drop(xid)
	return true, nil
}

// Next takes the next message.
func (c *Conn) Next() (Message, error) {
	m, err := c.Await(func(Message) bool { return true })
	return m, err
}

// ErrTimeout says that nothing fitting came in time.
var ErrTimeout = errors.New("wire: no answer in time")

// ErrClosed says that the connection ended before what was waited for.
var ErrClosed = errors.New("wire: closed by the server")

// Await takes the first message that fits; those before it stay.
func (c *Conn) Await(fits func(Message) bool) (Message, error) { return c.AwaitFor(fits, Patience) }

// AwaitFor is Await with a limit of its own.
func (c *Conn) AwaitFor(fits func(Message) bool, limit time.Duration) (Message, error) {
	m, err := c.awaitKept(func(m Message) bool { return m.Kind == Closed || fits(m) }, limit)
	if err != nil {
		return m, err
	}
	if m.Kind == Closed && !fits(m) {
		return m, ErrClosed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.log {
		if m.Kind != Closed && fits(c.log[i]) {
			c.log = append(c.log[:i], c.log[i+1:]...)
			break
		}
	}
	return m, nil
}

// awaitKept gives the first message that fits and leaves it in place.
func (c *Conn) awaitKept(fits func(Message) bool, limit time.Duration) (Message, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	seen := 0
	for {
		c.mu.Lock()
		for ; seen < len(c.log); seen++ {
			if fits(c.log[seen]) {
				m := c.log[seen]
				c.mu.Unlock()
				return m, nil
			}
		}
		c.mu.Unlock()
		select {
		case <-c.more:
		case <-timer.C:
			return Message{}, ErrTimeout
		}
	}
}

func (c *Conn) drop(xid int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, m := range c.log {
		if m.Kind == Reply && m.Xid == xid {
			c.log = append(c.log[:i], c.log[i+1:]...)
			return
		}
	}
}

// Take gives all that has come and was not taken yet. Closed stays for the next Take too.
func (c *Conn) Take() []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.log
	c.log = nil
	if c.end {
		c.log = []Message{{Kind: Closed}}
	}
	return out
}

// Some waits until something has come and takes all of it.
func (c *Conn) Some() ([]Message, error) {
	if _, err := c.awaitKept(func(Message) bool { return true }, Patience); err != nil {
		return nil, err
	}
	return c.Take(), nil
}

// Ended reports whether the server has closed the connection.
func (c *Conn) Ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end
}

// Close ends the connection from this side.
func (c *Conn) Close() { _ = c.nc.Close() }

// CloseWrite ends the sending direction only.
func (c *Conn) CloseWrite() error { return c.nc.(*net.TCPConn).CloseWrite() }

func (c *Conn) read() {
	r := bufio.NewReaderSize(c.nc, 64<<10)
	var head [4]byte
	for first := true; ; first = false {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			break
		}
		frame := make([]byte, binary.BigEndian.Uint32(head[:])&0x7fffffff)
		if _, err := io.ReadFull(r, frame); err != nil {
			break
		}
		c.put(parse(frame, first))
	}
	c.put(Message{Kind: Closed})
}

func (c *Conn) put(m Message) {
	c.mu.Lock()
	c.log = append(c.log, m)
	c.end = c.end || m.Kind == Closed
	c.mu.Unlock()
	select {
	case c.more <- struct{}{}:
	default:
	}
}
