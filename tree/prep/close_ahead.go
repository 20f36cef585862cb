package prep

import (
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
)

// Sizes of encoded transactions: the header with the digest behind it, and what each path costs beside its bytes.
const (
	txnOverhead    = 32 + 12 + 4
	deleteOverhead = 4 + 4 + 4
)

// CloseAhead is what must come before the closing of a session with so many ephemerals that one transaction would become
// larger than limit bytes: multis of deletes, with consecutive zxids from the given one on. Then the closing is prepared
// with the rest. (ZOOKEEPER-4306: a closeSession with 100,000 paths cannot be sent to a learner, and a server that has
// logged it cannot start again. Multis are understood by Apache's servers too.) Mostly it is nothing.
//
// REQUIRES: as for Prepare, and that the closing is prepared next.
func (p *Preparer) CloseAhead(r *Request, zxid int64, limit int) []tree.Txn {
	deletes, _ := splitClose(p.ephemerals(r.Session), limit)
	if len(deletes) == 0 {
		return nil
	}
	if p.pending.empty() && p.options.Digest {
		p.digest = p.tree.Digest()
	}
	txns := make([]tree.Txn, 0, len(deletes))
	for _, paths := range deletes {
		multi := &txn.MultiTxn{Txns: make([]txn.Txn, 0, len(paths))}
		for _, path := range paths {
			p.removeEphemeral(path, zxid)
			multi.Txns = append(multi.Txns, txn.Txn{Type: int32(proto.OpDelete), Data: (&txn.DeleteTxn{Path: path}).Append(nil)})
		}
		// Cxid 0: no client asked for it.
		x := tree.Txn{Header: txn.TxnHeader{ClientID: r.Session, Zxid: zxid, Time: r.Time, Type: int32(proto.OpMulti)}, Record: multi}
		p.attachDigest(&x)
		txns = append(txns, x)
		zxid++
	}
	return txns
}

// splitClose divides paths, in their order, so that no part needs more than limit bytes. A path that alone does stands
// alone.
func splitClose(paths []string, limit int) (deletes [][]string, rest []string) {
	from, size := 0, txnOverhead
	for i, p := range paths {
		cost := len(p) + deleteOverhead
		if size+cost > limit && i > from {
			deletes = append(deletes, paths[from:i:i])
			from, size = i, txnOverhead
		}
		size += cost
	}
	return deletes, paths[from:]
}
