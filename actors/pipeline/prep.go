package pipeline

import (
	"errors"
	"fmt"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"

	"troupe/actors"
	"troupe/actors/gate"
	"troupe/jute/proto"
	"troupe/tree"
	"troupe/tree/prep"
)

// Sessions is what prep tells about sessions.
type Sessions interface {
	// Opened tells of a session that is being opened, of the client that waits for it, and of who speaks for it, as in
	// Request.Owner.
	Opened(id int64, timeout int32, client Replier, owner any)
	Check(id int64, owner any) proto.Code
}

// prepStage checks each request against the tree and the changes that are under way, and makes the
// transaction (PrepRequestProcessor). It runs ahead of the log, on its own goroutine, and touches
// memory only.
type prepStage struct {
	gate     *gate.Gate
	tree     *tree.Tree
	rules    *prep.Preparer
	sessions Sessions
	clock    actors.Clock
	zxid     int64 // the last one given out
	next     func(*Batch)
	log      zerolog.Logger
}

func (s *prepStage) Receive(ctx actor.Context) {
	if b, ok := ctx.Message().(*Batch); ok {
		s.prepare(b)
		s.next(b)
	}
}

// gateShare is how many requests are prepared before commits get a chance to shut the gate.
const gateShare = 64

func (s *prepStage) prepare(b *Batch) {
	now := s.clock.Now().UnixMilli()
	// One buffer for the batch's log entries: the log copies them into its own.
	entries := make([]byte, 0, 192*len(b.Requests))
	for todo := b.Requests; len(todo) > 0; {
		n := min(gateShare, len(todo))
		entries = s.share(todo[:n], now, entries)
		todo = todo[n:]
	}
}

// share prepares a few requests under the gate. A panic leaves with the gate given back: the role ends.
func (s *prepStage) share(requests []*Request, now int64, entries []byte) []byte {
	s.gate.Enter()
	defer s.gate.Leave()
	s.rules.Applied(s.tree.LastZxid())
	for _, r := range requests {
		r.Time = now
		s.one(r)
		if r.HasTxn {
			from := len(entries)
			entries = r.Txn.Append(entries)
			r.entry = entries[from:len(entries):len(entries)]
		}
	}
	return entries
}

func (s *prepStage) one(r *Request) {
	if r.Read {
		r.Failed = s.sessions.Check(r.Session, r.Owner)
		return
	}
	x, err := s.rules.Prepare(&r.Request, s.zxid+1)
	if err != nil {
		if !errors.As(err, &r.Failed) {
			panic(fmt.Errorf("prep of %v: %w", r.Op, err))
		}
		return
	}
	s.zxid++
	r.Txn, r.HasTxn = x, true
	if r.Op == proto.OpCreateSession && proto.Op(x.Header.Type) == proto.OpCreateSession {
		s.sessions.Opened(r.Session, sessionTimeout(&x), r.Conn, r.Owner)
	}
}
