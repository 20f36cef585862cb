package idl

import (
	"fmt"
	"strings"
)

// Pos is a place in a file; lines and columns count from 1, columns in bytes.
type Pos struct {
	File      string
	Line, Col int
}

func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }

// Error is one fault of the input.
type Error struct {
	Pos Pos
	Msg string
}

func (e *Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// Errors is everything found wrong, in the order of the text. A syntax error ends
// the reading of its file, so there is at most one of those per file.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Addf adds a fault.
func (e *Errors) Addf(at Pos, format string, args ...any) {
	*e = append(*e, &Error{Pos: at, Msg: fmt.Sprintf(format, args...)})
}

// Err is nil when nothing was found.
func (e Errors) Err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
