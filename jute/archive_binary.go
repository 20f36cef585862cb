package jute

// BinaryOutput is the binary form behind the OutputArchive interface. It writes
// the same bytes as Record.Append, which is the faster way.
type BinaryOutput struct{ buf []byte }

// NewBinaryOutput appends to dst, which may be nil.
func NewBinaryOutput(dst []byte) *BinaryOutput { return &BinaryOutput{buf: dst} }

// Bytes is what was written so far.
func (a *BinaryOutput) Bytes() []byte { return a.buf }

func (a *BinaryOutput) Byte(v int8, _ string)      { a.buf = AppendByte(a.buf, v) }
func (a *BinaryOutput) Bool(v bool, _ string)      { a.buf = AppendBool(a.buf, v) }
func (a *BinaryOutput) Int(v int32, _ string)      { a.buf = AppendInt(a.buf, v) }
func (a *BinaryOutput) Long(v int64, _ string)     { a.buf = AppendLong(a.buf, v) }
func (a *BinaryOutput) Float(v float32, _ string)  { a.buf = AppendFloat(a.buf, v) }
func (a *BinaryOutput) Double(v float64, _ string) { a.buf = AppendDouble(a.buf, v) }
func (a *BinaryOutput) Ustring(v string, _ string) { a.buf = AppendUstring(a.buf, v) }
func (a *BinaryOutput) Buffer(v []byte, _ string)  { a.buf = AppendBuffer(a.buf, v) }
func (a *BinaryOutput) Record(r Record, tag string) {
	_ = r.Serialize(a, tag) // writing into memory does not fail
}

func (a *BinaryOutput) StartRecord(string)          {}
func (a *BinaryOutput) EndRecord(string)            {}
func (a *BinaryOutput) StartVector(n int, _ string) { a.buf = AppendInt(a.buf, int32(n)) }
func (a *BinaryOutput) EndVector(string)            {}
func (a *BinaryOutput) StartMap(n int, _ string)    { a.buf = AppendInt(a.buf, int32(n)) }
func (a *BinaryOutput) EndMap(string)               {}

// Err is always nil.
func (a *BinaryOutput) Err() error { return nil }

// BinaryInput is the binary form behind the InputArchive interface. It accepts
// the same bytes as Record.Decode, which is the faster way, and what it returns
// aliases the input too.
type BinaryInput struct{ dec Decoder }

// NewBinaryInput reads from b.
func NewBinaryInput(b []byte) *BinaryInput { return &BinaryInput{dec: NewDecoder(b)} }

func (a *BinaryInput) Byte(string) int8      { return a.dec.Byte() }
func (a *BinaryInput) Bool(string) bool      { return a.dec.Bool() }
func (a *BinaryInput) Int(string) int32      { return a.dec.Int() }
func (a *BinaryInput) Long(string) int64     { return a.dec.Long() }
func (a *BinaryInput) Float(string) float32  { return a.dec.Float() }
func (a *BinaryInput) Double(string) float64 { return a.dec.Double() }
func (a *BinaryInput) Ustring(string) string { return a.dec.Ustring() }
func (a *BinaryInput) Buffer(string) []byte  { return a.dec.Buffer() }
func (a *BinaryInput) Record(r Record, tag string) {
	_ = r.Deserialize(a, tag) // the error sticks in the decoder
}

func (a *BinaryInput) StartRecord(string) {}
func (a *BinaryInput) EndRecord(string)   {}

// StartVector reads the count. Elements are appended one by one as they are read,
// so a count without elements behind it costs nothing.
func (a *BinaryInput) StartVector(string) Index {
	n := a.dec.VectorLen(1)
	if n < 0 {
		return nil
	}
	return &binaryIndex{dec: &a.dec, left: n}
}

func (a *BinaryInput) EndVector(string) {}

func (a *BinaryInput) StartMap(string) Index {
	return &binaryIndex{dec: &a.dec, left: a.dec.MapLen(2)}
}

func (a *BinaryInput) EndMap(string) {}

// Err is the first error.
func (a *BinaryInput) Err() error { return a.dec.Err() }

// Remaining is the number of bytes not read yet.
func (a *BinaryInput) Remaining() int { return a.dec.Remaining() }

type binaryIndex struct {
	dec  *Decoder
	left int
}

func (i *binaryIndex) Done() bool { return i.left <= 0 || i.dec.Err() != nil }
func (i *binaryIndex) Incr()      { i.left-- }
