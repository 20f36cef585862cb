//go:build interop

package ensemble

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
)

// keep writes what can be known of the members of a failed test into a folder of the directory that KEEP names: mntr,
// the log of the newest process, and the stacks of Apache's threads at its end.
func (e *ensemble) keep() {
	root := os.Getenv("KEEP")
	if root == "" || !e.t.Failed() {
		return
	}
	dir := filepath.Join(root, strings.ReplaceAll(e.t.Name(), "/", "-"))
	require.NoError(e.t, os.MkdirAll(dir, 0o755))
	for _, m := range e.members {
		if m.Server == nil {
			continue
		}
		text, _ := peer.FourLetter(m.address(), "mntr", time.Second)
		if m.kind == peer.Apache && m.Alive() {
			m.Signal(syscall.SIGQUIT)
			await(e.t, patience, "the stacks of "+m.String(), func() bool {
				return !m.Alive() || strings.Contains(m.Log(), "JNI global refs")
			})
		}
		text += "\n" + m.Log()
		name := filepath.Join(dir, fmt.Sprintf("server.%d.%s.txt", m.id, m.kind))
		require.NoError(e.t, os.WriteFile(name, []byte(text), 0o644))
	}
	e.t.Logf("kept in %s", dir)
}
