package idl

// File is one parsed .jute file.
type File struct {
	Path     string
	Includes []*Include
	Modules  []*Module
}

// Include names another file.
type Include struct {
	Pos  Pos
	Path string // as written: relative to the including file
	File *File  // set by Load
}

// Module is a named group of records.
type Module struct {
	Pos     Pos
	Name    string // with dots
	Doc     string // the comment above it, without comment marks
	Records []*Record
}

// Record is one class.
type Record struct {
	Pos    Pos
	Module string
	Name   string
	Doc    string
	Fields []*Field
}

// FullName is the module's name, a dot and the record's.
func (r *Record) FullName() string { return r.Module + "." + r.Name }

// Field is one member of a record.
type Field struct {
	Pos  Pos
	Name string
	Doc  string
	Type *Type
}

// Kind tells the forms of a type apart.
type Kind int

// The kinds of types.
const (
	Byte Kind = iota
	Boolean
	Int
	Long
	Float
	Double
	Ustring
	Buffer
	Vector
	Map
	Ref // a record, by name
)

// Type is the type of a field, an element, a key or a value.
type Type struct {
	Pos    Pos
	Kind   Kind
	Key    *Type   // Map
	Elem   *Type   // Vector, and the value of Map
	Name   string  // Ref: as written
	Record *Record // Ref: set when resolved
}

// primitives are the type names that are not records.
func primitives() map[string]Kind {
	return map[string]Kind{
		"byte": Byte, "boolean": Boolean, "int": Int, "long": Long,
		"float": Float, "double": Double, "ustring": Ustring, "buffer": Buffer,
	}
}

// String is the type as it is written in a file.
func (t *Type) String() string {
	switch t.Kind {
	case Vector:
		return "vector<" + t.Elem.String() + ">"
	case Map:
		return "map<" + t.Key.String() + "," + t.Elem.String() + ">"
	case Ref:
		return t.Name
	}
	for name, kind := range primitives() {
		if kind == t.Kind {
			return name
		}
	}
	return "?"
}

// MinSize is the least number of bytes that a value takes in binary form. It is
// at least 1, since a record has a field.
func (t *Type) MinSize() int {
	switch t.Kind {
	case Byte, Boolean:
		return 1
	case Long, Double:
		return 8
	case Ref:
		return t.Record.MinSize()
	}
	return 4 // int, float; the length of everything else
}

// MinSize is the least number of bytes that the record takes in binary form.
func (r *Record) MinSize() int {
	n := 0
	for _, f := range r.Fields {
		n += f.Type.MinSize()
	}
	return n
}
