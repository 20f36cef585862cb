package pipeline

import (
	"errors"
	"fmt"
	"slices"

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
	buffers  *buffers
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
	b.entries = s.buffers.get(len(b.Requests))
	for from := 0; from < len(b.Requests); {
		from, *b.entries = s.share(b, from, now, *b.entries)
	}
}

// share prepares a few requests under the gate, from a place in the batch on, and tells how far it came. A panic leaves
// with the gate given back: the role ends.
func (s *prepStage) share(b *Batch, from int, now int64, entries []byte) (int, []byte) {
	s.gate.Enter()
	defer s.gate.Leave()
	s.rules.Applied(s.tree.LastZxid())
	i := from
	for ; i < len(b.Requests) && i < from+gateShare; i++ {
		r := b.Requests[i]
		r.Time = now
		if r.Op == proto.OpCloseSession && !r.Read {
			ahead := s.ahead(r)
			b.Requests = slices.Insert(b.Requests, i, ahead...)
			for ; len(ahead) > 0; ahead = ahead[1:] {
				entries = encode(ahead[0], entries)
				i++
			}
		}
		s.one(r)
		entries = encode(r, entries)
	}
	return i, entries
}

// encode appends a request's log entry to the buffer of the batch.
func encode(r *Request, entries []byte) []byte {
	if r.HasTxn {
		from := len(entries)
		entries = r.Txn.Append(entries)
		r.entry = entries[from:len(entries):len(entries)]
	}
	return entries
}

// closeLimit is how many bytes of paths the closing of a session may have: half of what Apache's members take by default.
const closeLimit = 512 << 10

// ahead makes the transactions that come before the closing of a session with very many ephemerals.
func (s *prepStage) ahead(r *Request) (all []*Request) {
	for _, x := range s.rules.CloseAhead(&r.Request, s.zxid+1, closeLimit) {
		s.zxid++
		all = append(all, Foreign(x, nil))
	}
	return all
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
