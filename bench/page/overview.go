package page

import (
	"fmt"
	"math"
	"slices"

	"golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"troupe/bench/report"
)

// disc is a filled circle without an edge.
type disc struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (disc) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	var p vg.Path
	p.Move(vg.Point{X: at.X + style.Radius, Y: at.Y})
	p.Arc(at, style.Radius, 0, 2*math.Pi)
	p.Close()
	c.SetColor(style.Color)
	c.Fill(p)
}

// better is how many times one server is better than the base in a row: in its first metric,
// where more is better, or less if the metric has a unit.
type better struct {
	server string
	role   role
	report.Spread
	goal float64 // what the row is to reach at least; 0: nothing
}

// ranking is a row of the overview.
type ranking struct {
	name    string
	heading bool // a group's name, without values
	values  []better
}

// overview plots all ratios, each with its rounds' lowest and highest.
func overview(r report.Report) (section, error) {
	s := section{
		Title: "At a glance",
		About: fmt.Sprintf("How many times %s each is, in the measure named with each test: the median of the rounds' ratios, and how far these reach. A black line is the goal of this project, the number at the right the first server's ratio.", r.Base),
	}
	all := rankings(r)
	if len(all) == 0 {
		return s, nil
	}
	p := newPlot("", "")
	low, high := 0.5, 2.0
	for _, row := range all {
		for _, v := range row.values {
			low, high = min(low, v.Low), max(high, v.High, v.goal)
		}
	}
	logarithmic(&p.X, low/1.15, high*1.15)
	p.X.Tick.Marker = decades{unit: "x", fine: true}
	p.Y.Min, p.Y.Max = -0.5, float64(len(all))-0.5
	f := forest{rows: all, text: p.Y.Tick.Label}
	p.HideY()
	p.Add(gridLines{x: true}, f)
	drawn, err := svg(p, 2*figureWidth+20, vg.Length(len(all))*rowHeight+30, f.margin(), ratioWidth)
	if err != nil {
		return s, err
	}
	s.Figures = []figure{{SVG: drawn, Wide: true}}
	return s, nil
}

const (
	rowHeight  = 15
	ratioWidth = 44 // of the column at the right
	nameGap    = 10 // between a name and the plot
)

func rankings(r report.Report) (all []ranking) {
	group := ""
	for _, row := range r.Rows {
		i := slices.IndexFunc(row.Metrics, func(m report.Metric) bool { return m.Key && !m.Alone })
		if i < 0 {
			continue
		}
		m := row.Metrics[i]
		one := ranking{name: row.Name + "  (" + label(m) + ")"}
		for at, s := range r.Servers {
			if s.Name == r.Base || s.Name == r.Floor {
				continue
			}
			v := better{server: s.Name, role: colors(r)[at], Spread: row.Ratio(s.Name, r.Base, m.Name)}
			if m.Unit != "" {
				v.Median, v.Low, v.High = 1/v.Median, 1/v.High, 1/v.Low
			}
			for _, g := range row.Goals {
				if g.Metric == m.Name && s.Own && g.AtLeast > 0 {
					v.goal = g.AtLeast
				}
				if g.Metric == m.Name && s.Own && g.AtMost > 0 {
					v.goal = 1 / g.AtMost
				}
			}
			if v.N > 0 && v.Low > 0 && !math.IsInf(v.High, 0) {
				one.values = append(one.values, v)
			}
		}
		if len(one.values) == 0 {
			continue
		}
		if row.Group != group {
			group = row.Group
			all = append(all, ranking{name: group, heading: true})
		}
		all = append(all, one)
	}
	return all
}

func label(m report.Metric) string {
	if m.Unit == "" {
		return m.Name
	}
	return m.Name + " " + m.Unit
}

// forest draws rankings, the first at the top, with their names at the left and the first
// server's ratio at the right.
type forest struct {
	rows []ranking
	text text.Style
}

// style is that of a row's name.
func (f forest) style(heading bool) text.Style {
	t := f.text
	t.Color, t.XAlign, t.YAlign = ink.color(), draw.XRight, draw.YCenter
	if heading {
		t.Font.Weight = font.WeightBold
	}
	return t
}

// margin is what the names need.
func (f forest) margin() (widest vg.Length) {
	for _, row := range f.rows {
		widest = max(widest, f.style(row.heading).Width(row.name))
	}
	return widest + nameGap
}

// Plot implements plot.Plotter.
func (f forest) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	c.StrokeLine2(draw.LineStyle{Color: faint.color(), Width: 1}, tx(1), c.Min.Y, tx(1), c.Max.Y)
	for i, row := range f.rows {
		y := ty(float64(len(f.rows) - 1 - i))
		c.FillText(f.style(row.heading), vg.Point{X: c.Min.X - nameGap, Y: y}, row.name)
		for j, v := range row.values {
			if j == 0 {
				c.FillText(f.style(false), vg.Point{X: c.Max.X + ratioWidth - 2, Y: y}, report.Times(v.Median, v.N))
			}
			if v.goal > 0 {
				x := tx(v.goal)
				c.StrokeLine2(draw.LineStyle{Color: ink.color(), Width: 1.4}, x, y-4.5, x, y+4.5)
			}
			c.StrokeLine2(draw.LineStyle{Color: v.role.color(), Width: 1.4}, tx(v.Low), y, tx(v.High), y)
			c.DrawGlyph(draw.GlyphStyle{Color: v.role.color(), Radius: 3.4, Shape: disc{}}, vg.Point{X: tx(v.Median), Y: y})
		}
	}
}
