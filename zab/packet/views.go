package packet

import (
	"encoding/binary"
	"fmt"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/zab"
)

// ProtocolVersion is the version that both sides name since 3.4.
const ProtocolVersion = 0x10000

func malformed(p Packet, want string) error {
	return fmt.Errorf("%w: %s with %d bytes of data, %s", ErrMalformed, p.Kind, len(p.Data), want)
}

// LearnerInfo is what a learner says about itself in FOLLOWERINFO and OBSERVERINFO.
type LearnerInfo struct {
	AcceptedEpoch int64
	SID           int64
	Version       int32 // of the protocol; 1 where it is not said, by servers before 3.4
	ConfigVersion int64
	Anonymous     bool // no SID was sent
}

// Packet makes the first packet of a connection: kind is FollowerInfo or ObserverInfo.
func (l LearnerInfo) Packet(kind Kind) Packet {
	b := jute.AppendLong(nil, l.SID)
	b = jute.AppendInt(b, l.Version)
	return Packet{Kind: kind, Zxid: zab.Zxid(l.AcceptedEpoch, 0), Data: jute.AppendLong(b, l.ConfigVersion)}
}

// LearnerInfo reads the first packet of a learner. Fields at the end may be missing, as old servers send it.
func (p Packet) LearnerInfo() (LearnerInfo, error) {
	if p.Kind != FollowerInfo && p.Kind != ObserverInfo {
		return LearnerInfo{}, fmt.Errorf("%w: %s in place of FOLLOWERINFO or OBSERVERINFO", ErrMalformed, p.Kind)
	}
	l := LearnerInfo{AcceptedEpoch: zab.Epoch(p.Zxid), Version: 1}
	if l.AcceptedEpoch < 0 {
		return LearnerInfo{}, fmt.Errorf("%w: %s with epoch %d", ErrMalformed, p.Kind, l.AcceptedEpoch)
	}
	d := jute.NewDecoder(p.Data)
	switch n := len(p.Data); {
	case n == 0:
		l.Anonymous = true
	case n == 8 || n == 12 || n >= 20:
		l.SID = d.Long()
		if n >= 12 {
			l.Version = d.Int()
		}
		if n >= 20 {
			l.ConfigVersion = d.Long()
		}
	default:
		return LearnerInfo{}, malformed(p, "0, 8, 12 or 20 are known")
	}
	return l, d.Err()
}

// LeaderInfoPacket announces the new epoch.
func LeaderInfoPacket(epoch int64) Packet {
	return Packet{Kind: LeaderInfo, Zxid: zab.Zxid(epoch, 0), Data: jute.AppendInt(nil, ProtocolVersion)}
}

// NewEpoch reads LEADERINFO.
func (p Packet) NewEpoch() (epoch int64, err error) {
	switch {
	case p.Kind == NewLeader:
		return 0, fmt.Errorf("%w: the leader is older than ZooKeeper 3.4: upgrade it first", ErrMalformed)
	case p.Kind != LeaderInfo:
		return 0, fmt.Errorf("%w: %s in place of LEADERINFO", ErrMalformed, p.Kind)
	case len(p.Data) < 4:
		return 0, malformed(p, "4 wanted")
	case zab.Counter(p.Zxid) != 0 || p.Zxid <= 0:
		return 0, fmt.Errorf("%w: LEADERINFO with zxid %s", ErrMalformed, zab.Hex(p.Zxid))
	}
	return zab.Epoch(p.Zxid), nil
}

// NoEpoch is what ACKEPOCH says for the current epoch of a learner that had accepted the new epoch before: it does not
// count again.
const NoEpoch = -1

// AckEpochPacket accepts the new epoch.
func AckEpochPacket(lastZxid int64, currentEpoch int32) Packet {
	return Packet{Kind: AckEpoch, Zxid: lastZxid, Data: jute.AppendInt(nil, currentEpoch)}
}

// CurrentEpoch reads ACKEPOCH; it may be NoEpoch.
func (p Packet) CurrentEpoch() (int64, error) {
	if p.Kind != AckEpoch {
		return 0, fmt.Errorf("%w: %s in place of ACKEPOCH", ErrMalformed, p.Kind)
	}
	if len(p.Data) < 4 {
		return 0, malformed(p, "4 wanted")
	}
	epoch := int64(int32(binary.BigEndian.Uint32(p.Data)))
	if epoch < NoEpoch {
		return 0, fmt.Errorf("%w: ACKEPOCH with epoch %d", ErrMalformed, epoch)
	}
	return epoch, nil
}

// ClientRequest is what REQUEST carries. IDs is null for sessions that are opened and for closing expired ones, never
// for the requests of clients.
type ClientRequest struct {
	Session int64
	Cxid    int32
	Op      proto.Op
	Body    []byte
	IDs     []data.ID
}

// Packet makes the packet.
func (r ClientRequest) Packet() Packet {
	b := jute.AppendLong(make([]byte, 0, 16+len(r.Body)), r.Session)
	b = jute.AppendInt(b, r.Cxid)
	b = jute.AppendInt(b, int32(r.Op))
	return Packet{Kind: Request, Zxid: -1, Data: append(b, r.Body...), Auth: r.IDs}
}

// ClientRequest reads REQUEST. Body aliases the packet.
func (p Packet) ClientRequest() (ClientRequest, error) {
	if len(p.Data) < 16 {
		return ClientRequest{}, malformed(p, "at least 16 wanted")
	}
	d := jute.NewDecoder(p.Data)
	r := ClientRequest{Session: d.Long(), Cxid: d.Int(), Op: proto.Op(d.Int()), IDs: p.Auth}
	r.Body = d.Rest()
	return r, nil
}

// Touch is a session that was heard of, with its timeout in milliseconds.
type Touch struct {
	Session int64
	Timeout int32
}

const touchSize = 12

// PongPacket answers a PING: zxid is the one that the leader sent, touches are the sessions heard of since the last.
func PongPacket(zxid int64, touches []Touch) Packet {
	b := make([]byte, 0, touchSize*len(touches))
	for _, t := range touches {
		b = jute.AppendInt(jute.AppendLong(b, t.Session), t.Timeout)
	}
	return Packet{Kind: Ping, Zxid: zxid, Data: b}
}

// Touches reads a learner's PING.
func (p Packet) Touches() ([]Touch, error) {
	if len(p.Data)%touchSize != 0 {
		return nil, malformed(p, "a multiple of 12 wanted")
	}
	touches := make([]Touch, 0, len(p.Data)/touchSize)
	for d := jute.NewDecoder(p.Data); d.Remaining() > 0; {
		touches = append(touches, Touch{Session: d.Long(), Timeout: d.Int()})
	}
	return touches, nil
}

// RevalidatePacket asks whether a session lives, and takes it over.
func RevalidatePacket(t Touch) Packet {
	return Packet{Kind: Revalidate, Zxid: -1, Data: jute.AppendInt(jute.AppendLong(nil, t.Session), t.Timeout)}
}

// RevalidateQuery reads a learner's REVALIDATE.
func (p Packet) RevalidateQuery() (Touch, error) {
	if len(p.Data) < touchSize {
		return Touch{}, malformed(p, "12 wanted")
	}
	d := jute.NewDecoder(p.Data)
	return Touch{Session: d.Long(), Timeout: d.Int()}, nil
}

// RevalidatedPacket is the leader's answer.
func RevalidatedPacket(session int64, valid bool) Packet {
	return Packet{Kind: Revalidate, Zxid: -1, Data: jute.AppendBool(jute.AppendLong(nil, session), valid)}
}

// Revalidated reads the leader's answer.
func (p Packet) Revalidated() (session int64, valid bool, err error) {
	if len(p.Data) < 9 {
		return 0, false, malformed(p, "9 wanted")
	}
	d := jute.NewDecoder(p.Data)
	return d.Long(), d.Bool(), nil
}

// ActivatePacket decides a change of the configuration; txn is nil for COMMITANDACTIVATE, the bytes of the transaction for
// INFORMANDACTIVATE.
func ActivatePacket(kind Kind, zxid, designated int64, txn []byte) Packet {
	return Packet{Kind: kind, Zxid: zxid, Data: append(jute.AppendLong(nil, designated), txn...)}
}

// Activation reads COMMITANDACTIVATE and INFORMANDACTIVATE: who is to lead from now on, and the transaction, if it is there.
func (p Packet) Activation() (designated int64, txn []byte, err error) {
	if len(p.Data) < 8 {
		return 0, nil, malformed(p, "at least 8 wanted")
	}
	return int64(binary.BigEndian.Uint64(p.Data)), p.Data[8:], nil
}

// headerSize is the length of an encoded TxnHeader, in which the zxid stands at zxidOffset.
const (
	headerSize = 32
	zxidOffset = 12
)

// CheckTxn makes an entry of the bytes of a transaction that the peer calls zxid. Only the header is looked at: that it
// is there and names the same zxid. Whether the rest can be read is found out when it is decoded to be logged.
func CheckTxn(zxid int64, txn []byte) (zab.Entry, error) {
	if len(txn) < headerSize {
		return zab.Entry{}, fmt.Errorf("%w: transaction %s of %d bytes, shorter than its header", ErrMalformed, zab.Hex(zxid), len(txn))
	}
	if inside := int64(binary.BigEndian.Uint64(txn[zxidOffset:])); inside != zxid {
		return zab.Entry{}, fmt.Errorf("%w: transaction %s is sent as %s", ErrMalformed, zab.Hex(inside), zab.Hex(zxid))
	}
	return zab.Entry{Zxid: zxid, Data: txn}, nil
}
