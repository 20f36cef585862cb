package playground

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/config"
)

func allFree(int) bool { return true }

// Each member's files say the same about all, and what they are is read back from them.
func TestLay(t *testing.T) {
	dir := t.TempDir()
	members, err := Lay(Plan{Dir: dir, Servers: 3, Observers: 1, Port: 2181}, allFree)
	require.NoError(t, err)
	require.Len(t, members, 4)
	for i, m := range members {
		require.Equal(t, int64(i+1), m.ID)
		require.Equal(t, i == 3, m.Observer)
		cfg, err := config.Load(os.ReadFile, m.Config, nil)
		require.NoError(t, err)
		require.NoError(t, cfg.Unavailable())
		require.Empty(t, cfg.Notices)
		require.Equal(t, m.ID, cfg.Ensemble.MyID)
		require.Equal(t, 2181+i, cfg.Client.Port)
		require.Equal(t, "127.0.0.1", cfg.Client.Address)
		require.Equal(t, 3, cfg.Ensemble.Voters())
		require.Equal(t, filepath.Join(filepath.Dir(m.Config), "data"), cfg.Data.Dir)
	}
	again, err := Open(dir)
	require.NoError(t, err)
	require.Equal(t, members, again)
	require.NoError(t, Check(again, allFree))
	require.ErrorContains(t, Check(again, func(port int) bool { return port != 2183 }), "port 2183 of server 3 is in use")
}

// One server alone is an ensemble too: it can be watched like others.
func TestOneServerIsAnEnsemble(t *testing.T) {
	members, err := Lay(Plan{Dir: t.TempDir(), Servers: 1}, allFree)
	require.NoError(t, err)
	cfg, err := config.Load(os.ReadFile, members[0].Config, nil)
	require.NoError(t, err)
	require.True(t, cfg.Ensemble.Distributed())
}

// A directory that is used again is not what another plan asks for.
func TestMatches(t *testing.T) {
	dir := t.TempDir()
	require.False(t, Exists(dir))
	members, err := Lay(Plan{Dir: dir, Servers: 3, Observers: 1, Port: 5000}, allFree)
	require.NoError(t, err)
	require.True(t, Exists(dir))
	for _, p := range []Plan{{}, {Servers: 3}, {Observers: 1}, {Port: 5000}, {Servers: 3, Observers: 1, Port: 5000}} {
		require.NoError(t, p.Matches(members))
	}
	for _, p := range []Plan{{Servers: 5}, {Observers: 2}, {Port: 2181}} {
		require.ErrorContains(t, p.Matches(members), "3 servers and 1 observers with clients from port 5000 on")
	}
}

// A member whose folder has gone is told of, not made anew without its data.
func TestAFolderIsMissing(t *testing.T) {
	dir := t.TempDir()
	_, err := Lay(Plan{Dir: dir, Servers: 3}, allFree)
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "server.2")))
	_, err = Open(dir)
	require.ErrorContains(t, err, "server.2")
}

func TestPlansThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		plan Plan
		free func(int) bool
		says string
	}{
		"no servers":         {Plan{Observers: 2}, allFree, "not 0 and 2"},
		"negative":           {Plan{Servers: 3, Observers: -1}, allFree, "not 3 and -1"},
		"port in use":        {Plan{Servers: 3, Port: 2181}, func(p int) bool { return p != 2182 }, "port 2182 is in use"},
		"port out of range":  {Plan{Servers: 3, Port: 65534}, allFree, "3 ports in a row"},
		"nothing free":       {Plan{Servers: 3}, func(int) bool { return false }, "3 ports in a row"},
		"too few free":       {Plan{Servers: 3, Port: 2181}, func(p int) bool { return p < 2189 }, "fewer than 6 ports"},
		"too many to fit in": {Plan{Servers: 12000}, allFree, "ports"},
	} {
		_, err := Lay(withDir(c.plan, t.TempDir()), c.free)
		require.ErrorContains(t, err, c.says, name)
	}
}

func withDir(p Plan, dir string) Plan {
	p.Dir = dir
	return p
}

// Whatever is in use: the ports that are taken are free, different, and below those of outgoing connections unless others were asked for.
func TestPortsAreFreeAndDifferent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		used := map[int]bool{}
		for _, p := range rapid.SliceOfN(rapid.IntRange(firstPort, firstPort+60), 0, 40).Draw(t, "used") {
			used[p] = true
		}
		n := rapid.IntRange(1, 9).Draw(t, "members")
		seen := map[int]bool{}
		free := func(p int) bool { return !used[p] }
		clients, next, err := clientPorts(0, n, free)
		require.NoError(t, err)
		peers, err := freePorts(next, 2*n, free)
		require.NoError(t, err)
		require.Len(t, clients, n)
		require.Len(t, peers, 2*n)
		for _, p := range append(clients, peers...) {
			require.False(t, used[p] || seen[p] || p > lastPort, "%d", p)
			seen[p] = true
		}
		require.Equal(t, clients[0]+n-1, clients[n-1], "clients' ports are in a row")
	})
}
