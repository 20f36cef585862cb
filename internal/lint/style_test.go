package lint

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// maxLines is the length of a file beyond which it has more than one responsibility.
const maxLines = 450

// A file has one responsibility, and a length that can be read in one go. Generated files and tests may be longer.
func filesAreShort(t *testing.T, files []file) {
	for _, f := range files {
		if !f.test && !f.generated && f.lines > maxLines {
			t.Errorf("%s has %d lines, %d are the limit: give a responsibility to a file of its own", f.name, f.lines, maxLines)
		}
	}
}

// A package says what it is for.
func packagesAreExplained(t *testing.T, files []file) {
	explained := map[string]bool{}
	for _, f := range files {
		if !f.test || f.interop {
			explained[f.folder()] = explained[f.folder()] || f.syntax.Doc != nil && len(strings.Fields(f.syntax.Doc.Text())) >= 6
		}
	}
	for folder, ok := range explained {
		if !ok {
			t.Errorf("%s has no package comment: say in doc.go what it is, what it is not and what it may import", folder)
		}
	}
}

// A package is named for what it does: in one that is named for nothing, everything ends up.
func packagesAreNamed(t *testing.T, files []file) {
	vague := []string{"util", "utils", "common", "helper", "helpers", "misc", "shared", "types", "base", "lib", "core", "manager"}
	for _, f := range files {
		if name := strings.TrimSuffix(f.syntax.Name.Name, "_test"); slices.Contains(vague, name) {
			t.Errorf("%s: the package name %s says nothing: name it for what it does", f.name, name)
		}
	}
}

// A test that sleeps is slow on a quick machine and fails on a slow one: wait for what is to happen, or hand in
// a clock.
func testsDoNotSleep(t *testing.T, files []file) {
	for _, f := range files {
		if !f.test {
			continue
		}
		eachSelector(f, func(pkg, name string, n ast.Node) {
			if pkg == "time" && name == "Sleep" {
				t.Errorf("%s: a test must not sleep: wait for what is to happen, or hand in a clock", f.at(n))
			}
		})
	}
}

// A test that is skipped tests nothing. What needs more than Go stands behind the build tag interop.
func testsAreNotSkipped(t *testing.T, files []file) {
	for _, f := range files {
		if !f.test || f.interop {
			continue
		}
		eachSelector(f, func(pkg, name string, n ast.Node) {
			if (pkg == "t" || pkg == "b") && (name == "Skip" || name == "Skipf" || name == "SkipNow") {
				t.Errorf("%s: a test must not be skipped: put it behind the build tag interop, or filter its input", f.at(n))
			}
		})
	}
}

// Only commands read the environment: everything else is handed what it needs.
func onlyCommandsReadTheEnvironment(t *testing.T, files []file) {
	for _, f := range files {
		if f.test || underAny(f.folder(), []string{"cmd", "bench", "interop", "jute/jutec"}) {
			continue
		}
		eachSelector(f, func(pkg, name string, n ast.Node) {
			if pkg == "os" && slices.Contains([]string{"Getenv", "LookupEnv", "Environ", "Args", "Exit"}, name) {
				t.Errorf("%s: only commands use os.%s: have it handed in, or return an error", f.at(n), name)
			}
		})
	}
}

// Nothing happens before main: no init.
func noInit(t *testing.T, files []file) {
	for _, f := range files {
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: init hides what it does: make it a function that is called", f.at(fn))
			}
		}
	}
}

// Nothing is left for later in the source: it is done, or it is an issue.
func nothingIsLeftForLater(t *testing.T, files []file) {
	for _, f := range files {
		for _, group := range f.syntax.Comments {
			for _, c := range group.List {
				for _, mark := range []string{"TO" + "DO", "FIX" + "ME", "XX" + "X:"} {
					if strings.Contains(c.Text, mark) {
						t.Errorf("%s: %s: do it, or write an issue", f.at(c), mark)
					}
				}
			}
		}
	}
}
