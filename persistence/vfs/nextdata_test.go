package vfs

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What NextData passes over reads as zeros, and what is written it does not pass over.
func TestNextData(t *testing.T) {
	for name, f := range map[string]struct {
		fs   FS
		file string
	}{"memory": {New(), "/f"}, "os": {OS(), filepath.Join(t.TempDir(), "f")}} {
		t.Run(name, func(t *testing.T) {
			file, err := f.fs.Create(f.file)
			require.NoError(t, err)
			defer file.Close()
			_, err = file.WriteAt([]byte("data"), 0)
			require.NoError(t, err)
			require.NoError(t, file.Truncate(1<<20))
			_, err = file.WriteAt([]byte("more"), 1<<19)
			require.NoError(t, err)
			size, err := file.Size()
			require.NoError(t, err)
			for off := int64(0); off < size; {
				next, err := file.NextData(off)
				require.NoError(t, err)
				require.GreaterOrEqual(t, next, off)
				skipped := make([]byte, min(next, size)-off)
				_, err = file.ReadAt(skipped, off)
				require.NoError(t, err)
				require.Equal(t, make([]byte, len(skipped)), skipped)
				off = min(next, size) + 4096
			}
			for _, off := range []int64{0, 1, 1 << 19, 1<<19 + 3} {
				next, err := file.NextData(off)
				require.NoError(t, err)
				require.Equal(t, off, next)
			}
		})
	}
}
