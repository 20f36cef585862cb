package load

import (
	"encoding/binary"
	"fmt"
)

// state is how far a connection has come.
type state uint8

const (
	stateConnecting state = iota // TCP connection under way
	stateGreeting                // ConnectRequest sent
	stateOpen                    // session established
	stateClosed
)

// flight is a run of requests that were sent together.
type flight struct {
	sentAt int64 // nanoseconds of the worker's clock
	count  int
}

// conn is one client connection. It belongs to the goroutine of its worker.
type conn struct {
	id       int   // unique in the generator
	slot     int32 // index in its worker
	fd       int
	state    state
	begunAt  int64 // when the TCP connection was begun
	session  int64
	sent     uint32 // xid of the newest request
	answered uint32 // xid of the newest reply
	turn     int64

	head    [headBytes]byte // start of a frame that a read has cut in two
	headLen int
	skip    int // bytes of the current frame that are still to come and are of no interest

	flights flightQueue
	pending []byte // encoded; pending[flushed:] was not yet taken by the kernel
	flushed int
}

// Notice that a frame's first bytes are of a handshake or a reply: both are 20 bytes long.
// ConnectResponse: length, protocolVersion, timeOut, sessionId.
// ReplyHeader: length, xid, zxid, err.

// scan walks over what a read brought. It returns how many replies and watch events were in
// it, and an error for anything that the connection must not get.
func (c *conn) scan(b []byte, p *player) (replies, events int, err error) {
	for len(b) > 0 {
		if c.skip > 0 {
			n := min(c.skip, len(b))
			c.skip -= n
			b = b[n:]
			continue
		}
		var head []byte
		if c.headLen == 0 && len(b) >= headBytes {
			head, b = b[:headBytes], b[headBytes:]
		} else {
			n := copy(c.head[c.headLen:], b)
			c.headLen += n
			b = b[n:]
			if c.headLen < headBytes {
				break
			}
			head, c.headLen = c.head[:], 0
		}
		length := int(int32(binary.BigEndian.Uint32(head)))
		if length < headerBytes {
			return replies, events, fmt.Errorf("connection %d: frame of %d bytes", c.id, length)
		}
		c.skip = length - headerBytes
		if c.state == stateGreeting {
			if err := c.welcome(head); err != nil {
				return replies, events, err
			}
			replies++
			continue
		}
		xid, code := int32(binary.BigEndian.Uint32(head[4:])), int32(binary.BigEndian.Uint32(head[16:]))
		switch {
		case xid == xidEvent:
			events++
		case uint32(xid) != c.answered+1 && xid != xidPing:
			return replies, events, fmt.Errorf("connection %d: reply to xid %d in place of %d", c.id, xid, c.answered+1)
		case code != 0 && !p.allowed(code):
			return replies, events, fmt.Errorf("connection %d: error %d in reply to xid %d", c.id, code, xid)
		case code == 0 && length < p.minReply:
			return replies, events, fmt.Errorf("connection %d: reply to xid %d has %d bytes, not %d: refused inside?", c.id, xid, length, p.minReply)
		default:
			c.answered++
			replies++
		}
	}
	return replies, events, nil
}

// welcome takes the answer to the handshake.
func (c *conn) welcome(head []byte) error {
	c.session = int64(binary.BigEndian.Uint64(head[12:]))
	if timeout := int32(binary.BigEndian.Uint32(head[8:])); timeout <= 0 || c.session == 0 {
		return fmt.Errorf("connection %d: session refused", c.id)
	}
	c.state = stateOpen
	return nil
}

// flightQueue is a ring of flights. It grows while a load starts and then stays.
type flightQueue struct {
	ring []flight // length a power of two
	head int
	size int
}

func (q *flightQueue) push(f flight) {
	if q.size == len(q.ring) {
		grown := make([]flight, max(2*len(q.ring), 2))
		for i := range q.size {
			grown[i] = q.ring[(q.head+i)&(len(q.ring)-1)]
		}
		q.ring, q.head = grown, 0
	}
	q.ring[(q.head+q.size)&(len(q.ring)-1)] = f
	q.size++
}

// pop takes up to want requests of the oldest flight; count 0 says that none is in the air.
func (q *flightQueue) pop(want int) flight {
	if q.size == 0 {
		return flight{}
	}
	oldest := &q.ring[q.head]
	taken := flight{sentAt: oldest.sentAt, count: min(want, oldest.count)}
	oldest.count -= taken.count
	if oldest.count == 0 {
		q.head = (q.head + 1) & (len(q.ring) - 1)
		q.size--
	}
	return taken
}
