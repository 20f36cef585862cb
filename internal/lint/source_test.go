package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// file is one Go source file of the repository.
type file struct {
	name      string // relative to the root, with slashes
	syntax    *ast.File
	fset      *token.FileSet
	lines     int
	test      bool // a _test.go file
	generated bool
	interop   bool // stands behind the build tag interop
}

// folder is the folder of the file, "." for the root.
func (f file) folder() string { return path.Dir(f.name) }

// at is the place of something in the file.
func (f file) at(n ast.Node) string {
	p := f.fset.Position(n.Pos())
	p.Filename = f.name
	return p.String()
}

// imports are the paths that the file imports.
func (f file) imports() []string {
	all := make([]string, len(f.syntax.Imports))
	for i, spec := range f.syntax.Imports {
		all[i] = strings.Trim(spec.Path.Value, `"`)
	}
	return all
}

// root is the folder of go.mod.
func root(t *testing.T) string {
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		require.NotEqual(t, dir, parent, "there is no go.mod above")
		dir = parent
	}
}

// sources parses all Go files of the repository.
func sources(t *testing.T) []file {
	t.Helper()
	all, err := walk(root(t))
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

func walk(root string) ([]file, error) {
	var all []file
	err := filepath.WalkDir(root, func(full string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && full != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		relative, err := filepath.Rel(root, full)
		if err != nil {
			return err
		}
		f, err := parse(full, filepath.ToSlash(relative))
		if err != nil {
			return err
		}
		all = append(all, f)
		return nil
	})
	return all, err
}

func parse(full, name string) (file, error) {
	content, err := os.ReadFile(full)
	if err != nil {
		return file{}, err
	}
	f := file{name: name, fset: token.NewFileSet(), lines: strings.Count(string(content), "\n"), test: strings.HasSuffix(name, "_test.go")}
	f.syntax, err = parser.ParseFile(f.fset, full, content, parser.ParseComments)
	if err != nil {
		return file{}, err
	}
	f.generated = ast.IsGenerated(f.syntax)
	head, _, _ := strings.Cut(string(content), "\npackage ")
	f.interop = strings.Contains(head, "//go:build interop")
	return f, nil
}

// under tells whether a folder or import path is dir or lies below it.
func under(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

// underAny is under for any of several.
func underAny(p string, dirs []string) bool {
	for _, dir := range dirs {
		if under(p, dir) {
			return true
		}
	}
	return false
}

// eachSelector calls f for every expression pkg.name in a file, where pkg is the last part of an import path.
func eachSelector(x file, f func(pkg, name string, n ast.Node)) {
	ast.Inspect(x.syntax, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok {
				f(id.Name, s.Sel.Name, n)
			}
		}
		return true
	})
}
