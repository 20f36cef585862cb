package load

import (
	"encoding/binary"
	"fmt"
)

// dialect is the protocol of a server, as far as a load needs it.
type dialect interface {
	// hello appends what a client says first.
	hello(dst []byte, c *conn, timeoutMillis int32) []byte
	// stamp numbers an encoded request, the newest of c.
	stamp(frame []byte, c *conn)
	// scan walks over what a read brought.
	scan(c *conn, b []byte, p *player) (heard, error)
	// farewell is the request that ends a session; an empty one says that there is none.
	farewell() Op
}

// heard is what a read has brought.
type heard struct{ replies, events int }

// zooKeeper is ZooKeeper's client protocol.
//
// A frame's first 20 bytes tell all that is of interest. Of a reply they are the length, xid,
// zxid and err. Of a ConnectResponse they are the length, protocolVersion, timeOut and
// sessionId; the password follows.
type zooKeeper struct{}

const (
	passwordBytes = 16
	greetingBytes = headBytes + 4 + passwordBytes
)

// hello implements dialect. A connection that had a session wants to have it back.
func (zooKeeper) hello(dst []byte, c *conn, timeoutMillis int32) []byte {
	return appendConnect(dst, timeoutMillis, c.session, c.password)
}

// stamp implements dialect: the xid.
func (zooKeeper) stamp(frame []byte, c *conn) {
	_ = frame[xidOffset+3]
	frame[xidOffset] = byte(c.sent >> 24)
	frame[xidOffset+1] = byte(c.sent >> 16)
	frame[xidOffset+2] = byte(c.sent >> 8)
	frame[xidOffset+3] = byte(c.sent)
}

// farewell implements dialect.
func (zooKeeper) farewell() Op { return closeSession() }

// scan implements dialect. It fails for anything that the connection must not get.
func (z zooKeeper) scan(c *conn, b []byte, p *player) (h heard, err error) {
	for len(b) > 0 {
		if c.skip > 0 {
			n := min(c.skip, len(b))
			c.skip -= n
			b = b[n:]
			continue
		}
		want := headBytes
		if c.state == stateGreeting {
			want = greetingBytes
		}
		var head []byte
		if c.headLen == 0 && len(b) >= want {
			head, b = b[:want], b[want:]
		} else {
			n := copy(c.head[c.headLen:want], b)
			c.headLen += n
			b = b[n:]
			if c.headLen < want {
				break
			}
			head, c.headLen = c.head[:want], 0
		}
		length := int(int32(binary.BigEndian.Uint32(head)))
		if c.skip = length + 4 - want; c.skip < 0 {
			return h, fmt.Errorf("connection %d: frame of %d bytes", c.id, length)
		}
		if c.state == stateGreeting {
			if err := z.welcome(c, head); err != nil {
				return h, err
			}
			h.replies++
			continue
		}
		xid, code := int32(binary.BigEndian.Uint32(head[4:])), int32(binary.BigEndian.Uint32(head[16:]))
		switch {
		case xid == xidEvent:
			h.events++
		case uint32(xid) != c.answered+1 && xid != xidPing:
			return h, fmt.Errorf("connection %d: reply to xid %d in place of %d", c.id, xid, c.answered+1)
		case code != 0 && !p.allowed(code):
			return h, fmt.Errorf("connection %d: error %d in reply to xid %d", c.id, code, xid)
		case code == 0 && length < p.minReply:
			return h, fmt.Errorf("connection %d: reply to xid %d has %d bytes, not %d: refused inside?", c.id, xid, length, p.minReply)
		default:
			c.answered++
			h.replies++
		}
	}
	return h, nil
}

// refusedError says that a server has no session for a client: a new one may be given.
type refusedError struct{ conn int }

func (e refusedError) Error() string { return fmt.Sprintf("connection %d: session refused", e.conn) }

// welcome takes the answer to the handshake.
func (zooKeeper) welcome(c *conn, head []byte) error {
	session := int64(binary.BigEndian.Uint64(head[12:]))
	if timeout := int32(binary.BigEndian.Uint32(head[8:])); timeout <= 0 || session == 0 {
		return refusedError{c.id}
	}
	c.session = session
	copy(c.password[:], head[headBytes+4:])
	c.state = stateOpen
	return nil
}
