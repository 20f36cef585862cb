package page

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"
	"math"
	"regexp"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"troupe/bench/report"
)

// A plot is drawn in colours that stand for roles; the page's style sheet says what they look
// like, by day and by night. Their values only have to be told apart.
type role uint8

const (
	ink role = iota + 1
	faint
	grid
	roleBase
	roleFloor
	roleFirst // and those after it are for what is compared
)

// color is the stand-in for a role.
func (r role) color() color.Color { return color.NRGBA{R: 1, G: 2, B: uint8(r), A: 255} }

// variable is the role's name in the style sheet.
func variable(r role) string {
	switch r {
	case ink:
		return "var(--ink)"
	case faint:
		return "var(--faint)"
	case grid:
		return "var(--grid)"
	case roleBase:
		return "var(--base)"
	case roleFloor:
		return "var(--floor)"
	}
	const kinds = 4 // of colours for what is compared
	return fmt.Sprintf("var(--s%d)", int(r-roleFirst)%kinds)
}

// colors gives each server of a report its role, in their order.
func colors(r report.Report) []role {
	all, next := make([]role, len(r.Servers)), roleFirst
	for i, s := range r.Servers {
		switch {
		case s.Name == r.Floor:
			all[i] = roleFloor
		case s.Name == r.Base && len(r.Servers) > 1:
			all[i] = roleBase
		default:
			all[i] = next
			next++
		}
	}
	return all
}

const (
	textSize = 9.5
	lineWide = 1.6
)

// newPlot is a plot with a quiet frame: no lines but those of the grid.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle.Width = 0
		a.Tick.LineStyle.Width = 0
		a.Tick.Length = 3
		a.Padding = 0
		a.Label.Padding = 3
		a.Label.TextStyle.Color, a.Tick.Label.Color = faint.color(), faint.color()
		for _, f := range []*font.Font{&a.Label.TextStyle.Font, &a.Tick.Label.Font} {
			f.Variant, f.Size = "Sans", textSize
		}
	}
	return p
}

// gridLines are thin lines at the ticks that have a label.
type gridLines struct{ x, y bool }

// Plot implements plot.Plotter.
func (g gridLines) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	style := draw.LineStyle{Color: grid.color(), Width: 0.7}
	if g.y {
		for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
			if y := ty(t.Value); t.Label != "" && inside(t.Value, p.Y.Min, p.Y.Max) {
				c.StrokeLine2(style, c.Min.X, y, c.Max.X, y)
			}
		}
	}
	if g.x {
		for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
			if x := tx(t.Value); t.Label != "" && inside(t.Value, p.X.Min, p.X.Max) {
				c.StrokeLine2(style, x, c.Min.Y, x, c.Max.Y)
			}
		}
	}
}

func inside(v, low, high float64) bool { return v >= low && v <= high }

// decades are ticks at powers of ten, or at 1, 2 and 5 of each if there are few of them or
// they are to be fine.
type decades struct {
	unit string
	fine bool
}

// Ticks implements plot.Ticker.
func (d decades) Ticks(low, high float64) (all []plot.Tick) {
	steps := []float64{1}
	if d.fine || math.Log10(high/low) < 2.2 {
		steps = []float64{1, 2, 5}
	}
	for power := math.Pow10(int(math.Floor(math.Log10(low)))); power <= high; power *= 10 {
		for _, s := range steps {
			if v := s * power; inside(v, low*0.999, high*1.001) {
				all = append(all, plot.Tick{Value: v, Label: short(v) + d.unit})
			}
		}
	}
	return all
}

// short writes a number as one reads it on an axis: 20k, 1.5M.
func short(v float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v >= unit.size {
			return fmt.Sprintf("%.3g%s", v/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%.3g", v)
}

var (
	standIns = regexp.MustCompile(`#0102([0-9A-Fa-f]{2})`)
	fonts    = regexp.MustCompile(`font-family:[^;"]*;font-variant:[^;"]*;font-weight:([^;"]*);font-style:[^;"]*;?`)
	sizes    = regexp.MustCompile(`width="[0-9.]+pt" height="[0-9.]+pt"`)
)

// svg draws p in a width and height of points, for a page to take in. Beside the plot there
// is room at the left and at the right.
func svg(p *plot.Plot, width, height, left, right vg.Length) (template.HTML, error) {
	c := vgsvg.New(width, height)
	p.Draw(draw.Crop(draw.New(c), left, -right, 0, 0))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return "", err
	}
	text := b.String()
	text = text[strings.Index(text, "<svg"):]
	text = sizes.ReplaceAllString(text, `role="img"`)
	text = fonts.ReplaceAllString(text, "font-weight:$1;")
	text = standIns.ReplaceAllStringFunc(text, func(s string) string {
		var r role
		if _, err := fmt.Sscanf(s, "#0102%02x", &r); err != nil {
			return s
		}
		return variable(r)
	})
	return template.HTML(text), nil
}
