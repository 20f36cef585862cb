package tree

import (
	"fmt"

	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// Txn is a transaction: an entry of the log, a proposal.
type Txn struct {
	Header    txn.TxnHeader
	Record    jute.Record   // of the type that Header.Type says (RecordOf); nil where there is none
	Parts     []jute.Record // of a multi, as in Record; whoever has them decoded may leave them here for Apply
	Digest    txn.TxnDigest
	HasDigest bool
}

// digestSize is the length of an encoded TxnDigest.
const digestSize = 12

// UnknownTxnError says that a transaction has a type that no server of the versions that we know
// writes.
type UnknownTxnError struct {
	Type  int32
	InTxn bool // inside of a multi
	Zxid  int64
}

func (e *UnknownTxnError) Error() string {
	where := "transaction"
	if e.InTxn {
		where = "part of multi transaction"
	}
	return fmt.Sprintf("%s 0x%x has the unknown type %d: a newer server wrote it, or it is damaged; "+
		"read it with the version that wrote it", where, uint64(e.Zxid), e.Type)
}

// RecordOf returns a new record for transactions of this type; nil for an unknown type.
func RecordOf(typ int32) jute.Record {
	switch proto.Op(typ) {
	case proto.OpCreate, proto.OpCreate2:
		return new(txn.CreateTxn)
	case proto.OpCreateTTL:
		return new(txn.CreateTTLTxn)
	case proto.OpCreateContainer:
		return new(txn.CreateContainerTxn)
	case proto.OpDelete, proto.OpDeleteContainer:
		return new(txn.DeleteTxn)
	case proto.OpSetData, proto.OpReconfig:
		return new(txn.SetDataTxn)
	case proto.OpSetACL:
		return new(txn.SetACLTxn)
	case proto.OpCheck: // outside a multi only in logs of ZooKeeper 3.8.0, which itself cannot read them
		return new(txn.CheckVersionTxn)
	case proto.OpMulti:
		return new(txn.MultiTxn)
	case proto.OpError:
		return new(txn.ErrorTxn)
	case proto.OpCreateSession:
		return new(txn.CreateSessionTxn)
	case proto.OpCloseSession:
		return new(txn.CloseSessionTxn)
	}
	return nil
}

// inMulti tells whether a multi may have such a part.
func inMulti(typ int32) bool {
	switch proto.Op(typ) {
	case proto.OpMulti, proto.OpCreateSession, proto.OpCloseSession, proto.OpReconfig, proto.OpSetACL:
		return false
	}
	return RecordOf(typ) != nil
}

// DecodeTxn reads a log entry or proposal. Strings and buffers alias b. It accepts what older
// servers wrote: a create without parentCVersion, a closeSession without paths, no digest. An error
// means damage or an UnknownTxnError.
func DecodeTxn(b []byte) (Txn, error) {
	var x Txn
	d := jute.NewDecoder(b)
	x.Header.Decode(&d)
	if err := d.Err(); err != nil {
		return Txn{}, fmt.Errorf("transaction header: %w", err)
	}
	x.Record = RecordOf(x.Header.Type)
	if x.Record == nil {
		return Txn{}, &UnknownTxnError{Type: x.Header.Type, Zxid: x.Header.Zxid}
	}
	switch r := x.Record.(type) {
	case *txn.CreateTxn:
		decodeCreate(&d, r)
	case *txn.CloseSessionTxn:
		if !decodeCloseSession(&d, r) {
			x.Record = nil
		}
	default:
		r.Decode(&d)
	}
	if err := d.Err(); err != nil {
		return Txn{}, fmt.Errorf("transaction 0x%x of type %d: %w", uint64(x.Header.Zxid), x.Header.Type, err)
	}
	if m, ok := x.Record.(*txn.MultiTxn); ok {
		parts, err := decodeParts(m, x.Header.Zxid)
		if err != nil {
			return Txn{}, err
		}
		x.Parts = parts
	}
	if d.Remaining() >= digestSize {
		x.Digest.Decode(&d)
		x.HasDigest = true
	}
	return x, nil
}

// decodeCreate reads a CreateTxn; before ZooKeeper 3.4 its last field was not there, then it is -1.
func decodeCreate(d *jute.Decoder, r *txn.CreateTxn) {
	var old txn.CreateTxnV0
	old.Decode(d)
	*r = txn.CreateTxn{Path: old.Path, Data: old.Data, ACL: old.ACL, Ephemeral: old.Ephemeral, ParentCVersion: -1}
	if d.Err() == nil && d.Remaining() > 0 {
		r.ParentCVersion = d.Int()
	}
}

// decodeCloseSession reads the paths; false if there are none, as before ZooKeeper 3.6 and with
// closeSessionTxn.enabled=false. In the latter case a digest may stand there alone. (Read as paths
// it would be two, in 12 bytes both empty: never written.)
func decodeCloseSession(d *jute.Decoder, r *txn.CloseSessionTxn) bool {
	if d.Remaining() == 0 {
		return false
	}
	if d.Remaining() == digestSize {
		if peek := jute.NewDecoder(d.Rest()); peek.Int() == DigestVersion {
			return false
		}
	}
	r.Decode(d)
	return true
}

// decodeParts reads the records of a multi.
func decodeParts(m *txn.MultiTxn, zxid int64) ([]jute.Record, error) {
	records := make([]jute.Record, len(m.Txns))
	for i := range m.Txns {
		part := &m.Txns[i]
		if !inMulti(part.Type) {
			return nil, &UnknownTxnError{Type: part.Type, InTxn: true, Zxid: zxid}
		}
		d := jute.NewDecoder(part.Data)
		records[i] = RecordOf(part.Type)
		if r, ok := records[i].(*txn.CreateTxn); ok {
			decodeCreate(&d, r)
		} else {
			records[i].Decode(&d)
		}
		if err := d.Err(); err != nil {
			return nil, fmt.Errorf("part %d (type %d) of multi transaction 0x%x: %w", i, part.Type, uint64(zxid), err)
		}
	}
	return records, nil
}

// Append appends what DecodeTxn reads: header, record, digest if there is one.
func (x *Txn) Append(dst []byte) []byte {
	dst = x.Header.Append(dst)
	if x.Record != nil {
		dst = x.Record.Append(dst)
	}
	if x.HasDigest {
		dst = x.Digest.Append(dst)
	}
	return dst
}
