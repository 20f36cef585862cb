package jute

import (
	"strconv"
	"strings"
)

// XMLOutput writes records in the XML dialect that Apache had up to 3.4: like
// XML-RPC, with the types ex:i1, ex:i8 and ex:float in a prefix that is never
// declared, and no XML declaration. A null ustring is written as an empty one, a
// null buffer or vector as an empty one.
//
// XML has no way to write U+FFFE and U+FFFF: a record with one of them in a
// ustring can be written, but not read back.
type XMLOutput struct {
	buf     []byte
	dialect Dialect
	indent  int
	inside  []bool // per open level: true for a struct, false for an array
}

// NewXMLOutput appends to dst, which may be nil.
func NewXMLOutput(dst []byte, dialect Dialect) *XMLOutput {
	return &XMLOutput{buf: dst, dialect: dialect}
}

// Bytes is what was written so far.
func (a *XMLOutput) Bytes() []byte { return a.buf }

func (a *XMLOutput) put(s string) { a.buf = append(a.buf, s...) }

func (a *XMLOutput) line(s string) {
	a.put(strings.Repeat("  ", a.indent))
	a.put(s)
}

func (a *XMLOutput) inStruct() bool { return len(a.inside) > 0 && a.inside[len(a.inside)-1] }

// begin opens what surrounds a value: a member with its name, in a struct.
func (a *XMLOutput) begin(tag string) {
	if !a.inStruct() {
		a.put("<value>")
		return
	}
	a.line("<member>\n")
	a.indent++
	a.line("<name>" + tag + "</name>\n")
	a.line("<value>")
}

func (a *XMLOutput) end() {
	a.put("</value>\n")
	if a.inStruct() {
		a.indent--
		a.line("</member>\n")
	}
}

func (a *XMLOutput) scalar(element, tag, text string) {
	a.begin(tag)
	a.put("<" + element + ">" + text + "</" + element + ">")
	a.end()
}

func (a *XMLOutput) Byte(v int8, tag string)  { a.scalar("ex:i1", tag, strconv.Itoa(int(v))) }
func (a *XMLOutput) Int(v int32, tag string)  { a.scalar("i4", tag, strconv.Itoa(int(v))) }
func (a *XMLOutput) Long(v int64, tag string) { a.scalar("ex:i8", tag, strconv.FormatInt(v, 10)) }

func (a *XMLOutput) Bool(v bool, tag string) {
	text := "0"
	if v {
		text = "1"
	}
	a.scalar("boolean", tag, text)
}

func (a *XMLOutput) Float(v float32, tag string) {
	a.scalar("ex:float", tag, string(appendFloat(nil, float64(v), 32)))
}

func (a *XMLOutput) Double(v float64, tag string) {
	a.scalar("double", tag, string(appendFloat(nil, v, 64)))
}

func (a *XMLOutput) Ustring(v string, tag string) {
	if v == Null {
		v = ""
	}
	a.scalar("string", tag, a.escape(v))
}

// escape writes < and & as XML has it, % and control characters as %XX.
func (a *XMLOutput) escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '>' && a.dialect == Portable && strings.HasSuffix(b.String(), "]]"):
			b.WriteString("&gt;")
		case r == '%' || r < 0x20:
			b.WriteByte('%')
			b.WriteByte(upperHex[r>>4])
			b.WriteByte(upperHex[r&15])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (a *XMLOutput) Buffer(v []byte, tag string) {
	a.scalar("string", tag, string(a.dialect.appendHex(nil, v)))
}

func (a *XMLOutput) Record(r Record, tag string) {
	_ = r.Serialize(a, tag) // writing into memory does not fail
}

func (a *XMLOutput) open(element, tag string, isStruct bool) {
	a.begin(tag)
	a.put("<" + element + ">\n")
	a.indent++
	a.inside = append(a.inside, isStruct)
}

func (a *XMLOutput) close(element string) {
	a.indent--
	a.line("</" + element + ">")
	a.inside = a.inside[:len(a.inside)-1]
	a.end()
}

func (a *XMLOutput) StartRecord(tag string)        { a.open("struct", tag, true) }
func (a *XMLOutput) EndRecord(string)              { a.close("struct") }
func (a *XMLOutput) StartVector(_ int, tag string) { a.open("array", tag, false) }
func (a *XMLOutput) EndVector(string)              { a.close("array") }
func (a *XMLOutput) StartMap(_ int, tag string)    { a.open("array", tag, false) }
func (a *XMLOutput) EndMap(string)                 { a.close("array") }

// Err is always nil.
func (a *XMLOutput) Err() error { return nil }
