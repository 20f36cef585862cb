package run

import (
	"context"

	"troupe/bench/load"
	"troupe/bench/report"
)

// snapshots compares the latency of writes while snapshots are taken with that of the same
// servers beside, which take none.
type snapshots struct{ load Workload }

var _ Test = snapshots{}

const (
	p99None     = "p99 none"
	p99During   = "p99 during"
	p99Ratio    = "p99 during/none"
	longestNone = "max none"
	longestSnap = "max during"
)

func (snapshots) Quick() bool { return false }

func (t snapshots) Row() report.Row {
	return report.Row{
		Name: "pauses by snapshots: " + t.load.Row().Name,
		What: "snapCount 10,000 against none; the same servers twice, in turn",
		Metrics: []report.Metric{
			{Name: p99Ratio, Digits: 2, Key: true}, {Name: p99During, Unit: "us", Key: true}, {Name: p99None, Unit: "us", Key: true},
			{Name: longestSnap, Unit: "us"}, {Name: longestNone, Unit: "us"}, {Name: opsPerCPU},
		},
		Goals: []report.Goal{{Metric: p99Ratio, Limit: 1.1}},
	}
}

func (t snapshots) Prepare(ctx context.Context, s *Subject) error {
	if err := t.load.Prepare(ctx, s.Beside); err != nil {
		return err
	}
	return t.load.Prepare(ctx, s)
}

func (t snapshots) Round(ctx context.Context, s *Subject) (report.Sample, error) {
	without, err := t.load.Round(ctx, s.Beside)
	if err != nil {
		return nil, err
	}
	g, err := openAll(ctx, load.Options{Address: s.Address(), Conns: t.load.Conns, Depth: t.load.Depth, Workers: s.Workers})
	if err != nil {
		return nil, err
	}
	p := &probe{subject: s}
	r, err := g.Run(ctx, t.load.script(s), load.Window{Warm: s.Warm, Time: s.Time, Beat: beat, Begin: p.begin, End: p.end})
	if err = closed(g, err); err != nil {
		return nil, err
	}
	during, err := p.sample(r)
	if err != nil {
		return nil, err
	}
	s.drawTimeline(r.Beats, 0)
	return report.Sample{
		p99None: without[p99], p99During: during[p99], p99Ratio: during[p99] / without[p99],
		longestNone: without[longest], longestSnap: during[longest], opsPerCPU: during[opsPerCPU],
	}, nil
}
