package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"troupe/bench/load"
	"troupe/bench/report"
)

// failover kills the leader of an ensemble and waits for the next write that is acknowledged.
type failover struct {
	conns, depth int
	// lead and trail are how long the load goes on before and, at least, after the kill. Without
	// them the ensemble is in quiet, and the connections, which are there, begin to write then.
	lead, trail time.Duration
	// kills is how often in a round.
	kills int
}

var _ Test = failover{}

const (
	// failoverTime bounds how long an ensemble may be without a leader.
	failoverTime = time.Minute
	// redial is the pause of a client that has lost its server.
	redial = 5 * time.Millisecond

	nextWrite = "kill to next write"
	lostOps   = "lost"    // requests in flight that went down with a connection
	expired   = "expired" // sessions that were not given back
)

func (failover) Quick() bool { return false }

func (t failover) Row() report.Row {
	name := "in quiet"
	if t.lead > 0 {
		name = fmt.Sprintf("under setData %dx%d", t.conns, t.depth)
	}
	return report.Row{
		Name: "leader killed " + name,
		What: fmt.Sprintf("kill -9 to the first acknowledgement of a write that was sent after it; clients redial after %v; median of %d", redial, t.kills),
		Metrics: []report.Metric{
			{Name: nextWrite, Unit: "ms", Key: true}, {Name: longest, Unit: "ms", Key: true},
			{Name: lostOps, Alone: true}, {Name: expired, Alone: true},
		},
		Goals: []report.Goal{{Metric: nextWrite, Limit: 150}},
	}
}

func (t failover) Prepare(ctx context.Context, s *Subject) error {
	return load.Nodes{Path: one, Value: value}.Make(ctx, s.Address(), load.ZooKeeper)
}

func (t failover) Round(ctx context.Context, s *Subject) (report.Sample, error) {
	var all []report.Sample
	slowest := 0.0
	for range t.kills {
		sample, err := t.kill(ctx, s)
		if err != nil {
			return nil, err
		}
		slowest = max(slowest, sample[nextWrite])
		all = append(all, sample)
	}
	sample := medians(all)
	sample[longest] = slowest
	return sample, nil
}

func (t failover) kill(ctx context.Context, s *Subject) (report.Sample, error) {
	leader, err := s.Leader(ctx)
	if err != nil {
		return nil, err
	}
	g, err := openAll(ctx, load.Options{Address: s.Address(), Conns: t.conns, Depth: t.depth, Workers: s.Workers, Resume: redial})
	if err != nil {
		return nil, err
	}
	crashed := make(chan error, 1)
	crash := func() {
		err := leader.Crash()
		g.Mark()
		crashed <- err
	}
	begin := time.Now()
	window := load.Window{Time: failoverTime, Beat: beat, Until: func() bool {
		return g.AfterMark() > 0 && time.Since(begin) >= t.lead+t.trail
	}}
	if t.lead > 0 {
		window.Begin = func() {
			begin = time.Now()
			time.AfterFunc(t.lead, crash)
		}
	} else {
		crash()
	}
	r, err := g.Run(ctx, load.One(load.SetData(one, value)), window)
	took := g.AfterMark()
	if err = errors.Join(err, <-crashed, g.Drop(), leader.Kill()); err != nil {
		return nil, err
	}
	if _, err := leader.Restart(ctx, nil); err != nil {
		return nil, err
	}
	if took == 0 {
		return nil, fmt.Errorf("run: no write was acknowledged within %v of the leader's death", failoverTime)
	}
	if t.lead > 0 {
		s.drawTimeline(r.Beats[:min(int((t.lead+t.trail)/beat), len(r.Beats))], t.lead)
	}
	return report.Sample{nextWrite: millis(took), lostOps: float64(r.Lost), expired: float64(r.Expired)}, nil
}
