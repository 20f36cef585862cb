//go:build interop

package ensemble

import (
	"encoding/binary"
	"fmt"
)

// sniffer looks into what a leader sends to a learner, up to the packet that tells how it brings it up to date: the
// second one, behind LEADERINFO (zab.md §3).
type sniffer struct {
	n    *network
	hop  hop
	seen []byte
	done bool
}

const (
	leaderInfo     = 17
	leaderInfoSize = 4 + 8 + 4 + 4 + 4 // type, zxid, protocol version with its length, null authinfo
)

func (s *sniffer) see(b []byte) {
	if s.done {
		return
	}
	s.seen = append(s.seen, b...)
	if len(s.seen) < leaderInfoSize+4 {
		return
	}
	s.done = true
	kind := fmt.Sprintf("packet %d first", binary.BigEndian.Uint32(s.seen))
	if binary.BigEndian.Uint32(s.seen) == leaderInfo {
		kind = syncName(binary.BigEndian.Uint32(s.seen[leaderInfoSize:]))
	}
	s.n.mu.Lock()
	s.n.syncs[s.hop] = append(s.n.syncs[s.hop], kind)
	s.n.mu.Unlock()
	s.seen = nil
}

func syncName(packet uint32) string {
	switch packet {
	case 13:
		return "DIFF"
	case 14:
		return "TRUNC"
	case 15:
		return "SNAP"
	}
	return fmt.Sprintf("packet %d", packet)
}
