package config

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The syntax is Java's: the expectation was printed by java.util.Properties for the same file (then trimmed, as
// ZooKeeper does).
func TestPropertiesSyntax(t *testing.T) {
	content, err := os.ReadFile("testdata/syntax.properties")
	require.NoError(t, err)
	all, faults := parseProperties(content, "syntax.properties")
	require.Empty(t, faults)
	got := map[string]string{}
	for _, p := range all {
		got[p.key] = p.value
	}
	require.Equal(t, map[string]string{
		"backslash": `C:\data\zk`, "blank": "value", "colon": "value", "colonspaced": "value",
		"continued": "one,two,three", "dup": "last", "empty": "", "emptycolon": "", "endbackslash": `x\`,
		"equalsin": "a=b:c", "escaped key": "v", "escaped:key": "v", "escaped=key": "v", "leading": "1",
		"newline": "a\nb\rc\fd", "next": "1", "notcomment": "one# two", "onlykey": "", "plain": "value",
		"quote": `"x"`, "spaced": "value with blanks", "surrogate": "\U0001F600", "tab": "a\tb", "tabbed": "value",
		"trailingbackslash": "abc", "unicode": "Aé中", "windows": "C:datazk",
	}, got)
}

// A line is known by where it begins, so that a fault in a continued one can be found.
func TestPropertiesLines(t *testing.T) {
	all, faults := parseProperties([]byte("a=1\r\n\r\n# c\rb=2\\\n  3\nc=4"), "f")
	require.Empty(t, faults)
	require.Equal(t, []property{{"a", "1", 1}, {"b", "23", 4}, {"c", "4", 6}}, all)
}

func TestPropertiesEncoding(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"utf-8":          {"dataDir=/d/é", "/d/é"},
		"latin-1":        {"dataDir=/d/\xe9", "/d/é"},
		"byte order":     {"\ufeffdataDir=/d", "/d"},
		"lone surrogate": {`dataDir=\ud83dx`, "\ufffdx"},
		"wrong pair":     {`dataDir=\ud83d\u0041`, "\ufffdA"},
	} {
		t.Run(name, func(t *testing.T) {
			all, faults := parseProperties([]byte(c.content), "f")
			require.Empty(t, faults)
			require.Len(t, all, 1)
			require.Equal(t, "dataDir", all[0].key)
			require.Equal(t, c.want, all[0].value)
		})
	}
}

// Java refuses the whole file; here the line is named.
func TestPropertiesMalformedEscape(t *testing.T) {
	all, faults := parseProperties([]byte("a=1\nb=\\u12g4\nc=\\u12"), "zoo.cfg")
	require.Len(t, all, 1)
	require.Len(t, faults, 2)
	require.Equal(t, `zoo.cfg:2: line has the malformed escape \u12g4: write \u and four hexadecimal digits, or \\ for a backslash`,
		faults[0].Error())
	require.Equal(t, 3, faults[1].Place.Line)
}

// Whatever a Java program writes with all characters escaped that have a meaning comes back as it was.
func TestPropertiesRoundTrip(t *testing.T) {
	escape := strings.NewReplacer(`\`, `\\`, "=", `\=`, ":", `\:`, " ", `\ `, "\t", `\t`, "\n", `\n`, "\r", `\r`,
		"\f", `\f`, "#", `\#`, "!", `\!`)
	word := rapid.StringOf(rapid.SampledFrom([]rune("ab =:\\\t\n\r\f#!é中"))).Filter(func(s string) bool {
		return s != "" && strings.TrimSpace(s) == s
	})
	rapid.Check(t, func(t *rapid.T) {
		key, value := word.Draw(t, "key"), word.Draw(t, "value")
		all, faults := parseProperties([]byte(escape.Replace(key)+"="+escape.Replace(value)+"\n"), "f")
		require.Empty(t, faults)
		require.Equal(t, []property{{key, value, 1}}, all)
	})
}

// No file makes the parser fail otherwise than by faults with lines.
func FuzzProperties(f *testing.F) {
	content, err := os.ReadFile("testdata/syntax.properties")
	require.NoError(f, err)
	f.Add(content)
	f.Add([]byte("\\"))
	f.Add([]byte("a=\\u"))
	f.Add([]byte("\\u00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		all, faults := parseProperties(content, "f")
		for _, p := range all {
			require.Positive(t, p.line)
		}
		for _, fault := range faults {
			require.Positive(t, fault.Place.Line)
		}
	})
}
