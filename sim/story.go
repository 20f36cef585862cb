package sim

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// Story is a run as a person reads it: a line for each thing that happened. Filled in by Run.
type Story struct {
	Lines []*Line
	Logs  bool // the servers' logs too
}

// Line is one thing that happened.
type Line struct {
	At        time.Duration // virtual
	Who, What string
	Result    string // of what is answered later
}

// String implements fmt.Stringer.
func (l *Line) String() string {
	s := fmt.Sprintf("%9.2f ms  %-9s %s", float64(l.At)/float64(time.Millisecond), l.Who, l.What)
	if l.Result != "" {
		s += " -> " + l.Result
	}
	return s
}

// String implements fmt.Stringer.
func (s *Story) String() string {
	var b strings.Builder
	for _, l := range s.Lines {
		b.WriteString(l.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// note adds a line to the story, and to the hash of the run.
func (w *world) note(who, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	w.trace.Write([]byte(who))
	w.trace.Write([]byte(what))
	w.tell(who, "%s", what)
}

// tell adds a line to the story only, if there is one.
func (w *world) tell(who, format string, args ...any) *Line {
	if w.story == nil {
		return nil
	}
	l := &Line{At: w.now, Who: who, What: fmt.Sprintf(format, args...)}
	w.story.Lines = append(w.story.Lines, l)
	return l
}

// Write takes the server's log, for the story.
func (p *process) Write(line []byte) (int, error) {
	if s := p.w.story; !p.dead && s != nil {
		s.Lines = append(s.Lines, &Line{At: p.w.now, Who: p.m.title, What: "log " + string(bytes.TrimSpace(line))})
	}
	return len(line), nil
}

// Header tells of a plan and how it ends.
func (p *Plan) Header(v *Violation) string {
	s := fmt.Sprintf("seed %d (%s), jitter %#x: %d voters, %d observers, %d clients, %d operations, %d faults, %d operations at the end", p.Seed, p.Profile, p.Jitter, p.Voters, p.Observers,
		len(p.Callers), len(p.Ops), len(p.Faults), len(p.Last))
	for _, x := range p.Set {
		s += ", " + x
	}
	if p.LastCounter > 0 {
		s += fmt.Sprintf(", an epoch has %d zxids", p.LastCounter)
	}
	if v != nil {
		s += fmt.Sprintf("\nbroken rule: %s\nseen:        %s", v.Rule, v.Words)
	}
	return s
}
