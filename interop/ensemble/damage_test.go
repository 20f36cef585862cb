//go:build interop

package ensemble

import (
	"encoding/binary"
	"hash/adler32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
)

// The damaged member is the first one; the last one leads.
var damaging = []mix{"tta", "aat", "ttt"}

// TestDamage treats the disk of one member badly while it is down. It starts again and gets from the others what it
// has lost; or it refuses to start, if what it finds must not be there.
func TestDamage(t *testing.T) {
	forMixes(t, damaging, func(t *testing.T, x mix) {
		e := form(t, x, options{settings: []string{"snapCount=100"}})
		m := e.member(1)
		fill(t, e.leader(), "old", 150)
		backup := copied(t, m.dir)
		fill(t, e.leader(), "new", 250)
		await(t, patience, "some snapshots of the damaged member", func() bool { return len(m.files(t, "snapshot.")) > 2 },
			e.show)
		for _, d := range []struct {
			name   string
			damage func(t *testing.T, m *member)
		}{
			{"the newest snapshot has a wrong bit", func(t *testing.T, m *member) {
				change(t, newestSnapshot(t, m), func(b []byte) []byte { b[len(b)/2] ^= 0x10; return b })
			}},
			{"the newest snapshot ends in the middle", func(t *testing.T, m *member) {
				change(t, newestSnapshot(t, m), func(b []byte) []byte { return b[:len(b)/2] })
			}},
			{"the log ends inside an entry", func(t *testing.T, m *member) {
				name, last := lastEntry(t, m)
				change(t, name, func(b []byte) []byte { return b[:(last.begin+last.end)/2] })
			}},
			{"the disk is that of some time ago", func(t *testing.T, m *member) {
				require.NoError(t, os.RemoveAll(m.dir))
				require.NoError(t, os.CopyFS(m.dir, os.DirFS(backup)))
			}},
			{"the epoch files are lost", func(t *testing.T, m *member) {
				for _, name := range []string{"currentEpoch", "acceptedEpoch"} {
					require.NoError(t, os.Remove(filepath.Join(m.data(), name)))
				}
			}},
			{"the disk is empty", func(_ *testing.T, m *member) { m.wipe() }},
		} {
			if !t.Run(d.name, func(t *testing.T) {
				m.Kill()
				fill(t, e.leader(), "meanwhile", 0)
				d.damage(t, m)
				m.launch()
				e.awaitFormed()
				fill(t, e.leader(), "afterwards", 0)
				e.sameTrees(t)
			}) {
				return
			}
		}
		t.Run("the log has a transaction of another release", func(t *testing.T) { foreign(t, e, m) })
	})
}

// foreign: a transaction of a type that this release does not know is not passed over: who did so would go on with
// another state than the others. The server says so and ends.
func foreign(t *testing.T, e *ensemble, m *member) {
	m.Kill()
	name, last := lastEntry(t, m)
	change(t, name, func(b []byte) []byte {
		const typeOffset, zxidOffset = 28, 12 // of TxnHeader: session, cxid, zxid, time, type
		body := slices.Clone(b[last.begin+12 : last.end-1])
		zxid := binary.BigEndian.Uint64(body[zxidOffset:])
		binary.BigEndian.PutUint64(body[zxidOffset:], zxid+1)
		binary.BigEndian.PutUint32(body[typeOffset:], 99)
		entry := binary.BigEndian.AppendUint64(nil, uint64(adler32.Checksum(body)))
		entry = binary.BigEndian.AppendUint32(entry, uint32(len(body)))
		entry = append(append(entry, body...), 'B')
		return append(b[:last.end:last.end], append(entry, make([]byte, 64)...)...)
	})
	m.launch()
	require.Equal(t, 1, m.WaitExit(patience), "exit code; the log ends:\n%s", m.LogTail(10))
	if m.kind == peer.Troupe {
		require.Contains(t, m.LogTail(3), "99", "the end of the log tells the type")
		require.Contains(t, m.LogTail(3), filepath.Base(name), "and where it is")
	}
	m.wipe()
	m.launch()
	e.awaitFormed()
	e.sameTrees(t)
}

// newestSnapshot is the newest one that has something in it: the member may have been killed when it had just made
// another.
func newestSnapshot(t *testing.T, m *member) string {
	t.Helper()
	for _, name := range slices.Backward(m.files(t, "snapshot.")) {
		if info, err := os.Stat(name); err == nil && info.Size() > 0 {
			return name
		}
	}
	t.Fatalf("%v has no snapshot", m)
	return ""
}

// tear leaves the first part of an entry behind the last whole one, as a machine does that loses power while it writes.
func tear(t testing.TB, m *member) {
	t.Helper()
	name, last := lastEntry(t, m)
	change(t, name, func(b []byte) []byte {
		if slices.ContainsFunc(b[last.end:], func(c byte) bool { return c != 0 }) {
			return b // the kill itself has left a part
		}
		return append(b[:last.end:last.end], b[last.begin:(last.begin+last.end)/2]...)
	})
}

func change(t testing.TB, name string, f func(b []byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, f(b), 0o644))
}

// copied copies the directory of a server that runs to one of the test. A file that was renamed or removed meanwhile, as a snapshot is
// when it is whole, makes it begin again.
func copied(t *testing.T, dir string) string {
	t.Helper()
	var err error
	for range 20 {
		to := filepath.Join(t.TempDir(), "copy")
		if err = os.CopyFS(to, os.DirFS(dir)); err == nil {
			return to
		}
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
	require.NoError(t, err)
	return ""
}
