package run

import (
	"context"
	"errors"
	"fmt"

	"troupe/bench/load"
	"troupe/bench/report"
)

// Workload is a closed load of one script.
type Workload struct {
	Name   string
	What   string
	Conns  int
	Depth  int
	Needs  []load.Nodes
	Script load.Script
	// Short puts it into the quick selection.
	Short bool
	Goals []report.Goal
}

var _ Test = Workload{}

// Quick implements Test.
func (w Workload) Quick() bool { return w.Short }

// Row implements Test.
func (w Workload) Row() report.Row {
	return report.Row{
		Name:    fmt.Sprintf("%s %dx%d", w.Name, w.Conns, w.Depth),
		What:    w.What,
		Metrics: loadMetrics(),
		Goals:   w.Goals,
	}
}

// Prepare implements Test.
func (w Workload) Prepare(ctx context.Context, s *Subject) error {
	for _, n := range w.Needs {
		if err := n.Make(ctx, s.Address); err != nil {
			return err
		}
	}
	return nil
}

// Round implements Test: new sessions, the load, and the sessions closed.
func (w Workload) Round(ctx context.Context, s *Subject) (report.Sample, error) {
	g, err := openAll(ctx, load.Options{Address: s.Address, Conns: w.Conns, Depth: w.Depth, Workers: s.Workers})
	if err != nil {
		return nil, err
	}
	p := &probe{subject: s}
	r, err := g.Run(ctx, w.Script, load.Window{Warm: s.Warm, Time: s.Time, Begin: p.begin, End: p.end})
	if err = errors.Join(err, g.Close()); err != nil {
		return nil, err
	}
	return p.sample(r)
}

// openAll opens a generator of which no session may fail.
func openAll(ctx context.Context, o load.Options) (*load.Generator, error) {
	g, opened, err := load.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	if opened.Failed > 0 {
		return nil, errors.Join(fmt.Errorf("run: %d of %d sessions were not opened: %w", opened.Failed, o.Conns, opened.Reason), g.Close())
	}
	return g, nil
}
