package persistence

import (
	"bytes"
	"errors"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/persistence/vfs"
	"troupe/tree"
)

// Any bytes in a log file give entries that stand there, framed and sound, in order, and then an end or a damage: no panic, and no more memory than
// the file justifies.
func FuzzLogFile(f *testing.F) {
	f.Add(vectorNamed(f, "txnlog.json", "file:log.100000001").bytes(f))
	f.Add(vectorNamed(f, "txnlog.json", "file_header").bytes(f))
	f.Add(logOf(100, creates(1, 3)...))
	f.Add(append(appendLogHeader(nil, 200), logOf(0, creates(1, 3)...)[logHeaderSize:]...))
	f.Add([]byte("ZKLG"))
	f.Fuzz(func(t *testing.T, file []byte) {
		fs := vfs.New()
		put(t, fs, "/log.1", file)
		r, err := OpenLog(fs, "/log.1", -1)
		if err != nil {
			require.ErrorIs(t, err, ErrDamaged)
			return
		}
		at := int64(logHeaderSize)
		for {
			e, err := r.Next()
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			require.Equal(t, at, e.Offset)
			framed := appendEntry(nil, e.Bytes)
			require.True(t, bytes.HasPrefix(file[at:], framed))
			at += int64(len(framed))
			if x, err := tree.DecodeTxn(e.Bytes); err == nil {
				tree.New(modelOptions).Apply(&x, nil)
			}
		}
		end := r.End()
		if end.Kind == EndEmpty {
			return
		}
		require.Equal(t, at, end.Offset)
		if end.Kind == EndClean {
			require.True(t, allZero(file[at:]))
		} else {
			require.NotEmpty(t, end.Reason)
		}
	})
}

// Any bytes in a snapshot file, also with right checksums around them, give a tree or an error.
func FuzzSnapshot(f *testing.F) {
	for _, v := range vectors(f, "snapshot.json") {
		_, ext, _ := parseName(snapshotPrefix, v.Name)
		f.Add(v.bytes(f), ext, false)
		if ext == "" {
			body, _, _ := bytes.Cut(v.bytes(f), []byte(endMark))
			f.Add(append(body, endMark...), "", true)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte, ext string, sealed bool) {
		if !Compression(ext).valid() {
			return
		}
		if sealed {
			file = seal(bytes.Clone(file))
		}
		fs := vfs.New()
		const zxid = math.MaxInt64 // a cursor leaves out nodes that are newer than the tree
		name := SnapshotName(zxid, Compression(ext))
		put(t, fs, "/"+name, file)
		d := dataFile{name: name, zxid: zxid, ext: ext}
		_, err := plausible(fs, "/", d)
		require.NoError(t, err)
		got, err := loadSnapshot(fs, "/", d, modelOptions)
		if err != nil {
			var se *SnapshotError
			require.True(t, errors.As(err, &se), err)
			require.Equal(t, "/"+name, se.File)
			return
		}
		again, err := decode(encode(t, got, NoCompression), zxid)
		require.NoError(t, err)
		require.True(t, picture(got) == picture(again))
	})
}
