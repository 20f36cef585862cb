package load

import (
	"errors"
	"time"
)

// With Options.Resume a load outlives its servers, as a client does: a connection that is lost
// is dialled again, at the next address, and asks for the session that it had.

const (
	// greetTime is how long the answer to the first handshake is waited for; a server that
	// is not ready yet may leave it unanswered for ever. It doubles up to greetTimeMax.
	greetTime, greetTimeMax = 100 * time.Millisecond, 5 * time.Second
	// reviveTick bounds a worker's sleep while there are connections to dial again.
	reviveTick = time.Millisecond
)

// answerError is an answer that must not come: no server that is new helps against it.
type answerError struct{ error }

func (e answerError) Unwrap() error { return e.error }

// outlives says whether a load goes on after err on one of its connections.
func (w *worker) outlives(err error) bool {
	var refused refusedError
	var wrong answerError
	return w.resume > 0 && w.playing && (errors.As(err, &refused) || !errors.As(err, &wrong))
}

// patience is how long the worker may sleep.
func (w *worker) patience() time.Duration {
	if len(w.unwell) > 0 {
		return reviveTick
	}
	return tick
}

// lose gives up a connection for now. What was in flight on it is lost.
func (w *worker) lose(c *conn, err error) {
	if w.reason == nil {
		w.reason = err
	}
	var refused refusedError
	if errors.As(err, &refused) {
		c.session, c.password = 0, [passwordBytes]byte{}
		w.expired++
	}
	if c.state == stateOpen {
		w.unwell = append(w.unwell, c)
		c.patience = int64(greetTime)
	}
	for f := c.flights.pop(1); f.count > 0; f = c.flights.pop(1) {
		w.inFly--
		w.lost++
	}
	c.close()
	c.sent, c.answered, c.skip, c.headLen = 0, 0, 0, 0
	c.pending, c.flushed, c.owed = c.pending[:0], 0, c.owed[:0]
	c.state, c.retryAt = stateLost, w.now()+int64(w.resume)
}

// revive dials the lost connections whose pause is over, and gives up handshakes that take
// too long.
func (w *worker) revive() {
	if len(w.unwell) == 0 {
		return
	}
	now, still := w.now(), w.unwell[:0]
	for _, c := range w.unwell {
		switch {
		case c.state == stateOpen:
			continue
		case c.state == stateLost && now >= c.retryAt && !w.stop.Load():
			if err := w.dial(c); err != nil {
				w.lose(c, err)
			}
		case c.state != stateLost && now-c.begunAt > c.patience:
			c.patience = min(2*c.patience, int64(greetTimeMax))
			w.lose(c, errors.New("no session within the time given"))
		}
		still = append(still, c)
	}
	w.unwell = still
}
