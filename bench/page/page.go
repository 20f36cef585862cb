// Package page writes a benchmark report as one HTML file that needs nothing else: plots are
// SVG inside it, there is no script, and colours follow the reader's light or dark setting.
package page

import (
	_ "embed" // the template
	"fmt"
	"html/template"
	"io"
	"time"

	"troupe/bench/report"
)

//go:embed page.tmpl
var source string

// content is what the template gets.
type content struct {
	report.Report
	When, Length string
	DiskFloor    string
	Legend       []entry
	Plots        []section
	Tables       []table
}

// entry names a colour.
type entry struct {
	Name, Version string
	Color         template.CSS
}

// section is some plots under one heading. One without plots is left out.
type section struct {
	Title, About string
	Figures      []figure
}

type figure struct {
	Title string
	SVG   template.HTML // made by this package of numbers and names that are escaped by vgsvg
	Wide  bool
}

// Write writes the page.
func Write(w io.Writer, r report.Report) error {
	t, err := template.New("page").Parse(source)
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	c := content{Report: r, When: r.Started.Format("2 January 2006, 15:04"), Length: r.Took.Round(time.Second).String(), Tables: tables(r)}
	if d := r.Disk; d != nil {
		c.DiskFloor = fmt.Sprintf("%s: %.0f fdatasync a second, p50 %v, p99 %v", d.FileSystem, d.PerSecond, d.P50.Round(time.Microsecond), d.P99.Round(time.Microsecond))
	}
	for i, s := range r.Servers {
		c.Legend = append(c.Legend, entry{Name: s.Name, Version: s.Version, Color: template.CSS(variable(colors(r)[i]))})
	}
	for _, f := range []func(report.Report) (section, error){overview, throughput, latency, timelines} {
		s, err := f(r)
		if err != nil {
			return fmt.Errorf("page: %w", err)
		}
		if len(s.Figures) > 0 {
			c.Plots = append(c.Plots, s)
		}
	}
	if err := t.Execute(w, c); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	return nil
}
