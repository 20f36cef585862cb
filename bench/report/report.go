// Package report holds what a benchmark run came to, and writes it as a table or as JSON.
package report

import (
	"fmt"
	"strings"
	"time"
)

// Metric is one column of a test.
type Metric struct {
	Name string // unique in its row
	// Unit of the value. What has one is a cost: less is better. A rate has none.
	Unit string
	// Digits behind the point in tables.
	Digits int
	// Key is for what a short table shows. The first one is also shown as a share of the floor.
	Key bool
	// Alone is for what says something about the run and nothing about who is better: no ratio.
	Alone bool
}

// label is the metric's name with its unit.
func (m Metric) label() string { return strings.TrimSpace(m.Name + " " + m.Unit) }

// Goal is what a test is to reach in one of its metrics.
type Goal struct {
	Metric string
	// AtLeast and AtMost bound the ratio to the base; 0 is no bound.
	AtLeast, AtMost float64
	// Limit bounds the value itself from above; 0 is no bound.
	Limit float64
}

// Sample is one round of one server: a value for each metric.
type Sample map[string]float64

// Names of curves.
const (
	// LatencyCurve has microseconds by percentile.
	LatencyCurve = "latency"
	// OpsCurve and LongestCurve are timelines: by seconds, what was answered in each short span
	// (as a rate per second), and the slowest answer in it (milliseconds). Second 0 is the event
	// that the test is about.
	OpsCurve, LongestCurve = "ops", "longest"
)

// Curve is a line to be drawn.
type Curve struct {
	Name string
	X, Y []float64
}

// Row is one test with all its rounds.
type Row struct {
	Group   string
	Name    string
	What    string
	Metrics []Metric
	Goals   []Goal
	// Rounds has, by server, the samples in the order of their rounds. Round i of one server
	// ran next to round i of the others.
	Rounds map[string][]Sample
	// Curves has, by server, those of all rounds one after the other.
	Curves map[string][]Curve `json:",omitempty"`
	// Failed has, by server, why there are no more rounds of it.
	Failed map[string]string
}

// Server is one of those that are compared.
type Server struct {
	Name, Version string
	// Own says that goals are for it.
	Own bool `json:",omitempty"`
}

// Disk is the floor of anything durable: appending to a file of zeros with fdatasync.
type Disk struct {
	Dir, FileSystem string
	PerSecond       float64
	P50, P99        time.Duration
}

// Report is a whole run.
type Report struct {
	Started  time.Time
	Took     time.Duration
	Machine  string
	Settings string // how it was run
	Servers  []Server
	// Base is the server that ratios refer to; empty if only one was measured.
	Base  string
	Floor string // the server that is no server; empty if it did not run
	Disk  *Disk
	Rows  []Row
}

// Values lists a metric of a server by round.
func (r Row) Values(server, metric string) []float64 {
	var all []float64
	for _, s := range r.Rounds[server] {
		if v, ok := s[metric]; ok {
			all = append(all, v)
		}
	}
	return all
}

// Ratio compares a server with the base, round by round.
func (r Row) Ratio(server, base, metric string) Spread {
	return Ratios(r.Values(server, metric), r.Values(base, metric))
}

// Verdict is what became of a goal.
type Verdict struct {
	What    string // the goal in words
	Reached bool
}

func (v Verdict) String() string {
	if v.Reached {
		return v.What + ": reached"
	}
	return v.What + ": MISSED"
}

// Verdicts judge the goals for which there are values.
func (r Row) Verdicts(server, base string) (all []Verdict) {
	for _, g := range r.Goals {
		ratio, own := r.Ratio(server, base, g.Metric), SpreadOf(r.Values(server, g.Metric))
		add := func(bound string, limit float64, reached bool) {
			all = append(all, Verdict{What: fmt.Sprintf("%s at %s %.4g", g.Metric, bound, limit), Reached: reached})
		}
		switch {
		case g.AtLeast > 0 && ratio.N > 0:
			add("least", g.AtLeast, ratio.Median >= g.AtLeast)
			all[len(all)-1].What += " times"
		case g.AtMost > 0 && ratio.N > 0:
			add("most", g.AtMost, ratio.Median <= g.AtMost)
			all[len(all)-1].What += " times"
		case g.Limit > 0 && own.N > 0:
			add("most", g.Limit, own.Median <= g.Limit)
		}
	}
	return all
}
