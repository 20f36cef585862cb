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
	Rules    *prep.Preparer // nil on a learner: its leader prepares
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
	// Alone tells, standalone, that the server has one connection: who brings a small batch to the log then writes it, blocked by
	// the disk, as there is nobody else to serve. Without the wake-ups of two goroutines a lone write costs 0.62 of the processor
	// time and 0.76 of the latency. nil: the log always has its own goroutine.
	Alone  func() bool
	Member Member // of an ensemble; empty standalone
}

// Member is how the pipeline of a member of an ensemble is joined to its leader or learner actor, which stands between
// the stages. None of the functions waits.
type Member struct {
	// Entered takes what clients of this server, timers, and on a leader learners ask for: prepared on a leader, as it
	// came on a learner.
	Entered func(*Batch)
	// Logged takes what was given to Ref.Log, in order, when it is durable.
	Logged func(*Batch)
	// Applied tells that the tree has all up to the zxid.
	Applied func(zxid int64)
	// Opened, on a learner, tells of each session whose opening is applied, before client, if one waits here, is answered. On
	// a leader prep has told of it. It is called under the exclusive gate.
	Opened func(id int64, timeout int32, client Replier)
}

// Ref is how requests enter the pipeline.
type Ref struct {
	send              actor.SenderContext
	prep, sync, final *actor.PID // prep is nil on a learner
	prepOn, finalOn   *actors.Handy
	syncOn            *actors.Handy
	alone             func() bool  // nil: the log has its own goroutine always
	entered           func(*Batch) // on a learner, in place of prep
	inside            atomic.Int64
	door              *door // nil standalone
	buffers           *buffers
}

// Spawn starts the stages of a standalone server under parent: prep, sync, final.
func Spawn(parent actor.SpawnerContext, send actor.SenderContext, o Options, opts ...actor.PropsOption) (*Ref, error) {
	b := newBuilder(parent, send, o, opts)
	b.buffers = &buffers{}
	b.ref.buffers = b.buffers
	b.ref.alone = o.Alone
	b.final()
	b.sync(b.ref.Commit)
	b.prep(b.ref.Log)
	b.cleaner()
	return b.ref, b.err
}

// SpawnLeader starts the stages of a leader. Between prep, sync and final stands its actor: what prep has made is
// proposed, what a quorum has logged is committed.
func SpawnLeader(parent actor.SpawnerContext, send actor.SenderContext, o Options, opts ...actor.PropsOption) (*Ref, error) {
	b := newBuilder(parent, send, o, opts)
	b.ref.door = &door{clock: o.Clock, pass: b.ref.pass}
	b.final()
	b.sync(o.Member.Logged)
	b.prep(o.Member.Entered)
	b.cleaner()
	return b.ref, b.err
}

// SpawnLearner starts the stages of a follower or an observer: sync and final. Requests go to its actor, which forwards
// them to the leader.
func SpawnLearner(parent actor.SpawnerContext, send actor.SenderContext, o Options, opts ...actor.PropsOption) (*Ref, error) {
	b := newBuilder(parent, send, o, opts)
	b.ref.door = &door{clock: o.Clock, pass: b.ref.pass}
	b.final()
	b.sync(o.Member.Logged)
	b.ref.entered = o.Member.Entered
	return b.ref, b.err
}

// builder spawns stages, from the last one to the first, until one fails.
type builder struct {
	parent  actor.SpawnerContext
	send    actor.SenderContext
	o       Options
	opts    []actor.PropsOption
	own     actor.Dispatcher // of stages that block on the disk, and of those that nobody waits for
	ref     *Ref
	buffers *buffers // nil but for a standalone server
	err     error
}

func newBuilder(parent actor.SpawnerContext, send actor.SenderContext, o Options, opts []actor.PropsOption) *builder {
	return &builder{parent: parent, send: send, o: o, opts: opts, own: actor.NewDefaultDispatcher(300),
		ref: &Ref{send: send, prepOn: &actors.Handy{}, finalOn: &actors.Handy{}, syncOn: &actors.Handy{}}}
}

func (b *builder) stage(name string, a actor.Actor, on actor.Dispatcher) *actor.PID {
	if b.err != nil {
		return nil
	}
	props := actor.PropsFromProducer(func() actor.Actor { return a }, append([]actor.PropsOption{actor.WithDispatcher(on)}, b.opts...)...)
	pid, err := b.parent.SpawnNamed(props, "pipeline/"+name)
	if err != nil {
		b.err = fmt.Errorf("pipeline: %s: %w", name, err)
	}
	return pid
}

func (b *builder) final() {
	ref, o := b.ref, b.o
	ref.final = b.stage("final", &finalStage{gate: o.Gate, tree: o.Tree, watches: o.Watches, courier: o.Courier,
		endings: o.Endings, buffers: b.buffers, applied: o.Member.Applied, opened: o.Member.Opened, done: ref.answered}, ref.finalOn)
}

func (b *builder) sync(next func(*Batch)) {
	o := b.o
	b.ref.sync = b.stage("sync", &syncStage{log: o.Log, next: next, snapshot: o.Snapshot, fatal: o.Fatal,
		buffers: b.buffers, max: o.MaxBatch, delay: o.Delay, clock: o.Clock}, b.ref.syncOn)
}

func (b *builder) prep(next func(*Batch)) {
	o := b.o
	b.ref.prep = b.stage("prep", &prepStage{gate: o.Gate, tree: o.Tree, rules: o.Rules, sessions: o.Sessions,
		buffers: b.buffers, clock: o.Clock, zxid: o.Tree.LastZxid(), next: next, log: o.Logger}, b.ref.prepOn)
}

func (b *builder) cleaner() {
	o := b.o
	b.stage("cleaner", &cleaner{opt: o.Cleaner, clock: o.Clock, gate: o.Gate, tree: o.Tree,
		submit: b.ref.Submit, stop: func() {}, log: o.Logger}, b.own)
}

// little is up to how many requests a batch is done by its sender: what a round of 64 connections brings takes prep less
// time than two wake-ups. With 8 setData 64x1 made 0.89 of the operations per CPU second.
const little = 64

func handTo(send actor.SenderContext, to *actor.PID, on *actors.Handy) func(*Batch) {
	return func(b *Batch) {
		on.Little(len(b.Requests) <= little)
		send.Send(to, b)
	}
}

// Batch is an empty one, to be filled and submitted.
func (r *Ref) Batch() *Batch { return r.buffers.batch() }

// Submit lets a batch in: it and its requests belong to the pipeline, the requests until they are replied to.
func (r *Ref) Submit(b *Batch) {
	for _, q := range b.Requests {
		if q != nil {
			q.inside = true
		}
	}
	r.inside.Add(int64(len(b.Requests)))
	r.Enter(b)
}

// Enter is Submit for what learners ask for: it is not counted, since another server answers.
func (r *Ref) Enter(b *Batch) {
	if r.door != nil {
		r.door.submit(b)
		return
	}
	r.pass(b)
}

// pass lets a batch in at once.
func (r *Ref) pass(b *Batch) {
	if r.entered != nil {
		r.entered(b)
		return
	}
	handTo(r.send, r.prep, r.prepOn)(b)
}

// Log gives a batch to the sync stage.
func (r *Ref) Log(b *Batch) {
	r.syncOn.Little(r.alone != nil && len(b.Requests) <= little && r.alone())
	r.send.Send(r.sync, b)
}

// Commit gives a batch to the final stage.
func (r *Ref) Commit(b *Batch) { handTo(r.send, r.final, r.finalOn)(b) }

// answered hears of requests that have left the pipeline.
func (r *Ref) answered(inside, grouped int) {
	r.inside.Add(int64(-inside))
	if r.door != nil {
		r.door.answered(grouped)
	}
}

// Drain ends the stages one after the other, each when it has done what it was given: all that was logged is durable,
// all that was committed is applied. Nobody may submit any more. It waits, so it is not for the stages' own actors. An
// error means that a stage did not come to its end.
func (r *Ref) Drain(root *actor.RootContext, run actors.Runtime) error {
	if r.door != nil {
		r.door.open()
	}
	for _, pid := range []*actor.PID{r.prep, r.sync, r.final} {
		if pid == nil {
			continue
		}
		if err := run.End(root.PoisonFuture(pid)); err != nil {
			return fmt.Errorf("ending %s: %w", pid.Id, err)
		}
	}
	return nil
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
