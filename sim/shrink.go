package sim

import (
	"runtime"
	"slices"
	"sync"
	"time"
)

// Bounds are how long to look for a shorter plan.
type Bounds struct {
	Runs int           // about so many
	Time time.Duration // 0: as long as it takes
}

// Shrink makes a failing plan short: without clients, faults and operations that are not needed, with fewer servers, with times
// close together and even delays. What it finds breaks the same rule. A plan with something left out is tried with several
// jitters: what depends on who comes first by a hair has to be hit again.
func Shrink(p *Plan, b Bounds) *Plan {
	s := &shrinking{best: p, bounds: b, began: time.Now()}
	v := Run(p, nil).Violation
	if v == nil {
		return p
	}
	s.rule = v.Rule
	s.tail(v.At)
	for before := -1; s.goesOn() && s.changes != before; {
		before = s.changes
		s.clients()
		s.items()
		s.ensemble()
		s.closer()
		s.simpler()
	}
	return s.best
}

type shrinking struct {
	best    *Plan
	rule    Rule
	bounds  Bounds
	began   time.Time
	runs    int
	changes int // that were taken
}

func (s *shrinking) goesOn() bool {
	return s.runs < s.bounds.Runs && (s.bounds.Time == 0 || time.Since(s.began) < s.bounds.Time)
}

// tries is with how many jitters: as many as are quick.
func (s *shrinking) tries(p *Plan) int {
	switch n := p.items(); {
	case n > 100:
		return 2
	case n > 25:
		return 3
	default:
		return 4
	}
}

// fails takes the plan, if it breaks the rule.
func (s *shrinking) fails(p *Plan) bool {
	wave := min(2, runtime.GOMAXPROCS(0))
	for i, n := 0, s.tries(p); i < n && s.goesOn(); i += wave {
		plans := make([]*Plan, wave)
		broken := make([]bool, wave)
		var all sync.WaitGroup
		for k := range plans {
			q := *p
			if i+k > 0 {
				q.Jitter = mix(p.Jitter + uint64(i+k))
			}
			plans[k] = &q
			all.Go(func() {
				v := Run(&q, nil).Violation
				broken[k] = v != nil && v.Rule == s.rule
			})
		}
		all.Wait()
		s.runs += wave
		if k := slices.Index(broken, true); k >= 0 {
			s.best = plans[k]
			s.changes++
			return true
		}
	}
	return false
}

// change tries the plan with a change.
func (s *shrinking) change(by func(p *Plan)) bool {
	p := s.best.clone()
	by(p)
	return s.fails(p)
}

// tail leaves out what comes after the end of the run.
func (s *shrinking) tail(end time.Duration) {
	p := s.best
	q := p.thinned(func(i int) bool {
		return i >= p.timed() || *p.at(i) <= end
	})
	s.fails(q)
}

// clients leaves out clients, with all that they do.
func (s *shrinking) clients() {
	for i := len(s.best.Callers) - 1; i >= 0; i-- {
		s.fails(s.best.without(s.best.Callers[i].ID))
	}
}

// items leaves out operations and faults: many that follow each other at first, then fewer.
func (s *shrinking) items() {
	for n := max(1, s.best.items()/2); ; n /= 2 {
		for from := 0; from < s.best.items() && s.goesOn(); {
			order := s.best.byTime()
			for i := s.best.timed(); i < s.best.items(); i++ {
				order = append(order, i)
			}
			out := order[from:min(from+n, len(order))]
			if !s.fails(s.best.thinned(func(i int) bool { return !slices.Contains(out, i) })) {
				from += n
			}
		}
		if n <= 1 {
			return
		}
	}
}

// ensemble makes servers and their settings simpler.
func (s *shrinking) ensemble() {
	for _, x := range []struct {
		to   func(p *Plan)
		done bool
	}{
		{func(p *Plan) { p.Wait = false }, !s.best.Wait},
		{func(p *Plan) { p.Observers = 0 }, s.best.Observers == 0},
		{func(p *Plan) { p.Observers = 1 }, s.best.Observers <= 1},
		{func(p *Plan) { p.Set = nil }, len(s.best.Set) == 0},
		{func(p *Plan) { p.Voters, p.Set = 3, nil }, s.best.Voters == 3},
		{func(p *Plan) { p.LastCounter = 0 }, s.best.LastCounter == 0},
		{func(p *Plan) { p.Sluggish = 0 }, s.best.Sluggish == 0},
		{func(p *Plan) { p.Disk = quickDisk }, s.best.Disk == quickDisk},
		{func(p *Plan) { p.SnapCount = 10_000 }, s.best.SnapCount == 10_000},
		{func(p *Plan) { p.Kept = 500 }, s.best.Kept == 500},
		{func(p *Plan) { p.Even = true }, s.best.Even},
	} {
		if !x.done {
			s.change(x.to)
		}
	}
}

const quickDisk = 30 * time.Microsecond

// closer brings what happens together, and ends it sooner.
func (s *shrinking) closer() {
	for k := range s.best.timed() {
		s.step(func(p *Plan, part time.Duration) bool {
			order := p.byTime()
			gap := *p.at(order[k])
			if k > 0 {
				gap -= *p.at(order[k-1])
			}
			if gap < 10*time.Millisecond {
				return false
			}
			less := (gap - gap/part).Truncate(time.Millisecond)
			for _, i := range order[k:] {
				*p.at(i) -= less
			}
			p.Duration = max(p.Duration-less, time.Millisecond)
			return true
		})
	}
	s.step(func(p *Plan, part time.Duration) bool {
		last := time.Duration(0)
		for i := range p.timed() {
			last = max(last, *p.at(i))
		}
		if p.Duration-last < 10*time.Millisecond {
			return false
		}
		p.Duration = last + ((p.Duration - last) / part).Truncate(time.Millisecond)
		return true
	})
	for i := range s.best.Faults {
		s.step(func(p *Plan, part time.Duration) bool {
			f := &p.Faults[i]
			if f.For < 10*time.Millisecond {
				return false
			}
			f.For = (f.For / part).Truncate(time.Millisecond)
			return true
		})
	}
}

// step tries a large step, then a small one.
func (s *shrinking) step(by func(p *Plan, part time.Duration) (useful bool)) {
	for _, part := range []time.Duration{8, 2} {
		p := s.best.clone()
		if !by(p, part) || s.fails(p) {
			return
		}
	}
}

// simpler makes each operation and fault simpler.
func (s *shrinking) simpler() {
	for i := range s.best.Ops {
		if k, ok := plainer(s.best.Ops[i].Kind); ok {
			s.change(func(p *Plan) { p.Ops[i].Kind = k })
		}
	}
	if slices.ContainsFunc(s.best.Ops, func(o Op) bool { return o.Key > 0 }) {
		s.change(func(p *Plan) {
			for i := range p.Ops {
				p.Ops[i].Key = 0
			}
		})
	}
	for i, f := range s.best.Faults {
		if f.Harm == Power {
			s.change(func(p *Plan) { p.Faults[i].Harm = Kill })
		}
		if f.N > 1 && (f.Harm == Fuse || f.Harm == Slow || f.Harm == Full) {
			s.change(func(p *Plan) { p.Faults[i].N /= 2 })
		}
	}
}

// plainer is an operation that may do as well.
func plainer(k Kind) (Kind, bool) {
	switch k {
	case SetIf, Both:
		return Set, true
	case Ephemeral:
		return Create, true
	case Watch:
		return Get, true
	}
	return k, false
}
