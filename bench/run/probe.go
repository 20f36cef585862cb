package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"troupe/bench/load"
	"troupe/bench/peer"
	"troupe/bench/report"
)

// Metrics of everything that is a load. Others add their own.
const (
	opsPerSecond = "ops/s"
	opsPerCPU    = "ops/CPU s" // operations per second of the server's processor time
	p50          = "p50"
	p90          = "p90"
	p99          = "p99"
	p999         = "p99.9"
	longest      = "max"
	rss          = "RSS"
	written      = "disk"   // bytes that the disk was given, by anybody
	generator    = "gen"    // the generator's own processor time, share of a core
	others       = "others" // what neither the server nor the generator used, share of a core
)

func loadMetrics() []report.Metric {
	return []report.Metric{
		{Name: opsPerCPU, Key: true}, {Name: opsPerSecond, Key: true},
		{Name: p50, Unit: "us", Key: true}, {Name: p90, Unit: "us"}, {Name: p99, Unit: "us", Key: true}, {Name: p999, Unit: "us"}, {Name: longest, Unit: "us"},
		{Name: rss, Unit: "MiB"}, {Name: written, Unit: "B/op", Alone: true},
		{Name: generator, Unit: "%", Alone: true}, {Name: others, Unit: "%", Alone: true},
	}
}

const mebibyte = 1 << 20

// errNothing says that a window was too short, or the server too slow.
var errNothing = errors.New("run: nothing was answered")

// probe samples a server and the machine at both ends of a window.
type probe struct {
	subject       *Subject
	before, after reading
	err           error
}

type reading struct {
	usage peer.Usage
	busy  time.Duration // of all processors, on anything
	disk  int64         // bytes written to it
	at    time.Time
}

func (p *probe) begin() { p.before = p.read() }
func (p *probe) end()   { p.after = p.read() }

func (p *probe) read() (r reading) {
	var err error
	if r.usage, err = p.subject.Usage(); err != nil {
		p.err = err
	}
	if r.busy, err = machineBusy(); err != nil {
		p.err = err
	}
	if r.disk, err = p.subject.disk.written(); err != nil {
		p.err = err
	}
	r.at = time.Now()
	return r
}

// cpu is what the server used in the window.
func (p *probe) cpu() time.Duration { return p.after.usage.CPU - p.before.usage.CPU }

// sample turns a load's result into metrics.
func (p *probe) sample(r load.Result) (report.Sample, error) {
	if p.err != nil {
		return nil, p.err
	}
	if r.Ops == 0 {
		return nil, fmt.Errorf("%w in %v", errNothing, r.Elapsed)
	}
	wall := p.after.at.Sub(p.before.at)
	rest := p.after.busy - p.before.busy - p.cpu() - r.CPU
	s := report.Sample{
		opsPerSecond: r.PerSecond(),
		rss:          float64(p.after.usage.RSS) / mebibyte,
		generator:    percent(r.CPU, wall),
		others:       percent(max(rest, 0), wall),
	}
	if p.subject.disk.known() {
		s[written] = float64(p.after.disk-p.before.disk) / float64(r.Ops)
	}
	if cpu := p.cpu(); cpu > 0 {
		s[opsPerCPU] = float64(r.Ops) / cpu.Seconds()
	}
	addLatency(s, r)
	p.subject.draw(latencyCurve(r))
	return s, nil
}

// beat is the span of timelines.
const beat = 20 * time.Millisecond

func latencyCurve(r load.Result) report.Curve {
	c := report.Curve{Name: report.LatencyCurve}
	for _, q := range []float64{1, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99} {
		c.X = append(c.X, q)
		c.Y = append(c.Y, float64(r.Latency.ValueAtQuantile(q))/1e3)
	}
	return c
}

// drawTimeline draws beats of which the event that they are about was at the time given.
func (s *Subject) drawTimeline(beats []load.Beat, event time.Duration) {
	ops, slow := report.Curve{Name: report.OpsCurve}, report.Curve{Name: report.LongestCurve}
	for i, b := range beats {
		at := (time.Duration(i)*beat - event).Seconds()
		ops.X, ops.Y = append(ops.X, at), append(ops.Y, float64(b.Ops)/beat.Seconds())
		slow.X, slow.Y = append(slow.X, at), append(slow.Y, b.Longest.Seconds()*1e3)
	}
	s.draw(ops)
	s.draw(slow)
}

func addLatency(s report.Sample, r load.Result) {
	l := load.Of(r.Latency)
	s[p50], s[p90], s[p99], s[p999], s[longest] = micros(l.P50), micros(l.P90), micros(l.P99), micros(l.P999), micros(l.Max)
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func percent(part, whole time.Duration) float64 {
	return 100 * float64(part) / float64(max(whole, 1))
}

// machineBusy is the time that all processors together have spent on anything but idling.
func machineBusy() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, fmt.Errorf("run: %w", err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	var sum time.Duration
	for i, field := range strings.Fields(first) {
		const name, idle, iowait, guest = 0, 4, 5, 9
		if i == name || i == idle || i == iowait || i >= guest {
			continue
		}
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("run: /proc/stat: %w", err)
		}
		sum += time.Duration(ticks) * 10 * time.Millisecond
	}
	return sum, nil
}

// quiet waits until the services have done what they still had to do (snapshots, garbage),
// at most patience.
func quiet(ctx context.Context, services []*peer.Ensemble, patience time.Duration) error {
	const step, enough = 100 * time.Millisecond, 5 * time.Millisecond
	total := func() (sum time.Duration) {
		for _, s := range services {
			if u, err := s.Usage(); err == nil { // one that has died is quiet
				sum += u.CPU
			}
		}
		return sum
	}
	before := total()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(step):
		}
		now := total()
		if now-before < enough {
			return nil
		}
		before = now
	}
	return nil
}

// machine describes what the numbers were measured on.
func machine() string {
	model := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		kernel = []byte("of unknown version")
	}
	return fmt.Sprintf("%d x %s, Linux %s, %s", runtime.NumCPU(), model, strings.TrimSpace(string(kernel)), runtime.Version())
}
