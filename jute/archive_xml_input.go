package jute

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// XMLInput reads what XMLOutput writes, in either dialect. As in Java order
// decides, not the names of members: only the elements boolean i4 int string
// double ex:i1 ex:i8 ex:float, with their text, and struct and array count.
//
// It does not copy two faults of Java's reader, which decodes %0A to %0F as 00 to
// 05 and cannot read a byte above 7f in a buffer. What the format cannot tell is
// read so: an empty string as an empty ustring, an empty buffer as null, a null
// vector as an empty one.
type XMLInput struct {
	dec   *xml.Decoder
	open  []string // names of the elements around the present place
	ahead *xmlEvent
	err   error
}

// xmlEvent is one thing that counts.
type xmlEvent struct {
	name string // of the element
	end  bool   // of a struct or an array
	text []byte // of a scalar
}

// NewXMLInput reads from src.
func NewXMLInput(src []byte) *XMLInput {
	return &XMLInput{dec: xml.NewDecoder(bytes.NewReader(src))}
}

// Err is the first error; it wraps ErrMalformed.
func (a *XMLInput) Err() error { return a.err }

func (a *XMLInput) fail(reason string) {
	if a.err == nil {
		a.err = &DecodeError{Offset: int(a.dec.InputOffset()), Reason: "xml: " + reason}
	}
}

// peek is the next event without taking it; nil after an error.
func (a *XMLInput) peek() *xmlEvent {
	if a.ahead == nil && a.err == nil {
		e, err := a.read()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			a.fail(err.Error())
			return nil
		}
		a.ahead = e
	}
	return a.ahead
}

// read finds the next event. Raw tokens are used since the prefix ex is never
// declared, so this also checks that elements are closed in order.
func (a *XMLInput) read() (*xmlEvent, error) {
	var scalar *xmlEvent // the one being read
	for {
		t, err := a.dec.RawToken()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if scalar != nil {
				return nil, errors.New("an element inside " + scalar.name)
			}
			name := elementName(t.Name)
			a.open = append(a.open, name)
			switch name {
			case "struct", "array":
				return &xmlEvent{name: name}, nil
			case "boolean", "i4", "int", "string", "double", "ex:i1", "ex:i8", "ex:float":
				scalar = &xmlEvent{name: name}
			}
		case xml.CharData:
			if scalar != nil {
				scalar.text = append(scalar.text, t...)
			}
		case xml.EndElement:
			name := elementName(t.Name)
			if len(a.open) == 0 || a.open[len(a.open)-1] != name {
				return nil, errors.New("</" + name + "> closes nothing")
			}
			a.open = a.open[:len(a.open)-1]
			if scalar != nil {
				return scalar, nil
			}
			if name == "struct" || name == "array" {
				return &xmlEvent{name: name, end: true}, nil
			}
		}
	}
}

func elementName(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// take consumes the next event, which must be one of the named elements.
func (a *XMLInput) take(end bool, names ...string) *xmlEvent {
	e := a.peek()
	if e == nil {
		return nil
	}
	for _, name := range names {
		if e.name == name && e.end == end {
			a.ahead = nil
			return e
		}
	}
	want, got := "<", "<"
	if end {
		want = "</"
	}
	if e.end {
		got = "</"
	}
	a.fail("expected " + want + names[0] + ">, found " + got + e.name + ">")
	return nil
}

func (a *XMLInput) integer(bits int, names ...string) int64 {
	e := a.take(false, names...)
	if e == nil {
		return 0
	}
	v, err := parseInt(string(e.text), bits)
	if err != nil {
		a.fail(err.Error())
	}
	return v
}

func (a *XMLInput) Byte(string) int8  { return int8(a.integer(8, "ex:i1")) }
func (a *XMLInput) Int(string) int32  { return int32(a.integer(32, "i4", "int")) }
func (a *XMLInput) Long(string) int64 { return a.integer(64, "ex:i8") }

// Bool is true for 1 and false for anything else, as in Java.
func (a *XMLInput) Bool(string) bool {
	e := a.take(false, "boolean")
	return e != nil && string(e.text) == "1"
}

func (a *XMLInput) float(name string, bits int) float64 {
	e := a.take(false, name)
	if e == nil {
		return 0
	}
	v, err := parseFloat(string(e.text), bits)
	if err != nil {
		a.fail(err.Error())
	}
	return v
}

func (a *XMLInput) Float(string) float32  { return float32(a.float("ex:float", 32)) }
func (a *XMLInput) Double(string) float64 { return a.float("double", 64) }

func (a *XMLInput) Ustring(string) string {
	e := a.take(false, "string")
	if e == nil {
		return ""
	}
	var b strings.Builder
	for s := e.text; len(s) > 0; {
		c, n := s[0], 1
		if c == '%' {
			if len(s) < 3 || hexValue(s[1]) < 0 || hexValue(s[2]) < 0 {
				a.fail("% is not followed by two hex digits")
				return ""
			}
			// %XX is a character, which above 7f is not one byte.
			b.WriteRune(rune(hexValue(s[1])<<4 | hexValue(s[2])))
			n = 3
		} else {
			b.WriteByte(c)
		}
		s = s[n:]
	}
	return b.String()
}

func (a *XMLInput) Buffer(string) []byte {
	e := a.take(false, "string")
	if e == nil {
		return nil
	}
	buf, err := parseHex(e.text)
	if err != nil {
		a.fail(err.Error())
	}
	return buf
}

func (a *XMLInput) Record(r Record, tag string) {
	_ = r.Deserialize(a, tag) // the error sticks
}

func (a *XMLInput) StartRecord(string) { a.take(false, "struct") }
func (a *XMLInput) EndRecord(string)   { a.take(true, "struct") }

func (a *XMLInput) StartVector(string) Index {
	a.take(false, "array")
	return xmlIndex{a}
}

func (a *XMLInput) EndVector(string) { a.take(true, "array") }

func (a *XMLInput) StartMap(tag string) Index { return a.StartVector(tag) }
func (a *XMLInput) EndMap(tag string)         { a.EndVector(tag) }

type xmlIndex struct{ a *XMLInput }

func (i xmlIndex) Done() bool {
	e := i.a.peek()
	return e == nil || i.a.err != nil || e.end
}

func (xmlIndex) Incr() {}
