package wire

import "encoding/binary"

// Enc builds jute bytes. Each method appends and returns the longer slice.
type Enc []byte

// Int appends a 32-bit integer.
func (e Enc) Int(v int32) Enc { return binary.BigEndian.AppendUint32(e, uint32(v)) }

// Long appends a 64-bit integer.
func (e Enc) Long(v int64) Enc { return binary.BigEndian.AppendUint64(e, uint64(v)) }

// Bool appends one byte, 0 or 1.
func (e Enc) Bool(v bool) Enc {
	if v {
		return append(e, 1)
	}
	return append(e, 0)
}

// Str appends a ustring whose bytes need not be UTF-8; Null stands for the null string.
func (e Enc) Str(s string) Enc {
	if s == Null {
		return e.Int(-1)
	}
	return append(e.Int(int32(len(s))), s...)
}

// Buf appends a buffer; nil is the null buffer.
func (e Enc) Buf(b []byte) Enc {
	if b == nil {
		return e.Int(-1)
	}
	return append(e.Int(int32(len(b))), b...)
}

// Strs appends a vector of strings; nil is the null vector.
func (e Enc) Strs(v []string) Enc {
	if v == nil {
		return e.Int(-1)
	}
	e = e.Int(int32(len(v)))
	for _, s := range v {
		e = e.Str(s)
	}
	return e
}

// ACLs appends a vector of ACL entries; nil is the null vector.
func (e Enc) ACLs(v []ACL) Enc {
	if v == nil {
		return e.Int(-1)
	}
	e = e.Int(int32(len(v)))
	for _, a := range v {
		e = e.Int(a.Perms).Str(a.Scheme).Str(a.ID)
	}
	return e
}

// Null stands for a null string wherever this package takes one. A lone 0xff followed by "null" is no text
// that a test would mean.
const Null = "\xffnull"

// ACL is one entry of an access control list.
type ACL struct {
	Perms      int32
	Scheme, ID string
}

// Permissions of an ACL entry.
const (
	Read, Write, Create, Delete, Admin, All int32 = 1, 2, 4, 8, 16, 31
)

// OpenACL is the ACL that lets everybody do everything.
func OpenACL() []ACL { return []ACL{{All, "world", "anyone"}} }
