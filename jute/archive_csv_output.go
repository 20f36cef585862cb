package jute

import (
	"strconv"
	"strings"
)

// CSVOutput writes records as Apache's CSV archive, and Record.toString() since
// 3.5, do:
//
//	-5,T,1.5,'a%2Cb,#6869,v{1,2},m{'x,1,'y,2},s{'world,'anyone}
//
// A top-level record (empty tag) is a line; one with a tag is s{...}. A null
// ustring, and a null or empty buffer, is written as nothing; a null vector as an
// empty one.
type CSVOutput struct {
	buf     []byte
	dialect Dialect
	after   bool // a value stands before on this level: a comma must follow
}

// NewCSVOutput appends to dst, which may be nil.
func NewCSVOutput(dst []byte, dialect Dialect) *CSVOutput {
	return &CSVOutput{buf: dst, dialect: dialect}
}

// ToString is the record as one line of CSV without its end, for people.
func ToString(r Record) string {
	a := NewCSVOutput(nil, Portable)
	a.Record(r, "")
	return strings.TrimSuffix(string(a.buf), "\n")
}

// Bytes is what was written so far.
func (a *CSVOutput) Bytes() []byte { return a.buf }

// comma separates a value from the one before it.
func (a *CSVOutput) comma() {
	if a.after {
		a.buf = append(a.buf, ',')
	}
	a.after = true
}

func (a *CSVOutput) integer(v int64) {
	a.comma()
	a.buf = strconv.AppendInt(a.buf, v, 10)
}

func (a *CSVOutput) Byte(v int8, _ string)  { a.integer(int64(v)) }
func (a *CSVOutput) Int(v int32, _ string)  { a.integer(int64(v)) }
func (a *CSVOutput) Long(v int64, _ string) { a.integer(v) }

func (a *CSVOutput) Bool(v bool, _ string) {
	a.comma()
	if v {
		a.buf = append(a.buf, 'T')
	} else {
		a.buf = append(a.buf, 'F')
	}
}

// Float writes the value as a double, which shows digits that a float does not
// have: 3.4028234663852886E38.
func (a *CSVOutput) Float(v float32, tag string) { a.Double(float64(v), tag) }

func (a *CSVOutput) Double(v float64, _ string) {
	a.comma()
	a.buf = appendFloat(a.buf, v, 64)
}

func (a *CSVOutput) Ustring(v string, _ string) {
	a.comma()
	if v == Null {
		return
	}
	a.buf = append(a.buf, '\'')
	for _, r := range v {
		switch r {
		case 0, '\n', '\r', ',', '}', '%':
			a.buf = append(a.buf, '%', upperHex[r>>4], upperHex[r&15])
		default:
			a.buf = append(a.buf, string(r)...)
		}
	}
}

const upperHex = "0123456789ABCDEF"

func (a *CSVOutput) Buffer(v []byte, _ string) {
	a.comma()
	if len(v) > 0 {
		a.buf = a.dialect.appendHex(append(a.buf, '#'), v)
	}
}

func (a *CSVOutput) Record(r Record, tag string) {
	_ = r.Serialize(a, tag) // writing into memory does not fail
}

func (a *CSVOutput) open(mark string) {
	a.comma()
	a.buf = append(a.buf, mark...)
	a.after = false
}

func (a *CSVOutput) close() {
	a.buf = append(a.buf, '}')
	a.after = true
}

func (a *CSVOutput) StartRecord(tag string) {
	if tag != "" {
		a.open("s{")
	}
}

func (a *CSVOutput) EndRecord(tag string) {
	if tag != "" {
		a.close()
		return
	}
	a.buf = append(a.buf, '\n')
	a.after = false
}

func (a *CSVOutput) StartVector(int, string) { a.open("v{") }
func (a *CSVOutput) EndVector(string)        { a.close() }
func (a *CSVOutput) StartMap(int, string)    { a.open("m{") }
func (a *CSVOutput) EndMap(string)           { a.close() }

// Err is always nil.
func (a *CSVOutput) Err() error { return nil }
