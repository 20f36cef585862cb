package report

import (
	"encoding/json"
	"fmt"
	"io"
)

// document is the form of the JSON file: the report, and beside each row what the table
// shows of it, so that a reader need not compute it again.
type document struct {
	Report
	Summary []summary
}

type summary struct {
	Name     string
	Medians  map[string]map[string]Spread // by server, then metric
	Ratios   map[string]map[string]Spread // to the base
	Verdicts map[string][]string          `json:",omitempty"`
}

// JSON writes the report with every round of every metric.
func (r Report) JSON(w io.Writer) error {
	doc := document{Report: r}
	for _, row := range r.Rows {
		doc.Summary = append(doc.Summary, r.summary(row))
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// Read reads what [Report.JSON] has written.
func Read(from io.Reader) (Report, error) {
	var doc document
	if err := json.NewDecoder(from).Decode(&doc); err != nil {
		return Report{}, fmt.Errorf("report: %w", err)
	}
	return doc.Report, nil
}

func (r Report) summary(row Row) summary {
	s := summary{
		Name:     row.Name,
		Medians:  map[string]map[string]Spread{},
		Ratios:   map[string]map[string]Spread{},
		Verdicts: map[string][]string{},
	}
	for server := range row.Rounds {
		s.Medians[server], s.Ratios[server] = map[string]Spread{}, map[string]Spread{}
		for _, m := range row.Metrics {
			s.Medians[server][m.Name] = SpreadOf(row.Values(server, m.Name))
			if server != r.Base && !m.Alone {
				s.Ratios[server][m.Name] = row.Ratio(server, r.Base, m.Name)
			}
		}
		if !r.own(server) {
			continue
		}
		for _, v := range row.Verdicts(server, r.Base) {
			s.Verdicts[server] = append(s.Verdicts[server], v.String())
		}
	}
	return s
}
