package gen

import (
	"strings"

	"troupe/jute/idl"
)

// writeRecords writes the structs.
func writeRecords(p *printer, m *idl.Module) {
	for _, r := range m.Records {
		p.comment(recordDoc(r))
		p.printf("type %s struct {\n", goName(r.Name))
		for _, f := range r.Fields {
			oneLine := !strings.Contains(f.Doc, "\n")
			if !oneLine {
				p.comment(f.Doc)
			}
			p.printf("%s %s", fieldName(f.Name), p.typeName(f.Type))
			if oneLine && f.Doc != "" {
				p.printf(" // %s", f.Doc)
			}
			p.printf("\n")
		}
		p.printf("}\n\n")
	}
}

// recordDoc is the comment of the IDL, made to begin with the name of the type.
func recordDoc(r *idl.Record) string {
	name := goName(r.Name)
	if rest, ok := strings.CutPrefix(r.Doc, r.Name+" "); ok {
		return name + " " + rest
	}
	if r.Doc != "" {
		return name + ": " + r.Doc
	}
	return name + " is the record " + r.FullName() + "."
}

func (p *printer) comment(text string) {
	for _, line := range strings.Split(text, "\n") {
		p.printf("%s\n", strings.TrimSpace("// "+line))
	}
}
