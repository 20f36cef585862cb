package peer_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/bench/floor"
	"troupe/bench/load"
	"troupe/bench/peer"
)

// floorVariable turns this test binary into a server, at the address that it holds.
const floorVariable = "TROUPE_BENCH_TEST_FLOOR"

func TestMain(m *testing.M) {
	if address := os.Getenv(floorVariable); address != "" {
		if err := floor.NewEcho(nil).Serve(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// self is this test binary as a server.
type self struct{ address string }

func (self) Name() string                   { return "self" }
func (self) Check() error                   { return nil }
func (self) Version(context.Context) string { return "" }
func (self) WarmUp() time.Duration          { return 0 }
func (self) Protocol() load.Protocol        { return load.ZooKeeper }

func (s self) Command(o peer.Options) (*exec.Cmd, error) {
	if s.address == "" {
		s.address = fmt.Sprintf("127.0.0.1:%d", o.Self.ClientPort)
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), floorVariable+"="+s.address)
	return c, nil
}

func TestAServerLives(t *testing.T) {
	s, err := peer.Start(t.Context(), self{}, peer.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	before, err := s.Usage()
	require.NoError(t, err)
	require.Positive(t, before.CPU)
	require.Greater(t, before.RSS, int64(1<<20))

	g, _, err := load.Open(t.Context(), load.Options{Address: s.Address, Depth: 64})
	require.NoError(t, err)
	script := load.One(load.Exists("/p"))
	script.Budget = 20_000
	_, err = g.All(t.Context(), script)
	require.NoError(t, err)
	after, err := s.Usage()
	require.NoError(t, err)
	require.Greater(t, after.CPU, before.CPU, "a load shows in the server's processor time")
	require.NoError(t, g.Drop())

	pid := s.PID()
	require.NoError(t, s.Kill())
	_, err = load.Dial(t.Context(), s.Address, time.Second)
	require.Error(t, err)
	asked := false
	took, err := s.Restart(t.Context(), func(c *load.Client) error {
		asked = true
		_, err := c.Do(load.Ping(), 0)
		return err
	})
	require.NoError(t, err)
	require.True(t, asked)
	require.Positive(t, took)
	require.NotEqual(t, pid, s.PID())
	require.NoError(t, s.Stop())
}

func TestAServerThatDoesNotStartSaysWhy(t *testing.T) {
	_, err := peer.Start(t.Context(), self{address: "no-such-address"}, peer.Options{Dir: t.TempDir()})
	require.ErrorContains(t, err, "ended before it served")
	require.ErrorContains(t, err, "no-such-address", "its last words")
}

func TestParse(t *testing.T) {
	kinds, err := peer.Parse([]string{"apache", "again=apache", "etcd", "old=/opt/troupe", "troupe", "floor"}, "/bin/self")
	require.NoError(t, err)
	require.Equal(t, []peer.Kind{
		peer.Apache{Label: "apache"}, peer.Apache{Label: "again"}, peer.Etcd{}, peer.Troupe{Label: "old", Binary: "/opt/troupe"}, peer.Troupe{Label: "troupe", Binary: "/bin/self"}, peer.Echo{Binary: "/bin/self"},
	}, kinds)
	require.NoError(t, peer.Echo{Binary: os.Args[0]}.Check())
	require.ErrorContains(t, peer.Troupe{Binary: "/no/such/troupe"}.Check(), "/no/such/troupe")
	for _, wrong := range [][]string{nil, {"consul"}, {"=x"}, {"x="}, {"troupe", "troupe"}} {
		_, err := peer.Parse(wrong, "/bin/self")
		require.Error(t, err, wrong)
	}
}
