//go:build interop

package ensemble

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
)

// entry is where a transaction stands in a log file. It is checksum (8 bytes), length (4), the bytes, and 'B', behind
// a file header of 16 bytes (persistence.md §2); the bytes begin with session (8), cxid (4) and zxid (8).
type entry struct {
	begin, end int
	zxid       int64
}

// entries reads a log file up to where it does not go on.
func entries(b []byte) []entry {
	var out []entry
	for at := 16; at+12 <= len(b); {
		size := int(binary.BigEndian.Uint32(b[at+8:]))
		end := at + 12 + size + 1
		if size < 20 || end > len(b) || b[end-1] != 'B' {
			break
		}
		out = append(out, entry{at, end, int64(binary.BigEndian.Uint64(b[at+24:]))})
		at = end
	}
	return out
}

// lastEntry finds the last entry of the newest log that has one.
func lastEntry(t testing.TB, m *member) (name string, last entry) {
	t.Helper()
	logs := m.files(t, "log.")
	for _, name := range slices.Backward(logs) {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		if all := entries(b); len(all) > 0 {
			return name, all[len(all)-1]
		}
	}
	t.Fatalf("no entry in %v", logs)
	return "", entry{}
}

// hole finds transactions that are missing between others in the member's log, and did not come with a snapshot either:
// after its next start the member has another tree than the others. "" is none.
//
// Apache 3.8.0 makes such holes: when a learner joins under load and is cut off again, its log thread can end with an
// exception while transactions still come and are applied (SendAckRequestProcessor.flush, ZOOKEEPER-4712), and see
// [faulting]. What is lost then is not Troupe's to keep.
func (m *member) hole(t testing.TB) string {
	t.Helper()
	var snapshots []int64
	for _, name := range m.files(t, "snapshot.") {
		snapshots = append(snapshots, zxidOf(name))
	}
	last := int64(0)
	for _, name := range m.files(t, "log.") {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, x := range entries(b) {
			follows := x.zxid <= last+1 || x.zxid>>32 > last>>32 && x.zxid&0xffffffff == 1
			if !follows && !slices.Contains(snapshots, x.zxid-1) {
				return fmt.Sprintf("the log of %v goes on with 0x%x behind 0x%x, and not where a snapshot ends", m, x.zxid, last)
			}
			last = max(last, x.zxid)
		}
	}
	return ""
}

// wholeLogs checks that no member of Troupe has a hole in its log. It gives the first hole in one of Apache's.
func (e *ensemble) wholeLogs(t testing.TB) (apache string) {
	t.Helper()
	for _, m := range e.members {
		hole := m.hole(t)
		if m.kind == peer.Troupe {
			require.Empty(t, hole)
		} else if hole != "" && apache == "" {
			apache = hole
		}
	}
	return apache
}

// files are the paths of the member's files with the prefix and a zxid, oldest first.
func (m *member) files(t testing.TB, prefix string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(m.data(), prefix+"*"))
	require.NoError(t, err)
	found = slices.DeleteFunc(found, func(name string) bool { return zxidOf(name) < 0 }) // being written
	slices.SortFunc(found, func(a, b string) int { return cmp.Compare(zxidOf(a), zxidOf(b)) })
	return found
}

// zxidOf is the zxid in the name of a snapshot or log; -1: it has none.
func zxidOf(name string) int64 {
	_, text, _ := strings.Cut(filepath.Base(name), ".")
	n, err := strconv.ParseInt(text, 16, 64)
	if err != nil {
		return -1
	}
	return n
}
