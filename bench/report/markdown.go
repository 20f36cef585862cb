package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Markdown writes the report as tables for a document: a line for each test and each server
// that is compared with the base, with the key metrics only. A cell has the base's median,
// the server's, and the median of the ratios with its lowest and highest.
func (r Report) Markdown(w io.Writer) error {
	var b strings.Builder
	header := ""
	for _, row := range r.Rows {
		keys := slices.DeleteFunc(slices.Clone(row.Metrics), func(m Metric) bool { return !m.Key })
		if h := r.markdownHeader(row, keys); h != header {
			header = h
			b.WriteString("\n" + h)
		}
		for _, s := range r.measured(row) {
			if s != r.Base && s != r.Floor || len(r.Servers) == 1 {
				r.markdownRow(&b, row, s, keys)
			}
		}
	}
	_, err := io.WriteString(w, strings.TrimPrefix(b.String(), "\n"))
	return err
}

func (r Report) markdownHeader(row Row, keys []Metric) string {
	cells := []string{"test"}
	for _, m := range keys {
		cells = append(cells, m.label())
	}
	if len(row.Rounds[r.Floor]) > 0 {
		cells = append(cells, "of the floor")
	}
	return "| " + strings.Join(cells, " | ") + " |\n" + strings.Repeat("| --- ", len(cells)) + "|\n"
}

func (r Report) markdownRow(b *strings.Builder, row Row, server string, keys []Metric) {
	name := row.Name
	if len(r.Servers) > 3 || (r.Floor == "" && len(r.Servers) > 2) {
		name += ", " + server
	}
	cells := []string{name}
	for _, m := range keys {
		own := SpreadOf(row.Values(server, m.Name))
		cell := Number(own.Median, m.Digits, own.N)
		if base := SpreadOf(row.Values(r.Base, m.Name)); server != r.Base && base.N > 0 {
			cell = Number(base.Median, m.Digits, base.N) + " → " + cell
		}
		if ratio := row.Ratio(server, r.Base, m.Name); server != r.Base && !m.Alone && ratio.N > 0 {
			cell += fmt.Sprintf(" = **%s**", Times(ratio.Median, ratio.N))
			if ratio.N > 1 {
				cell += fmt.Sprintf(" (%s-%s)", Times(ratio.Low, ratio.N), Times(ratio.High, ratio.N))
			}
		}
		cells = append(cells, cell)
	}
	if len(row.Rounds[r.Floor]) > 0 {
		v := row.Ratio(server, r.Floor, keys[0].Name)
		cells = append(cells, fmt.Sprintf("%.0f %%", 100*v.Median))
	}
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}
