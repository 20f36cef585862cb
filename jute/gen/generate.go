package gen

import (
	"fmt"
	"go/token"
	"path"
	"slices"

	"troupe/jute/idl"
)

// Options say where the generated packages live.
type Options struct {
	// Root is the import path under which the generated packages stand: module
	// org.apache.zookeeper.data becomes the package Root/data.
	Root string
	// Runtime is the import path of the package jute that generated code uses.
	Runtime string
	// Packages gives the import paths of modules that included files declare and
	// that were generated elsewhere. Those not named are taken to be under Root.
	Packages map[string]string
}

// Output is one generated file; Path is relative, with forward slashes.
type Output struct {
	Path   string
	Source []byte
}

// Generate writes the packages of the modules that f itself declares, in the
// order of their paths. The error is an idl.Errors: what the language allows and
// Go does not, each with its place.
func Generate(f *idl.File, o Options) ([]Output, error) {
	modules, errs := group(f)
	g := &generator{opts: o}
	for _, m := range modules {
		g.check(m, &errs)
	}
	g.checkCycles(modules, &errs)
	if err := errs.Err(); err != nil {
		return nil, err
	}
	var out []Output
	for _, m := range modules {
		for _, part := range []struct {
			file  string
			write func(*printer, *idl.Module)
		}{{"archive", writeArchive}, {"binary", writeBinary}, {"records", writeRecords}} {
			p := &printer{gen: g, module: m, imports: map[string]string{}}
			part.write(p, m)
			src, err := p.source(f.Path)
			if err != nil {
				return nil, fmt.Errorf("module %s: %w", m.Name, err)
			}
			name := path.Join(packageName(m.Name), part.file+".gen.go")
			out = append(out, Output{Path: name, Source: src})
		}
	}
	return out, nil
}

// group merges blocks of the same module and refuses two modules that would
// become the same package.
func group(f *idl.File) ([]*idl.Module, idl.Errors) {
	var errs idl.Errors
	byPackage := map[string]*idl.Module{}
	for _, m := range f.Modules {
		pkg := packageName(m.Name)
		if token.IsKeyword(pkg) {
			errs.Addf(m.Pos, "module %s would become the package %s, which is a keyword of Go", m.Name, pkg)
		}
		switch first := byPackage[pkg]; {
		case first == nil:
			merged := *m
			merged.Records = slices.Clone(m.Records)
			byPackage[pkg] = &merged
		case first.Name == m.Name:
			first.Records = append(first.Records, m.Records...)
		default:
			errs.Addf(m.Pos, "modules %s and %s (at %s) would both become the package %s", m.Name, first.Name, first.Pos, pkg)
		}
	}
	var modules []*idl.Module
	for _, m := range byPackage {
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b *idl.Module) int {
		if packageName(a.Name) < packageName(b.Name) {
			return -1
		}
		return 1
	})
	return modules, errs
}

type generator struct{ opts Options }

// importPath is where the package of a module is found.
func (g *generator) importPath(module string) string {
	if p := g.opts.Packages[module]; p != "" {
		return p
	}
	return path.Join(g.opts.Root, packageName(module))
}

// check finds names that are different in the IDL and equal in Go.
func (g *generator) check(m *idl.Module, errs *idl.Errors) {
	records := map[string]*idl.Record{}
	for _, r := range m.Records {
		if first := records[goName(r.Name)]; first != nil {
			errs.Addf(r.Pos, "classes %s and %s (at %s) would both become the Go type %s", r.Name, first.Name, first.Pos, goName(r.Name))
		}
		records[goName(r.Name)] = r
		fields := map[string]*idl.Field{}
		for _, f := range r.Fields {
			if first := fields[fieldName(f.Name)]; first != nil {
				errs.Addf(f.Pos, "fields %s and %s (at %s) would both become the Go field %s", f.Name, first.Name, first.Pos, fieldName(f.Name))
			}
			fields[fieldName(f.Name)] = f
		}
	}
}

// checkCycles refuses packages that would import each other: jute allows it when
// a module is written in several blocks, Go does not.
func (g *generator) checkCycles(modules []*idl.Module, errs *idl.Errors) {
	uses := map[string]map[string]idl.Pos{}
	for _, m := range modules {
		uses[m.Name] = map[string]idl.Pos{}
		for _, r := range m.Records {
			for _, f := range r.Fields {
				eachRef(f.Type, func(t *idl.Type) {
					if t.Record.Module != m.Name {
						uses[m.Name][t.Record.Module] = t.Pos
					}
				})
			}
		}
	}
	var reaches func(from, to string, seen map[string]bool) bool
	reaches = func(from, to string, seen map[string]bool) bool {
		if from == to {
			return true
		}
		seen[from] = true
		for next := range uses[from] {
			if !seen[next] && reaches(next, to, seen) {
				return true
			}
		}
		return false
	}
	for _, m := range modules {
		for other, at := range uses[m.Name] {
			if m.Name < other && reaches(other, m.Name, map[string]bool{}) {
				errs.Addf(at, "modules %s and %s use each other, but Go packages cannot", m.Name, other)
			}
		}
	}
}

// eachRef calls f for every record that a type mentions.
func eachRef(t *idl.Type, f func(*idl.Type)) {
	switch t.Kind {
	case idl.Vector:
		eachRef(t.Elem, f)
	case idl.Map:
		eachRef(t.Key, f)
		eachRef(t.Elem, f)
	case idl.Ref:
		f(t)
	}
}
