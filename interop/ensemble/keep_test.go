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
// the logs of their processes, at the end the stacks of Apache's threads, and their data.
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
		for _, p := range m.past {
			text += "\n--- " + p.String() + "\n" + p.Log()
		}
		name := filepath.Join(dir, fmt.Sprintf("server.%d.%s", m.id, m.kind))
		require.NoError(e.t, os.WriteFile(name+".txt", []byte(text), 0o644))
		require.NoError(e.t, os.CopyFS(name, os.DirFS(m.dir)))
	}
	e.t.Logf("kept in %s", dir)
}
