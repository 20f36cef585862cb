package run

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors/server"
	"troupe/bench/load"
	"troupe/bench/peer"
	"troupe/config"
)

// serve makes this test binary what `troupe serve` is.
func serve(file string) error {
	cfg, err := config.Load(os.ReadFile, file, nil)
	if err != nil {
		return err
	}
	s, err := server.Start(cfg, zerolog.New(os.Stderr).Level(zerolog.WarnLevel))
	if err != nil {
		return err
	}
	return <-s.Done()
}

// small are short rounds against a real server: whether a scene plays, not what comes of it.
func small(t *testing.T) Plan {
	return Plan{
		Timing: Timing{Rounds: 1, Time: 100 * time.Millisecond},
		Kinds:  []peer.Kind{peer.Troupe{Label: "t", Binary: os.Args[0]}}, Dir: t.TempDir(), Log: &bytes.Buffer{},
	}
}

// plays runs a group and wants a value of every metric.
func plays(t *testing.T, g Group) {
	t.Helper()
	g.Cold = true
	rows, err := small(t).rows(t, g)
	require.NoError(t, err)
	require.Len(t, rows, len(g.Tests))
	for _, row := range rows {
		require.Empty(t, row.Failed, row.Name)
		for _, m := range row.Metrics {
			if m.Name != written { // there may be no disk below
				require.Len(t, row.Values("t", m.Name), 1, "%s: %s", row.Name, m.Name)
			}
		}
	}
}

func quickTicks() map[string]string { return map[string]string{"tickTime": "100"} }

func TestScenesOfOneServerPlay(t *testing.T) {
	t.Parallel()
	writes := setData(2, 4)
	writes.Needs = []load.Nodes{{Path: many, Count: 10, Value: value}}
	writes.Script = load.One(load.SetData(many, value).Random(10))
	plays(t, Group{Name: "g", Settings: quickTicks(), Tests: []Test{
		fanOut{znodes: 1, watchers: 20, times: 2}, fanOut{znodes: 10, watchers: 5}, fanOut{znodes: 7, watchers: 3, recursive: true},
		watchMemory{znodes: 20, watchers: 3}, expiry{sessions: 20, timeout: 500 * time.Millisecond},
		writes.quick(), mixed(50, 2, 2),
	}})
	plays(t, Group{Name: "g", Settings: map[string]string{"snapCount": "50"}, Beside: map[string]string{"snapCount": "1000000"}, Tests: []Test{snapshots{load: writes}}})
}

func TestScenesOfAnEnsemblePlay(t *testing.T) {
	t.Parallel()
	size := peer.Size{Voters: 3}
	plays(t, Group{Name: "g", Size: size, Settings: quickTicks(), Tests: []Test{
		setData(2, 2).on(size, atLeader), getData(2, 2).on(size, atFollowers), getData(3, 1).on(size, everywhere),
		of{size, storm{sessions: 20, width: 4}}, of{size, expiry{sessions: 20, timeout: 500 * time.Millisecond}},
		of{size, failover{conns: 3, depth: 1, kills: 1}},
		of{size, failover{conns: 3, depth: 2, lead: 100 * time.Millisecond, trail: 100 * time.Millisecond, kills: 2}},
		of{size, resync{znodes: 200}},
	}})
}
