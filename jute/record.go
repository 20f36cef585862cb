package jute

// Record is what the compiler generates for a class of the IDL. The methods
// stand on the pointer; the struct itself is plain data.
type Record interface {
	// Append appends the binary form to dst. It does not allocate but to grow dst.
	Append(dst []byte) []byte
	// Decode reads the binary form, reusing the capacity of slices in the
	// record. After an error (d.Err) the record's content is unspecified.
	Decode(d *Decoder)
	// Serialize writes the record to any archive, each field under its name.
	Serialize(a OutputArchive, tag string) error
	// Deserialize reads what Serialize wrote.
	Deserialize(a InputArchive, tag string) error
}

// OutputArchive writes records in one of the formats. Tags are the names of the
// fields; an empty tag stands for a record at top level. The first error sticks
// and is told by Err.
type OutputArchive interface {
	Byte(v int8, tag string)
	Bool(v bool, tag string)
	Int(v int32, tag string)
	Long(v int64, tag string)
	Float(v float32, tag string)
	Double(v float64, tag string)
	Ustring(v string, tag string)
	Buffer(v []byte, tag string)
	Record(r Record, tag string)

	StartRecord(tag string)
	EndRecord(tag string)
	// StartVector begins a vector of n elements, -1 for a null one.
	StartVector(n int, tag string)
	EndVector(tag string)
	// StartMap begins a map of n entries; each is written as key and value.
	StartMap(n int, tag string)
	EndMap(tag string)

	Err() error
}

// InputArchive reads records in one of the formats. The first error sticks: from
// then on values are zero, every Index is done, and Err tells it.
type InputArchive interface {
	Byte(tag string) int8
	Bool(tag string) bool
	Int(tag string) int32
	Long(tag string) int64
	Float(tag string) float32
	Double(tag string) float64
	Ustring(tag string) string
	Buffer(tag string) []byte
	Record(r Record, tag string)

	StartRecord(tag string)
	EndRecord(tag string)
	// StartVector enters a vector; nil means a null one.
	StartVector(tag string) Index
	EndVector(tag string)
	// StartMap enters a map; nil means an empty one.
	StartMap(tag string) Index
	EndMap(tag string)

	Err() error
}

// Index walks over a vector or a map of an InputArchive:
//
//	for ; !it.Done(); it.Incr() { ... read one element, or a key and a value ... }
type Index interface {
	Done() bool
	Incr()
}
