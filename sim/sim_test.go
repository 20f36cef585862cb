package sim

import (
	"flag"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	cmap "github.com/orcaman/concurrent-map"
	"github.com/stretchr/testify/require"
)

// options are how many runs there are, and from which seed on.
type options struct {
	seeds, from uint64
	budget      time.Duration
	profile     string
	logs        bool
}

// given reads what the command line says.
func given() (o options) {
	for name, at := range map[string]*uint64{"seeds": &o.seeds, "from": &o.from} {
		*at = flag.Lookup(name).Value.(flag.Getter).Get().(uint64)
	}
	o.budget = flag.Lookup("budget").Value.(flag.Getter).Get().(time.Duration)
	o.profile = flag.Lookup("profile").Value.String()
	o.logs = flag.Lookup("logs").Value.(flag.Getter).Get().(bool)
	return o
}

func TestMain(m *testing.M) {
	flag.Uint64("seeds", 100, "runs of TestSeeds")
	flag.Uint64("from", 0, "the first seed; 0: as the version stands the same ones each time")
	flag.Duration("budget", 0, "end TestSeeds after this time; 0: when all runs are done")
	flag.String("profile", "", "of what plans TestSeeds makes; empty: each seed has its own")
	flag.Bool("logs", false, "tell what servers log in the story of a failing run")
	flag.Parse()
	// The actor runtime's registries are 1024 such maps, made for each role of each server: three fifths of a run's time.
	cmap.SHARD_COUNT = 1
	os.Exit(m.Run())
}

// each calls run for seeds from one on, on all processors, until all are done, one says that it is enough, or time is up.
func each(from, n uint64, budget time.Duration, run func(seed uint64) (enough bool)) (done uint64) {
	var next, ran atomic.Uint64
	var stop atomic.Bool
	var all sync.WaitGroup
	end := time.Now().Add(budget)
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < n && !stop.Load(); i = next.Add(1) - 1 {
				if budget > 0 && time.Now().After(end) {
					return
				}
				if run(from + i) {
					stop.Store(true)
				}
				ran.Add(1)
			}
		})
	}
	all.Wait()
	return ran.Load()
}

// report makes a failing plan short, and tells its story.
func report(t *testing.T, p *Plan) {
	short := Shrink(p, Bounds{Runs: 4000, Time: time.Minute})
	story := &Story{Logs: given().logs}
	r := Run(short, story)
	t.Logf("made short: %s\n%s", short.Header(r.Violation), story)
	if r.Violation != nil && r.Violation.Stack != "" {
		t.Log(r.Violation.Stack)
	}
}

// A seed is a run, byte for byte, whatever else the machine does.
func TestSeedReproducesRun(t *testing.T) {
	for seed := range uint64(6) {
		first := Run(NewPlan(seed), nil)
		old := runtime.GOMAXPROCS(1 + int(seed%4))
		second := Run(NewPlan(seed), &Story{Logs: true})
		runtime.GOMAXPROCS(old)
		require.Equal(t, first, second, "seed %d", seed)
		require.NotZero(t, first.Answered)
	}
}

// Whatever breaks, what was promised holds.
func TestSeeds(t *testing.T) {
	o := given()
	var failed atomic.Int64
	var sum struct{ answered, decided, epochs, sessions, unverified, steps atomic.Int64 }
	n := each(o.from, o.seeds, o.budget, func(seed uint64) bool {
		r := Run(NewPlanOf(o.profile, seed), nil)
		if r.Violation != nil {
			t.Errorf("seed %d: %v", seed, r.Violation)
			if failed.Add(1) == 1 {
				report(t, NewPlanOf(o.profile, seed))
			}
		}
		sum.answered.Add(int64(r.Answered))
		sum.decided.Add(int64(r.Decided))
		sum.epochs.Add(int64(r.Epochs))
		sum.sessions.Add(int64(r.Sessions))
		sum.steps.Add(r.Steps)
		if r.Unverified {
			sum.unverified.Add(1)
		}
		return false
	})
	t.Logf("%d runs from seed %d: %d answers, %d transactions, %d epochs, %d sessions, %d steps; in %d not all is known that was decided",
		n, o.from, sum.answered.Load(), sum.decided.Load(), sum.epochs.Load(), sum.sessions.Load(), sum.steps.Load(), sum.unverified.Load())
	require.Greater(t, sum.epochs.Load(), int64(n), "leaders change")
	require.Less(t, sum.unverified.Load(), int64(1+n/20))
}
