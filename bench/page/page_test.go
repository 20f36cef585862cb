package page

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/bench/report"
)

// example is a report in which each kind of figure has something to draw.
func example() report.Report {
	metrics := []report.Metric{{Name: "ops/CPU s", Key: true}, {Name: "ops/s", Key: true}, {Name: "p99", Unit: "us"}, {Name: "gen", Unit: "%", Alone: true}}
	load := func(name string, scale float64) report.Row {
		row := report.Row{
			Group: "reads", Name: name, What: "each & every <one>", Metrics: metrics,
			Goals:  []report.Goal{{Metric: "ops/CPU s", AtLeast: 3}, {Metric: "p99", AtMost: 0.01}},
			Rounds: map[string][]report.Sample{}, Curves: map[string][]report.Curve{}, Failed: map[string]string{},
		}
		for server, speed := range map[string]float64{"apache": 1, "troupe": 4, "floor": 9} {
			for _, noise := range []float64{1, 1.1, 0.9} {
				v := 1000 * speed * scale * noise
				row.Rounds[server] = append(row.Rounds[server], report.Sample{"ops/CPU s": v, "ops/s": v, "p99": 1e6 / v, "gen": 3})
				row.Curves[server] = append(row.Curves[server], report.Curve{Name: report.LatencyCurve, X: []float64{0, 50, 99.9}, Y: []float64{1e5 / v, 2e5 / v, 9e5 / v}})
			}
		}
		return row
	}
	fallen := load("leader killed", 1)
	fallen.Group = "failover"
	fallen.Metrics = []report.Metric{{Name: "p99", Unit: "us", Key: true}}
	for server := range fallen.Curves {
		fallen.Curves[server] = []report.Curve{
			{Name: report.OpsCurve, X: []float64{-0.02, 0, 0.02}, Y: []float64{500, 0, 700}},
			{Name: report.LongestCurve, X: []float64{-0.02, 0, 0.02}, Y: []float64{3, 0, 40}},
		}
	}
	broken := load("exists 16x64", 1)
	broken.Rounds["apache"], broken.Failed["apache"] = nil, "lost its <disk>"
	return report.Report{
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Took: 61 * time.Second, Machine: "2 x Z80", Settings: "3 rounds",
		Servers: []report.Server{{Name: "apache", Version: "3.8.0"}, {Name: "troupe", Version: "dev", Own: true}, {Name: "floor", Version: "echo"}},
		Base:    "apache", Floor: "floor", Disk: &report.Disk{FileSystem: "ext4", PerSecond: 5000, P50: 190_123 * time.Nanosecond, P99: time.Millisecond},
		Rows: []report.Row{load("getData 1x1", 1), load("getData 64x1", 5), load("setData 1x1", 0.1), load("setData 64x1", 0.2), broken, fallen},
	}
}

func written(t *testing.T, r report.Report) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, Write(&b, r))
	return b.String()
}

func TestThePageHasEverything(t *testing.T) {
	text := written(t, example())
	for _, want := range []string{
		"Troupe beside apache", "2 January 2026, 03:04", "ext4: 5000 fdatasync a second, p50 190µs, p99 1ms",
		"At a glance", "Throughput by connections", "Latency", "In the course of time",
		"ops/CPU s at least 3 times: reached", "p99 at most 0.01 times: MISSED",
		"each &amp; every &lt;one&gt;", "lost its &lt;disk&gt;", "background: var(--s0)", "20,000", "4.00x to 4.00x",
	} {
		require.True(t, strings.Contains(text, want), want) // and not Contains, which prints a page
	}
	const overview, throughput, latency, timelines = 1, 2, 5, 2
	require.Equal(t, overview+throughput+latency+timelines, strings.Count(text, "<svg"))
	require.False(t, strings.Contains(text, "ZgotmplZ"), "the template took a value for unsafe")
}

func TestThePageNeedsNothingElse(t *testing.T) {
	text := written(t, example())
	for _, outside := range []string{"<script", "<link", "@import", "url("} {
		require.False(t, strings.Contains(text, outside), outside)
	}
	for _, address := range regexp.MustCompile(`https?://[^"' ]+`).FindAllString(text, -1) {
		require.Regexp(t, `^http://www\.w3\.org/`, address, "only names of XML")
	}
}

func TestPlotsAreXMLInTheColoursOfThePage(t *testing.T) {
	text := written(t, example())
	for _, drawn := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(text, -1) {
		d := xml.NewDecoder(strings.NewReader(drawn))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
		}
		require.Empty(t, regexp.MustCompile(`#[0-9A-Fa-f]{6}`).FindString(drawn), "a colour that knows no night")
		require.True(t, strings.Contains(drawn, "var(--s0)"), "the server's colour")
		require.False(t, strings.Contains(drawn, "NaN"), "a place that is none")
	}
}

func TestAReportOfOneServerIsAPage(t *testing.T) {
	r := example()
	r.Servers, r.Base, r.Floor, r.Disk = r.Servers[1:2], "troupe", "", nil
	text := written(t, r)
	require.False(t, strings.Contains(text, "At a glance"), "there is nothing to compare with")
	require.True(t, strings.Contains(text, "Latency"))
	require.True(t, strings.Contains(written(t, report.Report{}), "All figures"), "nothing was measured")
}

func TestShortNumbers(t *testing.T) {
	for v, want := range map[float64]string{0.05: "0.05", 1: "1", 950: "950", 1000: "1k", 20_000: "20k", 1_500_000: "1.5M", 2e9: "2G"} {
		require.Equal(t, want, short(v))
	}
}

func TestTicksOfADecade(t *testing.T) {
	label := func(low, high float64) (all []string) {
		for _, tick := range (decades{}).Ticks(low, high) {
			all = append(all, tick.Label)
		}
		return all
	}
	require.Equal(t, []string{"10", "20", "50", "100"}, label(9, 110))
	require.Equal(t, []string{"10", "100", "1k", "10k"}, label(9, 11_000), "a wide range has only the powers")
}

func TestTicksOfTime(t *testing.T) {
	label := func(low, high float64) (all []string) {
		for _, tick := range (seconds{}).Ticks(low, high) {
			all = append(all, tick.Label)
		}
		return all
	}
	require.Equal(t, []string{"-1", "-0.5", "0", "0.5", "1", "1.5", "2"}, label(-1, 2))
	require.Equal(t, []string{"0", "0.2", "0.4", "0.6", "0.8"}, label(0, 0.98))
}
