package session

import (
	"sync"
	"sync/atomic"

	"troupe/jute/proto"
)

// Kind is the role in which a server keeps sessions.
type Kind uint8

// The roles.
const (
	Standalone Kind = iota
	Leader
	Learner // a follower or an observer
	// ReadOnly is a member that serves while it looks for a leader. It takes no part in the life of the ensemble's sessions;
	// those that it opens are its own, and end with the role.
	ReadOnly
)

// Rules are what a table must know of its server.
type Rules struct {
	Kind     Kind
	ServerID int64 // of which the lowest byte is the top one of session ids made here

	// LocalSessions makes new sessions local ones (localSessionsEnabled); Upgrading makes a local session one of the whole
	// ensemble when it creates an ephemeral (localSessionsUpgradingEnabled). Not for Standalone.
	LocalSessions, Upgrading bool
}

// Table finds sessions by id. It is safe for concurrent use.
type Table struct {
	rules  Rules
	shards [64]shard
	count  atomic.Int64
}

type shard struct {
	mu sync.RWMutex
	m  map[int64]*Session
}

// NewTable returns an empty table.
func NewTable(r Rules) *Table {
	switch r.Kind {
	case Standalone:
		r.LocalSessions, r.Upgrading = false, false
	case ReadOnly:
		r.LocalSessions, r.Upgrading = true, false
	}
	t := &Table{rules: r}
	for i := range t.shards {
		t.shards[i].m = make(map[int64]*Session)
	}
	return t
}

// watches tells whether this server decides when sessions of the ensemble expire.
func (t *Table) watches() bool { return t.rules.Kind == Standalone || t.rules.Kind == Leader }

func (t *Table) shard(id int64) *shard { return &t.shards[uint64(id)%uint64(len(t.shards))] }

// Get returns the session, or nil.
func (t *Table) Get(id int64) *Session {
	sh := t.shard(id)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return sh.m[id]
}

// Len is the number of sessions, local ones among them.
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

// add returns the session, and makes it in the given state if it is not there.
func (t *Table) add(id int64, timeout int32, in state) (s *Session, made bool) {
	sh := t.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if s = sh.m[id]; s != nil {
		return s, false
	}
	s = &Session{ID: id}
	s.timeout.Store(timeout)
	s.state.Store(in)
	sh.m[id] = s
	t.count.Add(1)
	return s, true
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

// IsGlobal tells whether the session is known to the whole ensemble; standalone, all are.
func (t *Table) IsGlobal(id int64) bool {
	s := t.Get(id)
	if s == nil {
		return false
	}
	st := s.state.Load()
	return st != local && st != upgrading
}

// Closing marks a session whose closing is prepared: what it asks for from now on is refused.
func (t *Table) Closing(id int64) {
	if s := t.Get(id); s != nil {
		_ = s.state.CompareAndSwap(open, closing) || s.state.CompareAndSwap(expiring, closing)
	}
}

// Check tells prep whether a session may still do things through owner: an int64 as in Own, nil for this server itself.
// Standalone a session cannot have moved elsewhere, so the owner is not looked at.
func (t *Table) Check(id int64, owner any) proto.Code {
	s := t.Get(id)
	switch {
	case s == nil:
		return t.unknown(id)
	case !s.alive():
		return proto.SessionExpired
	case t.rules.Kind == Standalone || s.claim(OwnerOf(owner)):
		return proto.Ok
	}
	return proto.SessionMoved
}

// unknown answers for a session that is not in the table. On a leader it may be the local one of another server, which
// then answers for it. One that was made here would be known.
func (t *Table) unknown(id int64) proto.Code {
	switch {
	case t.rules.Kind == Standalone:
		return proto.UnknownSession
	case t.rules.LocalSessions && byte(id>>56) != byte(t.rules.ServerID):
		return proto.Ok
	}
	return proto.SessionExpired
}
