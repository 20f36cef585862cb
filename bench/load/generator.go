package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"
)

// Generator is a set of open sessions that loads are run on, one after the other.
type Generator struct {
	options Options
	workers []*worker
	clock   time.Time
}

// Result is what one load came to.
type Result struct {
	Ops      int64         // replies in the window
	Elapsed  time.Duration // length of the window
	Latency  *hdrhistogram.Histogram
	BytesIn  int64
	BytesOut int64
	CPU      time.Duration // of this process in the window: the generator's own cost
	Beats    []Beat        // of a window that is cut into them
	Lost     int           // requests that went down with their connection, see Options.Resume
	Expired  int           // sessions that were not given back
}

// PerSecond is the throughput.
func (r Result) PerSecond() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Ops) / r.Elapsed.Seconds()
}

// Opened is how the opening of sessions went.
type Opened struct {
	Result
	Failed int
	Reason error // of the first failure
}

// Window says what part of a load counts.
type Window struct {
	Warm time.Duration // left out, at the start
	Time time.Duration // counted; a budget that is used up ends it earlier
	Beat time.Duration // length of the spans of Result.Beats; 0: there are none
	// Until ends the window earlier, when it is true. It is asked every few milliseconds. May be nil.
	Until func() bool
	// Begin and End run when the window opens and closes, for samples of the server. May be nil.
	Begin, End func()
}

// Open establishes the sessions. Failures to get one are in Opened, not in the error.
// The caller closes the generator, also when some have failed.
func Open(ctx context.Context, o Options) (*Generator, Opened, error) {
	o = o.withDefaults()
	g := &Generator{options: o, clock: time.Now()}
	for range o.Workers {
		w, err := newWorker(g.clock, o)
		if err != nil {
			return nil, Opened{}, errors.Join(err, g.Drop())
		}
		g.workers = append(g.workers, w)
	}
	for id := range o.Conns {
		w := g.workers[id%o.Workers]
		w.conns = append(w.conns, &conn{id: id, slot: int32(len(w.conns)), state: stateClosed})
	}
	deadline := g.clock.Add(o.Patience)
	took, err := g.measured(func() error {
		return g.each(ctx, func(w *worker) error { return w.open((o.Width+o.Workers-1)/o.Workers, deadline) })
	})
	opened := Opened{Result: took}
	for _, w := range g.workers {
		opened.Ops += int64(w.opened)
		opened.Failed += w.failed
		if opened.Reason == nil {
			opened.Reason = w.reason
		}
	}
	opened.Latency = g.latency()
	if err != nil {
		return nil, opened, errors.Join(err, g.Drop())
	}
	return g, opened, nil
}

// Run plays a script on all connections and counts what the window says. It returns when
// all requests are answered. An unexpected reply or a lost connection is an error.
func (g *Generator) Run(ctx context.Context, s Script, window Window) (Result, error) {
	g.reset(s)
	playing := make(chan error, 1)
	go func() { playing <- g.each(ctx, func(w *worker) error { return w.drive(g.options.Depth) }) }()
	if err, ended := waitFor(playing, window.Warm, nil); ended {
		return Result{}, errors.Join(err, errors.New("load: over before its warm-up was"))
	}
	for _, w := range g.workers {
		w.beats = newBeats(w.now(), window.Time, window.Beat)
	}
	g.record(true)
	before := g.totals()
	var over bool
	r, err := g.measured(func() (err error) {
		call(window.Begin)
		err, over = waitFor(playing, window.Time, window.Until)
		call(window.End)
		return err
	})
	r = g.totals().since(before, r)
	g.record(false)
	g.halt()
	if !over {
		err = <-playing
	}
	r.Latency = g.latency()
	var all *beats
	for _, w := range g.workers {
		all = all.merge(w.beats)
		r.Lost, r.Expired = r.Lost+w.lost, r.Expired+w.expired
	}
	if all != nil {
		r.Beats = all.all
	}
	return r, err
}

// Mark notes the time. AfterMark tells how long after it the first request was answered that
// was sent after it; 0 if there is none. Both may be called while a load is under way.
func (g *Generator) Mark() {
	for _, w := range g.workers {
		w.afterMark.Store(0)
		w.mark.Store(w.now())
	}
}

// AfterMark is said with Mark.
func (g *Generator) AfterMark() time.Duration {
	var first int64
	for _, w := range g.workers {
		if at := w.afterMark.Load(); at > 0 && (first == 0 || at < first) {
			first = at
		}
	}
	if first == 0 {
		return 0
	}
	return time.Duration(first - g.workers[0].mark.Load())
}

// All plays a script that has an end until that is reached, and counts all of it.
func (g *Generator) All(ctx context.Context, s Script) (Result, error) {
	if s.Budget <= 0 && s.Each <= 0 {
		return Result{}, errors.New("load: a script without Budget or Each has no end")
	}
	g.reset(s)
	g.record(true)
	before := g.totals()
	r, err := g.measured(func() error {
		return g.each(ctx, func(w *worker) error { return w.drive(g.options.Depth) })
	})
	r = g.totals().since(before, r)
	r.Latency = g.latency()
	return r, err
}

// Each sends op once on every connection.
func (g *Generator) Each(ctx context.Context, op Op) (Result, error) {
	s := One(op)
	s.Each = 1
	return g.All(ctx, s)
}

// Hear waits for watch events. It runs trigger and takes events until want have come or ctx
// is done. Latency is from the trigger's start to each event; Elapsed to the last one.
func (g *Generator) Hear(ctx context.Context, want int64, trigger func() error) (Result, error) {
	g.reset(One(Ping()))
	g.record(true)
	playing := make(chan error, 1)
	go func() { playing <- g.each(ctx, (*worker).listen) }()
	heardBefore := g.heard()
	origin := int64(time.Since(g.clock))
	for _, w := range g.workers {
		w.origin.Store(origin)
	}
	r, err := g.measured(trigger)
	for err == nil && g.heard()-heardBefore < want && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	g.halt()
	err = errors.Join(err, <-playing)
	var last int64
	for _, w := range g.workers {
		last = max(last, w.lastHeard.Load())
	}
	r.Ops, r.Elapsed, r.Latency = g.heard()-heardBefore, time.Duration(max(last-origin, 0)), g.latency()
	if err == nil && r.Ops < want {
		err = fmt.Errorf("load: %d of %d events came: %w", r.Ops, want, ctx.Err())
	}
	return r, err
}

// StuckError says that the server did not answer the end of some sessions. Apache ZooKeeper
// 3.8 now and then stops reading a few out of thousands of connections.
type StuckError struct{ Sessions int }

func (e StuckError) Error() string {
	return fmt.Sprintf("load: the end of %d sessions was not answered", e.Sessions)
}

// Close ends the sessions, waits for the server's word, and closes the connections. The
// generator is gone then, also with a [StuckError].
func (g *Generator) Close() error {
	width, owed := max(g.options.Width/len(g.workers), 1), 0
	for _, w := range g.workers {
		owed += w.inFly // since a load has failed, which was said then
	}
	err := g.each(context.Background(), func(w *worker) error { return w.close(width, g.options.Farewell) })
	stuck := -owed
	for _, w := range g.workers {
		stuck += w.inFly
	}
	if err == nil && stuck > 0 {
		err = StuckError{Sessions: stuck}
	}
	return err
}

// Drop closes the connections without ending the sessions: as if the client had died.
func (g *Generator) Drop() error { return g.each(context.Background(), (*worker).drop) }

func (g *Generator) reset(s Script) {
	for i, w := range g.workers {
		w.player = newPlayer(w.dialect, s, i, len(g.workers), len(w.conns))
		w.stop.Store(false)
		w.hist.Reset()
		w.beats, w.lost, w.expired = nil, 0, 0
	}
}

func (g *Generator) halt() {
	for _, w := range g.workers {
		w.stop.Store(true)
	}
}

func (g *Generator) record(on bool) {
	for _, w := range g.workers {
		w.recording.Store(on)
	}
}

// each runs f for every worker on a goroutine of its own. The first failure, and the end of
// ctx, halt all.
func (g *Generator) each(ctx context.Context, f func(*worker) error) error {
	errs := make(chan error, len(g.workers))
	for _, w := range g.workers {
		go func() { errs <- f(w) }()
	}
	release := context.AfterFunc(ctx, g.halt)
	defer release()
	var all error
	for range g.workers {
		if err := <-errs; err != nil {
			g.halt()
			all = errors.Join(all, err)
		}
	}
	return errors.Join(all, context.Cause(ctx))
}

// measured times f and what this process spends meanwhile.
func (g *Generator) measured(f func() error) (Result, error) {
	begin, cpu := time.Now(), ownCPU()
	err := f()
	return Result{Elapsed: time.Since(begin), CPU: ownCPU() - cpu}, err
}

type totals struct{ ops, in, out int64 }

func (g *Generator) totals() (t totals) {
	for _, w := range g.workers {
		t.ops += w.done.Load()
		t.in += w.bytesIn.Load()
		t.out += w.bytesOut.Load()
	}
	return t
}

func (t totals) since(before totals, r Result) Result {
	r.Ops, r.BytesIn, r.BytesOut = t.ops-before.ops, t.in-before.in, t.out-before.out
	return r
}

func (g *Generator) heard() (n int64) {
	for _, w := range g.workers {
		n += w.heard.Load()
	}
	return n
}

// latency merges the workers' histograms. No worker may be running.
func (g *Generator) latency() *hdrhistogram.Histogram {
	all := NewHistogram()
	for _, w := range g.workers {
		all.Merge(w.hist)
	}
	return all
}

// waitFor waits for a value, for d, or for until, and says whether the value has come.
func waitFor(c <-chan error, d time.Duration, until func() bool) (error, bool) {
	t := time.NewTimer(d)
	defer t.Stop()
	var look <-chan time.Time
	if until != nil {
		every := time.NewTicker(tick)
		defer every.Stop()
		look = every.C
	}
	for {
		select {
		case err := <-c:
			return err, true
		case <-t.C:
			return nil, false
		case <-look:
			if until() {
				return nil, false
			}
		}
	}
}

func call(f func()) {
	if f != nil {
		f()
	}
}

// ownCPU is the processor time that this process has used.
func ownCPU() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
