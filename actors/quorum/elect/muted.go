package elect

// complaintsApart is how far apart in ms two lines about alike complaints stand at least: who sends nonsense
// without end shall not fill the log.
const complaintsApart = 10_000

// muted decides which of many alike complaints are spoken.
type muted struct {
	spoken bool
	last   int64 // ms
	hidden uint64
}

// speak tells whether a complaint at a time, in ms, is spoken, and how many before it were not.
func (m *muted) speak(now int64) (hidden uint64, ok bool) {
	if m.spoken && now-m.last < complaintsApart {
		m.hidden++
		return 0, false
	}
	hidden = m.hidden
	*m = muted{spoken: true, last: now}
	return hidden, true
}
