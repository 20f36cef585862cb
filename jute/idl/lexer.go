package idl

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

type tokenKind int

const (
	tokEOF tokenKind = iota
	tokIdent
	tokString // text without the quotes
	tokPunct  // one of { } < > , ; .
)

type token struct {
	kind tokenKind
	text string
	pos  Pos
	// lead is the comment directly above the token, tail the one between the
	// token before it and the end of that token's line.
	lead, tail string
}

// String names the token for an error message.
func (t token) String() string {
	switch t.kind {
	case tokEOF:
		return "the end of the file"
	case tokString:
		return fmt.Sprintf("the string %q", t.text)
	}
	return "'" + t.text + "'"
}

// lexer cuts a text into tokens.
type lexer struct {
	file      string
	src       string
	off       int
	line      int
	lineStart int
	lastLine  int // of the token before
}

func newLexer(file string, src []byte) *lexer {
	return &lexer{file: file, src: string(src), line: 1}
}

func (l *lexer) pos() Pos { return Pos{l.file, l.line, l.off - l.lineStart + 1} }

// advance moves over n bytes and counts the lines in them.
func (l *lexer) advance(n int) {
	for end := l.off + n; l.off < end; l.off++ {
		if l.src[l.off] == '\n' {
			l.line++
			l.lineStart = l.off + 1
		}
	}
}

func (l *lexer) next() (token, error) {
	lead, tail, err := l.skip()
	if err != nil {
		return token{}, err
	}
	t := token{pos: l.pos(), lead: lead, tail: tail}
	if l.off == len(l.src) {
		return t, nil
	}
	switch c := l.src[l.off]; {
	case isLetter(c):
		n := 1
		for l.off+n < len(l.src) && isIdent(l.src[l.off+n]) {
			n++
		}
		t.kind, t.text = tokIdent, l.src[l.off:l.off+n]
		l.advance(n)
	case strings.IndexByte("{}<>,;.", c) >= 0:
		t.kind, t.text = tokPunct, string(c)
		l.advance(1)
	case c == '"':
		n := strings.IndexByte(l.src[l.off+1:], '"')
		if n < 0 {
			return t, &Error{t.pos, "a string without closing quote"}
		}
		if n == 0 {
			return t, &Error{t.pos, "an empty string"}
		}
		t.kind, t.text = tokString, l.src[l.off+1:l.off+1+n]
		l.advance(n + 2)
	default:
		r, _ := utf8.DecodeRuneInString(l.src[l.off:])
		return t, &Error{t.pos, fmt.Sprintf("unexpected character %q", r)}
	}
	l.lastLine = l.line
	return t, nil
}

// skip moves over white space and comments and sorts the comments.
func (l *lexer) skip() (lead, tail string, err error) {
	var above []string
	end := 0 // the line on which the last comment of above ended
	for l.off < len(l.src) {
		rest := l.src[l.off:]
		if strings.IndexByte(" \t\r\n", rest[0]) >= 0 {
			l.advance(1)
			continue
		}
		n := 0
		switch {
		case strings.HasPrefix(rest, "//"):
			if n = strings.IndexByte(rest, '\n'); n < 0 {
				n = len(rest)
			}
		case strings.HasPrefix(rest, "/*"):
			if n = strings.Index(rest[2:], "*/"); n < 0 {
				return "", "", &Error{l.pos(), "a comment without closing */"}
			}
			n += 4
		default:
			return groupAbove(above, end, l.line), tail, nil
		}
		text, start := commentText(rest[:n]), l.line
		l.advance(n)
		switch {
		case start == l.lastLine && tail == "" && len(above) == 0:
			tail = text
		case start > end+1:
			above, end = []string{text}, l.line
		default:
			above, end = append(above, text), l.line
		}
	}
	return groupAbove(above, end, l.line), tail, nil
}

// groupAbove keeps a comment that ends on the line just above (or on) line.
func groupAbove(comments []string, end, line int) string {
	if len(comments) == 0 || end < line-1 {
		return ""
	}
	return strings.Join(comments, "\n")
}

// commentText removes the marks of a comment and the decoration of its lines.
func commentText(c string) string {
	if strings.HasPrefix(c, "//") {
		return strings.TrimSpace(strings.TrimLeft(c, "/"))
	}
	lines := strings.Split(strings.TrimSuffix(strings.TrimPrefix(c, "/*"), "*/"), "\n")
	for i, line := range lines {
		line = strings.TrimSpace(line)
		lines[i] = strings.TrimSpace(strings.TrimLeft(line, "*"))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isIdent(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' || c == '_' }
