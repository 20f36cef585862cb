package peers

import "time"

// link is what is kept about one peer: the message for it, and the connection if there is one. It is guarded by the
// mutex of the mesh.
type link struct {
	sid     int64
	pending []byte // to be sent; nil: nothing
	last    []byte // sent last, whether or not it arrived
	conn    *connection

	connecting bool          // an attempt is under way, or waits for its time
	hurry      chan struct{} // cuts that waiting short; capacity 1
	callBack   []string      // where the peer asked to be called, for the next attempt
	failures   int           // attempts that failed one after the other
	notBefore  time.Time     // of the next attempt
}

// put replaces the message that waits by a newer one.
func (l *link) put(message []byte) {
	l.pending = message
	if l.conn != nil {
		signal(l.conn.wake)
	}
}

// take gives the message that waits, nil if there is none.
func (l *link) take() []byte {
	m := l.pending
	if m != nil {
		l.pending, l.last = nil, m
	}
	return m
}

// failed notes an attempt that failed now: the next one has to wait, each time twice as long.
func (l *link) failed(now time.Time, least, most time.Duration) {
	wait := most
	if l.failures < 30 {
		wait = min(least<<l.failures, most)
		l.failures++
	}
	l.notBefore = now.Add(wait)
}

// signal wakes who waits for c, now or when it looks next.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
