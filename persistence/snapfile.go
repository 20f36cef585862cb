package persistence

import (
	"encoding/binary"
	"path"

	"troupe/persistence/vfs"
)

const (
	snapMagic = 0x5a4b534e // "ZKSN"
	snapDbid  = -1
	// endMark is the ustring "/" that stands behind the nodes and behind each checksum.
	endMark = "\x00\x00\x00\x01/"
	// maxCandidates is how many snapshots are tried at most.
	maxCandidates = 100
)

// plausible is the quick test that tells a finished snapshot from one that was interrupted: plain files end with the mark behind
// the last checksum, compressed ones begin with their magic.
func plausible(f vfs.FS, dir string, d dataFile) (bool, error) {
	file, err := f.Open(path.Join(dir, d.name))
	if err != nil {
		return false, err
	}
	defer file.Close()
	size, err := file.Size()
	if err != nil {
		return false, err
	}
	var want string
	var off int64
	switch Compression(d.ext) {
	case Gzip:
		want = "\x1f\x8b"
	case Snappy:
		want = snappyMagic
	default:
		if size < 10 {
			return false, nil
		}
		want, off = endMark, size-int64(len(endMark))
	}
	if size < int64(len(want)) {
		return false, nil
	}
	b := make([]byte, len(want))
	if n, err := file.ReadAt(b, off); n < len(b) {
		return false, readError(err)
	}
	return string(b) == want, nil
}

// plausibleSnapshots lists the newest n snapshots that pass the quick test, the newest first.
func plausibleSnapshots(f vfs.FS, dir string, n int) ([]dataFile, error) {
	all, err := listFiles(f, dir, snapshotPrefix)
	if err != nil {
		return nil, err
	}
	var good []dataFile
	for i := len(all) - 1; i >= 0 && len(good) < n; i-- {
		ok, err := plausible(f, dir, all[i])
		if err != nil {
			return nil, err
		}
		if ok {
			good = append(good, all[i])
		}
	}
	return good, nil
}

// NewestSnapshotBytes is the size of the newest snapshot file that is whole as far as the quick test tells; 0 if there is none.
func (s *Store) NewestSnapshotBytes() (int64, error) {
	newest, err := plausibleSnapshots(s.fs, s.o.snapDir(), 1)
	if err != nil || len(newest) == 0 {
		return 0, err
	}
	return newest[0].size, nil
}

// appendSnapHeader appends the header of a snapshot file.
func appendSnapHeader(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, snapMagic)
	dst = binary.BigEndian.AppendUint32(dst, formatVersion)
	dbid := int64(snapDbid)
	return binary.BigEndian.AppendUint64(dst, uint64(dbid))
}
