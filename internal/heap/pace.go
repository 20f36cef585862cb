// Package heap paces the garbage collector by the live heap.
//
// Go's default collects when the heap has doubled. That is wrong at both ends for a server that holds
// a tree: with a few live megabytes it collects dozens of times a second under load, with hundreds it keeps as much
// again in garbage. Here garbage may be as much as what lives, but within bounds, or a fraction of a large live heap.
package heap

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// Rule says how much garbage may gather between two collections: as much as lives, but within bounds.
type Rule struct {
	Least    uint64  // bytes, however small the live heap is
	Most     uint64  // bytes, however large it is,
	Fraction float64 // but for this part of it
}

// Default weighs the time of collections against memory: 1,000,000 znodes of 100 B stay below 400 MiB with it.
func Default() Rule { return Rule{Least: 32 << 20, Most: 64 << 20, Fraction: 0.3} }

// Percent is the setting for a live heap of so many bytes, in the meaning of GOGC.
func (r Rule) Percent(live uint64) int {
	const most = 10_000
	live = max(live, 4<<20) // Go's own least heap, of 4 MiB, is taken by the setting too
	garbage := min(max(r.Least, live), r.Most)
	return min(most, max(int(r.Fraction*100), int(garbage*100/live)))
}

// Pace keeps GOGC by the rule until stop is called, which puts the former setting back. A GOGC in the
// environment is the user's own wish: call Pace only without one.
func Pace(r Rule) (stop func()) {
	p := &pacer{rule: r}
	p.was = debug.SetGCPercent(r.Percent(live()))
	p.arm()
	return func() {
		p.stopped.Store(true)
		debug.SetGCPercent(p.was)
	}
}

type pacer struct {
	rule    Rule
	was     int
	now     int
	stopped atomic.Bool
}

// arm has collected called after the next collection: a small garbage object's cleanup runs then.
func (p *pacer) arm() {
	type sentinel struct{ _ [16]byte }
	runtime.AddCleanup(&sentinel{}, (*pacer).collected, p)
}

func (p *pacer) collected() {
	if p.stopped.Load() {
		return
	}
	// Each change stops the world for a moment: not for a trifle.
	if want := p.rule.Percent(live()); want < p.now*9/10 || want > p.now*11/10 {
		p.now = want
		debug.SetGCPercent(want)
	}
	p.arm()
}

// live is the heap that the last collection found reachable, in bytes.
func live() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return s[0].Value.Uint64()
}
