package idl_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/idl"
)

// describe shows what was parsed, one line per record and field.
func describe(f *idl.File) string {
	var b strings.Builder
	for _, inc := range f.Includes {
		fmt.Fprintf(&b, "include %s\n", inc.Path)
	}
	for _, m := range f.Modules {
		fmt.Fprintf(&b, "module %s\n", m.Name)
		note(&b, m.Doc)
		for _, r := range m.Records {
			fmt.Fprintf(&b, "  class %s at %s, at least %d bytes\n", r.Name, r.Pos, r.MinSize())
			note(&b, r.Doc)
			for _, field := range r.Fields {
				fmt.Fprintf(&b, "    %s %s\n", field.Type, field.Name)
				note(&b, field.Doc)
			}
		}
	}
	return b.String()
}

func note(b *strings.Builder, doc string) {
	if doc != "" {
		fmt.Fprintf(b, "      %q\n", doc)
	}
}

// files reads from a map instead of a disk.
func files(m map[string]string) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		if text, ok := m[path]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}
}

// Everything that the grammar allows.
func TestParseAll(t *testing.T) {
	f, err := idl.Load("dir/all.jute", files(map[string]string{
		"dir/all.jute": `include "sub/other.jute"
// Not about the module: a line lies between.

/* About
 * the module. */
module a.b_1.c { // not about anything
	class Prims { byte a; boolean b; int c; long d; float e; double f; ustring g; buffer h; }

	// Two lines
	// of comment.
	class Nested{
		Prims p; // behind the field
		vector<vector<Prims>> v;// close
		// above the field
		map<ustring,map< int , vector<other.Thing> > >m;
		/* inside */ a.b_1.c.Prims q;
		int classy; int module_;
	}
}
module a.b_1.c { class More { Nested n; } }`,
		"dir/sub/other.jute": "include \"deep.jute\" module other{class Thing{deep.X x;}}\r\n",
		"dir/sub/deep.jute":  "module deep { class X { long x; } } // end",
	}))
	require.NoError(t, err)
	require.Equal(t, `include sub/other.jute
module a.b_1.c
      "About\nthe module."
  class Prims at dir/all.jute:7:8, at least 34 bytes
    byte a
    boolean b
    int c
    long d
    float e
    double f
    ustring g
    buffer h
  class Nested at dir/all.jute:11:8, at least 84 bytes
      "Two lines\nof comment."
    Prims p
      "behind the field"
    vector<vector<Prims>> v
      "close"
    map<ustring,map<int,vector<other.Thing>>> m
      "above the field"
    a.b_1.c.Prims q
      "inside"
    int classy
    int module_
module a.b_1.c
  class More at dir/all.jute:20:24, at least 84 bytes
    Nested n
`, describe(f))
	require.Equal(t, "module deep\n  class X at dir/sub/deep.jute:1:21, at least 8 bytes\n    long x\n",
		describe(f.Includes[0].File.Includes[0].File))
}

// A file that two others include is read once.
func TestIncludedOnce(t *testing.T) {
	reads := map[string]int{}
	read := files(map[string]string{
		"top.jute":   `include "left.jute" include "right.jute" module t { class T { l.L l; r.R r; } }`,
		"left.jute":  `include "base.jute" module l { class L { b.B b; } }`,
		"right.jute": `include "./x/../base.jute" module r { class R { b.B b; } }`,
		"base.jute":  `module b { class B { int i; } }`,
	})
	f, err := idl.Load("top.jute", func(path string) ([]byte, error) {
		reads[path]++
		return read(path)
	})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"top.jute": 1, "left.jute": 1, "right.jute": 1, "base.jute": 1}, reads)
	require.Same(t, f.Includes[0].File.Includes[0].File, f.Includes[1].File.Includes[0].File)
}

// Every file of testdata is wrong, in the way that the file of the same name with
// the ending .err tells: a line per fault.
func TestErrors(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*.jute")
	require.NoError(t, err)
	require.NotEmpty(t, inputs)
	for _, path := range inputs {
		t.Run(filepath.Base(path), func(t *testing.T) {
			want, err := os.ReadFile(strings.TrimSuffix(path, ".jute") + ".err")
			if errors.Is(err, fs.ErrNotExist) { // only included by others
				return
			}
			require.NoError(t, err)
			_, err = idl.Load(path, os.ReadFile)
			require.Error(t, err)
			require.Equal(t, string(want), filepath.ToSlash(err.Error())+"\n")
			var faults idl.Errors
			require.ErrorAs(t, err, &faults)
			require.Len(t, faults, strings.Count(string(want), "\n"))
		})
	}
}

// Any text is parsed or refused with a place inside it.
func FuzzParse(f *testing.F) {
	inputs, err := filepath.Glob("testdata/*.jute")
	require.NoError(f, err)
	for _, path := range append(inputs, "../internal/sample/sample.jute") {
		src, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(string(src))
	}
	f.Fuzz(func(t *testing.T, src string) {
		_, err := idl.Load("f.jute", files(map[string]string{"f.jute": src}))
		var faults idl.Errors
		if err == nil {
			return
		}
		require.ErrorAs(t, err, &faults)
		lines := strings.Split(src, "\n")
		for _, fault := range faults {
			require.Equal(t, "f.jute", fault.Pos.File)
			require.LessOrEqual(t, fault.Pos.Line, len(lines))
			require.LessOrEqual(t, fault.Pos.Col, len(lines[fault.Pos.Line-1])+1)
		}
	})
}
