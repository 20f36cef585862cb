//go:build interop

package clients

import (
	"bufio"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

func TestMain(m *testing.M) {
	code := m.Run()
	peer.Cleanup()
	os.Exit(code)
}

const superDigest = "super:xQJmxLMiHGwaqBvst5y6rkB6HQs=" // of super:admin

// start runs the server under test with quick background removal and a super user.
func start(t *testing.T) *peer.Server {
	t.Helper()
	return startKind(t, peer.Target())
}

func startKind(t *testing.T, k peer.Kind) *peer.Server {
	t.Helper()
	return peer.Start(t, k, peer.Options{
		Settings:   []string{"forceSync=no", "DigestAuthenticationProvider.superDigest=" + superDigest},
		Properties: []string{"znode.container.checkIntervalMs=200"},
	})
}

// passes runs a program that prints OK at its end.
func passes(t *testing.T, out peer.Output) {
	t.Helper()
	require.Zero(t, out.Code, "it printed:\n%s", out.All)
	require.Contains(t, out.All, "OK ")
	t.Log(strings.TrimSpace(out.All))
}

func TestJavaClient(t *testing.T) {
	peer.Need(t, peer.ApacheServer, peer.JavaRuntime, peer.JavaCompiler)
	classes := peer.CompileJava(t, peer.Source("java", "client"), nil)
	t.Run("every operation", func(t *testing.T) {
		s := start(t)
		passes(t, peer.Run(t, peer.Java(classes, nil, "Api", s.Addr), "", 2*time.Minute))
	})
	t.Run("the server is killed and comes back", func(t *testing.T) { survive(t, classes) })
}

func survive(t *testing.T, classes string) {
	s := start(t)
	cmd := peer.Java(classes, nil, "Survive", s.Addr)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	watchdog := time.AfterFunc(90*time.Second, func() { _ = cmd.Process.Kill() })
	defer watchdog.Stop()
	lines := bufio.NewScanner(out)
	var printed []string
	expect := func(want string) {
		t.Helper()
		for lines.Scan() {
			printed = append(printed, lines.Text())
			if strings.HasPrefix(lines.Text(), want) {
				return
			}
		}
		t.Fatalf("%q was never printed, but:\n%s", want, strings.Join(printed, "\n"))
	}
	say := func() {
		t.Helper()
		_, err := in.Write([]byte("go on\n"))
		require.NoError(t, err)
	}
	expect("READY")
	s.Kill()
	s = s.OnSamePort(t)
	say()
	expect("BACK")
	c, err := wire.Connect(s.Addr, 10000)
	require.NoError(t, err)
	defer c.Close()
	for _, r := range []wire.Request{
		wire.SetDataReq("/survive", []byte("x"), -1), wire.CreateReq(wire.OpCreate, "/survive/later", nil, wire.OpenACL(),
			0),
		wire.CreateReq(wire.OpCreate, "/survive/tree", nil, wire.OpenACL(), 0), wire.CreateReq(wire.OpCreate,
			"/survive/tree/leaf", nil, wire.OpenACL(), 0),
	} {
		m, err := c.Call(r)
		require.NoError(t, err)
		require.Equal(t, wire.CodeOK, m.Err)
	}
	say()
	expect("OK")
}
