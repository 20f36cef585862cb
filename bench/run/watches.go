package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"troupe/bench/load"
	"troupe/bench/report"
)

// fanOut changes one znode that many sessions watch.
type fanOut struct{ watchers int }

var _ Test = fanOut{}

const (
	// fanOuts is how often the znode is changed in a round; the watchers come back in between.
	fanOuts = 5
	// hearTime bounds how long the events of one change may take.
	hearTime = 30 * time.Second
)

func (fanOut) Quick() bool { return false }

func (t fanOut) Row() report.Row {
	return report.Row{
		Name: fmt.Sprintf("1 znode watched by %d sessions", t.watchers),
		What: "from handing setData to the kernel to each event; max is the last one",
		Metrics: []report.Metric{
			{Name: "events/CPU s", Key: true},
			{Name: p50, Unit: "us", Key: true}, {Name: p99, Unit: "us"}, {Name: longest, Unit: "us", Key: true},
			{Name: rss, Unit: "MiB"}, {Name: generator, Unit: "%", Alone: true}, {Name: others, Unit: "%", Alone: true},
		},
	}
}

func (fanOut) Prepare(ctx context.Context, s *Subject) error {
	return load.Nodes{Path: one, Value: value}.Make(ctx, s.Address)
}

// Round gives the medians of its changes.
func (t fanOut) Round(ctx context.Context, s *Subject) (sample report.Sample, err error) {
	g, err := openAll(ctx, load.Options{Address: s.Address, Conns: t.watchers, Workers: s.Workers})
	if err != nil {
		return nil, err
	}
	defer func() {
		_, closeErr := closeCounting(g)
		err = errors.Join(err, closeErr)
	}()
	writer, err := load.Dial(ctx, s.Address, time.Minute)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, writer.Close()) }()
	var all []report.Sample
	for range fanOuts {
		one, err := t.change(ctx, s, g, writer)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return medians(all), nil
}

func (t fanOut) change(ctx context.Context, s *Subject, g *load.Generator, writer *load.Client) (report.Sample, error) {
	if _, err := g.Each(ctx, load.GetData(one, value, true)); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, hearTime)
	defer cancel()
	p := &probe{subject: s}
	p.begin()
	r, err := g.Hear(ctx, int64(t.watchers), func() error {
		_, err := writer.Do(load.SetData(one, value), 0)
		return err
	})
	p.end()
	if err != nil {
		return nil, err
	}
	sample, err := p.sample(r)
	if err != nil {
		return nil, err
	}
	sample["events/CPU s"] = sample[opsPerCPU]
	return sample, nil
}

// medians takes each metric's median.
func medians(all []report.Sample) report.Sample {
	values := map[string][]float64{}
	for _, s := range all {
		for name, v := range s {
			values[name] = append(values[name], v)
		}
	}
	out := report.Sample{}
	for name, v := range values {
		out[name] = report.SpreadOf(v).Median
	}
	return out
}
