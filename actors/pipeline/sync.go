package pipeline

import (
	"github.com/asynkron/protoactor-go/actor"
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

// maxSyncBatch bounds what one fsync commits, in requests (ZooKeeper's maxBatchSize).
const maxSyncBatch = 1000

// syncStage makes transactions durable before they go on (SyncRequestProcessor). It batches by itself:
// all that arrives while the disk is busy becomes the next batch. It runs on its own goroutine, since it
// blocks on the disk.
type syncStage struct {
	log      Log
	next     func(*Batch)
	snapshot func()      // asks for a snapshot; busy or not is the snapshotter's business
	fatal    func(error) // a failed write ends the process: nothing in memory can be trusted after it
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
		if len(s.pending) >= maxSyncBatch {
			s.flush()
		} else if !s.flushing && len(s.pending) > 0 {
			s.flushing = true
			ctx.Send(ctx.Self(), flush{})
		}
	case flush:
		s.flushing = false
		s.flush()
	}
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
	s.pending = append(s.pending, b.Requests...)
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
	done := &Batch{Requests: s.pending}
	s.pending = make([]*Request, 0, min(cap(s.pending), maxSyncBatch))
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
