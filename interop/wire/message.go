package wire

import "fmt"

// Kind tells the messages of a server apart.
type Kind int

// What comes from a server.
const (
	Reply     Kind = iota // a ReplyHeader and perhaps a body
	Event                 // a watch event
	Handshake             // a ConnectResponse
	Closed                // the connection ended; nothing follows
)

// Message is one thing that came over a connection, in the order of arrival.
type Message struct {
	Kind Kind
	Xid  int32
	Zxid int64
	Err  int32
	Body []byte // the bytes behind the header; the whole frame of a handshake

	Type, State int32  // of an event
	Path        string // of an event
}

// parse reads a frame without its length. The first frame of a connection is its handshake; a second one,
// which only an oddity of the server sends, is known by its size and its zero xid.
func parse(frame []byte, first bool) Message {
	d := NewDec(frame)
	m := Message{Xid: d.Int(), Zxid: d.Long(), Err: d.Int(), Body: d.Rest()}
	switch {
	case d.err != nil:
		return Message{Kind: Handshake, Body: frame}
	case (first || m.Xid == 0) && (len(frame) == 36 || len(frame) == 37):
		return Message{Kind: Handshake, Body: frame}
	case m.Xid == XidEvent:
		e := NewDec(m.Body)
		m.Kind, m.Type, m.State, m.Path = Event, e.Int(), e.Int(), e.Str()
	}
	return m
}

// EventName is the name of a watch event's type.
func EventName(typ int32) string {
	switch typ {
	case NodeCreated:
		return "NodeCreated"
	case NodeDeleted:
		return "NodeDeleted"
	case NodeDataChanged:
		return "NodeDataChanged"
	case NodeChildrenChanged:
		return "NodeChildrenChanged"
	}
	return fmt.Sprintf("event(%d)", typ)
}

// String is a short form for messages of tests.
func (m Message) String() string {
	switch m.Kind {
	case Event:
		return fmt.Sprintf("%s %s", EventName(m.Type), m.Path)
	case Handshake:
		return fmt.Sprintf("handshake %x", m.Body)
	case Closed:
		return "closed"
	}
	return fmt.Sprintf("reply xid %d zxid 0x%x err %d body %x", m.Xid, m.Zxid, m.Err, m.Body)
}

// Hello is a ConnectRequest.
type Hello struct {
	Protocol int32
	LastZxid int64
	Timeout  int32 // milliseconds
	Session  int64
	Password []byte
	ReadOnly *bool // nil: the byte is left out, as old clients do
}

// Frame gives the bytes on the wire, length first.
func (h Hello) Frame() []byte {
	e := Enc{}.Int(h.Protocol).Long(h.LastZxid).Int(h.Timeout).Long(h.Session).Buf(h.Password)
	if h.ReadOnly != nil {
		e = e.Bool(*h.ReadOnly)
	}
	return append(Enc{}.Int(int32(len(e))), e...)
}

// Welcome is a ConnectResponse.
type Welcome struct {
	Protocol int32
	Timeout  int32 // milliseconds; 0: the session is gone
	Session  int64
	Password []byte
	ReadOnly *bool // nil: the byte was left out
}

// ParseWelcome reads the body of a Handshake message.
func ParseWelcome(frame []byte) (Welcome, error) {
	d := NewDec(frame)
	w := Welcome{Protocol: d.Int(), Timeout: d.Int(), Session: d.Long(), Password: d.Buf()}
	if len(d.Rest()) > 0 {
		ro := d.Bool()
		w.ReadOnly = &ro
	}
	if d.Err() == nil && len(d.Rest()) > 0 {
		return w, fmt.Errorf("wire: %d bytes behind the ConnectResponse", len(d.Rest()))
	}
	return w, d.Err()
}

// Password is the password that every server computes for a session id (client-protocol.md §2): 16 bytes of
// java.util.Random seeded with the id.
func Password(session int64) []byte {
	const mask = 1<<48 - 1
	state := (uint64(session) ^ 0xB3415C00 ^ 0x5DEECE66D) & mask
	out := make([]byte, 0, 16)
	for len(out) < 16 {
		state = (state*0x5DEECE66D + 0xB) & mask
		v := uint32(state >> 16)
		out = append(out, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
	}
	return out
}
