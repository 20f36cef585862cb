package quorum

import (
	"errors"
	"fmt"

	"troupe/tree"
	"troupe/zab"
	"troupe/zab/packet"
)

// errUnreadable ends the role of a learner whose leader is ahead of it: transactions of kinds that this version does not
// know must be neither logged, since the log could not be read again, nor passed over.
var errUnreadable = errors.New("the leader sent a transaction that this server cannot read, and it was not logged: bring this server to the version of the leader")

// decode reads the transaction of a packet, before anything is done about it.
func (l *learning) decode(p packet.Packet) error {
	data := p.Data
	switch p.Kind {
	case packet.Proposal, packet.Inform:
	case packet.InformAndActivate:
		var err error
		if _, data, err = p.Activation(); err != nil {
			return err
		}
	default:
		return nil
	}
	x, err := tree.DecodeTxn(data)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	if l.machine.Serving() {
		l.read = append(l.read, x)
	}
	return nil
}

// txn is the transaction of an entry that was decoded when it came: of the packets in hand, or before the server served.
func (l *learning) txn(e zab.Entry) tree.Txn {
	for l.taken < len(l.read) {
		x := &l.read[l.taken]
		if l.taken++; x.Header.Zxid == e.Zxid {
			return *x
		}
	}
	x, err := tree.DecodeTxn(e.Data)
	if err != nil {
		panic(fmt.Errorf("transaction %s could be read before: %w", zab.Hex(e.Zxid), err))
	}
	return x
}
