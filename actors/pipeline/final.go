package pipeline

import (
	"github.com/asynkron/protoactor-go/actor"

	"troupe/actors/gate"
	"troupe/actors/watch"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/tree"
)

// Courier takes answers and events to the connections concerned, once a batch.
type Courier interface{ Dispatch() }

// Endings hears of sessions whose closing was applied.
type Endings interface {
	Ended(id int64, reason string)
}

// finalStage applies committed transactions, fires watches and answers (FinalRequestProcessor). It
// shuts the gate for a bounded batch at a time.
type finalStage struct {
	gate    *gate.Gate
	tree    *tree.Tree
	watches *watch.Ref
	courier Courier
	endings Endings
	buffers *buffers
	applied func(zxid int64)                              // a member's leader or learner; nil standalone
	opened  func(id int64, timeout int32, client Replier) // on a learner: of a session that was opened anywhere
	done    func(inside, grouped int)                     // how many requests have left the pipeline, as counted by Ref.Inside and by the door
	ended   []int64                                       // sessions that ended in the batch in hand
	left    int                                           // requests of the batch in hand that were inside
	grouped int                                           // and those that the door counts
	rest    *Request                                      // where a chain of reads goes on under the next hold of the gate
}

// applyShare is how many requests are done before other readers get a chance: transactions, and the reads that follow them.
// An apply takes about a microsecond.
const applyShare = 128

// longAnswers bounds the answers to reads that are made under one hold of the gate, in bytes: about a
// tenth of a millisecond.
const longAnswers = 256 << 10

func (s *finalStage) Receive(ctx actor.Context) {
	b, ok := ctx.Message().(*Batch)
	if !ok {
		return
	}
	for todo := b.Requests; len(todo) > 0; {
		todo = todo[s.apply(todo):]
	}
	s.buffers.putBatch(b)
	s.done(s.left, s.grouped)
	s.left, s.grouped = 0, 0
	if s.applied != nil {
		s.applied(s.tree.LastZxid())
	}
}

func (s *finalStage) apply(requests []*Request) (done int) {
	done = s.shut(requests)
	for _, id := range s.ended {
		s.endings.Ended(id, "the session was closed")
	}
	s.ended = s.ended[:0]
	return done
}

// shut handles requests behind the shut gate, and tells how many: not all, if they are many or their answers get long. What
// was replied to belongs to its connection as soon as the gate is open.
func (s *finalStage) shut(requests []*Request) int {
	s.gate.Shut()
	defer s.gate.Open()
	defer s.courier.Dispatch()
	n, long := 0, 0
	for i, r := range requests {
		if s.rest != nil {
			r, s.rest = s.rest, nil
		}
		for first := r == requests[i]; r != nil; r, first = r.then, false {
			if n == applyShare || long > longAnswers {
				if !first {
					s.rest = r
				}
				return i
			}
			n++
			s.one(r)
			long += len(r.Answer)
		}
	}
	return len(requests)
}

func (s *finalStage) one(r *Request) {
	if r.inside {
		s.left++
	}
	if r.grouped {
		s.grouped++
	}
	if r.HasTxn {
		s.tree.ApplyTo(&r.Result, &r.Txn, s)
		s.sessionEvent(r)
	}
	r.Zxid = s.tree.LastZxid()
	if r.then != nil {
		r.then.Failed = r.sessionFault()
	}
	if r.Conn == nil {
		return
	}
	if r.Read && r.Failed == proto.Ok {
		r.Conn.Read(r)
	}
	r.Conn.Reply(r)
}

// sessionEvent tells of sessions that were opened or closed, by whomever.
func (s *finalStage) sessionEvent(r *Request) {
	switch h := &r.Txn.Header; proto.Op(h.Type) {
	case proto.OpCreateSession:
		if s.opened != nil {
			s.opened(h.ClientID, sessionTimeout(&r.Txn), r.Conn)
		}
	case proto.OpCloseSession:
		s.ended = append(s.ended, h.ClientID)
	}
}

// Fire implements tree.Watchers.
func (s *finalStage) Fire(t proto.EventType, path string, acl []data.ACL) {
	if s.watches.Idle() {
		return
	}
	s.watches.Fire(&watch.Event{Type: t, Path: path, ACL: acl})
}
