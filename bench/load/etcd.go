package load

import (
	"encoding/binary"
	"fmt"
)

// Protocol is what a server speaks.
type Protocol int

const (
	// ZooKeeper is ZooKeeper's client protocol.
	ZooKeeper Protocol = iota
	// Etcd is gRPC over HTTP/2 without TLS, as far as etcd's Range and Put go.
	Etcd
)

func (p Protocol) dialect() dialect {
	if p == Etcd {
		return etcd{}
	}
	return zooKeeper{}
}

// etcd speaks to etcd's KV service by hand, since etcd's own client takes more processor time
// for a request than the server does, and on one machine would take it from the server.
//
// A call is two frames, HEADERS and DATA, which are encoded once; only the stream's number is
// new in each. An answer is HEADERS, DATA and HEADERS with END_STREAM; an error has no DATA
// and only the last of them. So headers need not be decoded. Answers may overtake each other:
// they are counted against the oldest call, which evens latencies out a little.
type etcd struct{}

// EtcdDepth is how many calls of small messages may be in flight on a connection. The window
// into which a server takes them is 64 KiB at first, and nobody here waits for it to open.
const EtcdDepth = 128

// Frame types and flags of HTTP/2 (RFC 9113, section 6).
const (
	h2Data, h2Headers, h2Reset, h2Settings, h2Ping, h2GoAway, h2Window = 0x0, 0x1, 0x3, 0x4, 0x6, 0x7, 0x8

	h2EndStream, h2Ack, h2EndHeaders = 0x1, 0x1, 0x4

	h2FrameHead = 9
	// h2OpenWindow is how much a server may send before it hears of a larger window. It is
	// renewed when half of it is used up.
	h2OpenWindow = 1 << 30
	h2PingBytes  = 8
)

// hello implements dialect: the preface, with windows that never stop the server.
func (etcd) hello(dst []byte, _ *conn, _ int32) []byte {
	dst = append(dst, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"...)
	dst = appendH2(dst, 6, h2Settings, 0, 0)
	const initialWindowSize, streamWindow = 0x4, 1 << 24
	dst = binary.BigEndian.AppendUint16(dst, initialWindowSize)
	dst = binary.BigEndian.AppendUint32(dst, streamWindow)
	return appendWindow(dst, h2OpenWindow)
}

// stamp implements dialect: streams are numbered 1, 3, 5 and so on.
func (etcd) stamp(frame []byte, c *conn) {
	stream := 2*c.sent - 1
	binary.BigEndian.PutUint32(frame[5:], stream)
	data := frame[h2FrameHead+h2Len(frame):]
	binary.BigEndian.PutUint32(data[5:], stream)
}

// farewell implements dialect: there is no session.
func (etcd) farewell() Op { return Op{} }

// scan implements dialect.
func (e etcd) scan(c *conn, b []byte, p *player) (h heard, err error) {
	for len(b) > 0 {
		if c.skip > 0 {
			n := min(c.skip, len(b))
			c.skip -= n
			b = b[n:]
			continue
		}
		want := h2FrameHead
		if c.headLen >= h2FrameHead && c.head[3] == h2Ping {
			want += h2PingBytes
		}
		n := copy(c.head[c.headLen:want], b)
		c.headLen += n
		b = b[n:]
		if c.headLen < want || want == h2FrameHead && c.head[3] == h2Ping {
			continue
		}
		c.skip, c.headLen = h2Len(c.head[:])-(want-h2FrameHead), 0
		answered, err := e.frame(c, p)
		if err != nil {
			return h, err
		}
		h.replies += answered
	}
	return h, nil
}

// frame looks at the frame in c.head and says whether it completes an answer.
func (etcd) frame(c *conn, p *player) (answered int, err error) {
	length, kind, flags := h2Len(c.head[:]), c.head[3], c.head[4]
	switch {
	case kind == h2Settings && flags&h2Ack == 0:
		c.owed = appendH2(c.owed, 0, h2Settings, h2Ack, 0)
		if c.state == stateGreeting {
			c.state = stateOpen
			return 1, nil
		}
	case kind == h2Ping && flags&h2Ack == 0:
		c.owed = appendH2(c.owed, h2PingBytes, h2Ping, h2Ack, 0)
		c.owed = append(c.owed, c.head[h2FrameHead:h2FrameHead+h2PingBytes]...)
	case kind == h2Data && length < p.minReply:
		return 0, fmt.Errorf("connection %d: an answer of %d bytes, not %d: is the key there?", c.id, length, p.minReply)
	case kind == h2Data:
		if c.received += length; c.received > h2OpenWindow/2 {
			c.owed = appendWindow(c.owed, c.received)
			c.received = 0
		}
	case kind == h2Headers && flags&h2EndStream == 0:
		c.begun++
	case kind == h2Headers && c.begun == 0:
		return 0, fmt.Errorf("connection %d: a call was refused", c.id)
	case kind == h2Headers:
		c.begun--
		c.answered++
		return 1, nil
	case kind == h2Reset || kind == h2GoAway:
		return 0, fmt.Errorf("connection %d: given up by the server (frame of type %d)", c.id, kind)
	}
	return 0, nil
}

// EtcdGet asks for key; value is the length that the answer must have at least. The server
// answers from what it has, as ZooKeeper does (serializable).
func EtcdGet(key string, value int) Op {
	const keyField, serializableField = 1, 7
	m := appendProtoBytes(nil, keyField, []byte(key))
	m = append(m, serializableField<<3, 1)
	return grpcCall("/etcdserverpb.KV/Range", "get", value, m)
}

// EtcdPut writes value bytes to key.
func EtcdPut(key string, value int) Op {
	const keyField, valueField = 1, 2
	m := appendProtoBytes(nil, keyField, []byte(key))
	return grpcCall("/etcdserverpb.KV/Put", "put", 0, appendProtoBytes(m, valueField, make([]byte, value)))
}

// grpcCall encodes a gRPC call of one small message.
func grpcCall(method, name string, reply int, message []byte) Op {
	headers := callHeaders(method)
	frame := appendH2(nil, len(headers), h2Headers, h2EndHeaders, 0)
	frame = append(frame, headers...)
	const prefix = 5 // not compressed, length
	frame = appendH2(frame, prefix+len(message), h2Data, h2EndStream, 0)
	frame = append(frame, 0)
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(message)))
	return numbered(Op{Name: name, Reply: reply, frame: append(frame, message...)})
}

// callHeaders is the header block of a call (RFC 7541): literals that no table remembers, so
// that it is the same in each request.
func callHeaders(method string) []byte {
	const (
		methodPost, schemeHTTP       = 0x80 | 3, 0x80 | 6 // whole entries of the static table
		authority, path, contentType = 1, 4, 31           // names in it
	)
	b := []byte{methodPost, schemeHTTP}
	b = appendHeaderText(append(b, path), method)
	b = appendHeaderText(append(b, authority), "127.0.0.1")
	b = appendHeaderText(append(b, 0x0f, contentType-0x0f), "application/grpc")
	return appendHeaderText(appendHeaderText(append(b, 0), "te"), "trailers")
}

// appendHeaderText is for up to 126 bytes.
func appendHeaderText(dst []byte, s string) []byte { return append(append(dst, byte(len(s))), s...) }

// appendProtoBytes is a field of protobuf of wire type 2.
func appendProtoBytes(dst []byte, field int, v []byte) []byte {
	dst = binary.AppendUvarint(append(dst, byte(field<<3|2)), uint64(len(v)))
	return append(dst, v...)
}

// appendH2 is the head of a frame.
func appendH2(dst []byte, length int, kind, flags byte, stream uint32) []byte {
	dst = append(dst, byte(length>>16), byte(length>>8), byte(length), kind, flags)
	return binary.BigEndian.AppendUint32(dst, stream)
}

// appendWindow lets the server send n more bytes.
func appendWindow(dst []byte, n int) []byte {
	return binary.BigEndian.AppendUint32(appendH2(dst, 4, h2Window, 0, 0), uint32(n))
}

func h2Len(head []byte) int { return int(head[0])<<16 | int(head[1])<<8 | int(head[2]) }
