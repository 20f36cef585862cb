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
	Where  Where
	Conns  int
	Depth  int
	Needs  []load.Nodes
	Script load.Script
	// Etcd is the same work for etcd; without operations if there is none.
	Etcd load.Script
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
		if err := n.Make(ctx, s.Address(), s.Kind.Protocol()); err != nil {
			return err
		}
	}
	return nil
}

// script is what a round plays. Numbers that are a connection's own begin anew with each
// round: the one before may have ended between a create and its delete.
func (w Workload) script(s *Subject) load.Script {
	script := w.Script
	if s.Kind.Protocol() == load.Etcd {
		script = w.Etcd
	}
	if script.Ops[0].Keys == load.KeyOwn {
		script.First = s.rounds * int64(w.Conns) * load.OwnRange
	}
	return script
}

// Round implements Test: new sessions, the load, and the sessions closed.
func (w Workload) Round(ctx context.Context, s *Subject) (report.Sample, error) {
	o, err := s.options(ctx, w.Where)
	if err != nil {
		return nil, err
	}
	o.Conns, o.Depth = w.Conns, w.Depth
	g, err := openAll(ctx, o)
	if err != nil {
		return nil, err
	}
	p := &probe{subject: s}
	r, err := g.Run(ctx, w.script(s), load.Window{Warm: s.Warm, Time: s.Time, Begin: p.begin, End: p.end})
	if err = closed(g, err); err != nil {
		return nil, err
	}
	return p.sample(r)
}

// closed closes g after a load that may have failed.
func closed(g *load.Generator, err error) error { return errors.Join(err, g.Close()) }

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
