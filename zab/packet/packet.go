package packet

import (
	"fmt"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/quorum"
	"troupe/zab"
)

// Packet is one message. Data nil and Auth nil are null on the wire, which is not the same as empty: an Apache leader
// refuses a client's request whose Auth is null.
type Packet struct {
	Kind Kind
	Zxid int64
	Data []byte
	Auth []data.ID
}

// Append appends the bytes of the packet.
func (p Packet) Append(dst []byte) []byte {
	q := quorum.QuorumPacket{Type: int32(p.Kind), Zxid: p.Zxid, Data: p.Data, Authinfo: p.Auth}
	return q.Append(dst)
}

// Decode reads the packet that b holds, whole and alone. Data and the strings of Auth alias b.
func Decode(b []byte) (Packet, error) {
	var q quorum.QuorumPacket
	d := jute.NewDecoder(b)
	q.Decode(&d)
	if err := d.Err(); err != nil {
		return Packet{}, fmt.Errorf("%w: packet: %w", ErrMalformed, err)
	}
	if n := d.Remaining(); n > 0 {
		return Packet{}, fmt.Errorf("%w: %d bytes behind the packet %s", ErrMalformed, n, Kind(q.Type))
	}
	return Packet{Kind: Kind(q.Type), Zxid: q.Zxid, Data: q.Data, Auth: q.Authinfo}, nil
}

// String is for logs and errors: the kind, the zxid and the size of the data.
func (p Packet) String() string {
	return fmt.Sprintf("%s %s (%d bytes)", p.Kind, zab.Hex(p.Zxid), len(p.Data))
}
