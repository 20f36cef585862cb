package gen

import (
	"strings"

	"troupe/jute/idl"
)

// keyCompare provides the functions that bring the keys of maps in order. Those
// for records are written at the end of the file that needs them.
type keyCompare struct {
	*printer
	pending []*idl.Record
	done    map[string]bool
}

// function is an expression for a func(a, b K) int.
func (c *keyCompare) function(t *idl.Type) string {
	switch t.Kind {
	case idl.Boolean:
		return c.jute() + ".CompareBool"
	case idl.Ustring:
		return c.jute() + ".CompareUstring"
	case idl.Float, idl.Double:
		return c.jute() + ".CompareFloat[" + c.typeName(t) + "]"
	case idl.Ref:
		if c.done == nil {
			c.done = map[string]bool{}
		}
		if !c.done[t.Record.FullName()] {
			c.done[t.Record.FullName()] = true
			c.pending = append(c.pending, t.Record)
		}
		return compareName(t.Record)
	}
	return c.use("cmp") + ".Compare[" + c.typeName(t) + "]"
}

// compareName tells records of different modules apart.
func compareName(r *idl.Record) string {
	return "compare" + goName(strings.ReplaceAll(r.Module, ".", "_")) + goName(r.Name)
}

func (c *keyCompare) write() {
	for i := 0; i < len(c.pending); i++ { // grows while fields are looked at
		r := c.pending[i]
		ref := &idl.Type{Kind: idl.Ref, Record: r}
		c.printf("// %s orders keys field by field.\n", compareName(r))
		c.printf("func %s(a, b %s) int {\nreturn %s.Or(\n", compareName(r), c.typeName(ref), c.use("cmp"))
		for _, f := range r.Fields {
			c.printf("%s(a.%s, b.%s),\n", c.function(f.Type), fieldName(f.Name), fieldName(f.Name))
		}
		c.printf(")\n}\n\n")
	}
}
