package pipeline

import (
	"sync"
	"time"

	"troupe/actors"
)

// door holds back what clients of a member write until it is a group (see grouping).
type door struct {
	clock actors.Clock
	pass  func(*Batch)

	mu      sync.Mutex
	rule    grouping
	waiting *Batch
	ready   []*Batch // let in, in this order, by whoever is passing them
	passing bool
	timer   time.Time // when the next timer will look at the deadline; zero: there is none
}

// submit takes a batch in.
func (d *door) submit(b *Batch) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	for _, r := range b.Requests {
		d.rule.add(r.Session, now)
	}
	if d.waiting == nil {
		d.waiting = b
	} else {
		d.waiting.Requests = append(d.waiting.Requests, b.Requests...)
	}
	d.decide(now)
}

// answered hears of requests that have left the pipeline.
func (d *door) answered(n int) {
	if n == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	d.rule.answered(n, now)
	d.decide(now)
}

// open lets in what waits, whatever the rule says.
func (d *door) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.let(d.clock.Now())
}

// timerPatience is the least for which a timer is set: those of the runtime are not finer.
const timerPatience = 250 * time.Microsecond

// decide needs mu.
func (d *door) decide(now time.Time) {
	if d.rule.decide(now) {
		d.let(now)
		return
	}
	if d.waiting == nil {
		return
	}
	wait := max(d.rule.deadline.Sub(now), timerPatience)
	if at := now.Add(wait); d.timer.IsZero() || at.Before(d.timer) {
		d.timer = at
		d.clock.AfterFunc(wait, func() { d.look(at) })
	}
}

// look is what a timer does.
func (d *door) look(at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer.Equal(at) {
		d.timer = time.Time{}
	}
	d.decide(d.clock.Now())
}

// let needs mu. It gives it back while it hands on, for that may lead to answered on the same stack.
func (d *door) let(now time.Time) {
	if d.waiting == nil {
		return
	}
	d.rule.let(now)
	for _, r := range d.waiting.Requests {
		// Syncs of learners leave in another way than by the final stage.
		if r.grouped = r.Conn != nil || !r.Read; r.grouped {
			d.rule.enter(r.Session)
		}
	}
	d.ready = append(d.ready, d.waiting)
	d.waiting = nil
	if d.passing {
		return
	}
	d.passing = true
	for len(d.ready) > 0 {
		b := d.ready[0]
		d.ready = d.ready[1:]
		d.mu.Unlock()
		d.pass(b)
		d.mu.Lock()
	}
	d.ready, d.passing = nil, false
}
