package page

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"troupe/bench/report"
)

const (
	figureWidth, figureHeight vg.Length = 420, 250

	opsMetric     = "ops/s"
	floorDashes   = 3
	manyFigures   = 8 // of latencies; more say less
	smallestValue = 1e-3
)

// line is what one server has in a plot.
type line struct {
	role role
	plotter.XYs
}

// lines finds what each server has in a row.
func lines(r report.Report, of func(server string) plotter.XYs) (all []line) {
	for i, s := range r.Servers {
		if points := of(s.Name); len(points) > 0 {
			all = append(all, line{role: colors(r)[i], XYs: points})
		}
	}
	return all
}

// look is how lines are drawn.
type look int

const (
	curve  look = iota // of many points
	joined             // points that were measured each by itself, with lines between them
	dotted             // points that have nothing to do with their neighbours
)

// add draws the lines.
func add(p *plot.Plot, all []line, as look) error {
	for _, l := range all {
		drawn, dots, err := plotter.NewLinePoints(l.XYs)
		if err != nil {
			return err
		}
		drawn.Color, drawn.Width = l.role.color(), lineWide
		dots.Color, dots.Radius, dots.Shape = l.role.color(), 2.6, disc{}
		if l.role == roleFloor {
			drawn.Dashes = []vg.Length{floorDashes, floorDashes}
		}
		if as != dotted {
			p.Add(drawn)
		}
		if as != curve {
			p.Add(dots)
		}
	}
	return nil
}

// byConnections finds tests that differ only in the number of connections, one request in
// flight on each.
var byConnections = regexp.MustCompile(`^(getData|setData) (\d+)x1$`)

// throughput plots operations per second over connections.
func throughput(r report.Report) (section, error) {
	s := section{Title: "Throughput by connections", About: "One request in flight on each connection; medians of the rounds."}
	for _, op := range []string{"getData", "setData"} {
		var counts []float64
		all := lines(r, func(server string) (points plotter.XYs) {
			for _, row := range r.Rows {
				m := byConnections.FindStringSubmatch(row.Name)
				v := report.SpreadOf(row.Values(server, opsMetric))
				if m == nil || m[1] != op || v.N == 0 {
					continue
				}
				conns, err := strconv.ParseFloat(m[2], 64)
				if err == nil {
					points = append(points, plotter.XY{X: conns, Y: v.Median})
					counts = append(counts, conns)
				}
			}
			slices.SortFunc(points, func(a, b plotter.XY) int { return int(a.X - b.X) })
			return points
		})
		slices.Sort(counts)
		if counts = slices.Compact(counts); len(counts) < 2 {
			continue
		}
		p := newPlot("connections", "operations per second")
		logarithmic(&p.X, counts[0], counts[len(counts)-1])
		p.X.Tick.Marker = at(counts)
		spread(&p.Y, all)
		p.Add(gridLines{y: true})
		if err := add(p, all, joined); err != nil {
			return s, err
		}
		if err := s.figure(op, p); err != nil {
			return s, err
		}
	}
	return s, nil
}

// latency plots percentiles. Each further nine is as far from the one before as that is.
func latency(r report.Report) (section, error) {
	s := section{Title: "Latency", About: "Microseconds by percentile, from handing a request to the kernel until its reply is read; medians of the rounds."}
	for _, row := range r.Rows {
		all := lines(r, func(server string) (points plotter.XYs) {
			for _, c := range medianCurve(row.Curves[server], report.LatencyCurve) {
				if c.X > 0 && c.X < 100 {
					points = append(points, plotter.XY{X: nines(c.X), Y: max(c.Y, smallestValue)})
				}
			}
			return points
		})
		if len(all) == 0 || len(s.Figures) == manyFigures {
			continue
		}
		p := newPlot("percentile", "microseconds")
		p.X.Min, p.X.Max = nines(0), nines(99.99)
		p.X.Tick.Marker = plot.ConstantTicks{
			{Value: nines(50), Label: "50"}, {Value: nines(90), Label: "90"},
			{Value: nines(99), Label: "99"}, {Value: nines(99.9), Label: "99.9"}, {Value: nines(99.99), Label: "99.99"},
		}
		spread(&p.Y, all)
		p.Add(gridLines{x: true, y: true})
		if err := add(p, all, curve); err != nil {
			return s, err
		}
		if err := s.figure(row.Name, p); err != nil {
			return s, err
		}
	}
	return s, nil
}

// nines is 0 for 0 %, 1 for 90 %, 2 for 99 %.
func nines(percentile float64) float64 { return -math.Log10(1 - percentile/100) }

// timelines plots what was answered in the course of a snapshot, a leader's death and the like.
func timelines(r report.Report) (section, error) {
	s := section{
		Title: "In the course of time",
		About: "One round of each, in spans of 20 ms. Second 0 is the event, or, for snapshots, the start: they are taken all the time.",
	}
	for _, row := range r.Rows {
		whole := lines(r, func(server string) plotter.XYs { return firstCurve(row.Curves[server], report.OpsCurve) })
		for _, c := range []struct{ name, what string }{{report.OpsCurve, "operations per second"}, {report.LongestCurve, "slowest answer, ms"}} {
			all := lines(r, func(server string) (points plotter.XYs) { return firstCurve(row.Curves[server], c.name) })
			if len(all) == 0 {
				continue
			}
			p := newPlot("seconds", c.what)
			p.X.Min, p.X.Max = reach(whole, func(v plotter.XY) float64 { return v.X })
			if c.name == report.LongestCurve {
				spread(&p.Y, all)
			} else {
				p.Y.Min = 0
				_, p.Y.Max = reach(all, func(v plotter.XY) float64 { return v.Y })
				p.Y.Max *= 1.05
				p.Y.Tick.Marker = shortTicks{}
			}
			p.X.Tick.Marker = seconds{}
			p.Add(gridLines{y: true}, event{})
			as := curve
			if c.name == report.LongestCurve {
				as = dotted
			}
			if err := add(p, all, as); err != nil {
				return s, err
			}
			if err := s.figure(row.Name, p); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

// event is a line at second 0, if that is inside the plot.
type event struct{}

// Plot implements plot.Plotter.
func (event) Plot(c draw.Canvas, p *plot.Plot) {
	if p.X.Min < 0 && p.X.Max > 0 {
		x, _ := p.Transforms(&c)
		c.StrokeLine2(draw.LineStyle{Color: faint.color(), Width: 1}, x(0), c.Min.Y, x(0), c.Max.Y)
	}
}

func (s *section) figure(title string, p *plot.Plot) error {
	drawn, err := svg(p, figureWidth, figureHeight, 0, 0)
	if err != nil {
		return err
	}
	s.Figures = append(s.Figures, figure{Title: title, SVG: drawn})
	return nil
}

// firstCurve is the points of the first curve of a name.
func firstCurve(all []report.Curve, name string) (points plotter.XYs) {
	for _, c := range all {
		if c.Name != name {
			continue
		}
		for i, x := range c.X {
			y := c.Y[i]
			if name == report.LongestCurve && y == 0 {
				continue // nothing was answered
			}
			points = append(points, plotter.XY{X: x, Y: y})
		}
		return points
	}
	return nil
}

// medianCurve has, for each x, the median of the rounds.
func medianCurve(all []report.Curve, name string) (points plotter.XYs) {
	values := map[float64][]float64{}
	for _, c := range all {
		if c.Name != name {
			continue
		}
		for i, x := range c.X {
			values[x] = append(values[x], c.Y[i])
		}
	}
	for x, ys := range values {
		points = append(points, plotter.XY{X: x, Y: report.SpreadOf(ys).Median})
	}
	slices.SortFunc(points, func(a, b plotter.XY) int { return int(math.Copysign(1, a.X-b.X)) })
	return points
}

// reach is the lowest and the highest value of all lines.
func reach(all []line, of func(plotter.XY) float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, l := range all {
		for _, v := range l.XYs {
			low, high = min(low, of(v)), max(high, of(v))
		}
	}
	return low, high
}

// spread makes an axis logarithmic, a little wider than the lines.
func spread(a *plot.Axis, all []line) {
	low, high := reach(all, func(v plotter.XY) float64 { return v.Y })
	const margin = 1.25
	logarithmic(a, max(low, smallestValue)/margin, high*margin)
	a.Tick.Marker = decades{}
}

func logarithmic(a *plot.Axis, low, high float64) {
	a.Min, a.Max, a.Scale = low, high, plot.LogScale{}
}

// at has a tick at each value.
func at(values []float64) plot.ConstantTicks {
	var all plot.ConstantTicks
	for _, v := range values {
		all = append(all, plot.Tick{Value: v, Label: fmt.Sprintf("%.0f", v)})
	}
	return all
}

// seconds are ticks at round times, 0 among them.
type seconds struct{}

// Ticks implements plot.Ticker.
func (seconds) Ticks(low, high float64) (all []plot.Tick) {
	const most = 8
	step := 0.1
	for _, next := range []float64{0.2, 0.5, 1, 2, 5, 10, 20, 60} {
		if (high-low)/step > most {
			step = next
		}
	}
	for i := math.Ceil(low / step); i*step <= high; i++ {
		v := i * step
		all = append(all, plot.Tick{Value: v, Label: strconv.FormatFloat(v+0, 'f', -1, 32)})
	}
	return all
}

// shortTicks are the library's, with short labels and without those that have none.
type shortTicks struct{}

// Ticks implements plot.Ticker.
func (shortTicks) Ticks(low, high float64) (all []plot.Tick) {
	for _, t := range (plot.DefaultTicks{}).Ticks(low, high) {
		if t.Label != "" {
			all = append(all, plot.Tick{Value: t.Value, Label: short(t.Value)})
		}
	}
	return all
}
