package conn

import (
	"encoding/binary"
	"unsafe"

	"troupe/jute/proto"
	"troupe/netio"
	"troupe/tree"
)

// guesses are the znodes that the next requests of a burst are probably about; nil where that is not known.
type guesses [tree.GuessBatch]*tree.Node

// lookAhead guesses what the next requests in the input read, and tells whether it did: for one request alone it is not
// worth it.
func (h *Handler) lookAhead(in []byte, g *guesses) bool {
	if _, n, _ := netio.NextFrame(in, h.env.Limits.MaxFrame); n+netio.FrameHeader >= len(in) {
		return false
	}
	h.guessAll(in, g)
	return true
}

func (h *Handler) guessAll(in []byte, g *guesses) {
	var paths [tree.GuessBatch]string
	n := 0
	for n < len(paths) {
		frame, size, err := netio.NextFrame(in, h.env.Limits.MaxFrame)
		if frame == nil || err != nil {
			break
		}
		in = in[size:]
		paths[n] = pathRead(frame)
		n++
	}
	h.env.Tree.Guess(paths[:n], (*[tree.GuessBatch]*tree.Node)(g))
	clear(g[n:])
}

// pathRead is the path in a request that reads one znode; empty if it is not one, or broken. It aliases the frame.
func pathRead(frame []byte) string {
	const start = headerSize + 4
	if len(frame) <= start {
		return ""
	}
	switch proto.Op(binary.BigEndian.Uint32(frame[4:])) {
	case proto.OpGetData, proto.OpExists, proto.OpGetChildren, proto.OpGetChildren2:
		if n := binary.BigEndian.Uint32(frame[headerSize:]); uint64(n) <= uint64(len(frame)-start) {
			return unsafe.String(&frame[start], n)
		}
	}
	return ""
}
