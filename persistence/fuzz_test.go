package persistence

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"runtime"
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

// Any bytes behind SNAP give a tree or an error: no panic, no more memory than the bytes justify, and of what stands behind the signature nothing is read.
func FuzzStream(f *testing.F) {
	for _, v := range vectors(f, "snapstream.json") {
		behind, err := hex.DecodeString(v.Behind)
		require.NoError(f, err)
		f.Add(append(v.bytes(f), behind...))
		f.Add(v.bytes(f)[:100])
	}
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x00" + endMark + streamSignature))
	f.Fuzz(func(t *testing.T, b []byte) {
		const zxid = math.MaxInt64 // a cursor leaves out nodes that are newer than the tree
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		in := bytes.NewReader(b)
		got, err := ReadStream(in, zxid, modelOptions)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20+100*len(b)))
		if err != nil {
			var se *SnapshotError
			require.True(t, errors.As(err, &se), err)
			return
		}
		stream := b[:len(b)-in.Len()]
		require.True(t, bytes.HasSuffix(stream, []byte(endMark+streamSignature)))
		_, err = ReadStream(bytes.NewReader(stream[:len(stream)-1]), zxid, modelOptions)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		var out bytes.Buffer
		_, err = StreamSnapshot(&out, Whole(got))
		require.NoError(t, err)
		again, err := ReadStream(&out, zxid, modelOptions)
		require.NoError(t, err)
		require.True(t, picture(got) == picture(again))
	})
}

// Any list of a replacement is read as what it was, or refused; no name in it leads out of the directories.
func FuzzReplacement(f *testing.F) {
	f.Add((&replacement{snapshot: "snapshot.5", remove: []string{"log.1", "snapshot.0.gz"}}).text())
	f.Add([]byte("replace by\nsnapshot.5\n../log.1\nend\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parseReplacement(b)
		if err != nil {
			require.ErrorIs(t, err, ErrDamaged)
			return
		}
		for _, name := range append(r.remove, r.snapshot) {
			require.NotContains(t, name, "/")
			require.True(t, isLog(name) || isSnapshot(name))
		}
		again, err := parseReplacement(r.text())
		require.NoError(t, err)
		require.Equal(t, r.snapshot, again.snapshot)
		require.Equal(t, len(r.remove), len(again.remove))
	})
}
