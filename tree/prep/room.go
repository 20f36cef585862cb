package prep

import (
	"troupe/jute"
	"troupe/jute/txn"
)

// Room is where the records of a request's transaction are made: one setData, or a multi of them. A request that is used
// again brings it along (Reset), and its transaction costs no allocation.
type Room struct {
	setData txn.SetDataTxn
	multi   txn.MultiTxn
	parts   []jute.Record
	sets    []txn.SetDataTxn // of the parts; len is how many are used
	buf     []byte           // the encoded parts
}

// roomKept bounds what a room keeps, in parts and in bytes of them.
const (
	roomKept  = 64
	bytesKept = 8 << 10
)

// Reset is an empty room with what can be used again. REQUIRES: nobody knows the transaction any more.
func (m *Room) Reset() Room {
	next := Room{parts: m.parts[:0], sets: m.sets[:0], buf: m.buf[:0]}
	next.multi.Txns = m.multi.Txns[:0]
	clear(next.parts[:cap(next.parts)])
	clear(next.sets[:cap(next.sets)])
	clear(next.multi.Txns[:cap(next.multi.Txns)])
	if cap(m.parts) > roomKept || cap(m.buf) > bytesKept {
		return Room{}
	}
	return next
}

// forParts makes room for a multi of n parts and bytes.
func (m *Room) forParts(n, bytes int) {
	if m.multi.Txns == nil || cap(m.multi.Txns) < n {
		m.multi.Txns = make([]txn.Txn, 0, n)
	}
	if cap(m.parts) < n {
		m.parts = make([]jute.Record, 0, n)
	}
	if cap(m.buf) < bytes {
		m.buf = make([]byte, 0, bytes)
	}
	if cap(m.sets) < n {
		m.sets = make([]txn.SetDataTxn, 0, n)
	}
	m.multi.Txns, m.parts, m.sets, m.buf = m.multi.Txns[:0], m.parts[:0], m.sets[:0], m.buf[:0]
}

// newSetData is the record of a setData alone, or of the next one in a multi.
func (m *Room) newSetData() *txn.SetDataTxn {
	if n := len(m.sets); n < cap(m.sets) {
		m.sets = m.sets[:n+1]
		return &m.sets[n]
	}
	return &m.setData
}
