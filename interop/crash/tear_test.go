//go:build interop

package crash

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tearTail leaves the first part of an entry behind the last whole one of the newest log, as a crash of the
// machine in the middle of a write does. It gives false if the log has no entry to copy.
//
// An entry is checksum (8 bytes), length (4), the bytes, and 'B'; the file starts with 16 bytes of header
// and ends in zeros (persistence.md §2).
func tearTail(t *testing.T, dir string, rng *rand.Rand) bool {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "version-2", "log.*"))
	require.NoError(t, err)
	var newest string
	var highest uint64
	for _, name := range logs {
		zxid, err := strconv.ParseUint(strings.TrimPrefix(filepath.Base(name), "log."), 16, 64)
		require.NoError(t, err)
		if zxid >= highest {
			newest, highest = name, zxid
		}
	}
	if newest == "" {
		return false
	}
	b, err := os.ReadFile(newest)
	require.NoError(t, err)
	at, entry := 16, []byte(nil)
	for at+12 <= len(b) {
		n := int(binary.BigEndian.Uint32(b[at+8:]))
		if n == 0 || at+12+n+1 > len(b) || b[at+12+n] != 'B' {
			break
		}
		entry = b[at : at+12+n+1]
		at += len(entry)
	}
	if len(entry) < 2 || slices.ContainsFunc(b[at:], func(c byte) bool { return c != 0 }) {
		return false // the kill itself has left a tail: a second one over it is what no crash leaves
	}
	part := entry[:1+rng.IntN(len(entry)-1)]
	f, err := os.OpenFile(newest, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer f.Close()
	_, err = f.WriteAt(part, int64(at))
	require.NoError(t, err)
	return true
}
