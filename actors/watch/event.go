package watch

import (
	"encoding/binary"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
)

// Event is something that happened to a path. Its frame is encoded once, however many watch.
type Event struct {
	Type proto.EventType
	Path string
	// ACL is what the znode had (for NodeChildrenChanged the parent): without READ on it a client
	// does not hear of the event (CVE-2024-23944).
	ACL []data.ACL

	frame []byte
}

// Frame is the whole message to a client, with its length. It must not be changed.
func (e *Event) Frame() []byte {
	if e.frame == nil {
		e.frame = AppendFrame(make([]byte, 0, 36+len(e.Path)), e.Type, e.Path)
	}
	return e.frame
}

// notificationXid marks a message as an event, in its reply header.
const notificationXid = -1

// AppendFrame appends the message that tells a client of an event: a reply header with xid -1, zxid -1
// (as 3.8 has it) and no error, then the WatcherEvent.
func AppendFrame(dst []byte, t proto.EventType, path string) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = jute.AppendInt(dst, notificationXid)
	dst = jute.AppendLong(dst, -1)
	dst = jute.AppendInt(dst, 0)
	e := proto.WatcherEvent{Type: int32(t), State: int32(proto.StateSyncConnected), Path: path}
	dst = e.Append(dst)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}
