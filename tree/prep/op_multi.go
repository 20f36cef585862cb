package prep

import (
	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
)

// opMulti prepares a multi: all of its parts or none, under one zxid, each part seeing what the parts before it do.
//
// A body that cannot be decoded, with reads or unknown operations in it or with a null path, is MarshallingError as a whole;
// so is a part that is reached with a null id in an ACL, or with TTL flags in a plain create. A fault of the session refuses
// the whole too. Any other fault is the result of its part: the transaction then holds what the parts before it would have done, the fault, and RuntimeInconsistency
// for each part behind it, and has no effect.
func (p *Preparer) opMulti(r *Request, zxid int64) (jute.Record, proto.Code) {
	n, ok := p.scratch.countParts(r.Body)
	if !ok {
		return nil, proto.MarshallingError
	}
	if code := p.checkSession(r); code != proto.Ok {
		return nil, code
	}
	mark, digest := p.pending.mark(), p.digest
	room := r.Room.forParts(n, len(r.Body))
	p.guessParts(n)
	defer p.forgetParts(n)
	failed := false
	for m := proto.NewMultiReader(r.Body); m.Next(); {
		kind, _ := p.scratch.decodePart(&m)
		p.guess = p.scratch.guessed(len(room.records))
		record, code := jute.Record(nil), proto.RuntimeInconsistency
		if !failed {
			if record, code = p.preparePart(r, zxid, kind); code != proto.Ok {
				failed = true
				p.pending.rollback(mark)
				p.digest = digest
			}
			if code == proto.MarshallingError {
				return nil, code
			}
		}
		if code != proto.Ok {
			kind, record = proto.OpError, &txn.ErrorTxn{Err: int32(code)}
		}
		start := len(room.buf)
		room.buf = record.Append(room.buf)
		room.records = append(room.records, record)
		room.record.Txns = append(room.record.Txns, txn.Txn{Type: int32(kind), Data: room.buf[start:len(room.buf):len(room.buf)]})
	}
	return &room.record, proto.Ok
}

// guessParts looks the znodes of the first parts up together: at random in 100,000 znodes each part would wait for main
// memory by itself (tree.Guess).
func (p *Preparer) guessParts(n int) {
	s := &p.scratch
	p.tree.Guess(s.paths[:min(n, len(s.paths))], &s.guesses)
}

func (p *Preparer) forgetParts(n int) {
	s := &p.scratch
	p.guess = nil
	clear(s.paths[:min(n, len(s.paths))])
	clear(s.guesses[:min(n, len(s.guesses))])
}

// guessed is the znode that a part is probably about; nil if that is not known.
func (s *scratch) guessed(part int) *tree.Node {
	if part < len(s.guesses) {
		return s.guesses[part]
	}
	return nil
}

// countParts reads a whole multi and returns the number of its parts, or false if it is one that no part of can be run.
func (s *scratch) countParts(body []byte) (n int, ok bool) {
	m := proto.NewMultiReader(body)
	for m.Next() {
		if _, ok := s.decodePart(&m); !ok {
			return 0, false
		}
		if n < len(s.paths) {
			s.paths[n] = s.path
		}
		n++
	}
	return n, m.Err() == nil
}

// decodePart reads the record of the present part into the scratch and returns the type of its transaction. That is
// decided by the flags, not by which of the creates the client sent: create2 is create, and a container is what has the
// flag of one.
func (s *scratch) decodePart(m *proto.MultiReader) (kind proto.Op, ok bool) {
	d, path := m.Decoder(), jute.Null
	switch kind = m.Op(); kind {
	case proto.OpCreate, proto.OpCreate2, proto.OpCreateContainer:
		q := &s.create
		q.Decode(d)
		mode := proto.CreateMode(q.Flags)
		path, kind = q.Path, plainKind(mode)
		if mode.TTL() {
			kind = needsTTL
		}
		s.creation = creation{kind: kind, path: q.Path, data: q.Data, acl: q.ACL, flags: q.Flags}
	case proto.OpCreateTTL:
		q := &s.createTTL
		q.Decode(d)
		mode := proto.CreateMode(q.Flags)
		if !mode.TTL() {
			kind = plainKind(mode)
		}
		path = q.Path
		s.creation = creation{kind: kind, path: q.Path, data: q.Data, acl: q.ACL, flags: q.Flags, ttl: q.TTL}
	case proto.OpDelete:
		s.delete.Decode(d)
		path = s.delete.Path
	case proto.OpSetData:
		s.setData.Decode(d)
		path = s.setData.Path
	case proto.OpCheck:
		s.check.Decode(d)
		path = s.check.Path
	default:
		return 0, false
	}
	s.path = path
	return kind, m.Err() == nil && path != jute.Null
}

// needsTTL stands for a part that is a plain create by its operation and has the flags of createTTL.
const needsTTL proto.Op = -2

// plainKind is the type of the transaction that a create without a time to live makes in a multi.
func plainKind(mode proto.CreateMode) proto.Op {
	if mode.Container() {
		return proto.OpCreateContainer
	}
	return proto.OpCreate
}

// preparePart checks the part that decodePart has read.
func (p *Preparer) preparePart(r *Request, zxid int64, kind proto.Op) (jute.Record, proto.Code) {
	s := &p.scratch
	switch kind {
	case needsTTL:
		return nil, proto.MarshallingError
	case proto.OpDelete:
		return p.delete(r, zxid, s.delete.Path, s.delete.Version)
	case proto.OpSetData:
		return p.setData(r, zxid, &s.setData)
	case proto.OpCheck:
		return p.check(r, &s.check)
	}
	return p.create(r, zxid, &s.creation)
}
