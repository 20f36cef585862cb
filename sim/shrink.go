package sim

import "slices"

// Shrink looks for a shorter plan that fails too, in at most so many runs: without some of the faults and operations, with
// fewer servers and less delay. It need not fail in the same way.
func Shrink(p *Plan, runs int) *Plan {
	s := &shrinking{best: p, left: runs}
	for before := -1; s.left > 0 && s.size() != before; {
		before = s.size()
		s.faults()
		s.operations()
		s.simpler(func(p *Plan) { p.Observers = 0 })
		s.simpler(func(p *Plan) { p.Voters = 3 })
		s.simpler(func(p *Plan) { p.Sluggish = 0 })
		s.simpler(func(p *Plan) { p.LastCounter = 0 })
	}
	return s.best
}

type shrinking struct {
	best *Plan
	left int
}

func (s *shrinking) size() int { return len(s.best.Ops) + len(s.best.Faults) }

// fails takes the plan, if it fails.
func (s *shrinking) fails(p *Plan) bool {
	if s.left--; s.left < 0 || Run(p, nil).Violation == nil {
		return false
	}
	s.best = p
	return true
}

func (s *shrinking) simpler(change func(*Plan)) {
	p := *s.best
	change(&p)
	if p.Observers != s.best.Observers || p.Voters != s.best.Voters || p.Sluggish != s.best.Sluggish || p.LastCounter != s.best.LastCounter {
		s.fails(&p)
	}
}

func (s *shrinking) faults() {
	for i := len(s.best.Faults) - 1; i >= 0; i-- {
		p := *s.best
		p.Faults = slices.Delete(slices.Clone(p.Faults), i, i+1)
		s.fails(&p)
	}
}

// operations are left out in runs that get shorter.
func (s *shrinking) operations() {
	for n := len(s.best.Ops) / 2; n > 0; n /= 2 {
		for from := 0; from < len(s.best.Ops) && s.left > 0; {
			p := *s.best
			p.Ops = slices.Delete(slices.Clone(p.Ops), from, min(from+n, len(p.Ops)))
			if !s.fails(&p) {
				from += n
			}
		}
	}
}
