//go:build interop

package ensemble

import (
	"encoding/binary"
	"hash/adler32"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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
				name := newest(m.files(t, "snapshot."))
				change(t, name, func(b []byte) []byte { b[len(b)/2] ^= 0x10; return b })
			}},
			{"the newest snapshot ends in the middle", func(t *testing.T, m *member) {
				name := newest(m.files(t, "snapshot."))
				change(t, name, func(b []byte) []byte { return b[:len(b)/2] })
			}},
			{"the log ends inside an entry", func(t *testing.T, m *member) {
				name, last, end := lastEntry(t, m)
				change(t, name, func(b []byte) []byte { return b[:(last+end)/2] })
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
	name, last, end := lastEntry(t, m)
	change(t, name, func(b []byte) []byte {
		const typeOffset, zxidOffset = 28, 12 // of TxnHeader: session, cxid, zxid, time, type
		body := slices.Clone(b[last+12 : end-1])
		zxid := binary.BigEndian.Uint64(body[zxidOffset:])
		binary.BigEndian.PutUint64(body[zxidOffset:], zxid+1)
		binary.BigEndian.PutUint32(body[typeOffset:], 99)
		entry := binary.BigEndian.AppendUint64(nil, uint64(adler32.Checksum(body)))
		entry = binary.BigEndian.AppendUint32(entry, uint32(len(body)))
		entry = append(append(entry, body...), 'B')
		return append(b[:end:end], append(entry, make([]byte, 64)...)...)
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

// files are the paths of the member's files with the prefix and a zxid, oldest first.
func (m *member) files(t testing.TB, prefix string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(m.data(), prefix+"*"))
	require.NoError(t, err)
	zxid := func(name string) uint64 {
		n, err := strconv.ParseUint(strings.TrimPrefix(filepath.Base(name), prefix), 16, 64)
		require.NoError(t, err, name)
		return n
	}
	slices.SortFunc(found, func(a, b string) int {
		if zxid(a) < zxid(b) {
			return -1
		}
		return 1
	})
	return found
}

func newest(files []string) string { return files[len(files)-1] }

// lastEntry finds the last entry of the newest log that has one: where it begins and where it ends. An entry is
// checksum (8 bytes), length (4), the bytes, and 'B', behind a header of 16 bytes (persistence.md §2).
func lastEntry(t testing.TB, m *member) (name string, begin, end int) {
	t.Helper()
	logs := m.files(t, "log.")
	for _, name := range slices.Backward(logs) {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		begin, end := 0, 16
		for end+12 <= len(b) {
			size := int(binary.BigEndian.Uint32(b[end+8:]))
			if size == 0 || end+12+size+1 > len(b) {
				break
			}
			begin, end = end, end+12+size+1
		}
		if begin > 0 {
			return name, begin, end
		}
	}
	t.Fatalf("no entry in %v", logs)
	return "", 0, 0
}

// tear leaves the first part of an entry behind the last whole one, as a machine does that loses power while it writes.
func tear(t testing.TB, m *member) {
	t.Helper()
	name, begin, end := lastEntry(t, m)
	change(t, name, func(b []byte) []byte {
		rest := b[end:]
		if slices.ContainsFunc(rest, func(c byte) bool { return c != 0 }) {
			return b // the kill itself has left a part
		}
		return append(b[:end:end], b[begin:(begin+end)/2]...)
	})
}

func change(t testing.TB, name string, f func(b []byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, f(b), 0o644))
}

// copied copies a directory to one of the test.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}
