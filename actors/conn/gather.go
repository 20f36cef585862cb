package conn

import (
	"sync"

	"troupe/actors/pipeline"
)

// Gatherer makes one batch of all that the connections of a loop submit in one round of it. Prep, the log, on a leader each
// learner's connection and on a learner the leader's are woken once for it; and what is written together is synced together: with
// a batch for each connection the first one of a burst went to the disk alone, and all others waited for it. Operations per CPU
// second, gathered against not, 5 rounds in one run: setData 64x1 1.3 (and 0.7 of the latency), 90/10 mixed 64x1 1.4, the leader
// of 3 members at 64x1 1.6.
//
// The zero value is ready.
type Gatherer struct {
	mu    sync.Mutex
	loops map[int]*gathering
}

// of is the gathering of a loop.
func (g *Gatherer) of(loop int, to Pipeline) *gathering {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.loops == nil {
		g.loops = make(map[int]*gathering)
	}
	if g.loops[loop] == nil {
		r := &gathering{pipeline: to}
		r.submit = r.end
		g.loops[loop] = r
	}
	return g.loops[loop]
}

// gathering is touched on its loop only.
type gathering struct {
	pipeline Pipeline
	batch    *pipeline.Batch // nil: nothing was submitted in this round
	submit   func()
}

// add takes a request of a connection in its turn.
func (g *gathering) add(r *pipeline.Request, link Link) {
	if g.batch == nil {
		g.batch = g.pipeline.Batch()
		link.AfterRound(g.submit)
	}
	g.batch.Requests = append(g.batch.Requests, r)
}

// end is the end of a round.
func (g *gathering) end() {
	b := g.batch
	g.batch = nil
	g.pipeline.Submit(b)
}
