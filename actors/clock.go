package actors

import "time"

// Clock is handed to everything that has to do with time, so that a simulation can run its own.
type Clock interface {
	// Now is the wall clock: the time stamps of transactions.
	Now() time.Time
	// Millis counts milliseconds from some point, never backwards: session deadlines.
	Millis() int64
	// AfterFunc runs f once, on some goroutine, after d. Stopping it is best effort.
	AfterFunc(d time.Duration, f func()) (stop func())
}

type systemClock struct{ start time.Time }

// SystemClock is the machine's clock.
func SystemClock() Clock { return systemClock{start: time.Now()} }

func (systemClock) Now() time.Time { return time.Now() }

func (c systemClock) Millis() int64 { return int64(time.Since(c.start) / time.Millisecond) }

func (systemClock) AfterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}
