package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Text writes the report for a terminal: [Report.Head] and every [Report.Row].
func (r Report) Text(w io.Writer) error {
	err := r.Head(w)
	for _, row := range r.Rows {
		err = errors.Join(err, r.Row(w, row))
	}
	return err
}

// Head writes what was compared, where and how.
func (r Report) Head(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s\n%s\n", r.Started.Format(time.DateTime), r.Machine, r.Settings)
	for _, s := range r.Servers {
		fmt.Fprintf(&b, "  %-8s %s\n", s.Name, s.Version)
	}
	if d := r.Disk; d != nil {
		fmt.Fprintf(&b, "  %-8s %s: %.0f fdatasync/s, p50 %v, p99 %v\n", "disk", d.FileSystem, d.PerSecond,
			d.P50.Round(time.Microsecond), d.P99.Round(time.Microsecond))
	}
	if len(r.Servers) > 1 && r.Base != "" {
		fmt.Fprintf(&b, "Medians of the rounds. A ratio is the median of each round's ratio to the %s beside it; below it the lowest and the highest.\n", r.Base)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Row writes one test: the median of each server, then for each but the base the median of
// the ratios to it and, below, how far these reach; at last the share of the floor.
func (r Report) Row(w io.Writer, row Row) error {
	var b strings.Builder
	r.row(&b, row)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Report) row(b *strings.Builder, row Row) {
	fmt.Fprintf(b, "\n%s: %s", row.Group, row.Name)
	if row.What != "" {
		fmt.Fprintf(b, " (%s)", row.What)
	}
	b.WriteString("\n")
	var g grid
	g.add("", row.Metrics, Metric.label)
	for _, s := range r.measured(row) {
		g.add(s, row.Metrics, func(m Metric) string {
			v := SpreadOf(row.Values(s, m.Name))
			return Number(v.Median, m.Digits, v.N)
		})
	}
	var verdicts []string
	for _, s := range r.measured(row) {
		if s == r.Base || s == r.Floor {
			continue
		}
		r.compare(&g, row, s, r.Base, true)
		if !r.own(s) {
			continue
		}
		for _, v := range row.Verdicts(s, r.Base) {
			verdicts = append(verdicts, fmt.Sprintf("  goal for %s: %v\n", s, v))
		}
	}
	for _, s := range r.measured(row) {
		if s != r.Floor && s != r.Base {
			r.compare(&g, row, s, r.Floor, false)
		}
	}
	g.write(b)
	b.WriteString(strings.Join(verdicts, ""))
	for _, s := range r.Servers {
		if why := row.Failed[s.Name]; why != "" {
			fmt.Fprintf(b, "  %s FAILED: %s\n", s.Name, why)
		}
	}
}

// own says whether goals are for a server.
func (r Report) own(server string) bool {
	return slices.ContainsFunc(r.Servers, func(s Server) bool { return s.Name == server && s.Own })
}

// measured lists the servers that have rounds in row.
func (r Report) measured(row Row) (names []string) {
	for _, s := range r.Servers {
		if len(row.Rounds[s.Name]) > 0 {
			names = append(names, s.Name)
		}
	}
	return names
}

// compare adds the ratios of server to another one.
func (r Report) compare(g *grid, row Row, server, other string, reach bool) {
	if len(row.Rounds[other]) == 0 {
		return
	}
	ratio := func(m Metric) Spread {
		if m.Alone {
			return Spread{}
		}
		return row.Ratio(server, other, m.Name)
	}
	g.add(server+"/"+other, row.Metrics, func(m Metric) string {
		v := ratio(m)
		return Times(v.Median, v.N)
	})
	if reach && slices.ContainsFunc(row.Metrics, func(m Metric) bool { return ratio(m).N > 1 }) {
		g.add("", row.Metrics, func(m Metric) string {
			if v := ratio(m); v.N > 1 {
				return Times(v.Low, v.N) + "-" + Times(v.High, v.N)
			}
			return ""
		})
	}
}

// grid is a table with a column of names and columns of numbers.
type grid struct{ lines [][]string }

func (g *grid) add(name string, metrics []Metric, cell func(Metric) string) {
	line := []string{name}
	for _, m := range metrics {
		line = append(line, cell(m))
	}
	g.lines = append(g.lines, line)
}

func (g *grid) write(b *strings.Builder) {
	widths := map[int]int{}
	for _, line := range g.lines {
		for i, cell := range line {
			widths[i] = max(widths[i], len(cell))
		}
	}
	for _, line := range g.lines {
		text := fmt.Sprintf("  %-*s", widths[0], line[0])
		for i, cell := range line[1:] {
			text += fmt.Sprintf("  %*s", widths[i+1], cell)
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
}

// Number shows a value with thousands apart; n is of how many values it is.
func Number(v float64, digits, n int) string {
	if n == 0 {
		return "-"
	}
	whole, fraction, _ := strings.Cut(fmt.Sprintf("%.*f", digits, v), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return sign + whole
}

// Times shows a ratio with three digits that count; n is of how many it is.
func Times(v float64, n int) string {
	switch {
	case n == 0:
		return ""
	case v >= 100:
		return fmt.Sprintf("%.0fx", v)
	case v >= 10:
		return fmt.Sprintf("%.1fx", v)
	}
	return fmt.Sprintf("%.2fx", v)
}
