package jute

import (
	"bytes"
	"errors"
)

// CSVInput reads what CSVOutput writes, in either dialect. Where Java's reader
// would fail on Java's own output it is tolerant: an empty field is a null ustring
// or buffer, buffers are read as parseHex tells, and the end of the input ends a
// field. What the format cannot tell, it cannot either: a null vector is read as
// an empty one, an empty buffer as null, and null ustrings or buffers at the end
// of a vector or a map are lost.
//
// Strings may alias the input.
type CSVInput struct {
	src []byte
	off int
	err error
}

// NewCSVInput reads from src, which is UTF-8.
func NewCSVInput(src []byte) *CSVInput { return &CSVInput{src: src} }

// Err is the first error; it wraps ErrMalformed.
func (a *CSVInput) Err() error { return a.err }

func (a *CSVInput) fail(reason string) {
	if a.err == nil {
		a.err = &DecodeError{Offset: a.off, Reason: "csv: " + reason}
		a.off = len(a.src)
	}
}

// peek is the next byte, 0 at the end.
func (a *CSVInput) peek() byte {
	if a.off < len(a.src) {
		return a.src[a.off]
	}
	return 0
}

// field reads up to a comma, which it consumes, or to what ends a level.
func (a *CSVInput) field() []byte {
	rest := a.src[a.off:]
	n := bytes.IndexAny(rest, ",}\n\r")
	if n < 0 {
		n = len(rest)
	}
	a.off += n
	if a.peek() == ',' {
		a.off++
	}
	return rest[:n]
}

func (a *CSVInput) integer(bits int) int64 {
	start := a.off
	v, err := parseInt(string(a.field()), bits)
	if err != nil {
		a.failAt(start, err)
	}
	return v
}

func (a *CSVInput) failAt(start int, err error) {
	a.off = start
	a.fail(err.Error())
}

func (a *CSVInput) Byte(string) int8  { return int8(a.integer(8)) }
func (a *CSVInput) Int(string) int32  { return int32(a.integer(32)) }
func (a *CSVInput) Long(string) int64 { return a.integer(64) }

// Bool is true for T and false for anything else, as in Java.
func (a *CSVInput) Bool(string) bool { return string(a.field()) == "T" }

func (a *CSVInput) Float(tag string) float32 { return float32(a.Double(tag)) }

func (a *CSVInput) Double(string) float64 {
	start := a.off
	v, err := parseFloat(string(a.field()), 64)
	if err != nil {
		a.failAt(start, err)
	}
	return v
}

func (a *CSVInput) Ustring(string) string {
	start := a.off
	f := a.field()
	if len(f) == 0 {
		if a.err != nil {
			return ""
		}
		return Null
	}
	if f[0] != '\'' {
		a.failAt(start, errNoQuote)
		return ""
	}
	s, err := unescapeCSV(f[1:])
	if err != nil {
		a.failAt(start, err)
		return ""
	}
	return ustring(s)
}

var (
	errNoQuote   = errors.New("a ustring does not begin with '")
	errNoHash    = errors.New("a buffer does not begin with #")
	errCSVEscape = errors.New("% is not followed by one of 00 0A 0D 2C 7D 25")
)

// unescapeCSV returns f itself if nothing in it is escaped.
func unescapeCSV(f []byte) ([]byte, error) {
	if bytes.IndexByte(f, '%') < 0 {
		return f, nil
	}
	out := make([]byte, 0, len(f))
	for len(f) > 0 {
		c := f[0]
		if c != '%' {
			out, f = append(out, c), f[1:]
			continue
		}
		if len(f) < 3 {
			return nil, errCSVEscape
		}
		switch string(f[1:3]) {
		case "00":
			c = 0
		case "0A":
			c = '\n'
		case "0D":
			c = '\r'
		case "2C":
			c = ','
		case "7D":
			c = '}'
		case "25":
			c = '%'
		default:
			return nil, errCSVEscape
		}
		out, f = append(out, c), f[3:]
	}
	return out, nil
}

func (a *CSVInput) Buffer(string) []byte {
	start := a.off
	f := a.field()
	if len(f) == 0 {
		return nil
	}
	if f[0] != '#' {
		a.failAt(start, errNoHash)
		return nil
	}
	buf, err := parseHex(f[1:])
	if err != nil {
		a.failAt(start, err)
	}
	return buf
}

func (a *CSVInput) Record(r Record, tag string) {
	_ = r.Deserialize(a, tag) // the error sticks
}

func (a *CSVInput) open(mark string) {
	if !bytes.HasPrefix(a.src[a.off:], []byte(mark)) {
		a.fail("expected " + mark)
		return
	}
	a.off += len(mark)
}

// close leaves a level, and the comma that may follow it.
func (a *CSVInput) close() {
	if a.peek() != '}' {
		a.fail("expected }")
		return
	}
	a.off++
	if a.peek() == ',' {
		a.off++
	}
}

func (a *CSVInput) StartRecord(tag string) {
	if tag != "" {
		a.open("s{")
	}
}

func (a *CSVInput) EndRecord(tag string) {
	if tag != "" {
		a.close()
		return
	}
	if c := a.peek(); c != '\n' && c != '\r' {
		a.fail("expected the end of the line")
		return
	}
	a.off++
}

func (a *CSVInput) StartVector(string) Index {
	a.open("v{")
	return csvIndex{a}
}

func (a *CSVInput) EndVector(string) { a.close() }

func (a *CSVInput) StartMap(string) Index {
	a.open("m{")
	return csvIndex{a}
}

func (a *CSVInput) EndMap(string) { a.close() }

type csvIndex struct{ a *CSVInput }

// Done looks for the closing brace. The end of a line ends it too: there are
// fields that may be empty, so going on could go on for ever.
func (i csvIndex) Done() bool {
	switch i.a.peek() {
	case '}':
		return true
	case 0, '\n', '\r':
		i.a.fail("expected }")
	}
	return i.a.err != nil
}

func (csvIndex) Incr() {}
