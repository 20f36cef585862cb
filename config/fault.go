package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Place is where a setting was written: a file and a line, or a command line (Line 0).
type Place struct {
	File string
	Line int
}

// String is file:line, or as much of it as there is.
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Fault is one thing that makes a configuration unusable.
type Fault struct {
	Place   Place
	Key     string
	Value   string // as written; a secret is masked; empty if nothing was written
	Problem string // what is wrong
	Remedy  string // what to do
}

// Error is the whole fault in one line.
func (f Fault) Error() string {
	var b strings.Builder
	if f.Place != (Place{}) {
		b.WriteString(f.Place.String() + ": ")
	}
	b.WriteString(f.Key)
	if f.Value != "" {
		b.WriteString("=" + f.Value)
	}
	b.WriteString(" " + f.Problem)
	if f.Remedy != "" {
		b.WriteString(": " + f.Remedy)
	}
	return b.String()
}

// Faults are all the faults of a configuration, in order of files and lines.
type Faults []Fault

// Error lists the faults, one a line.
func (f Faults) Error() string {
	if len(f) == 1 {
		return f[0].Error()
	}
	lines := make([]string, 0, len(f)+1)
	lines = append(lines, fmt.Sprintf("%d faults in the configuration:", len(f)))
	for _, one := range f {
		lines = append(lines, "  "+one.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single faults to errors.Is and errors.As.
func (f Faults) Unwrap() []error {
	all := make([]error, len(f))
	for i := range f {
		all[i] = f[i]
	}
	return all
}

// ExitCode is the code of a process that cannot start for these faults: ZooKeeper's 2, invalid configuration.
func (f Faults) ExitCode() int { return 2 }

// err is f as an error: nil when there are none.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Place.File, b.Place.File), cmp.Compare(a.Place.Line, b.Place.Line))
	})
	return f
}

// NoticeKind says what sort of thing a Notice is about.
type NoticeKind uint8

// The kinds of notices.
const (
	UnknownKey NoticeKind = iota // no such key is known; it is ignored
	Duplicate                    // the key was written before in the same file; the last one counts
	Adjusted                     // the value is taken otherwise than it was written
	NoEffect                     // the key is known, but nothing here depends on it
	Unwise                       // it is allowed, but hardly what was meant
)

// Notice is something about a configuration that is worth knowing, and no fault.
type Notice struct {
	Kind  NoticeKind
	Place Place
	Key   string
	Text  string
}

// String is the whole notice in one line.
func (n Notice) String() string {
	if n.Place == (Place{}) {
		return n.Key + " " + n.Text
	}
	return n.Place.String() + ": " + n.Key + " " + n.Text
}
