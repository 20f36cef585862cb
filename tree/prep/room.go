package prep

import (
	"slices"
	"unsafe"

	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// Room is where the records of a request's transaction are made: one setData, create or delete, or a multi of setData. A request
// that is used again brings it along (Reset), and its transaction costs no allocation.
type Room struct {
	setData txn.SetDataTxn
	create  *txn.CreateTxn // nil until there is a create; and so on
	delete  *txn.DeleteTxn
	multi   *parts
	paths   []byte // of sequential nodes
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
	pathsKept = 512
)

// Reset is an empty room with what can be used again. REQUIRES: nobody knows the transaction any more.
func (m *Room) Reset() Room {
	r := Room{create: m.create, delete: m.delete, paths: m.paths[:0]}
	if r.create != nil {
		*r.create = txn.CreateTxn{}
	}
	if r.delete != nil {
		*r.delete = txn.DeleteTxn{}
	}
	if cap(r.paths) > pathsKept {
		r.paths = nil
	}
	p := m.multi
	if p == nil || cap(p.records) > roomKept || cap(p.buf) > bytesKept {
		return r
	}
	clear(p.records[:cap(p.records)])
	clear(p.sets[:cap(p.sets)])
	clear(p.record.Txns[:cap(p.record.Txns)])
	p.cut()
	r.multi = p
	return r
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

// newCreate is the record of a create, in the room if the create stands alone.
func (r *Request) newCreate() *txn.CreateTxn {
	if r.Op == proto.OpMulti {
		return new(txn.CreateTxn)
	}
	if r.Room.create == nil {
		r.Room.create = new(txn.CreateTxn)
	}
	return r.Room.create
}

// newDelete is the same for a delete.
func (r *Request) newDelete() *txn.DeleteTxn {
	if r.Op == proto.OpMulti {
		return new(txn.DeleteTxn)
	}
	if r.Room.delete == nil {
		r.Room.delete = new(txn.DeleteTxn)
	}
	return r.Room.delete
}

// sequential is the path of a sequential node: the number of children ever created under the parent, behind the path.
func (m *Room) sequential(path string, created int32) string {
	from := len(m.paths)
	m.paths = appendSequence(append(m.paths, path...), created)
	return unsafe.String(&m.paths[from], len(m.paths)-from)
}
