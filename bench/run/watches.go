package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"troupe/bench/load"
	"troupe/bench/report"
)

// fanOut changes znodes that many sessions watch, each of them once, and waits for all events.
type fanOut struct {
	znodes, watchers int
	// recursive sets one persistent watch for each session on the parent of the znodes, in
	// place of one for each znode, which is gone when it has fired.
	recursive bool
	// reach is the goal for events per second of processor time; 0: none.
	reach float64
	// times is how often all that is done in a round; watches that have fired are set anew.
	times int
}

var _ Test = fanOut{}

const (
	watchedParent = "/bench/watched"
	watchedPath   = watchedParent + "/" + load.Number
	// hearTime bounds how long the events of one change of all znodes may take.
	hearTime = time.Minute

	eventsPerCPU = "events/CPU s"
)

func (fanOut) Quick() bool { return false }

func (t fanOut) name() string {
	if t.recursive {
		return fmt.Sprintf("%d recursive watches over %d znodes", t.watchers, t.znodes)
	}
	if t.znodes == 1 {
		return fmt.Sprintf("1 znode watched by %d sessions", t.watchers)
	}
	return fmt.Sprintf("%d znodes watched by %d sessions each", t.znodes, t.watchers)
}

func (t fanOut) Row() report.Row {
	row := report.Row{Name: t.name(), Metrics: []report.Metric{{Name: eventsPerCPU, Key: true}, {Name: opsPerSecond, Key: true}}}
	if t.znodes == 1 {
		row.What = "from handing setData to the kernel to each event; max is the last one"
		row.Metrics = append(row.Metrics, report.Metric{Name: p50, Unit: "us", Key: true}, report.Metric{Name: p99, Unit: "us"}, report.Metric{Name: longest, Unit: "us", Key: true})
		row.Goals = []report.Goal{{Metric: longest, AtMost: 0.25}}
	} else {
		row.What = "all znodes changed over one connection, 64 in flight, until the last event; ops are events"
		if t.reach > 0 {
			row.Goals = []report.Goal{{Metric: eventsPerCPU, AtLeast: t.reach}}
		}
	}
	row.Metrics = append(row.Metrics, report.Metric{Name: rss, Unit: "MiB"}, report.Metric{Name: generator, Unit: "%", Alone: true}, report.Metric{Name: others, Unit: "%", Alone: true})
	return row
}

func (t fanOut) Prepare(ctx context.Context, s *Subject) error {
	return load.Nodes{Path: watchedPath, Count: int64(t.znodes), Value: value}.Make(ctx, s.Address(), load.ZooKeeper)
}

// Round gives the medians of its changes.
func (t fanOut) Round(ctx context.Context, s *Subject) (sample report.Sample, err error) {
	g, err := openAll(ctx, load.Options{Address: s.Address(), Conns: t.watchers, Depth: 64, Workers: s.Workers})
	if err != nil {
		return nil, err
	}
	defer func() {
		_, closeErr := closeCounting(g)
		err = errors.Join(err, closeErr)
	}()
	writer, err := openAll(ctx, load.Options{Address: s.Address(), Depth: 64})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, writer.Close()) }()
	if t.recursive {
		if _, err := g.Each(ctx, load.AddWatch(watchedParent)); err != nil {
			return nil, err
		}
	}
	var all []report.Sample
	for range max(t.times, 1) {
		one, err := t.change(ctx, s, g, writer)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return medians(all), nil
}

func (t fanOut) change(ctx context.Context, s *Subject, g, writer *load.Generator) (report.Sample, error) {
	if !t.recursive {
		watch := load.One(load.GetData(watchedPath, value, true).Turn())
		watch.Each = int64(t.znodes)
		if _, err := g.All(ctx, watch); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, hearTime)
	defer cancel()
	change := load.One(load.SetData(watchedPath, value).Sequence())
	change.Budget = int64(t.znodes)
	p := &probe{subject: s}
	p.begin()
	r, err := g.Hear(ctx, int64(t.watchers)*int64(t.znodes), func() error {
		_, err := writer.All(ctx, change)
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
	sample[eventsPerCPU] = sample[opsPerCPU]
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

// watchMemory measures what a watch costs that does not fire.
type watchMemory struct{ znodes, watchers int }

var _ Test = watchMemory{}

const perWatch = "per watch"

func (watchMemory) Quick() bool { return false }

func (t watchMemory) Row() report.Row {
	return report.Row{
		Name:    fmt.Sprintf("memory of watches, %d sessions on each of %d znodes", t.watchers, t.znodes),
		What:    "growth of the resident set by data watches, sessions and znodes being there before",
		Metrics: []report.Metric{{Name: perWatch, Unit: "B", Digits: 1, Key: true}, {Name: rss, Unit: "MiB"}},
	}
}

func (t watchMemory) Prepare(ctx context.Context, s *Subject) error {
	return load.Nodes{Path: watchedPath, Count: int64(t.znodes), Value: value}.Make(ctx, s.Address(), load.ZooKeeper)
}

// Round reads the znodes twice: without a watch, so that what reading costs is paid, and with.
func (t watchMemory) Round(ctx context.Context, s *Subject) (sample report.Sample, err error) {
	g, err := openAll(ctx, load.Options{Address: s.Address(), Conns: t.watchers, Depth: 64})
	if err != nil {
		return nil, err
	}
	defer func() {
		_, closeErr := closeCounting(g)
		err = errors.Join(err, closeErr)
	}()
	var sizes [2]float64
	for i, watch := range []bool{false, true} {
		script := load.One(load.GetData(watchedPath, value, watch).Turn())
		script.Each = int64(t.znodes)
		if _, err := g.All(ctx, script); err != nil {
			return nil, err
		}
		size, err := settledRSS(ctx, s.Ensemble)
		if err != nil {
			return nil, err
		}
		sizes[i] = float64(size)
	}
	return report.Sample{
		perWatch: (sizes[1] - sizes[0]) / float64(t.znodes*t.watchers),
		rss:      sizes[1] / mebibyte,
	}, nil
}
