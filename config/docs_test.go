package config

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

const page = "../docs/configuration.md"

// docs/configuration.md is written from the table of keys, so that it cannot say anything else than the code.
func TestDocumentation(t *testing.T) {
	want := document()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(page), 0o755))
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
	}
	got, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "the page is old: go test ./config -update")
}

func document() string {
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Written by "go test ./config -update" from the table of keys in config/. Edit that. -->

` + "`troupe serve zoo.cfg`" + ` reads ZooKeeper's configuration file: Java properties (` + "`key=value`, `#` and `!`" + ` begin comments, a
backslash escapes the next character or continues the line, the last of several lines for a key counts).
` + "`--set key=value`" + ` on the command line, as often as needed, counts more than the file. Without a file the server
runs on ` + "`127.0.0.1:2181`" + ` with its data in ` + "`./troupe-data`" + `.

- What Apache ZooKeeper takes only as a Java property (third column) is a key like any other here, in the file and for
  ` + "`--set`" + `: ` + "`snapCount`, `zookeeper.snapCount` and `-Dzookeeper.snapCount`" + ` are the same.
- All faults are reported at once, with line and remedy, and end the start with exit code 2.
- A key that is not in these tables is no fault, as with Apache, but it is named at the start with the nearest known one.
- Names of Apache's Java classes are understood as what they stand for here; the last part of the name is enough.
- Numbers may be hexadecimal (` + "`0xfffff`" + `). A boolean is ` + "`true` or `false`" + `.

Keys marked **not yet** are read and checked, but the feature that they configure is not there: the start says so, and
refuses what would make the server less safe than was asked for (TLS, SASL).
`)
	for _, s := range []struct {
		title string
		keys  []Key
	}{
		{"Data", dataKeys()}, {"Client connections", clientKeys()}, {"Sessions", sessionKeys()}, {"Znodes", treeKeys()},
		{"Authentication and access control", authKeys()}, {"Limits", limitsKeys()}, {"Pipeline", pipelineKeys()},
		{"Operators", operatorKeys()}, {"Ensembles", ensembleKeys()}, {"TLS", tlsKeys()},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n| key | default | Java property | meaning |\n| --- | --- | --- | --- |\n", s.title)
		for _, k := range s.keys {
			usual := cell(k.Usual())
			if k.Unit != "" {
				usual += " (" + k.Unit + ")"
			}
			meaning := cell(k.Doc)
			switch {
			case k.Inert != "":
				meaning += ". No meaning here: " + cell(k.Inert)
			case k.Needs != "":
				meaning += ". **Not yet** (" + cell(k.Needs) + ")"
			}
			property := ""
			if k.Property() != "" {
				property = "`" + k.Property() + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Label(), usual, property, meaning)
		}
	}
	b.WriteString("\n## Accepted, without meaning here\n\n| key | what it is to Apache ZooKeeper | why it has no meaning |\n| --- | --- | --- |\n")
	for _, k := range inertKeys() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Label(), cell(k.Doc), cell(k.Inert))
	}
	return b.String()
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// The comment of each field ends with what the table says about its key, so that a reader of the struct and a
// reader of the page learn the same.
func TestFieldComments(t *testing.T) {
	comments := fieldComments(t)
	for _, keys := range [][]Key{dataKeys(), clientKeys(), sessionKeys(), treeKeys(), authKeys(), limitsKeys(),
		pipelineKeys(), ensembleKeys(), operatorKeys()} {
		for _, k := range keys {
			if k.Name == "superUser.*" {
				continue // shares the field of superUser
			}
			parts := []string{k.Label()}
			if p := k.Property(); p != "" {
				parts = append(parts, "-D"+p)
			}
			parts = append(parts, "default "+k.Usual())
			if k.Unit != "" && !strings.Contains(k.Usual(), k.Unit) {
				parts = append(parts, k.Unit)
			}
			require.Contains(t, comments, "["+strings.Join(parts, " | ")+"]")
		}
	}
}

// fieldComments are the comments of all struct fields of the package, a line each.
func fieldComments(t *testing.T) string {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var b strings.Builder
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.Field); ok && f.Doc != nil {
				b.WriteString(strings.Join(strings.Fields(f.Doc.Text()), " ") + "\n")
			}
			return true
		})
	}
	return b.String()
}

// No two rows of the table claim the same name, and each says what it is for.
func TestTableOfKeys(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys() {
		for _, name := range append([]string{k.Name}, k.Aliases...) {
			require.False(t, seen[name], "%s is there twice", name)
			seen[name] = true
			found, _, ok := newTable().find(strings.Replace(name, "*", "1", 1))
			require.True(t, ok)
			require.Equal(t, k.Name, found.Name)
		}
		require.NotEmpty(t, k.Doc, k.Name)
		require.NotNil(t, k.parse, k.Name)
		require.False(t, k.Needs != "" && k.Inert != "", k.Name)
	}
	require.Greater(t, len(seen), 230)
}
