package vfs

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is written stands before DataEnd, and behind it the file reads as zeros.
func TestDataEnd(t *testing.T) {
	for name, f := range map[string]struct {
		fs   FS
		file string
	}{"memory": {New(), "/f"}, "os": {OS(), filepath.Join(t.TempDir(), "f")}} {
		t.Run(name, func(t *testing.T) {
			file, err := f.fs.Create(f.file)
			require.NoError(t, err)
			defer file.Close()
			const size = 1 << 20
			require.NoError(t, file.Truncate(size))
			for _, off := range []int64{0, 100_000, size / 2, size - 1} {
				_, err = file.WriteAt([]byte{1}, off)
				require.NoError(t, err)
				end, err := file.DataEnd()
				require.NoError(t, err)
				require.Greater(t, end, off)
				require.LessOrEqual(t, end, int64(size))
				rest := make([]byte, size-end)
				_, err = file.ReadAt(rest, end)
				if len(rest) > 0 {
					require.NoError(t, err)
				}
				require.Equal(t, make([]byte, size-end), rest)
			}
		})
	}
}
