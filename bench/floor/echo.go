// Package floor measures what no server of this shape can go below: the network alone and
// the disk alone. [Echo] answers frames of the client protocol without understanding them,
// on a bare gnet engine; [Disk] times fdatasync as a transaction log would call it.
//
// Outside netio this is the only package that imports gnet: the floor of a server is the
// library that it stands on with nothing of the server in between.
package floor

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"io"
	"runtime"
	"sync/atomic"

	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/logging"
)

const (
	opCreate      = 1
	opExists      = 3
	opGetData     = 4
	opSetData     = 5
	opGetChildren = 8
	opMulti       = 14
	opClose       = -11

	statBytes   = 68
	headerBytes = 16
	// maxFrame is a bound on what one request may hold.
	maxFrame = 8 << 20
)

// Echo answers every request at once with a frame of the length that a server's answer
// would have: header, and zeros for the rest. It keeps nothing but the length of the newest
// value and the number of children that were created last, so that values and lists of children
// come back at their size.
type Echo struct {
	gnet.BuiltinEventEngine
	ready   func(gnet.Engine)
	value   atomic.Int64  // bytes in the newest create or setData
	parent  atomic.Uint64 // hash of the parent of the newest znode
	created atomic.Int64  // znodes under that parent
	seed    maphash.Seed
}

// NewEcho returns a server whose ready runs when it listens.
func NewEcho(ready func(gnet.Engine)) *Echo { return &Echo{ready: ready, seed: maphash.MakeSeed()} }

// Serve listens on host:port, with an event loop for two cores as netio has, until its engine is stopped.
func (e *Echo) Serve(address string) error {
	err := gnet.Run(e, "tcp://"+address,
		gnet.WithNumEventLoop(max(1, runtime.GOMAXPROCS(0)/2)), gnet.WithTCPNoDelay(gnet.TCPNoDelay), gnet.WithReuseAddr(true),
		gnet.WithReadBufferCap(64<<10), gnet.WithLogger(silent{}))
	if err != nil {
		return fmt.Errorf("floor: %w", err)
	}
	return nil
}

// OnBoot is gnet's word that the server listens.
func (e *Echo) OnBoot(engine gnet.Engine) gnet.Action {
	if e.ready != nil {
		e.ready(engine)
	}
	return gnet.None
}

// session is what a connection keeps: whether the handshake is behind it, and its output.
type session struct {
	greeted bool
	out     []byte
}

// OnOpen prepares a connection.
func (e *Echo) OnOpen(c gnet.Conn) ([]byte, gnet.Action) {
	c.SetContext(&session{})
	return nil, gnet.None
}

// OnTraffic answers all whole frames that are there with one write.
func (e *Echo) OnTraffic(c gnet.Conn) gnet.Action {
	s := c.Context().(*session)
	s.out = s.out[:0]
	action := gnet.None
	for {
		prefix, err := c.Peek(4)
		if err != nil {
			break
		}
		length := int(int32(binary.BigEndian.Uint32(prefix)))
		if length < 8 || length > maxFrame {
			return gnet.Close
		}
		frame, err := c.Peek(4 + length)
		if err == io.ErrShortBuffer {
			break
		}
		if err != nil {
			return gnet.Close
		}
		if s.greeted {
			if s.out = e.answer(s.out, frame[4:]); int32(binary.BigEndian.Uint32(frame[8:])) == opClose {
				action = gnet.Close
			}
		} else {
			s.greeted = true
			s.out = appendWelcome(s.out)
		}
		if _, err := c.Discard(4 + length); err != nil {
			return gnet.Close
		}
	}
	if len(s.out) > 0 {
		if _, err := c.Write(s.out); err != nil {
			return gnet.Close
		}
	}
	return action
}

// answer appends the reply to a request.
func (e *Echo) answer(dst, request []byte) []byte {
	var body int
	switch code := int32(binary.BigEndian.Uint32(request[4:])); code {
	case opCreate:
		body = 4 + pathLen(request)
		e.value.Store(int64(dataLen(request)))
		e.create(request)
	case opSetData:
		body = statBytes
		e.value.Store(int64(dataLen(request)))
	case opExists:
		body = statBytes
	case opGetData:
		body = 4 + int(e.value.Load()) + statBytes
	case opGetChildren:
		const nameBytes = 4 + 10
		body = 4 + nameBytes*int(e.created.Load())
	case opMulti:
		body = len(request) // about what comes back
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(headerBytes+body))
	dst = append(dst, request[:4]...)                     // xid
	return append(dst, make([]byte, 8+4+max(body, 0))...) // zxid, err and body
}

// create counts the children of the parent that the newest znodes were created under.
func (e *Echo) create(request []byte) {
	end := 12 + pathLen(request)
	if end > len(request) {
		return
	}
	path := request[12:end]
	parent := maphash.Bytes(e.seed, path[:bytes.LastIndexByte(path, '/')+1])
	if e.parent.Swap(parent) != parent {
		e.created.Store(0)
	}
	e.created.Add(1)
}

func pathLen(request []byte) int {
	if len(request) < 12 {
		return 0
	}
	return min(max(int(int32(binary.BigEndian.Uint32(request[8:]))), 0), len(request))
}

// dataLen is the length of the buffer behind the path.
func dataLen(request []byte) int {
	at := 12 + pathLen(request)
	if len(request) < at+4 {
		return 0
	}
	return min(max(int(int32(binary.BigEndian.Uint32(request[at:]))), 0), len(request))
}

// appendWelcome accepts any session for ten minutes.
func appendWelcome(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, 37)
	dst = binary.BigEndian.AppendUint32(dst, 0)
	dst = binary.BigEndian.AppendUint32(dst, 600_000)
	dst = binary.BigEndian.AppendUint64(dst, 1)
	dst = binary.BigEndian.AppendUint32(dst, 16)
	return append(dst, make([]byte, 16+1)...)
}

// silent is a logger for gnet, whose own is global to the process.
type silent struct{}

var _ logging.Logger = silent{}

func (silent) Debugf(string, ...any) {}
func (silent) Infof(string, ...any)  {}
func (silent) Warnf(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
func (silent) Fatalf(string, ...any) {}
