package run

import (
	"context"
	"fmt"

	"troupe/bench/load"
	"troupe/bench/peer"
	"troupe/bench/report"
)

// resync fills an ensemble, takes everything from one follower and waits until it has it again.
type resync struct{ znodes int }

var _ Test = resync{}

const syncTime = "in sync"

func (resync) Quick() bool { return false }

func (t resync) Row() report.Row {
	return report.Row{
		Name: fmt.Sprintf("follower of %d znodes wiped and back in sync", t.znodes),
		What: "created over 4 connections x 64 at the leader; from exec of the follower, killed and without data, to its first answer about the newest znode",
		Metrics: []report.Metric{
			{Name: loadTime, Unit: "s", Digits: 2, Key: true}, {Name: syncTime, Unit: "s", Digits: 2, Key: true}, {Name: rss, Unit: "MiB", Key: true},
		},
		Goals: []report.Goal{{Metric: syncTime, AtMost: 0.5}},
	}
}

func (resync) Prepare(ctx context.Context, s *Subject) error {
	return load.Nodes{Path: "/bench/million"}.Make(ctx, s.Address(), load.ZooKeeper)
}

func (t resync) Round(ctx context.Context, s *Subject) (report.Sample, error) {
	o, err := s.options(ctx, atLeader)
	if err != nil {
		return nil, err
	}
	filled, err := load.Nodes{Path: millionPath, Count: int64(t.znodes), Value: value}.Fill(ctx, o.Address)
	if err != nil {
		return nil, err
	}
	size, err := settledRSS(ctx, s.Ensemble)
	if err != nil {
		return nil, err
	}
	followers, err := s.In(ctx, peer.Follower)
	if err != nil {
		return nil, err
	}
	follower := followers[0]
	if err := follower.Kill(); err != nil {
		return nil, err
	}
	if err := follower.Wipe(); err != nil {
		return nil, err
	}
	took, err := follower.Restart(ctx, func(c *load.Client) error {
		_, err := c.Do(load.GetData(millionPath, value, false), int64(t.znodes-1))
		return err
	})
	if err != nil {
		return nil, err
	}
	return report.Sample{loadTime: filled.Elapsed.Seconds(), syncTime: took.Seconds(), rss: float64(size) / mebibyte}, nil
}
