package session

import "sync/atomic"

// IDs hands out session ids: the server's id in the top byte, then the low 40 bits of the start time
// in milliseconds, then a counter (SessionTrackerImpl.initializeNextSessionId).
type IDs struct{ next atomic.Int64 }

// NewIDs starts a sequence for the server (its low byte counts) at the given time.
func NewIDs(serverID int64, nowMillis int64) *IDs {
	next := int64(uint64(nowMillis<<24)>>8) | (serverID&0xff)<<56
	if next == -1<<63 {
		next++ // reserved: it marks containers as an ephemeralOwner
	}
	ids := &IDs{}
	ids.next.Store(next)
	return ids
}

// Next returns a fresh id.
func (i *IDs) Next() int64 { return i.next.Add(1) - 1 }

// PasswordLen is the length of session passwords, in bytes.
const PasswordLen = 16

// Password is the proof that a client owns a session. All servers of an ensemble compute the same,
// so nothing is stored: java.util.Random seeded with the id XOR a constant, 16 bytes.
func Password(id int64) [PasswordLen]byte {
	const (
		secret     = 0xB3415C00
		multiplier = 0x5DEECE66D
		mask       = 1<<48 - 1
	)
	state := (uint64(id^secret) ^ multiplier) & mask
	var p [PasswordLen]byte
	for i := 0; i < PasswordLen; i += 4 {
		state = (state*multiplier + 0xB) & mask
		v := uint32(state >> 16)
		p[i], p[i+1], p[i+2], p[i+3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
	}
	return p
}
