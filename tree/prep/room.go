package prep

import (
	"slices"

	"troupe/jute"
	"troupe/jute/txn"
)

// Room is where the records of a request's transaction are made: one setData, or a multi of them. A request that is used
// again brings it along (Reset), and its transaction costs no allocation.
type Room struct {
	setData txn.SetDataTxn
	multi   *parts // nil until there is a multi
}

// parts is room for a multi.
type parts struct {
	record  txn.MultiTxn
	records []jute.Record
	sets    []txn.SetDataTxn // len is how many are used
	buf     []byte           // the encoded parts
}

// roomKept bounds what a room keeps, in parts and in bytes of them.
const (
	roomKept  = 64
	bytesKept = 8 << 10
)

// Reset is an empty room with what can be used again. REQUIRES: nobody knows the transaction any more.
func (m *Room) Reset() Room {
	p := m.multi
	if p == nil || cap(p.records) > roomKept || cap(p.buf) > bytesKept {
		return Room{}
	}
	clear(p.records[:cap(p.records)])
	clear(p.sets[:cap(p.sets)])
	clear(p.record.Txns[:cap(p.record.Txns)])
	p.cut()
	return Room{multi: p}
}

func (p *parts) cut() {
	p.record.Txns, p.records, p.sets, p.buf = p.record.Txns[:0], p.records[:0], p.sets[:0], p.buf[:0]
}

// forParts makes room for a multi of n parts and bytes.
func (m *Room) forParts(n, bytes int) *parts {
	if m.multi == nil {
		m.multi = &parts{record: txn.MultiTxn{Txns: []txn.Txn{}}}
	}
	p := m.multi
	p.cut()
	p.record.Txns = slices.Grow(p.record.Txns, n)
	p.records = slices.Grow(p.records, n)
	p.sets = slices.Grow(p.sets, n)
	p.buf = slices.Grow(p.buf, bytes)
	return p
}

// newSetData is the record of a setData alone, or of the next one in a multi.
func (m *Room) newSetData() *txn.SetDataTxn {
	if p := m.multi; p != nil && len(p.sets) < cap(p.sets) {
		p.sets = p.sets[:len(p.sets)+1]
		return &p.sets[len(p.sets)-1]
	}
	return &m.setData
}
