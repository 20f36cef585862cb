package persistence

import (
	"encoding/binary"
	"io"
	"path"

	"troupe/persistence/vfs"
)

// What may stand at the end of a snapshot, by its distance from there: see snapTrailer. The mark behind the checksum before the digest tells whether it does.
const (
	digestSize  = 8 + 4 + 8
	tailDigest  = sealSize + digestSize                // where the digest section begins, if it is the last one
	tailDigest9 = sealSize + 8 + sealSize + digestSize // and if the last zxid follows on it, as in 3.9
	tailSize    = tailDigest9 + len(endMark)           // as far as one must look
)

// snapshotEnd is the last transaction of which a snapshot may hold parts: the one that its digest is of, since that is taken when the writing ends. Where
// there is none, it is taken for the one in its name. It reads no more than the end of a plain file, and all of a compressed one.
func snapshotEnd(f vfs.FS, dir string, d dataFile) (int64, error) {
	tail, err := snapshotTail(f, dir, d)
	if err != nil {
		return 0, err
	}
	for _, at := range []int{tailDigest, tailDigest9} {
		if len(tail) >= at+len(endMark) && string(tail[len(tail)-at-len(endMark):len(tail)-at]) == endMark {
			return max(d.zxid, int64(binary.BigEndian.Uint64(tail[len(tail)-at:]))), nil
		}
	}
	return d.zxid, nil
}

// snapshotTail gives the last bytes of the content of a snapshot. Errors are *SnapshotError if it cannot be uncompressed.
func snapshotTail(f vfs.FS, dir string, d dataFile) ([]byte, error) {
	name := path.Join(dir, d.name)
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size, err := file.Size()
	if err != nil {
		return nil, err
	}
	if Compression(d.ext) == NoCompression {
		tail := make([]byte, min(int64(tailSize), size))
		if n, err := file.ReadAt(tail, size-int64(len(tail))); n < len(tail) {
			return nil, readError(err)
		}
		return tail, nil
	}
	src, err := decompressor(file, size, Compression(d.ext))
	var last lastBytes
	if err == nil {
		_, err = io.Copy(&last, src)
	}
	if err != nil {
		return nil, &SnapshotError{File: name, Reason: "it cannot be uncompressed", Err: err}
	}
	return last.tail, nil
}

// lastBytes keeps the last tailSize of what is written to it.
type lastBytes struct{ tail []byte }

func (l *lastBytes) Write(b []byte) (int, error) {
	l.tail = append(l.tail, b[max(0, len(b)-tailSize):]...)
	l.tail = append(l.tail[:0], l.tail[max(0, len(l.tail)-tailSize):]...)
	return len(b), nil
}
