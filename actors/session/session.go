// Package session keeps the life of sessions: opened, attached to a connection, moved, expired, closed.
//
// What needs no order is atomic: a session's last sign of life, its timeout, whether it is closing.
// What is a protocol has an actor: session/ID knows the connection that speaks for the session; the
// parent actor, sessions, holds the expiry buckets and submits the closing of what is due.
package session

import (
	"sync"
	"sync/atomic"

	"troupe/jute/proto"
)

type state = int32

const (
	open state = iota
	closing
	gone
)

// Session is what any goroutine may know of a session.
type Session struct {
	ID      int64
	timeout atomic.Int32 // ms
	touched atomic.Int64 // Clock.Millis of the last sign of life
	state   atomic.Int32
}

// Touch notes a sign of life at now (Clock.Millis).
func (s *Session) Touch(now int64) { s.touched.Store(now) }

// Timeout is the negotiated timeout in milliseconds.
func (s *Session) Timeout() int32 { return s.timeout.Load() }

// Gone tells that the session has been closed or has expired.
func (s *Session) Gone() bool { return s.state.Load() == gone }

// deadline is when the session is due if it gives no further sign of life.
func (s *Session) deadline() int64 { return s.touched.Load() + int64(s.timeout.Load()) }

// Table finds sessions by id. It is safe for concurrent use.
type Table struct {
	shards [64]shard
	count  atomic.Int64
}

type shard struct {
	mu sync.RWMutex
	m  map[int64]*Session
}

// NewTable returns an empty table.
func NewTable() *Table {
	t := &Table{}
	for i := range t.shards {
		t.shards[i].m = make(map[int64]*Session)
	}
	return t
}

func (t *Table) shard(id int64) *shard { return &t.shards[uint64(id)%uint64(len(t.shards))] }

// Get returns the session, or nil.
func (t *Table) Get(id int64) *Session {
	sh := t.shard(id)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return sh.m[id]
}

// Len is the number of sessions.
func (t *Table) Len() int { return int(t.count.Load()) }

// Each calls f for every session, in no order.
func (t *Table) Each(f func(*Session)) {
	for i := range t.shards {
		sh := &t.shards[i]
		sh.mu.RLock()
		all := make([]*Session, 0, len(sh.m))
		for _, s := range sh.m {
			all = append(all, s)
		}
		sh.mu.RUnlock()
		for _, s := range all {
			f(s)
		}
	}
}

func (t *Table) add(id int64, timeout int32, now int64) *Session {
	s := &Session{ID: id}
	s.timeout.Store(timeout)
	s.touched.Store(now)
	sh := t.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if old := sh.m[id]; old != nil {
		old.timeout.Store(timeout)
		old.touched.Store(now)
		return old
	}
	sh.m[id] = s
	t.count.Add(1)
	return s
}

func (t *Table) remove(id int64) *Session {
	sh := t.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	s := sh.m[id]
	if s != nil {
		s.state.Store(gone)
		delete(sh.m, id)
		t.count.Add(-1)
	}
	return s
}

// Check tells prep whether a session may still do things. On a standalone server a session cannot
// have moved elsewhere, so the owner is not looked at.
func (t *Table) Check(id int64, _ any) proto.Code {
	s := t.Get(id)
	switch {
	case s == nil:
		return proto.UnknownSession
	case s.state.Load() != open:
		return proto.SessionExpired
	}
	return proto.Ok
}

// IsGlobal tells whether the session is known to the whole ensemble; standalone, all are.
func (t *Table) IsGlobal(id int64) bool { return t.Get(id) != nil }

// Closing marks a session whose end has been decided: what it asks for from now on is refused.
func (t *Table) Closing(id int64) {
	if s := t.Get(id); s != nil {
		s.state.CompareAndSwap(open, closing)
	}
}
