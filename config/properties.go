package config

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// property is one key=value of a Java properties file.
type property struct {
	key, value string // trimmed, escapes resolved
	line       int    // where it begins, from 1
}

// parseProperties reads the syntax of java.util.Properties: key=value, key:value or key value; lines that begin
// with # or ! are comments; a backslash at the end of a line continues it; \t \n \r \f and \uXXXX are escapes,
// and any other character after a backslash stands for itself. Keys may occur several times; all are returned.
//
// Java reads such a file as ISO 8859-1. Here it is UTF-8 as people write it, and ISO 8859-1 only when it is not
// valid UTF-8.
func parseProperties(content []byte, file string) ([]property, Faults) {
	var all []property
	var faults Faults
	for _, l := range logicalLines(decodeText(content)) {
		key, value, err := splitProperty(l.text)
		if err != nil {
			faults = append(faults, Fault{Place: Place{file, l.number}, Key: "line", Problem: err.Error(),
				Remedy: "write \\u and four hexadecimal digits, or \\\\ for a backslash"})
			continue
		}
		all = append(all, property{strings.TrimSpace(key), strings.TrimSpace(value), l.number})
	}
	return all, faults
}

// decodeText is the content as a string of characters.
func decodeText(content []byte) string {
	if utf8.Valid(content) {
		return strings.TrimPrefix(string(content), "\ufeff")
	}
	runes := make([]rune, len(content))
	for i, b := range content {
		runes[i] = rune(b)
	}
	return string(runes)
}

// logicalLine is a line with its continuations joined and the white space before them removed.
type logicalLine struct {
	text   string
	number int
}

const blanks = " \t\f"

// logicalLines leaves out comments and blank lines. A continuation line is never a comment.
func logicalLines(content string) []logicalLine {
	content = strings.ReplaceAll(content, "\r\n", "\n")
	content = strings.ReplaceAll(content, "\r", "\n")
	var all []logicalLine
	var open bool // the last logical line goes on
	for i, line := range strings.Split(content, "\n") {
		line = strings.TrimLeft(line, blanks)
		if !open && (line == "" || line[0] == '#' || line[0] == '!') {
			continue
		}
		goesOn := endsInEscape(line)
		if goesOn {
			line = line[:len(line)-1]
		}
		if open {
			all[len(all)-1].text += line
		} else {
			all = append(all, logicalLine{line, i + 1})
		}
		open = goesOn
	}
	return all
}

// endsInEscape tells whether the last backslash of a line is not itself escaped.
func endsInEscape(line string) bool {
	n := len(line) - len(strings.TrimRight(line, `\`))
	return n%2 == 1
}

// splitProperty cuts a logical line at the first separator that is not escaped: blanks, or one = or : with the
// blanks around it.
func splitProperty(line string) (key, value string, err error) {
	end := len(line)
	for i := 0; i < len(line); i++ {
		if line[i] == '\\' {
			i++
		} else if strings.IndexByte("=:"+blanks, line[i]) >= 0 {
			end = i
			break
		}
	}
	rest := strings.TrimLeft(line[end:], blanks)
	if rest != "" && (rest[0] == '=' || rest[0] == ':') {
		rest = strings.TrimLeft(rest[1:], blanks)
	}
	if key, err = unescape(line[:end]); err != nil {
		return "", "", err
	}
	value, err = unescape(rest)
	return key, value, err
}

// unescape resolves the backslashes.
func unescape(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 'f':
			b.WriteByte('\f')
		case 'u':
			r, length, err := unicodeEscape(s[i-1:])
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
			i += length - 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), nil
}

// unicodeEscape reads the escape \uXXXX at the start of s, or two of them that together are one character
// outside the basic plane, and tells how long it is.
func unicodeEscape(s string) (r rune, length int, err error) {
	const one = len(`\uXXXX`)
	if len(s) < one {
		return 0, 0, fmt.Errorf("ends in the middle of the escape %s", s)
	}
	n, err := strconv.ParseUint(s[2:one], 16, 16)
	if err != nil {
		return 0, 0, fmt.Errorf("has the malformed escape %s", s[:one])
	}
	r = rune(n)
	if utf16.IsSurrogate(r) && strings.HasPrefix(s[one:], `\u`) {
		if second, _, err := unicodeEscape(s[one:]); err == nil {
			if pair := utf16.DecodeRune(r, second); pair != utf8.RuneError {
				return pair, 2 * one, nil
			}
		}
	}
	return r, one, nil
}
