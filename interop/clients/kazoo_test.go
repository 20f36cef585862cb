//go:build interop

package clients

import (
	"os/exec"
	"testing"
	"time"

	"troupe/interop/peer"
)

func TestKazoo(t *testing.T) {
	peer.Need(t, peer.Kazoo, peer.Thing{Package: "python3", Path: peer.SystemPy})
	s := start(t)
	passes(t, peer.Run(t, exec.Command(peer.SystemPy, peer.Source("python", "recipes.py"), s.Addr), "", 3*time.Minute))
}
