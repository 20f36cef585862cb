package netio

import (
	"encoding/binary"
	"fmt"
)

// FrameHeader is the size of the length in front of each frame, in bytes.
const FrameHeader = 4

// FrameError is a length that no well-behaved peer sends. There is no way to find the next frame
// after it: the connection must be closed.
type FrameError struct {
	Length int32 // as received
	Max    int32 // the limit in force (jute.maxbuffer), inclusive
}

func (e *FrameError) Error() string {
	return fmt.Sprintf("frame length %d is outside 0..%d: not a ZooKeeper client, or jute.maxbuffer is too small", e.Length, e.Max)
}

// NextFrame cuts the first whole frame off in. It returns the frame's payload, which aliases in, and
// the number of bytes that it takes up with its length. With an incomplete frame payload is nil and n
// tells how many bytes must be there before it is worth asking again.
//
// Lengths from 0 to limit are accepted, both included (NIOServerCnxn, checked against Apache 3.8.0).
func NextFrame(in []byte, limit int32) (payload []byte, n int, err error) {
	if len(in) < FrameHeader {
		return nil, FrameHeader, nil
	}
	length := int32(binary.BigEndian.Uint32(in))
	if length < 0 || length > limit {
		return nil, 0, &FrameError{Length: length, Max: limit}
	}
	n = FrameHeader + int(length)
	if len(in) < n {
		return nil, n, nil
	}
	return in[FrameHeader:n:n], n, nil
}
