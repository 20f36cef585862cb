package run

import (
	"context"

	"troupe/bench/load"
	"troupe/bench/report"
)

// million fills a server with 1,000,000 znodes, kills it and waits for it to come back.
type million struct{}

var _ Test = million{}

const (
	millionOf   = 1_000_000
	millionPath = "/bench/million/" + load.Number

	loadTime    = "load"
	loadedRSS   = "RSS loaded"
	restartTime = "restart"
	restartRSS  = "RSS restarted"
)

func (million) Quick() bool { return true }

func (million) Row() report.Row {
	return report.Row{
		Name: "1,000,000 znodes of 100 B",
		What: "created over 4 connections x 64; restart is from exec after kill -9 to the first answered read",
		Metrics: []report.Metric{
			{Name: loadTime, Unit: "s", Digits: 2, Key: true}, {Name: loadedRSS, Unit: "MiB", Key: true},
			{Name: restartTime, Unit: "s", Digits: 2, Key: true}, {Name: restartRSS, Unit: "MiB", Key: true},
		},
		Goals: []report.Goal{{Metric: restartTime, Limit: 0.8}, {Metric: loadedRSS, Limit: 400}, {Metric: restartRSS, Limit: 400}},
	}
}

func (million) Prepare(ctx context.Context, s *Subject) error {
	return load.Nodes{Path: "/bench/million"}.Make(ctx, s.Address(), load.ZooKeeper)
}

func (million) Round(ctx context.Context, s *Subject) (report.Sample, error) {
	filled, err := load.Nodes{Path: millionPath, Count: millionOf, Value: value}.Fill(ctx, s.Address())
	if err != nil {
		return nil, err
	}
	sample := report.Sample{loadTime: filled.Elapsed.Seconds()}
	loaded, err := settledRSS(ctx, s.Ensemble)
	if err != nil {
		return nil, err
	}
	if err := s.Kill(); err != nil {
		return nil, err
	}
	took, err := s.Members[0].Restart(ctx, func(c *load.Client) error {
		_, err := c.Do(load.GetData(millionPath, value, false), millionOf-1)
		return err
	})
	if err != nil {
		return nil, err
	}
	restarted, err := settledRSS(ctx, s.Ensemble)
	if err != nil {
		return nil, err
	}
	sample[loadedRSS], sample[restartTime], sample[restartRSS] = float64(loaded)/mebibyte, took.Seconds(), float64(restarted)/mebibyte
	return sample, nil
}
