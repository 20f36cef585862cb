//go:build interop

package clients

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
)

func TestCClient(t *testing.T) {
	peer.Need(t, peer.CClient, peer.CCompiler)
	bin := filepath.Join(t.TempDir(), "client")
	out := peer.Run(t, exec.Command("cc", "-Wall", "-Wextra", "-Werror", "-DTHREADED", "-o", bin, peer.Source("c",
		"client.c"), "-lzookeeper_mt", "-lpthread"), "", time.Minute)
	require.Zero(t, out.Code, out.All)
	s := start(t)
	passes(t, peer.Run(t, exec.Command(bin, s.Addr), "", 2*time.Minute))
}

// TestCShell plays commands to the shell that comes with the C client.
func TestCShell(t *testing.T) {
	peer.Need(t, peer.CCli)
	s := start(t)
	// The shell answers from another thread and does not wait at quit, so what it must print is awaited by a
	// synchronous way: each command in a run of its own.
	for _, c := range []struct{ command, want string }{
		{"create /shell", "rc = 0"},
		{"get /shell", "rc = 0"},
		{"get /none", "rc = -101"},
		{"ls /", "shell"},
		{"ls2 /", "ephemeralOwner = 0"},
		{"set /shell more", "rc = 0"},
		{"sync /shell", "rc = 0"},
		{"delete /shell", "rc = 0"},
	} {
		out := peer.Run(t, exec.Command(peer.CliMt, s.Addr, "cmd:"+c.command), "", time.Minute)
		require.Contains(t, out.All, c.want, "%s printed:\n%s", c.command, out.All)
	}
}
