package server

import (
	"errors"

	"troupe/actors/conn"
	"troupe/actors/operator/fourletter"
	"troupe/actors/operator/stats"
	"troupe/internal/version"
)

// lobby is where clients come to while the server is in no role: between two roles of a member. Four-letter words are
// answered, as far as they can be; who wants a session must ask another server, and is told by the end of the
// connection.
type lobby struct {
	conn  conn.Link
	words fourletter.Whitelist
}

var errNoRole = errors.New("this server is in no role: it looks for a leader")

// Readable implements netio.Owner.
func (l *lobby) Readable() {
	in := l.conn.Input()
	if len(in) < fourletter.WordLen && !l.conn.InputEnded() {
		l.conn.Need(fourletter.WordLen)
		return
	}
	word, known := fourletter.Lookup(in)
	if !known || word == fourletter.TelnetClose {
		l.conn.Abort(errNoRole)
		return
	}
	text := word.Refusal()
	if l.words.Allows(word) {
		text = fourletter.Answer(word, nil, away{})
	}
	l.conn.Consume(len(in))
	l.conn.Flush(append(l.conn.TakeBuffer(), text...))
	l.conn.Close()
}

// Drained implements netio.Owner.
func (l *lobby) Drained() {}

// Closed implements netio.Owner.
func (l *lobby) Closed(error) {}

// away is the source of answers of a server that serves nothing.
type away struct{ fourletter.Source }

// Serving implements fourletter.Source.
func (away) Serving() bool { return false }

// Environment implements fourletter.Source.
func (away) Environment() []fourletter.Variable { return stats.Environment(version.String()) }

// TraceMask implements fourletter.Source.
func (away) TraceMask() int64 { return 0 }

// SetTraceMask implements fourletter.Source.
func (away) SetTraceMask(int64) {}
