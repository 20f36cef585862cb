//go:build interop

package ensemble

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/wire"
)

// A leader of each kind brings learners of the other kind up to date; so it does in "TRUNC", where the second member
// leads and the third one has what the others never got.
var syncing = []mix{"ttaT", "aatA", "tttT"}

// TestSynchronisation makes a leader send each kind of synchronisation. What was sent is read on the way.
func TestSynchronisation(t *testing.T) {
	forMixes(t, syncing, func(t *testing.T, x mix) {
		e := form(t, x, options{})
		defer e.sameDigests(t)
		for _, scene := range []struct {
			name string
			run  func(t *testing.T, e *ensemble)
		}{
			{"DIFF from memory", diffFromMemory},
			{"DIFF from disk", diffFromDisk},
			{"SNAP to the empty", snapToEmpty},
			{"TRUNC", truncate},
			{"SNAP over what was never committed", snapOverUncommitted},
			{"all again", allAgain},
		} {
			if !t.Run(scene.name, func(t *testing.T) { scene.run(t, e) }) && !e.formed() {
				return
			}
		}
	})
}

// rejoin starts members that are behind. Each is brought up to date in the way that is named.
func (e *ensemble) rejoin(t *testing.T, how string, away ...*member) {
	t.Helper()
	leader := e.leader()
	require.NotNil(t, leader, "%s", e.show())
	before := map[*member]int{}
	for _, m := range away {
		before[m] = len(e.net.synced(leader, m))
		m.launch()
	}
	require.Equal(t, leader.id, e.awaitFormed().id, "a member that joins changes no leader")
	for _, m := range away {
		ways := e.net.synced(leader, m)[before[m]:]
		require.NotEmpty(t, ways, "%v has not joined through the network", m)
		if ways[len(ways)-1] != how {
			t.Errorf("%v brought %v up to date by %v, not %s", leader, m, ways, how)
		}
	}
}

// away kills one follower and the observers once they have what was written, and gives them.
func (e *ensemble) away(t *testing.T, follower int) []*member {
	t.Helper()
	gone := []*member{e.followers()[follower]}
	for _, m := range e.members {
		if m.observer {
			gone = append(gone, m)
		}
	}
	zxid := e.leader().state().zxid
	for _, m := range gone {
		await(t, patience, fmt.Sprintf("%v has 0x%x", m, zxid), func() bool { return m.state().zxid >= zxid }, e.show)
		m.Kill()
	}
	return gone
}

// fill writes n nodes, each with a name of its own, and closes its session.
func fill(t *testing.T, m *member, name string, n int) {
	t.Helper()
	c := connect(t, m, long)
	if code(t, c, create("/"+name, "")) == wire.CodeNodeExists {
		ok(t, c, set("/"+name, "again"))
	}
	const atOnce = 200 // on a busy machine more could keep the followers' disks busy for longer than the leader waits
	for from := 0; from < n; from += atOnce {
		until := min(n, from+atOnce)
		var frames []byte
		for i := from; i < until; i++ {
			frames = append(frames, create(fmt.Sprintf("/%s/%d", name, i), name).Frame(int32(1000+i))...)
		}
		require.NoError(t, c.Write(frames))
		for i := from; i < until; i++ {
			reply, err := c.Next()
			require.NoError(t, err)
			require.EqualValues(t, 1000+i, reply.Xid)
			require.Equal(t, wire.CodeOK, reply.Err)
		}
	}
	ok(t, c, wire.Bare(wire.OpCloseSession))
	c.Close()
}

func diffFromMemory(t *testing.T, e *ensemble) {
	fill(t, e.leader(), "first", 10)
	gone := e.away(t, 0)
	fill(t, e.leader(), "memory", 20)
	e.rejoin(t, "DIFF", gone...)
	e.sameTrees(t)
}

// The leader remembers 500 transactions; what is older it reads from its log.
func diffFromDisk(t *testing.T, e *ensemble) {
	gone := e.away(t, 1)
	fill(t, e.leader(), "disk", 700)
	e.rejoin(t, "DIFF", gone...)
	e.sameTrees(t)
}

func snapToEmpty(t *testing.T, e *ensemble) {
	gone := e.away(t, 0)
	for _, m := range gone {
		m.wipe()
	}
	e.rejoin(t, "SNAP", gone...)
	want := e.sameTrees(t)
	// What came as a snapshot is on disk: it is there after a kill, and needs not come again.
	for _, m := range gone {
		m.Kill()
	}
	e.rejoin(t, "DIFF", gone...)
	require.Equal(t, want, e.sameTrees(t))
}

// lonely makes the leader log writes that nobody else gets, and kills it. The others elect one of them. No session
// may be open whose end the new leader would write down.
func lonely(t *testing.T, e *ensemble, name string) (old *member) {
	t.Helper()
	old = e.leader()
	c := connect(t, old, long)
	ok(t, c, create("/"+name, ""))
	e.net.isolate(old)
	for i := range 5 {
		require.NoError(t, c.Write(create(fmt.Sprintf("/%s/lost-%d", name, i), "").Frame(int32(1000+i))))
	}
	await(t, patience, fmt.Sprintf("%v logs what it cannot send", old), func() bool {
		return logged(t, old, fmt.Sprintf("/%s/lost-4", name))
	}, e.show)
	old.Kill()
	e.net.forget(old)
	e.net.heal()
	e.awaitFormed()
	return old
}

// logged reports whether a log file of the member has the text.
func logged(t *testing.T, m *member, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(m.data(), "log.*"))
	require.NoError(t, err)
	for _, name := range files {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		if strings.Contains(string(b), text) {
			return true
		}
	}
	return false
}

// While the new epoch has no transaction yet, the new leader knows where the old one went astray.
func truncate(t *testing.T, e *ensemble) {
	old := lonely(t, e, "truncated")
	e.rejoin(t, "TRUNC", old)
	want := e.sameTrees(t)
	require.NotContains(t, want, "lost-")
	// And it is gone from the disk.
	old.Kill()
	e.rejoin(t, "DIFF", old)
	require.Equal(t, want, e.sameTrees(t))
}

// When the new epoch has transactions the old leader's own cannot be cut off (lessons.md, "Seen when", 3), and the
// snapshot that it gets wins over them, also when it starts again.
func snapOverUncommitted(t *testing.T, e *ensemble) {
	old := lonely(t, e, "overwritten")
	fill(t, e.leader(), "newer", 5)
	e.rejoin(t, "SNAP", old)
	want := e.sameTrees(t)
	require.NotContains(t, want, "lost-")
	old.Kill()
	e.rejoin(t, "DIFF", old)
	require.Equal(t, want, e.sameTrees(t))
}

// What all have been through is on their disks.
func allAgain(t *testing.T, e *ensemble) {
	want := e.sameTrees(t)
	for _, m := range e.members {
		m.Kill()
	}
	for _, m := range e.members {
		m.launch()
	}
	e.awaitFormed()
	require.Equal(t, want, e.sameTrees(t))
}

// TestForcedSnapshots: a leader may be told to send nothing but snapshots, also to those that lack nothing. Here they
// are larger than what the buffers on the way hold.
func TestForcedSnapshots(t *testing.T) {
	forMixes(t, []mix{"att", "tta"}, func(t *testing.T, x mix) {
		e := form(t, x, options{settings: []string{"forceSnapshotSync=true"}})
		fill(t, e.leader(), "forced", 3000)
		c := connect(t, e.leader(), long)
		for i := range 5 {
			ok(t, c, create(fmt.Sprintf("/forced/large%d", i), strings.Repeat(fmt.Sprint(i), 900_000)))
		}
		ok(t, c, wire.Bare(wire.OpCloseSession))
		for n := range e.followers() {
			e.rejoin(t, "SNAP", e.away(t, n)...)
		}
		e.sameTrees(t)
	})
}
