package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/bench/floor"
	"troupe/bench/load"
	"troupe/bench/peer"
	"troupe/bench/report"
)

// floorVariable turns this test binary into a server, at the address that it holds.
const floorVariable = "TROUPE_BENCH_TEST_FLOOR"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "serve" {
		if err := serve(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if address := os.Getenv(floorVariable); address != "" {
		if err := floor.NewEcho(nil).Serve(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// self is this test binary as a server, under any name.
type self string

func (s self) Name() string                 { return string(s) }
func (self) Check() error                   { return nil }
func (self) Version(context.Context) string { return "" }
func (self) WarmUp() time.Duration          { return 100 * time.Millisecond }
func (self) Protocol() load.Protocol        { return load.ZooKeeper }

func (self) Command(o peer.Options) (*exec.Cmd, error) {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), fmt.Sprintf("%s=127.0.0.1:%d", floorVariable, o.Self.ClientPort))
	return c, nil
}

// diary is a test that writes down what is asked of it.
type diary struct {
	entries *[]string
	fails   string // the server that fails round 2
}

func (diary) Quick() bool     { return false }
func (diary) Row() report.Row { return report.Row{Name: "diary"} }

func (d diary) note(s *Subject, what string) {
	*d.entries = append(*d.entries, what+" "+s.Kind.Name())
}

func (d diary) Prepare(_ context.Context, s *Subject) error {
	d.note(s, "prepare")
	return nil
}

func (d diary) Round(_ context.Context, s *Subject) (report.Sample, error) {
	d.note(s, "round")
	if s.Kind.Name() == d.fails {
		return nil, errors.New("no more")
	}
	return report.Sample{"v": 1}, nil
}

// rows runs a group.
func (p Plan) rows(t *testing.T, g Group) (rows []report.Row, err error) {
	err = p.group(t.Context(), g, func(r report.Row) error {
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

func TestRoundsTakeTurnsAndAFailureStaysWithItsServer(t *testing.T) {
	var entries []string // first of a cold group, then of one that is warmed up
	p := Plan{Timing: Timing{Rounds: 2}, Kinds: []peer.Kind{self("a"), self("b")}, Dir: t.TempDir(), Log: &bytes.Buffer{}}
	rows, err := p.rows(t, Group{Name: "g", Cold: true, Tests: []Test{diary{&entries, ""}, diary{&entries, "a"}}})
	require.NoError(t, err)
	require.Equal(t, strings.Fields("prepare a prepare b round a round b round a round b "+
		"prepare a prepare b round a round b round b"), strings.Fields(strings.Join(entries, " ")))
	require.Empty(t, rows[0].Failed)
	require.Equal(t, map[string]string{"a": "no more"}, rows[1].Failed)
	require.Empty(t, rows[1].Rounds["a"])
	require.Len(t, rows[1].Rounds["b"], 2)

	entries = nil
	rows, err = p.rows(t, Group{Name: "g", Rounds: 1, Tests: []Test{diary{&entries, ""}}})
	require.NoError(t, err)
	require.Equal(t, strings.Fields("prepare a prepare b round a round b round a round b"), strings.Fields(strings.Join(entries, " ")))
	require.Len(t, rows[0].Rounds["a"], 1, "one round was for warming up")
	left, err := os.ReadDir(p.Dir)
	require.NoError(t, err)
	require.Empty(t, left, "the servers' directories are gone")
}

func TestAWorkloadGivesAllItsMetrics(t *testing.T) {
	var out bytes.Buffer
	p := Plan{
		Timing: Timing{Rounds: 2, Time: 200 * time.Millisecond, Warm: 5 * time.Millisecond},
		Kinds:  []peer.Kind{self("a"), self("b")}, Dir: t.TempDir(), Workers: 1, Out: &out, Log: &bytes.Buffer{},
	}
	rep, err := p.Run(t.Context(), []Group{{Name: "g", Tests: []Test{setData(2, 4).quick(perCPU(1))}}})
	require.NoError(t, err)
	require.Equal(t, "a", rep.Base)
	require.Empty(t, rep.Rows[0].Failed)
	for _, server := range []string{"a", "b"} {
		require.Len(t, rep.Rows[0].Rounds[server], 2)
		for _, m := range rep.Rows[0].Metrics {
			if m.Name != written { // there may be no disk below
				require.Len(t, rep.Rows[0].Values(server, m.Name), 2, m.Name)
			}
		}
		require.Positive(t, rep.Rows[0].Values(server, opsPerCPU)[0])
	}
	require.Len(t, rep.Rows[0].Verdicts("b", "a"), 1)
	require.Positive(t, rep.Disk.PerSecond)
	var whole bytes.Buffer
	require.NoError(t, rep.Text(&whole))
	require.Equal(t, whole.String(), out.String(), "what was written on the way is the report")
}

func TestScenesRunAgainstAnything(t *testing.T) {
	p := Plan{
		Timing: Timing{Rounds: 1, Time: 20 * time.Millisecond},
		Kinds:  []peer.Kind{self("a")}, Dir: t.TempDir(), Log: &bytes.Buffer{},
	}
	rows, err := p.rows(t, Group{Name: "g", Cold: true, Tests: []Test{storm{sessions: 50, width: 8}, idle{sessions: 50}}})
	require.NoError(t, err)
	for _, row := range rows {
		require.Empty(t, row.Failed)
		require.Len(t, row.Rounds["a"], 1)
	}
	require.Zero(t, rows[0].Values("a", "failed")[0])
}

func TestSelect(t *testing.T) {
	names := func(p Plan) (all []string) {
		for _, g := range p.Select(Groups()) {
			for _, t := range g.Tests {
				all = append(all, t.Row().Name)
			}
		}
		return all
	}
	all := names(Plan{})
	require.Greater(t, len(all), 40)
	quick := names(Plan{Quick: true})
	for _, want := range []string{
		"getData 16x64", "getData 64x1", "getData 1x1", "setData 16x64", "setData 64x1", "setData 1x1",
		"10000 idle sessions", "1,000,000 znodes of 100 B",
	} {
		require.Contains(t, quick, want)
	}
	require.Len(t, quick, 8)
	require.Equal(t, []string{"1,000,000 znodes of 100 B"}, names(Plan{Only: regexp.MustCompile("^a million")}))
	require.Empty(t, names(Plan{Only: regexp.MustCompile("^nothing$")}))
}

func TestTheDiskBelowADirectory(t *testing.T) {
	d, err := deviceOf(t.TempDir())
	require.NoError(t, err)
	first, err := d.written()
	require.NoError(t, err)
	second, err := d.written()
	require.NoError(t, err)
	require.GreaterOrEqual(t, second, first)
	_, err = deviceOf("/no/such/directory")
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = device{stat: "/no/such/stat"}.written()
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestTheTableIsSound catches a workload whose replies are judged by the wrong length.
func TestTheTableIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range Groups() {
		require.NotEmpty(t, g.Tests, g.Name)
		for _, test := range g.Tests {
			row := test.Row()
			require.False(t, seen[g.Name+row.Name], "%s: %s twice", g.Name, row.Name)
			seen[g.Name+row.Name] = true
			if w, ok := test.(Workload); ok {
				require.NotEmpty(t, w.Script.Ops, row.Name)
				for _, op := range w.Script.Ops {
					require.GreaterOrEqual(t, op.Reply, 16, row.Name)
					require.Equal(t, op.Keys == load.KeyRandom, op.Range > 0, row.Name)
				}
			}
		}
	}
}

func TestMediansOfSamples(t *testing.T) {
	require.Equal(t, report.Sample{"a": 2, "b": 5}, medians([]report.Sample{{"a": 1, "b": 5}, {"a": 2}, {"a": 9}}))
}
