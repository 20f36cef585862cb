package pipeline

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"troupe/actors"
)

// Log is where transactions become durable.
type Log interface {
	Append(zxid int64, entry []byte) error
	// Commit returns when all that was appended is on the disk.
	Commit() error
	// SnapshotDue tells, once, that it is time for a snapshot.
	SnapshotDue() bool
	// Roll begins a new log file with the next append.
	Roll() error
}

// syncStage makes transactions durable before they go on (SyncRequestProcessor). It batches by itself:
// all that arrives while the disk is busy becomes the next batch. It runs on its own goroutine, since it
// blocks on the disk.
type syncStage struct {
	log      Log
	next     func(*Batch)
	snapshot func()        // asks for a snapshot; busy or not is the snapshotter's business
	fatal    func(error)   // a failed write ends the process: nothing in memory can be trusted after it
	max      int           // requests that one fsync commits at most (maxBatchSize)
	delay    time.Duration // how long a batch is waited for to grow (flushDelay); 0: only while the disk is busy
	clock    actors.Clock
	buffers  *buffers
	pending  []*Request
	flushing bool // a flush marker is in the mailbox
	dirty    bool // something was appended since the last commit
	failed   bool
}

// flush is the marker that a batch sends behind all that has already come.
type flush struct{}

func (s *syncStage) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *Batch:
		s.append(m)
		if len(s.pending) >= s.max {
			s.flush()
		} else if !s.flushing && len(s.pending) > 0 {
			s.flushing = true
			s.mark(ctx)
		}
	case flush:
		s.flushing = false
		s.flush()
	case *actor.Stopping:
		s.flush() // the marker behind the last batch comes too late
	}
}

// mark sends the flush marker: behind all that has already come, or after the delay.
func (s *syncStage) mark(ctx actor.Context) {
	if s.delay <= 0 {
		ctx.Send(ctx.Self(), flush{})
		return
	}
	self, root := ctx.Self(), ctx.ActorSystem().Root
	s.clock.AfterFunc(s.delay, func() { root.Send(self, flush{}) })
}

func (s *syncStage) append(b *Batch) {
	if s.failed {
		return
	}
	for _, r := range b.Requests {
		if r.HasTxn {
			if err := s.log.Append(r.Txn.Header.Zxid, r.entry); err != nil {
				s.fail(err)
				return
			}
			r.entry = nil
			s.dirty = true
		}
	}
	s.buffers.put(b.entries)
	b.entries = nil
	s.pending = append(s.pending, b.Requests...)
	s.buffers.putBatch(b)
}

func (s *syncStage) flush() {
	if s.failed || len(s.pending) == 0 {
		return
	}
	if s.dirty {
		if err := s.log.Commit(); err != nil {
			s.fail(err)
			return
		}
		s.dirty = false
	}
	done := s.buffers.batch()
	done.Requests, s.pending = s.pending, done.Requests
	s.next(done)
	if s.log.SnapshotDue() {
		if err := s.log.Roll(); err != nil {
			s.fail(err)
			return
		}
		s.snapshot()
	}
}

func (s *syncStage) fail(err error) {
	s.failed = true
	s.pending = nil
	s.fatal(err)
}
