// Package session keeps the life of sessions: opened, attached to a connection, moved, expired, closed.
//
// What needs no order is atomic: a session's last sign of life, its timeout, its owner, how far its life has come. What
// is a protocol has an actor: session/ID knows the connection that speaks for the session; the parent actor, sessions,
// holds the expiry buckets and submits the closing of what is due.
//
// In an ensemble the leader knows all sessions, expires them, and knows through which server each of them speaks (owner.go).
// A learner knows them all too, asks the leader when one comes to it (revalidate.go), and reports which it has heard of. A
// local session is known to its server only, until it needs the others (local.go).
package session

import "sync/atomic"

// state is how far the life of a session has come. It only moves by compare and swap: who wins acts on it.
type state = int32

const (
	open      state = iota // known to the whole ensemble; standalone, all are
	local                  // known to this server only
	upgrading              // was local; the transaction that makes it known is under way
	expiring               // its time is over, and the closing is on its way to prep; what came before it still counts
	closing                // its closing has been prepared
	gone
)

// Session is what any goroutine may know of a session.
type Session struct {
	ID      int64
	touched atomic.Int64 // Clock.Millis of the last sign of life; on a learner 0 when it has been reported
	owner   atomic.Int64 // on a leader; see Owner constants
	timeout atomic.Int32 // ms
	state   atomic.Int32
}

// Touch notes a sign of life at now (Clock.Millis).
func (s *Session) Touch(now int64) { s.touched.Store(now) }

// Timeout is the negotiated timeout in milliseconds.
func (s *Session) Timeout() int32 { return s.timeout.Load() }

// Gone tells that the session has been closed or has expired.
func (s *Session) Gone() bool { return s.state.Load() == gone }

// Local tells that only this server knows the session.
func (s *Session) Local() bool { return s.state.Load() == local }

// alive tells that no closing has been prepared: a request that comes to prep in the meantime is before it.
func (s *Session) alive() bool { return s.state.Load() < closing }

// stays tells that no closing is under way. While one is, nobody knows the session's end: a leader that has been deposed
// may propose as many as it likes.
func (s *Session) stays() bool { return s.state.Load() < expiring }

// deadline is when the session is due if it gives no further sign of life.
func (s *Session) deadline() int64 { return s.touched.Load() + int64(s.timeout.Load()) }
