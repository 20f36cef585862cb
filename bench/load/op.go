package load

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// Number stands in a path for ten decimal digits that are filled in for each request.
const Number = "##########"

// numberWidth is the length of [Number].
const numberWidth = len(Number)

// OwnRange is how many numbers a connection has to itself with [KeyOwn].
const OwnRange = 1_000_000

// Keys says which number takes the place of [Number] in a request.
type Keys int

const (
	// KeyNone leaves the path as it is.
	KeyNone Keys = iota
	// KeyRandom draws each number evenly from 0 to Op.Range-1.
	KeyRandom
	// KeyOwn numbers by connection and turn, so that no two connections ever meet:
	// Script.First + connection*1,000,000 + turn. All operations of a turn get the same number.
	KeyOwn
	// KeySequence counts up over all connections of a worker, from its first number on.
	KeySequence
	// KeyTurn counts up on each connection by itself, from 0 on: all of them send the same.
	KeyTurn
)

// Codes of the protocol that a workload may have to allow for.
const (
	CodeNoNode     int32 = -101
	CodeNodeExists int32 = -110
)

// Flags of a create request.
const (
	Persistent          int32 = 0
	Ephemeral           int32 = 1
	EphemeralSequential int32 = 3
)

const (
	opCreate      int32 = 1
	opDelete      int32 = 2
	opExists      int32 = 3
	opGetData     int32 = 4
	opSetData     int32 = 5
	opGetChildren int32 = 8
	opSync        int32 = 9
	opPing        int32 = 11
	opMulti       int32 = 14
	opAddWatch    int32 = 106
	opClose       int32 = -11
)

const (
	xidOffset   = 4  // behind the length
	headerBytes = 16 // of a reply, behind its length: xid, zxid, err
	headBytes   = 4 + headerBytes
	statBytes   = 68
	xidEvent    = -1
	xidPing     = -2
)

// Op is one request, encoded but for its xid and numbers. The zero value is no request.
type Op struct {
	// Name is what the protocol calls it.
	Name string
	// Keys and Range choose the numbers.
	Keys  Keys
	Range int64
	// Weight is the share of this operation in a random script; 0 counts as 1.
	Weight int
	// Reply is the least length of a good reply behind its length prefix. It catches a
	// refused multi, whose header says 0.
	Reply int

	frame   []byte
	numbers []int // offsets of Number in frame
}

// Random returns op with its numbers drawn from 0 to n-1.
func (op Op) Random(n int64) Op { op.Keys, op.Range = KeyRandom, n; return op }

// Own returns op with numbers that belong to its connection alone.
func (op Op) Own() Op { op.Keys = KeyOwn; return op }

// Sequence returns op with numbers that count up.
func (op Op) Sequence() Op { op.Keys = KeySequence; return op }

// Turn returns op with numbers that count up on each connection.
func (op Op) Turn() Op { op.Keys = KeyTurn; return op }

// Share returns op with that weight in a random script.
func (op Op) Share(weight int) Op { op.Weight = weight; return op }

// Len is the length in bytes of the frame, its length prefix included.
func (op Op) Len() int { return len(op.frame) }

// GetData asks for the data of path; value is the length that the reply must have at least.
func GetData(path string, value int, watch bool) Op {
	return newOp("getData", opGetData, headerBytes+4+value+statBytes, appendBool(appendString(nil, path), watch))
}

// Exists asks for the stat of path.
func Exists(path string) Op {
	return newOp("exists", opExists, headerBytes+statBytes, appendBool(appendString(nil, path), false))
}

// GetChildren asks for the names under path; least is the number of them that must come.
func GetChildren(path string, least int) Op {
	return newOp("getChildren", opGetChildren, headerBytes+4+5*least, appendBool(appendString(nil, path), false))
}

// SetData overwrites path with value bytes, whatever its version.
func SetData(path string, value int) Op {
	return newOp("setData", opSetData, headerBytes+statBytes, setData(nil, path, value))
}

// Create makes path with value bytes, open to the world.
func Create(path string, value int, flags int32) Op {
	return newOp("create", opCreate, headerBytes+4+len(path), create(nil, path, value, flags))
}

// Delete removes path, whatever its version.
func Delete(path string) Op {
	return newOp("delete", opDelete, headerBytes, appendInt(appendString(nil, path), -1))
}

// MultiSet is one multi of n setData, each with a number of its own.
func MultiSet(path string, value, n int) Op {
	var body []byte
	for range n {
		body = setData(appendMultiHeader(body, opSetData, false), path, value)
	}
	return newOp("multi", opMulti, headerBytes+n*(9+statBytes)+9, appendMultiHeader(body, -1, true))
}

// MultiCreate is one multi of n creates of persistent znodes, each with a number of its own.
func MultiCreate(path string, value, n int) Op {
	var body []byte
	for range n {
		body = create(appendMultiHeader(body, opCreate, false), path, value, Persistent)
	}
	return newOp("multi", opMulti, headerBytes+n*(9+4+len(path))+9, appendMultiHeader(body, -1, true))
}

// Sync waits until the server has seen all that its leader had when it was asked.
func Sync(path string) Op {
	return newOp("sync", opSync, headerBytes+4+len(path), appendString(nil, path))
}

// AddWatch sets a persistent watch on path that also covers all below it.
func AddWatch(path string) Op {
	const recursive = 1
	return newOp("addWatch", opAddWatch, headerBytes, appendInt(appendString(nil, path), recursive))
}

// Ping touches the session.
func Ping() Op { return newOp("ping", opPing, headerBytes, nil) }

func closeSession() Op { return newOp("closeSession", opClose, headerBytes, nil) }

func newOp(name string, code int32, reply int, body []byte) Op {
	frame := appendInt(nil, int32(8+len(body)))
	frame = appendInt(frame, 0)
	frame = appendInt(frame, code)
	frame = append(frame, body...)
	return numbered(Op{Name: name, Reply: reply, frame: frame})
}

// numbered finds the places of [Number] in op.
func numbered(op Op) Op {
	for at := 0; ; {
		i := bytes.Index(op.frame[at:], []byte(Number))
		if i < 0 {
			return op
		}
		op.numbers = append(op.numbers, at+i)
		at += i + numberWidth
	}
}

// appendConnect is the handshake. Session 0 asks for a new one.
func appendConnect(dst []byte, timeoutMillis int32, session int64, password [passwordBytes]byte) []byte {
	const length = 4 + 8 + 4 + 8 + 4 + 16 + 1
	dst = appendInt(dst, length)
	dst = appendInt(dst, 0)                     // protocolVersion
	dst = binary.BigEndian.AppendUint64(dst, 0) // lastZxidSeen
	dst = appendInt(dst, timeoutMillis)         // timeOut
	dst = binary.BigEndian.AppendUint64(dst, uint64(session))
	dst = append(appendInt(dst, passwordBytes), password[:]...)
	return append(dst, 0) // readOnly
}

func setData(dst []byte, path string, value int) []byte {
	return appendInt(appendValue(appendString(dst, path), value), -1)
}

func create(dst []byte, path string, value int, flags int32) []byte {
	dst = appendValue(appendString(dst, path), value)
	dst = appendInt(dst, 1)  // one entry
	dst = appendInt(dst, 31) // all permissions
	dst = appendString(dst, "world")
	dst = appendString(dst, "anyone")
	return appendInt(dst, flags)
}

func appendMultiHeader(dst []byte, code int32, done bool) []byte {
	return appendInt(appendBool(appendInt(dst, code), done), -1)
}

func appendInt(dst []byte, v int32) []byte { return binary.BigEndian.AppendUint32(dst, uint32(v)) }

func appendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func appendString(dst []byte, s string) []byte { return append(appendInt(dst, int32(len(s))), s...) }

func appendValue(dst []byte, n int) []byte {
	return append(appendInt(dst, int32(n)), strings.Repeat("v", n)...)
}

// patchNumber writes v in decimal over the ten bytes at dst.
func patchNumber(dst []byte, v int64) {
	_ = dst[numberWidth-1]
	for i := numberWidth - 1; i >= 0; i-- {
		dst[i] = byte('0' + v%10)
		v /= 10
	}
}
