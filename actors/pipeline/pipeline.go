package pipeline

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"

	"troupe/actors"
	"troupe/actors/gate"
	"troupe/actors/watch"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
	"troupe/tree/prep"
)

// Options are what the stages work with.
type Options struct {
	Gate     *gate.Gate
	Tree     *tree.Tree
	Rules    *prep.Preparer
	Log      Log
	Watches  *watch.Ref
	Courier  Courier
	Sessions Sessions
	Endings  Endings
	Clock    actors.Clock
	Snapshot func()        // asks for a snapshot
	Fatal    func(error)   // the log cannot be written: end the process
	MaxBatch int           // maxBatchSize
	Delay    time.Duration // flushDelay
	Cleaner  CleanerOptions
	Logger   zerolog.Logger
}

// Ref is how requests enter the pipeline.
type Ref struct {
	send   actor.SenderContext
	prep   *actor.PID
	prepOn *actors.Handy
	inside atomic.Int64
}

// Spawn starts the stages of a standalone server under parent.
func Spawn(parent actor.SpawnerContext, send actor.SenderContext, o Options, opts ...actor.PropsOption) (*Ref, error) {
	ref := &Ref{send: send, prepOn: &actors.Handy{}}
	finalOn := &actors.Handy{}
	stage := func(name string, a actor.Actor, on actor.Dispatcher) (*actor.PID, error) {
		props := actor.PropsFromProducer(func() actor.Actor { return a }, append(opts, actor.WithDispatcher(on))...)
		pid, err := parent.SpawnNamed(props, "pipeline/"+name)
		if err != nil {
			return nil, fmt.Errorf("pipeline: %s: %w", name, err)
		}
		return pid, nil
	}
	own := actor.NewDefaultDispatcher(300)
	final, err := stage("final", &finalStage{gate: o.Gate, tree: o.Tree, watches: o.Watches, courier: o.Courier,
		endings: o.Endings, done: func(n int) { ref.inside.Add(int64(-n)) }}, finalOn)
	if err != nil {
		return nil, err
	}
	sync, err := stage("sync", &syncStage{log: o.Log, next: handTo(send, final, finalOn), snapshot: o.Snapshot, fatal: o.Fatal,
		max: o.MaxBatch, delay: o.Delay, clock: o.Clock}, own)
	if err != nil {
		return nil, err
	}
	ref.prep, err = stage("prep", &prepStage{gate: o.Gate, tree: o.Tree, rules: o.Rules, sessions: o.Sessions,
		clock: o.Clock, zxid: o.Tree.LastZxid(), next: func(b *Batch) { send.Send(sync, b) }, log: o.Logger}, ref.prepOn)
	if err != nil {
		return nil, err
	}
	_, err = stage("cleaner", &cleaner{opt: o.Cleaner, clock: o.Clock, gate: o.Gate, tree: o.Tree,
		submit: ref.Submit, stop: func() {}, log: o.Logger}, own)
	return ref, err
}

// little is up to how many requests a batch is done by its sender.
const little = 8

func handTo(send actor.SenderContext, to *actor.PID, on *actors.Handy) func(*Batch) {
	return func(b *Batch) {
		on.Little(len(b.Requests) <= little)
		send.Send(to, b)
	}
}

// Submit lets a batch in. The requests belong to the pipeline until they are replied to.
func (r *Ref) Submit(b *Batch) {
	r.inside.Add(int64(len(b.Requests)))
	handTo(r.send, r.prep, r.prepOn)(b)
}

// Inside is the number of requests that are on their way.
func (r *Ref) Inside() int64 { return r.inside.Load() }

// CloseSessions submits the closing of sessions that have expired.
func (r *Ref) CloseSessions(ids []int64) {
	if len(ids) == 0 {
		return
	}
	b := &Batch{Requests: make([]*Request, len(ids))}
	for i, id := range ids {
		q := &Request{}
		q.Session, q.Op = id, proto.OpCloseSession
		b.Requests[i] = q
	}
	r.Submit(b)
}

func sessionTimeout(x *tree.Txn) int32 {
	if c, ok := x.Record.(*txn.CreateSessionTxn); ok {
		return c.TimeOut
	}
	return 0
}
