//go:build interop

package directories

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// newest gives the file of the kind with the highest zxid in its name.
func newest(t *testing.T, dir, prefix string) string {
	t.Helper()
	files := byZxid(t, dir, prefix)
	require.NotEmpty(t, files, "no %s* in %s", prefix, dir)
	return files[len(files)-1]
}

// byZxid gives the paths of the files of a kind, oldest first.
func byZxid(t *testing.T, dir, prefix string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	type file struct {
		zxid uint64
		path string
	}
	var files []file
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), prefix)
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(rest, ".")
		zxid, err := strconv.ParseUint(number, 16, 64)
		require.NoError(t, err, e.Name())
		files = append(files, file{zxid, filepath.Join(dir, e.Name())})
	}
	slices.SortFunc(files, func(a, b file) int {
		if a.zxid < b.zxid {
			return -1
		}
		return 1
	})
	var out []string
	for _, f := range files {
		out = append(out, f.path)
	}
	return out
}

func sorted(lines []string) []string {
	slices.Sort(lines)
	return lines
}
