package page

import (
	"html/template"
	"slices"

	"troupe/bench/report"
)

// table is the rows of one group that have the same metrics.
type table struct {
	Group   string
	Metrics []string
	Rows    []tableRow
}

type tableRow struct {
	Name, What string
	Cells      []tableLine // one for each server
	Goals      []report.Verdict
}

type tableLine struct {
	Server string
	Color  template.CSS
	Values []value
	Failed string
}

// value is a median and, for what is compared with the base, its ratio.
type value struct{ Median, Ratio, Reach string }

// tables arranges everything that was measured.
func tables(r report.Report) (all []table) {
	for _, row := range r.Rows {
		var names []string
		for _, m := range row.Metrics {
			names = append(names, label(m))
		}
		if n := len(all); n == 0 || all[n-1].Group != row.Group || !slices.Equal(all[n-1].Metrics, names) {
			all = append(all, table{Group: row.Group, Metrics: names})
		}
		t := &all[len(all)-1]
		t.Rows = append(t.Rows, arranged(r, row))
	}
	return all
}

// arranged is one test with all servers.
func arranged(r report.Report, row report.Row) tableRow {
	line := tableRow{Name: row.Name, What: row.What}
	for i, s := range r.Servers {
		if len(row.Rounds[s.Name]) == 0 && row.Failed[s.Name] == "" {
			continue
		}
		cells := tableLine{Server: s.Name, Color: template.CSS(variable(colors(r)[i])), Failed: row.Failed[s.Name]}
		for _, m := range row.Metrics {
			own, ratio := report.SpreadOf(row.Values(s.Name, m.Name)), report.Spread{}
			if s.Name != r.Base && !m.Alone {
				ratio = row.Ratio(s.Name, r.Base, m.Name)
			}
			v := value{Median: report.Number(own.Median, m.Digits, own.N), Ratio: report.Times(ratio.Median, ratio.N)}
			if ratio.N > 1 {
				v.Reach = report.Times(ratio.Low, ratio.N) + " to " + report.Times(ratio.High, ratio.N)
			}
			cells.Values = append(cells.Values, v)
		}
		line.Cells = append(line.Cells, cells)
		if s.Own {
			line.Goals = append(line.Goals, row.Verdicts(s.Name, r.Base)...)
		}
	}
	return line
}
