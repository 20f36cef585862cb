package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"troupe/bench/load"
	"troupe/bench/peer"
	"troupe/bench/report"
)

// settleTime is how long a server may take to come to rest before its memory is read.
const settleTime = 15 * time.Second

// storm opens sessions as quickly as the server gives them, with width handshakes under way.
type storm struct {
	sessions, width int
	// reach is the goal for sessions per second of processor time; 0: none.
	reach float64
}

var _ Test = storm{}

const (
	failed = "failed" // sessions that were not granted
	stuck  = "stuck"  // sessions whose end was not answered
)

func (storm) Quick() bool { return false }

func (t storm) Row() report.Row {
	row := report.Row{
		Name: fmt.Sprintf("%d sessions opened, %d under way", t.sessions, t.width),
		What: "TCP connection and handshake; latency from connect to session",
		Metrics: []report.Metric{
			{Name: opsPerCPU, Key: true}, {Name: opsPerSecond, Key: true}, {Name: failed, Alone: true}, {Name: stuck, Alone: true},
			{Name: p50, Unit: "us", Key: true}, {Name: p99, Unit: "us", Key: true}, {Name: longest, Unit: "us"},
			{Name: rss, Unit: "MiB"}, {Name: generator, Unit: "%", Alone: true}, {Name: others, Unit: "%", Alone: true},
		},
		Goals: []report.Goal{{Metric: failed, Limit: 0.5}},
	}
	if t.reach > 0 {
		row.Goals = append(row.Goals, perCPU(t.reach))
	}
	return row
}

func (storm) Prepare(context.Context, *Subject) error { return nil }

func (t storm) Round(ctx context.Context, s *Subject) (report.Sample, error) {
	p := &probe{subject: s}
	p.begin()
	g, opened, err := load.Open(ctx, load.Options{Address: s.Address(), Conns: t.sessions, Width: t.width, Workers: s.Workers})
	p.end()
	if err != nil {
		return nil, err
	}
	stuckNow, err := closeCounting(g)
	if err != nil {
		return nil, err
	}
	sample, err := p.sample(opened.Result)
	if err != nil {
		return nil, errors.Join(err, opened.Reason)
	}
	sample[failed], sample[stuck] = float64(opened.Failed), stuckNow
	return sample, nil
}

// idle measures what a session costs that does nothing.
type idle struct{ sessions int }

var _ Test = idle{}

const perSession = "per session"

func (idle) Quick() bool { return true }

func (t idle) Row() report.Row {
	return report.Row{
		Name:    fmt.Sprintf("%d idle sessions", t.sessions),
		What:    "growth of the resident set, all sessions open and pinged once",
		Metrics: []report.Metric{{Name: perSession, Unit: "KiB", Digits: 2, Key: true}, {Name: rss, Unit: "MiB"}, {Name: stuck, Alone: true}},
		Goals:   []report.Goal{{Metric: perSession, Limit: 5}},
	}
}

// Prepare opens and closes some, so that what is made once is made before.
func (idle) Prepare(ctx context.Context, s *Subject) error {
	g, err := openAll(ctx, load.Options{Address: s.Address(), Conns: 200})
	if err != nil {
		return err
	}
	return g.Close()
}

func (t idle) Round(ctx context.Context, s *Subject) (sample report.Sample, err error) {
	before, err := settledRSS(ctx, s.Ensemble)
	if err != nil {
		return nil, err
	}
	g, err := openAll(ctx, load.Options{Address: s.Address(), Conns: t.sessions})
	if err != nil {
		return nil, err
	}
	defer func() {
		stuckNow, closeErr := closeCounting(g)
		if err = errors.Join(err, closeErr); err == nil {
			sample[stuck] = stuckNow
		}
	}()
	if _, err := g.Each(ctx, load.Ping()); err != nil {
		return nil, err
	}
	after, err := settledRSS(ctx, s.Ensemble)
	if err != nil {
		return nil, err
	}
	return report.Sample{
		perSession: float64(after-before) / float64(t.sessions) / 1024,
		rss:        float64(after) / mebibyte,
	}, nil
}

// closeCounting closes g and tells how many sessions the server did not let go.
func closeCounting(g *load.Generator) (float64, error) {
	err := g.Close()
	var stuck load.StuckError
	if errors.As(err, &stuck) {
		return float64(stuck.Sessions), nil
	}
	return 0, err
}

// settledRSS reads a service's resident set when it has come to rest.
func settledRSS(ctx context.Context, s *peer.Ensemble) (int64, error) {
	if err := quiet(ctx, []*peer.Ensemble{s}, settleTime); err != nil {
		return 0, err
	}
	u, err := s.Usage()
	return u.RSS, err
}
