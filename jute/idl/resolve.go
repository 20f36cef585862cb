package idl

import (
	"path/filepath"
	"strings"
)

// Load reads a file and, through read, all that it includes, and resolves every
// name. Included files are parsed once, however often they are named. The error
// is an Errors.
func Load(path string, read func(path string) ([]byte, error)) (*File, error) {
	l := &loader{read: read, files: map[string]*loaded{}, records: map[string]*Record{}}
	f := l.load(path, nil)
	if err := l.errs.Err(); err != nil {
		return nil, err
	}
	return f, nil
}

type loader struct {
	read    func(string) ([]byte, error)
	files   map[string]*loaded
	records map[string]*Record
	errs    Errors
}

// loaded is a file that was named; done is false while it is being read.
type loaded struct {
	file *File
	done bool
}

// load reads one file; from is the include that names it, nil for the first.
func (l *loader) load(path string, from *Include) *File {
	path = filepath.Clean(path)
	if seen := l.files[path]; seen != nil {
		if !seen.done {
			l.errs.Addf(from.Pos, "%s includes itself, directly or through others", path)
		}
		return seen.file
	}
	entry := &loaded{}
	l.files[path] = entry
	defer func() { entry.done = true }()
	at := Pos{File: path, Line: 1, Col: 1}
	if from != nil {
		at = from.Pos
	}
	src, err := l.read(path)
	if err != nil {
		l.errs.Addf(at, "cannot read %s: %v", path, err)
		return nil
	}
	f, err := Parse(path, src)
	if err != nil {
		l.errs = append(l.errs, err.(*Error))
		return nil
	}
	whole := true
	for _, inc := range f.Includes {
		next := inc.Path
		if !filepath.IsAbs(next) {
			next = filepath.Join(filepath.Dir(path), next)
		}
		inc.File = l.load(next, inc)
		whole = whole && inc.File != nil
	}
	if !whole { // or every name of the missing file would be a fault too
		return nil
	}
	l.resolve(f)
	entry.file = f
	return f
}

// resolve binds the names of one file, whose includes are loaded already.
func (l *loader) resolve(f *File) {
	for _, m := range f.Modules {
		for _, r := range m.Records {
			fields := map[string]Pos{}
			for _, field := range r.Fields {
				if first, dup := fields[field.Name]; dup {
					l.errs.Addf(field.Pos, "field %s of class %s is declared twice, first at %s", field.Name, r.Name, first)
				}
				fields[field.Name] = field.Pos
				l.resolveType(m, field.Type)
			}
			if first, dup := l.records[r.FullName()]; dup {
				l.errs.Addf(r.Pos, "class %s is declared twice, first at %s", r.FullName(), first.Pos)
				continue
			}
			l.records[r.FullName()] = r
		}
	}
}

func (l *loader) resolveType(m *Module, t *Type) {
	switch t.Kind {
	case Vector:
		l.resolveType(m, t.Elem)
	case Map:
		l.resolveType(m, t.Key)
		l.resolveType(m, t.Elem)
		l.checkKey(t.Key, t.Key)
	case Ref:
		full := t.Name
		if !strings.Contains(full, ".") {
			full = m.Name + "." + full
		}
		if t.Record = l.records[full]; t.Record == nil {
			l.errs.Addf(t.Pos, "type %s is not known: a class is declared, in this file or an included one, before it is used", full)
		}
	}
}

// checkKey refuses keys that cannot be compared for equality.
func (l *loader) checkKey(key, part *Type) {
	switch part.Kind {
	case Buffer, Vector, Map:
		if key == part {
			l.errs.Addf(key.Pos, "%s cannot be the key of a map", key)
		} else {
			l.errs.Addf(key.Pos, "%s cannot be the key of a map: it contains a %s", key, part)
		}
	case Ref:
		if part.Record == nil {
			return
		}
		for _, f := range part.Record.Fields {
			l.checkKey(key, f.Type)
		}
	}
}
