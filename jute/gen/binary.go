package gen

import (
	"fmt"

	"troupe/jute/idl"
)

// writeBinary writes Append and Decode of every record.
func writeBinary(p *printer, m *idl.Module) {
	keys := &keyCompare{printer: p}
	for _, r := range m.Records {
		name := goName(r.Name)
		p.printf("// Append appends the binary form.\nfunc (r *%s) Append(dst []byte) []byte {\n", name)
		for _, f := range r.Fields {
			p.encode(keys, "r."+fieldName(f.Name), f.Type, 1)
		}
		p.printf("return dst\n}\n\n")
		p.printf("// Decode reads the binary form.\nfunc (r *%s) Decode(d *%s.Decoder) {\n", name, p.jute())
		for _, f := range r.Fields {
			p.decode("r."+fieldName(f.Name), f.Type, 1)
		}
		p.printf("}\n\n")
	}
	keys.write()
}

// encode appends the value of an addressable expression; depth numbers the
// variables of nested loops.
func (p *printer) encode(keys *keyCompare, expr string, t *idl.Type, depth int) {
	switch t.Kind {
	case idl.Ref:
		p.printf("dst = %s.Append(dst)\n", expr)
	case idl.Vector:
		i := fmt.Sprintf("i%d", depth)
		p.printf("dst = %s.AppendVectorLen(dst, %s)\n", p.jute(), expr)
		p.printf("for %s := range %s {\n", i, expr)
		p.encode(keys, expr+"["+i+"]", t.Elem, depth+1)
		p.printf("}\n")
	case idl.Map:
		e := fmt.Sprintf("e%d", depth)
		p.printf("dst = %s.AppendInt(dst, int32(len(%s)))\n", p.jute(), expr)
		p.printf("for _, %s := range %s.SortedEntries(%s, %s) {\n", e, p.jute(), expr, keys.function(t.Key))
		p.encode(keys, e+".Key", t.Key, depth+1)
		p.encode(keys, e+".Value", t.Elem, depth+1)
		p.printf("}\n")
	default:
		p.printf("dst = %s.Append%s(dst, %s)\n", p.jute(), method(t.Kind), expr)
	}
}

// decode reads into an addressable expression.
func (p *printer) decode(expr string, t *idl.Type, depth int) {
	switch t.Kind {
	case idl.Ref:
		p.printf("%s.Decode(d)\n", expr)
	case idl.Vector:
		n, i := fmt.Sprintf("n%d", depth), fmt.Sprintf("i%d", depth)
		p.printf("if %s := d.VectorLen(%d); %s < 0 {\n%s = nil\n} else {\n", n, t.Elem.MinSize(), n, expr)
		p.printf("%s = %s.Resize(%s, %s)\n", expr, p.jute(), expr, n)
		p.printf("for %s := range %s {\n", i, expr)
		p.decode(expr+"["+i+"]", t.Elem, depth+1)
		p.printf("}\n}\n")
	case idl.Map:
		n, k, v := fmt.Sprintf("n%d", depth), fmt.Sprintf("k%d", depth), fmt.Sprintf("v%d", depth)
		p.printf("%s = make(%s)\n", expr, p.typeName(t))
		p.printf("for %s := d.MapLen(%d); %s > 0 && d.Err() == nil; %s-- {\n", n, t.Key.MinSize()+t.Elem.MinSize(), n, n)
		p.decodeNew(k, t.Key, depth+1)
		p.decodeNew(v, t.Elem, depth+1)
		p.printf("%s[%s] = %s\n}\n", expr, k, v)
	default:
		p.printf("%s = d.%s()\n", expr, method(t.Kind))
	}
}

// decodeNew reads into a variable that it declares.
func (p *printer) decodeNew(name string, t *idl.Type, depth int) {
	if isPrimitive(t.Kind) {
		p.printf("%s := d.%s()\n", name, method(t.Kind))
		return
	}
	p.printf("var %s %s\n", name, p.typeName(t))
	p.decode(name, t, depth)
}
