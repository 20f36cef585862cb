package gen_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/gen"
	"troupe/jute/idl"
)

func load(t *testing.T, src string) *idl.File {
	f, err := idl.Load("in.jute", func(p string) ([]byte, error) {
		if p == "in.jute" {
			return []byte(src), nil
		}
		return nil, fs.ErrNotExist
	})
	require.NoError(t, err)
	return f
}

// The committed code is what the compiler makes of the committed IDL, to the byte,
// and no generated file is left over: nobody edited one or forgot to generate.
func TestGeneratedCodeIsCurrent(t *testing.T) {
	for _, c := range []struct {
		idl, dir string
		opts     gen.Options
	}{
		{"../zookeeper.jute", "..", gen.Options{Root: "troupe/jute", Runtime: "troupe/jute"}},
		{"../internal/sample/sample.jute", "../internal", gen.Options{
			Root: "troupe/jute/internal", Runtime: "troupe/jute",
			Packages: map[string]string{"org.apache.zookeeper.data": "troupe/jute/data"},
		}},
	} {
		f, err := idl.Load(c.idl, os.ReadFile)
		require.NoError(t, err)
		outputs, err := gen.Generate(f, c.opts)
		require.NoError(t, err)
		var want []string
		for _, o := range outputs {
			file := filepath.Join(c.dir, filepath.FromSlash(o.Path))
			want = append(want, file)
			got, err := os.ReadFile(file)
			require.NoError(t, err, "run go generate ./jute/...")
			require.Equal(t, string(o.Source), string(got), "%s: run go generate ./jute/...", file)
		}
		got, err := filepath.Glob(filepath.Join(c.dir, "*", "*.gen.go"))
		require.NoError(t, err)
		require.ElementsMatch(t, want, got)
	}
}

// Golden files: testdata/NAME.jute gives the files below testdata/NAME.
func TestGolden(t *testing.T) {
	f, err := idl.Load("testdata/shapes.jute", os.ReadFile)
	require.NoError(t, err)
	outputs, err := gen.Generate(f, gen.Options{
		Root: "example/gen", Runtime: "example/runtime/jute",
		Packages: map[string]string{"elsewhere.base": "example/other/base"},
	})
	require.NoError(t, err)
	var names []string
	for _, o := range outputs {
		names = append(names, o.Path)
		want, err := os.ReadFile(path.Join("testdata/shapes", o.Path+".golden"))
		require.NoError(t, err)
		require.Equal(t, string(want), string(o.Source), o.Path)
	}
	require.Equal(t, []string{
		"a/archive.gen.go", "a/binary.gen.go", "a/records.gen.go",
		"shapes/archive.gen.go", "shapes/binary.gen.go", "shapes/records.gen.go",
	}, names)
}

// What jute allows and Go does not is refused, with its place.
func TestErrors(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"keyword": {
			"module x.type { class A { int a; } }",
			"in.jute:1:1: module x.type would become the package type, which is a keyword of Go",
		},
		"same package": {
			"module x.data { class A { int a; } }\nmodule y.Data { class B { int b; } }",
			"in.jute:2:1: modules y.Data and x.data (at in.jute:1:1) would both become the package data",
		},
		"same type": {
			"module x { class Id { int a; }\nclass ID { int a; } }",
			"in.jute:2:7: classes ID and Id (at in.jute:1:18) would both become the Go type ID",
		},
		"same type in two blocks": {
			"module x { class my_id { int a; } }\nmodule x { class MyId { int a; } }",
			"in.jute:2:18: classes MyId and my_id (at in.jute:1:18) would both become the Go type MyID",
		},
		"same field": {
			"module x { class A { int acl; long ACL; } }",
			"in.jute:1:36: fields ACL and acl (at in.jute:1:26) would both become the Go field ACL",
		},
		"cycle": {
			"module x { class A { int a; } }\nmodule y { class B { x.A a; } }\nmodule x { class C { vector<y.B> b; } }",
			"in.jute:3:29: modules x and y use each other, but Go packages cannot",
		},
	} {
		_, err := gen.Generate(load(t, c.src), gen.Options{Root: "r", Runtime: "r/jute"})
		require.EqualError(t, err, c.want, name)
	}
}

// Names are Go's.
func TestNames(t *testing.T) {
	f := load(t, `module x { class getACLRequest { int id; int sessionId; int serverid; int curConfigId; int acl; int aclTtl;
		int paths2Delete; int parentCVersion; int my_id_; int decode; int Serialize; int URLId; int idle; } }`)
	outputs, err := gen.Generate(f, gen.Options{Root: "r", Runtime: "r/jute"})
	require.NoError(t, err)
	records := string(outputs[2].Source)
	for _, want := range strings.Fields(`GetACLRequest ID SessionID Serverid CurConfigID ACL ACLTTL
		Paths2Delete ParentCVersion MyID Decode_ Serialize_ URLID Idle`) {
		require.Regexp(t, `\b`+want+`\b`, records)
	}
}

// The order of modules and records in the file decides nothing about the files
// that are written, and generating twice gives the same.
func TestDeterministic(t *testing.T) {
	src := "module b { class A { map<ustring,map<long,int>> m; } }\nmodule a { class A { b.A a; } }\nmodule b { class C { A a; } }"
	first, err := gen.Generate(load(t, src), gen.Options{Root: "r", Runtime: "r/jute"})
	require.NoError(t, err)
	for range 20 {
		again, err := gen.Generate(load(t, src), gen.Options{Root: "r", Runtime: "r/jute"})
		require.NoError(t, err)
		require.Equal(t, first, again)
	}
}
