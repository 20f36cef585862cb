package election

import (
	"bytes"
	"errors"
	"fmt"

	"troupe/jute"
)

// Sizes of the formats in bytes, without the length prefix of the frame.
const (
	sizeAncient = 28 // state, leader, zxid, round
	size34      = 40 // the same, epoch, and a version that is not read; whatever is longer has a version that counts
)

// FormatVersion is the version that is sent: the one of ZooKeeper 3.5 and later.
const FormatVersion = 2

// ErrMalformed is wrapped by errors for bytes that are no notification. The connection stays usable.
var ErrMalformed = errors.New("malformed notification")

// Notification is a message of the election: who its sender votes for, or follows.
type Notification struct {
	State State // of the sender; the decoder lets unknown ones through, as the rule must still answer some of them
	Vote  Vote
	// Version of the format: 0 for the unversioned ones of 28 and 40 bytes.
	Version int32
	// Config is the text of the sender's committed configuration, from version 2 on. It may be no configuration at
	// all: that does not spoil the vote.
	Config string
}

// Append appends the current format, with the text of the sender's committed configuration, without the length prefix.
func (n *Notification) Append(dst []byte) []byte {
	dst = jute.AppendInt(dst, int32(n.State))
	dst = jute.AppendLong(dst, n.Vote.Leader)
	dst = jute.AppendLong(dst, n.Vote.Zxid)
	dst = jute.AppendLong(dst, n.Vote.Round)
	dst = jute.AppendLong(dst, n.Vote.PeerEpoch)
	dst = jute.AppendInt(dst, FormatVersion)
	dst = jute.AppendInt(dst, int32(len(n.Config)))
	return append(dst, n.Config...)
}

// Decode reads a notification in any format, without the length prefix (election.md section 2). What follows the
// known fields is ignored. Bytes that are no UTF-8 in a configuration become U+FFFD. The error wraps [ErrMalformed].
func Decode(b []byte) (Notification, error) {
	if len(b) < sizeAncient {
		return Notification{}, fmt.Errorf("%w: %d bytes, at least %d are needed", ErrMalformed, len(b), sizeAncient)
	}
	d := jute.NewDecoder(b)
	n := Notification{State: State(d.Int()), Vote: Vote{Leader: d.Long(), Zxid: d.Long(), Round: d.Long()}}
	if len(b) == sizeAncient {
		n.Vote.PeerEpoch = epochOf(n.Vote.Zxid)
		return n, nil
	}
	n.Vote.PeerEpoch = d.Long()
	if len(b) == size34 {
		return n, nil
	}
	n.Version = d.Int()
	if n.Version >= FormatVersion {
		size := int(d.Int())
		if d.Err() == nil && (size < 0 || size > d.Remaining()) {
			return Notification{}, fmt.Errorf("%w: configuration of %d bytes where %d remain", ErrMalformed, size, d.Remaining())
		}
		if d.Err() == nil {
			n.Config = string(bytes.ToValidUTF8(d.Rest()[:size], []byte("\uFFFD")))
		}
	}
	if err := d.Err(); err != nil {
		return Notification{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return n, nil
}

// epochOf is the epoch part of a zxid.
func epochOf(zxid int64) int64 { return zxid >> 32 }
