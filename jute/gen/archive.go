package gen

import (
	"fmt"

	"troupe/jute/idl"
)

// writeArchive writes Serialize and Deserialize of every record.
func writeArchive(p *printer, m *idl.Module) {
	keys := &keyCompare{printer: p}
	for _, r := range m.Records {
		name := goName(r.Name)
		p.printf("// Serialize writes the fields to an archive.\nfunc (r *%s) Serialize(a %s.OutputArchive, tag string) error {\n", name, p.jute())
		p.printf("a.StartRecord(tag)\n")
		for _, f := range r.Fields {
			p.serialize(keys, "r."+fieldName(f.Name), f.Type, f.Name, levels{})
		}
		p.printf("a.EndRecord(tag)\nreturn a.Err()\n}\n\n")
		p.printf("// Deserialize reads the fields from an archive.\nfunc (r *%s) Deserialize(a %s.InputArchive, tag string) error {\n", name, p.jute())
		p.printf("a.StartRecord(tag)\n")
		for _, f := range r.Fields {
			p.deserialize("r."+fieldName(f.Name), f.Type, f.Name, levels{})
		}
		p.printf("a.EndRecord(tag)\nreturn a.Err()\n}\n\n")
	}
}

// levels count how deep a value is nested: the tags of elements carry the number
// (e1, k1, v1), and so do the variables.
type levels struct{ vectors, maps int }

func (l levels) vector() levels { return levels{l.vectors + 1, l.maps} }

func (l levels) mapping() levels { return levels{l.vectors, l.maps + 1} }

func (l levels) name(prefix string) string {
	return fmt.Sprintf("%s%d", prefix, l.vectors+l.maps)
}

func (p *printer) serialize(keys *keyCompare, expr string, t *idl.Type, tag string, l levels) {
	switch t.Kind {
	case idl.Ref:
		p.printf("a.Record(&%s, %q)\n", expr, tag)
	case idl.Vector:
		l = l.vector()
		i := l.name("i")
		p.printf("a.StartVector(%s.VectorLen(%s), %q)\n", p.jute(), expr, tag)
		p.printf("for %s := range %s {\n", i, expr)
		p.serialize(keys, expr+"["+i+"]", t.Elem, fmt.Sprintf("e%d", l.vectors), l)
		p.printf("}\na.EndVector(%q)\n", tag)
	case idl.Map:
		l = l.mapping()
		e := l.name("e")
		p.printf("a.StartMap(len(%s), %q)\n", expr, tag)
		p.printf("for _, %s := range %s.SortedEntries(%s, %s) {\n", e, p.jute(), expr, keys.function(t.Key))
		p.serialize(keys, e+".Key", t.Key, fmt.Sprintf("k%d", l.maps), l)
		p.serialize(keys, e+".Value", t.Elem, fmt.Sprintf("v%d", l.maps), l)
		p.printf("}\na.EndMap(%q)\n", tag)
	default:
		p.printf("a.%s(%s, %q)\n", method(t.Kind), expr, tag)
	}
}

func (p *printer) deserialize(expr string, t *idl.Type, tag string, l levels) {
	switch t.Kind {
	case idl.Ref:
		p.printf("a.Record(&%s, %q)\n", expr, tag)
	case idl.Vector:
		l = l.vector()
		it, e := l.name("it"), l.name("e")
		p.printf("if %s := a.StartVector(%q); %s == nil {\n%s = nil\n} else {\n", it, tag, it, expr)
		p.printf("%s = %s.Resize(%s, 0)\n", expr, p.jute(), expr)
		p.printf("for ; !%s.Done(); %s.Incr() {\n", it, it)
		p.deserializeNew(e, t.Elem, fmt.Sprintf("e%d", l.vectors), l)
		p.printf("%s = append(%s, %s)\n}\n}\na.EndVector(%q)\n", expr, expr, e, tag)
	case idl.Map:
		l = l.mapping()
		it, k, v := l.name("it"), l.name("k"), l.name("v")
		p.printf("%s = make(%s)\n", expr, p.typeName(t))
		p.printf("if %s := a.StartMap(%q); %s != nil {\n", it, tag, it)
		p.printf("for ; !%s.Done(); %s.Incr() {\n", it, it)
		p.deserializeNew(k, t.Key, fmt.Sprintf("k%d", l.maps), l)
		p.deserializeNew(v, t.Elem, fmt.Sprintf("v%d", l.maps), l)
		p.printf("%s[%s] = %s\n}\n}\na.EndMap(%q)\n", expr, k, v, tag)
	default:
		p.printf("%s = a.%s(%q)\n", expr, method(t.Kind), tag)
	}
}

// deserializeNew reads into a variable that it declares.
func (p *printer) deserializeNew(name string, t *idl.Type, tag string, l levels) {
	if isPrimitive(t.Kind) {
		p.printf("%s := a.%s(%q)\n", name, method(t.Kind), tag)
		return
	}
	p.printf("var %s %s\n", name, p.typeName(t))
	p.deserialize(name, t, tag, l)
}
