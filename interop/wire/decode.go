package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Field is one named value of a reply. Values are int32, int64, bool, string, []byte (nil for null),
// []string and []ACL.
type Field struct {
	Name  string
	Value any
}

// ErrShort says that a reply ended before its record did.
var ErrShort = errors.New("wire: reply ends inside its record")

// Dec reads jute bytes; the first error sticks and all later values are zero.
type Dec struct {
	b   []byte
	err error
}

// NewDec reads b from its start.
func NewDec(b []byte) *Dec { return &Dec{b: b} }

func (d *Dec) take(n int) []byte {
	if d.err != nil || n < 0 || n > len(d.b) {
		d.err = ErrShort
		return make([]byte, max(0, min(n, 8)))
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

// Int reads a 32-bit integer.
func (d *Dec) Int() int32 { return int32(binary.BigEndian.Uint32(d.take(4))) }

// Long reads a 64-bit integer.
func (d *Dec) Long() int64 { return int64(binary.BigEndian.Uint64(d.take(8))) }

// Bool reads one byte.
func (d *Dec) Bool() bool { return d.take(1)[0] != 0 }

// Buf reads a buffer; null is nil.
func (d *Dec) Buf() []byte {
	n := d.Int()
	if n == -1 {
		return nil
	}
	b := d.take(int(n))
	if d.err != nil {
		return nil
	}
	return b
}

// Str reads a ustring; null is Null.
func (d *Dec) Str() string {
	b := d.Buf()
	if b == nil {
		return Null
	}
	return string(b)
}

// Strs reads a vector of strings; null is nil.
func (d *Dec) Strs() []string {
	n := d.vector()
	if n < 0 {
		return nil
	}
	out := make([]string, 0, n)
	for range n {
		out = append(out, d.Str())
	}
	return out
}

// ACLs reads a vector of ACL entries; null is nil.
func (d *Dec) ACLs() []ACL {
	n := d.vector()
	if n < 0 {
		return nil
	}
	out := make([]ACL, 0, n)
	for range n {
		out = append(out, ACL{Perms: d.Int(), Scheme: d.Str(), ID: d.Str()})
	}
	return out
}

func (d *Dec) vector() int {
	n := int(d.Int())
	if n > len(d.b) {
		d.err = ErrShort
		return -1
	}
	return n
}

// Rest is what has not been read.
func (d *Dec) Rest() []byte { return d.b }

// Err is the first error.
func (d *Dec) Err() error { return d.err }

// Stat is the stat of a znode as clients see it.
type Stat struct {
	Czxid, Mzxid, Ctime, Mtime  int64
	Version, Cversion, Aversion int32
	EphemeralOwner              int64
	DataLength, NumChildren     int32
	Pzxid                       int64
}

// Stat reads a stat.
func (d *Dec) Stat() Stat {
	return Stat{
		d.Long(), d.Long(), d.Long(), d.Long(), d.Int(), d.Int(), d.Int(), d.Long(), d.Int(), d.Int(), d.Long(),
	}
}

func (s Stat) fields() []Field {
	return []Field{
		{"czxid", s.Czxid}, {"mzxid", s.Mzxid}, {"ctime", s.Ctime}, {"mtime", s.Mtime}, {"version", s.Version},
		{"cversion", s.Cversion}, {"aversion", s.Aversion}, {"ephemeralOwner", s.EphemeralOwner},
		{"dataLength", s.DataLength}, {"numChildren", s.NumChildren}, {"pzxid", s.Pzxid},
	}
}

// Fields takes the body of a reply without error to an operation apart. What stands behind the record comes
// as a field "extra".
func Fields(op int32, body []byte) ([]Field, error) {
	d := NewDec(body)
	f := record(d, op)
	if d.err != nil {
		return f, fmt.Errorf("%w: %s", d.err, OpName(op))
	}
	if len(d.b) > 0 {
		f = append(f, Field{"extra", d.b})
	}
	return f, nil
}

func record(d *Dec, op int32) []Field {
	switch op {
	case OpCreate:
		return []Field{{"path", d.Str()}}
	case OpCreate2, OpCreateContainer, OpCreateTTL:
		return append([]Field{{"path", d.Str()}}, d.Stat().fields()...)
	case OpExists, OpSetData, OpSetACL:
		return d.Stat().fields()
	case OpGetData, OpReconfig:
		return append([]Field{{"data", d.Buf()}}, d.Stat().fields()...)
	case OpGetACL:
		return append([]Field{{"acl", d.ACLs()}}, d.Stat().fields()...)
	case OpGetChildren:
		return []Field{{"children", d.Strs()}}
	case OpGetChildren2:
		return append([]Field{{"children", d.Strs()}}, d.Stat().fields()...)
	case OpSync:
		return []Field{{"path", d.Str()}}
	case OpGetEphemerals:
		return []Field{{"ephemerals", d.Strs()}}
	case OpGetAllChildrenNumber:
		return []Field{{"number", d.Int()}}
	case OpSASL:
		return []Field{{"token", d.Buf()}}
	case OpAddWatch:
		return []Field{{"err", d.Int()}}
	case OpWhoAmI:
		n := d.vector()
		ids := []string{}
		for range n {
			ids = append(ids, d.Str()+":"+d.Str())
		}
		return []Field{{"ids", ids}}
	case OpMulti, OpMultiRead:
		return results(d)
	}
	return nil
}

// results reads the body of a multi reply; each field's name starts with the number of its operation.
func results(d *Dec) []Field {
	var out []Field
	for i := 0; d.err == nil; i++ {
		op, done, code := d.Int(), d.Bool(), d.Int()
		if done {
			return append(out, Field{"end", fmt.Sprintf("%d %d", op, code)})
		}
		p := fmt.Sprintf("%d.", i)
		out = append(out, Field{p + "type", op}, Field{p + "err", code})
		if op == -1 {
			out = append(out, Field{p + "code", d.Int()})
			continue
		}
		for _, f := range record(d, op) {
			out = append(out, Field{p + f.Name, f.Value})
		}
	}
	return out
}
