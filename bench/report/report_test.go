package report_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/bench/report"
)

func TestSpread(t *testing.T) {
	for name, test := range map[string]struct {
		values []float64
		want   report.Spread
	}{
		"nothing":             {nil, report.Spread{}},
		"one":                 {[]float64{3}, report.Spread{Median: 3, Low: 3, High: 3, N: 1}},
		"odd":                 {[]float64{9, 1, 4}, report.Spread{Median: 4, Low: 1, High: 9, N: 3}},
		"even":                {[]float64{9, 1, 4, 2}, report.Spread{Median: 3, Low: 1, High: 9, N: 4}},
		"not a number":        {[]float64{math.NaN(), 2, math.Inf(1)}, report.Spread{Median: 2, Low: 2, High: 2, N: 1}},
		"nothing but a limit": {[]float64{math.Inf(-1)}, report.Spread{}},
	} {
		require.Equal(t, test.want, report.SpreadOf(test.values), name)
	}
}

func TestRatiosAreOfNeighbours(t *testing.T) {
	// The machine slows down to a third in round 2. Ratios of medians would not be 2.
	require.Equal(t, report.Spread{Median: 2, Low: 2, High: 2, N: 3},
		report.Ratios([]float64{200, 66, 220}, []float64{100, 33, 110}))
	require.Equal(t, report.Spread{Median: 2, Low: 2, High: 2, N: 1},
		report.Ratios([]float64{2, 9}, []float64{1}), "a round that one lacks")
	require.Equal(t, report.Spread{Median: 4, Low: 4, High: 4, N: 1},
		report.Ratios([]float64{1, 4}, []float64{0, 1}), "no ratio to nothing")
}

func TestAFasterMachineChangesNoRatio(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "rounds")
		a, b := make([]float64, n), make([]float64, n)
		for i := range n {
			speed := rapid.Float64Range(0.1, 10).Draw(t, "speed")
			a[i], b[i] = 3*speed, speed
		}
		r := report.Ratios(a, b)
		require.InDelta(t, 3, r.Low, 1e-9)
		require.InDelta(t, 3, r.High, 1e-9)
	})
}

func example() report.Report {
	row := report.Row{
		Group: "reads", Name: "getData 16x64", What: "of one znode",
		Metrics: []report.Metric{{Name: "ops/s", Key: true}, {Name: "p99", Unit: "us", Digits: 1, Key: true}, {Name: "gen", Unit: "%", Alone: true}},
		Goals:   []report.Goal{{Metric: "ops/s", AtLeast: 20}},
		Rounds: map[string][]report.Sample{
			"apache": {{"ops/s": 1000, "p99": 50, "gen": 5}, {"ops/s": 500, "p99": 100, "gen": 4}},
			"troupe": {{"ops/s": 21000, "p99": 5, "gen": 50}, {"ops/s": 10000, "p99": 9, "gen": 40}},
			"floor":  {{"ops/s": 42000, "p99": 1, "gen": 90}, {"ops/s": 40000, "p99": 1, "gen": 90}},
		},
	}
	failed := report.Row{
		Group: "writes", Name: "setData 1x1", Metrics: []report.Metric{{Name: "ops/s", Key: true}},
		Rounds: map[string][]report.Sample{"troupe": {{"ops/s": 7}}},
		Failed: map[string]string{"apache": "lost its disk"},
	}
	return report.Report{
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Took: 61 * time.Second, Machine: "2 x Z80", Settings: "2 rounds",
		Servers: []report.Server{{Name: "apache", Version: "3.8.0"}, {Name: "troupe", Version: "dev", Own: true}, {Name: "floor", Version: "echo"}},
		Base:    "apache", Floor: "floor", Disk: &report.Disk{FileSystem: "ext4", PerSecond: 5000, P50: 190 * time.Microsecond, P99: time.Millisecond},
		Rows: []report.Row{row, failed},
	}
}

const golden = `2026-01-02 03:04:05, 2 x Z80
2 rounds
  apache   3.8.0
  troupe   dev
  floor    echo
  disk     ext4: 5000 fdatasync/s, p50 190µs, p99 1ms
Medians of the rounds. A ratio is the median of each round's ratio to the apache beside it; below it the lowest and the highest.

reads: getData 16x64 (of one znode)
                       ops/s       p99 us  gen %
  apache                 750         75.0      4
  troupe              15,500          7.0     45
  floor               41,000          1.0     90
  troupe/apache        20.5x        0.10x
                 20.0x-21.0x  0.09x-0.10x
  troupe/floor         0.38x        7.00x
  goal for troupe: ops/s at least 20 times: reached

writes: setData 1x1
          ops/s
  troupe      7
  apache FAILED: lost its disk
`

func TestText(t *testing.T) {
	var b strings.Builder
	require.NoError(t, example().Text(&b))
	require.Equal(t, golden, b.String())
	require.ErrorIs(t, example().Text(broken{}), errBroken)
}

func TestMarkdown(t *testing.T) {
	var b strings.Builder
	require.NoError(t, example().Markdown(&b))
	require.Equal(t, `| test | ops/s | p99 us | of the floor |
| --- | --- | --- | --- |
| getData 16x64 | 750 → 15,500 = **20.5x** (20.0x-21.0x) | 75.0 → 7.0 = **0.10x** (0.09x-0.10x) | 38 % |

| test | ops/s |
| --- | --- |
| setData 1x1 | 7 |
`, b.String())
	require.ErrorIs(t, example().Markdown(broken{}), errBroken)
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestJSONHasEveryRoundAndTheSummary(t *testing.T) {
	var b strings.Builder
	require.NoError(t, example().JSON(&b))
	var back struct {
		report.Report
		Summary []struct {
			Name     string
			Medians  map[string]map[string]report.Spread
			Ratios   map[string]map[string]report.Spread
			Verdicts map[string][]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(b.String()), &back))
	require.Equal(t, example(), back.Report)
	require.Equal(t, report.Spread{Median: 20.5, Low: 20, High: 21, N: 2}, back.Summary[0].Ratios["troupe"]["ops/s"])
	require.NotContains(t, back.Summary[0].Ratios["troupe"], "gen")
	require.Equal(t, map[string][]string{"troupe": {"ops/s at least 20 times: reached"}}, back.Summary[0].Verdicts)
}

func TestVerdicts(t *testing.T) {
	row := example().Rows[0]
	row.Goals = []report.Goal{
		{Metric: "ops/s", AtLeast: 21}, {Metric: "p99", AtMost: 0.1}, {Metric: "p99", Limit: 6}, {Metric: "unknown", AtLeast: 1},
	}
	var words []string
	for _, v := range row.Verdicts("troupe", "apache") {
		words = append(words, v.String())
	}
	require.Equal(t, []string{"ops/s at least 21 times: MISSED", "p99 at most 0.1 times: reached", "p99 at most 6: MISSED"}, words)
	require.Empty(t, row.Verdicts("nobody", "apache"))
}
