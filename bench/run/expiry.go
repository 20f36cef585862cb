package run

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"troupe/bench/load"
	"troupe/bench/report"
)

// expiry lets many sessions with an ephemeral each die at once, and looks how long their
// znodes stay, and what others notice of it.
type expiry struct {
	sessions int
	// timeout is that of the sessions. A busy machine has to open them all and give each its
	// ephemeral within it.
	timeout time.Duration
}

var _ Test = expiry{}

const (
	expiryParent = "/bench/expiry"
	// expiryTime bounds how long they may take to be gone.
	expiryTime = time.Minute
	// tickTime is what all servers are configured with. Sessions expire at its multiples, so
	// that up to a tick after a session was due is what the configuration says.
	tickTime = 2 * time.Second

	goneAfterDue = "gone after due" // the last ephemeral, from the sessions' timeout on
	goneSpan     = "span"           // from the first ephemeral that is gone to the last
	stall        = "stall"          // the longest that others waited for an answer in that time
	calm         = "calm"           // and before it
)

func (expiry) Quick() bool { return false }

func (t expiry) Row() report.Row {
	return report.Row{
		Name: fmt.Sprintf("%d sessions with ephemerals expire at once", t.sessions),
		What: "stall and calm: the longest wait of 4 other connections while they go, and before",
		Metrics: []report.Metric{
			{Name: goneAfterDue, Unit: "ms", Key: true}, {Name: goneSpan, Unit: "ms", Key: true},
			{Name: stall, Unit: "ms", Digits: 1, Key: true}, {Name: calm, Unit: "ms", Digits: 1},
		},
		Goals: []report.Goal{{Metric: goneAfterDue, Limit: float64(tickTime.Milliseconds())}, {Metric: stall, Limit: 20}},
	}
}

func (t expiry) Prepare(ctx context.Context, s *Subject) error {
	for _, path := range []string{one, expiryParent} {
		if err := (load.Nodes{Path: path, Value: value}).Make(ctx, s.Address(), load.ZooKeeper); err != nil {
			return err
		}
	}
	return nil
}

func (t expiry) Round(ctx context.Context, s *Subject) (sample report.Sample, err error) {
	patient := load.Options{Address: s.Address(), Conns: 4, Workers: 1}
	others, err := openAll(ctx, patient)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, others.Close()) }()
	due, err := t.die(ctx, s)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, expiryTime)
	defer cancel()
	var gone atomic.Pointer[departure]
	watched := make(chan error, 1)
	begin := time.Now()
	go func() {
		d, err := t.watch(ctx, s)
		gone.Store(&d)
		watched <- err
	}()
	r, err := others.Run(ctx, mixed(50, 4, 1).Script, load.Window{Time: expiryTime, Beat: beat, Until: func() bool { return gone.Load() != nil }})
	if err = errors.Join(err, <-watched); err != nil {
		return nil, err
	}
	d := gone.Load()
	sample = report.Sample{
		goneAfterDue: millis(d.last.Sub(due)), goneSpan: millis(d.last.Sub(d.first)),
		stall: millis(longestIn(r.Beats, d.first.Sub(begin)-beat, d.last.Sub(begin)+beat)),
		calm:  millis(longestIn(r.Beats, 0, d.first.Sub(begin)-beat)),
	}
	s.drawTimeline(r.Beats, d.first.Sub(begin))
	return sample, nil
}

// die opens the sessions, gives each its ephemeral, lets all of them be heard of once more and
// drops their connections. It returns when they are due to expire.
func (t expiry) die(ctx context.Context, s *Subject) (due time.Time, err error) {
	g, err := openAll(ctx, load.Options{Address: s.Address(), Conns: t.sessions, Timeout: t.timeout, Workers: s.Workers})
	if err != nil {
		return due, err
	}
	defer func() { err = errors.Join(err, g.Drop()) }()
	create := load.Create(expiryParent+"/"+load.Number, value, load.Ephemeral).Own()
	if _, err := g.Each(ctx, create); err != nil {
		return due, err
	}
	_, err = g.Each(ctx, load.Ping())
	return time.Now().Add(t.timeout), err
}

// departure is when the first ephemeral was found to be gone, and when all were.
type departure struct{ first, last time.Time }

// watch asks again and again how many ephemerals are left.
func (t expiry) watch(ctx context.Context, s *Subject) (d departure, err error) {
	c, err := load.Dial(ctx, s.Members[0].Address, 2*expiryTime)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	const pause = time.Millisecond
	for {
		stat, err := c.Do(load.Exists(expiryParent), 0)
		if err != nil {
			return d, err
		}
		switch left := load.Children(stat); {
		case left == 0:
			if d.last = time.Now(); d.first.IsZero() {
				d.first = d.last
			}
			return d, nil
		case d.first.IsZero() && left < int64(t.sessions):
			d.first = time.Now()
		}
		select {
		case <-ctx.Done():
			return d, fmt.Errorf("run: ephemerals of dead sessions stay: %w", ctx.Err())
		case <-time.After(pause):
		}
	}
}

// longestIn is the slowest answer of the beats between two times.
func longestIn(beats []load.Beat, from, to time.Duration) (slowest time.Duration) {
	for i, b := range beats {
		if at := time.Duration(i) * beat; at+beat > from && at < to {
			slowest = max(slowest, b.Longest)
		}
	}
	return slowest
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
