//go:build interop

package ensemble

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
)

// TestFullDisk lets the leader's disk run full. A server that cannot log is of no use: it ends and says why, the others
// elect one of them and go on, and when there is room again it comes back.
func TestFullDisk(t *testing.T) {
	forMixes(t, []mix{"att", "ttt"}, func(t *testing.T, x mix) {
		small, may := peer.SmallDisk(t, "3m")
		if !may {
			return
		}
		e := lay(t, x, options{settings: []string{"preAllocSize=64"}})
		m := e.members[len(e.members)-1]
		m.dir = small
		require.NoError(t, os.WriteFile(filepath.Join(m.dir, "myid"), []byte(fmt.Sprintln(m.id)), 0o644))
		e.start()
		l := writeLedgers(e, 2, 8)
		code := m.WaitExit(patience)
		require.NotZero(t, code)
		if m.kind == peer.Troupe {
			require.Contains(t, strings.ToLower(m.LogTail(10)), "no space left")
		}
		e.awaitFormed()
		before := l.acked()
		await(t, patience, "writes go on", func() bool { return l.acked() > before+100 }, e.show)
		peer.Remount(t, m.dir, "size=100m", 0)
		m.launch()
		e.awaitFormed()
		l.finish(t)
		e.sameTrees(t)
	})
}
