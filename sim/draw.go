package sim

import (
	"math/rand/v2"
	"slices"
	"time"
)

// NewPlan draws a plan from a seed: its profile too.
func NewPlan(seed uint64) *Plan {
	r := rand.New(rand.NewPCG(seed, 0))
	all := scenarios()
	weights := make([]int, len(all))
	for i, x := range all {
		weights[i] = x.weight
	}
	return draw(r, weights, all).plan(seed, r)
}

// NewPlanOf draws a plan of a profile, which is "" for one that is drawn. It panics if there is none of that name.
func NewPlanOf(profile string, seed uint64) *Plan {
	if profile == "" {
		return NewPlan(seed)
	}
	all := scenarios()
	i := slices.IndexFunc(all, func(x scenario) bool { return x.name == profile })
	return all[i].plan(seed, rand.New(rand.NewPCG(seed, uint64(1+i))))
}

func (x scenario) plan(seed uint64, r *rand.Rand) *Plan {
	p := &Plan{Seed: seed, Profile: x.name, Jitter: seed, Wait: true, Voters: 3, Duration: 6 * time.Second}
	x.draw(r, p)
	p.sort()
	for _, c := range p.Callers {
		for key := range 4 {
			p.Last = append(p.Last, Op{Client: c.ID, Kind: SyncGet, Key: key, Number: 1_000_000})
		}
		p.Last = append(p.Last, Op{Client: c.ID, Kind: Set, Number: 1_000_000})
	}
	return p
}

func (p *Plan) sort() {
	slices.SortStableFunc(p.Ops, func(a, b Op) int { return int(a.At - b.At) })
	slices.SortStableFunc(p.Faults, func(a, b Fault) int { return int(a.At - b.At) })
}

// servers is how many there are.
func (p *Plan) servers() int { return p.Voters + p.Observers }

// drawTempers decides how quick everything is.
func drawTempers(r *rand.Rand, p *Plan) {
	p.SnapCount, p.Kept, p.Sluggish = 20+r.IntN(200), 1+r.IntN(40), []int{0, 1, 4}[r.IntN(3)]
	p.Disk = []time.Duration{30 * time.Microsecond, 2 * time.Millisecond, 20 * time.Millisecond}[r.IntN(3)]
}

func drawCallers(r *rand.Rand, p *Plan, n int) {
	for i := range n {
		p.Callers = append(p.Callers, Caller{ID: i, Timeout: time.Duration(1000+500*r.IntN(4)) * time.Millisecond})
	}
}

// drawOps draws operations of these kinds, spread over the time.
func drawOps(r *rand.Rand, p *Plan, n, keys int, weights []int, kinds []Kind) {
	for range n {
		p.Ops = append(p.Ops, Op{At: drawTime(r, p.Duration), Client: r.IntN(len(p.Callers)), Kind: draw(r, weights, kinds), Key: r.IntN(keys), Number: len(p.Ops)})
	}
}

// drawUse is what clients do as a rule.
func drawUse(r *rand.Rand, p *Plan) {
	both := 0
	if r.IntN(3) == 0 {
		both = 8
	}
	drawOps(r, p, 120+r.IntN(180), 1+r.IntN(4), []int{10, 30, 10, 4, 12, 10, 14, 8, both, 1, 1},
		[]Kind{Create, Set, SetIf, Delete, Get, Watch, SyncGet, Ephemeral, Both, Close, Hush})
}

// fault adds one.
func (p *Plan) fault(f Fault) { p.Faults = append(p.Faults, f) }

// drawFaults draws faults; half of them come right behind another one.
func drawFaults(r *rand.Rand, p *Plan, n int, weights []int, harms []Harm) {
	at := time.Duration(0)
	for range n {
		if at == 0 || r.IntN(2) == 0 {
			at = 300*time.Millisecond + drawTime(r, p.Duration)
		} else {
			at += drawTime(r, time.Millisecond<<r.IntN(10))
		}
		f := Fault{At: at, For: drawTime(r, 100*time.Millisecond<<r.IntN(6)), Harm: draw(r, weights, harms),
			A: drawServer(r, p.servers()), B: drawServer(r, p.servers()), N: 1 + r.IntN(1<<r.IntN(10))}
		if f.Harm == Drop {
			f.A = r.IntN(len(p.Callers))
		}
		p.fault(f)
	}
}

func drawTime(r *rand.Rand, below time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(below))).Truncate(time.Microsecond)
}

// between is a time, low or later, before high (ms).
func between(r *rand.Rand, low, high int) time.Duration {
	return time.Duration(low)*time.Millisecond + drawTime(r, time.Duration(high-low)*time.Millisecond)
}

// drawServer is a server, or 0 for the one that leads.
func drawServer(r *rand.Rand, n int) int {
	if r.IntN(3) == 0 {
		return 0
	}
	return 1 + r.IntN(n)
}

// draw chooses by weight.
func draw[T any](r *rand.Rand, weights []int, things []T) T {
	all := 0
	for _, w := range weights {
		all += w
	}
	x := r.IntN(all)
	for i, w := range weights {
		if x -= w; x < 0 {
			return things[i]
		}
	}
	panic("unreachable")
}
