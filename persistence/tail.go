package persistence

import (
	"encoding/binary"
	"fmt"
	"io"

	"troupe/persistence/vfs"
)

// EndKind says how the entries of a log file end.
type EndKind int

const (
	// EndClean: after the last entry comes nothing, or zeros to the end of the file.
	EndClean EndKind = iota
	// EndTorn: after the last entry comes the rest of a write that a crash interrupted. It was never acknowledged.
	EndTorn
	// EndDamaged: an entry that had been durable is not whole any more.
	EndDamaged
	// EndEmpty: the file has no header; its creation was interrupted before anything was written to it (ZOOKEEPER-2332).
	EndEmpty
)

func (k EndKind) String() string {
	switch k {
	case EndClean:
		return "clean"
	case EndTorn:
		return "torn"
	case EndDamaged:
		return "damaged"
	case EndEmpty:
		return "empty"
	}
	return fmt.Sprintf("EndKind(%d)", int(k))
}

// End is where and why the entries of a log file end.
type End struct {
	Kind   EndKind
	Offset int64  // behind the last sound entry
	Reason string // what is wrong at Offset; "" for a clean end
	// Whole is set for a torn end at which a full-length entry stands whose bytes are wrong: Apache refuses such a file, while it
	// takes a shorter rest for the end.
	Whole bool
}

// stop is what ended the reading of entries at an offset, before it is judged.
type stop struct {
	reason string
	// whole is the size of the entry if all its bytes are there, but wrong; 0 if it is cut short.
	whole int64
}

// judge decides what the stop at off means. mark is the durable mark of the header, 0 if there is none; after is the zxid of the last
// sound entry.
func judge(f vfs.File, off, size, mark int64, s stop, after int64) (End, error) {
	end := End{Kind: EndClean, Offset: off, Reason: s.reason, Whole: s.whole > 0}
	if off < mark {
		end.Kind = EndDamaged
		if end.Reason == "" {
			end.Reason = "the entries end"
		}
		end.Reason += fmt.Sprintf(", though the file was durable up to offset %d", mark)
		return end, nil
	}
	zero, err := zeroFrom(f, off, size)
	if err != nil || zero {
		end.Reason, end.Whole = "", false
		return end, err
	}
	if end.Reason == "" {
		end.Reason = "data after the end"
	}
	end.Kind = EndTorn
	if mark > 0 {
		return end, nil
	}
	if end.Whole {
		lost, err := lostSector(f, off, off+s.whole)
		if err != nil {
			return end, err
		}
		if !lost { // a crash leaves zeros where sectors were not written, not wrong bytes
			end.Kind = EndDamaged
			return end, nil
		}
	}
	at, err := findEntry(f, off+1, size, after)
	if err != nil {
		return end, err
	}
	if at >= 0 {
		end.Kind = EndDamaged
		end.Reason += fmt.Sprintf(", but a sound entry follows at offset %d", at)
	}
	return end, nil
}

// sectorSize is what a disk writes all or nothing.
const sectorSize = 512

// lostSector tells whether the entry at [off, end) has a sector, or its part of one, that reads as zeros: the log is written into zeros, so
// that is what a sector looks like that did not reach the disk. The first half of the checksum is zero in any case.
func lostSector(f vfs.File, off, end int64) (bool, error) {
	for off += 4; off < end; {
		next := min(end, (off/sectorSize+1)*sectorSize)
		zero, err := zeroFrom(f, off, next)
		if zero || err != nil {
			return zero, err
		}
		off = next
	}
	return false, nil
}

// scanChunk is how much the slow looks at a file's tail read at once.
const scanChunk = 256 << 10

// zeroFrom tells whether all bytes from off to size are zero.
func zeroFrom(f vfs.File, off, size int64) (bool, error) {
	buf := make([]byte, min(scanChunk, max(0, size-off)))
	for off < size {
		b := buf[:min(int64(len(buf)), size-off)]
		if n, err := f.ReadAt(b, off); n < len(b) {
			return false, readError(err)
		}
		if !allZero(b) {
			return false, nil
		}
		off += int64(len(b))
	}
	return true, nil
}

func allZero(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if binary.NativeEndian.Uint64(b) != 0 {
			return false
		}
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// findEntry looks for a sound entry that starts at off or later and whose zxid is greater than after; -1 if there is none.
func findEntry(f vfs.File, off, size, after int64) (int64, error) {
	for off < size {
		b := make([]byte, min(scanChunk, size-off))
		if n, err := f.ReadAt(b, off); n < len(b) {
			return -1, readError(err)
		}
		for i := range b {
			head := b[i:]
			if len(head) < entryPrefix {
				break
			}
			sum, n := framedLength(head)
			if sum>>32 != 0 || n < minEntry || off+int64(i)+entrySize(n) > size {
				continue
			}
			ok, err := soundAt(f, off+int64(i), entrySize(n), after)
			if err != nil {
				return -1, err
			}
			if ok {
				return off + int64(i), nil
			}
		}
		if int64(len(b)) == size-off {
			break
		}
		off += int64(len(b)) - entryPrefix + 1 // an entry's start may straddle two chunks
	}
	return -1, nil
}

// soundAt tells whether the n bytes at off are a sound entry with a zxid greater than after. It reads the last one first, since most candidates
// are none.
func soundAt(f vfs.File, off, n, after int64) (bool, error) {
	var last [1]byte
	if k, err := f.ReadAt(last[:], off+n-1); k < 1 {
		return false, readError(err)
	}
	if last[0] != entryEnd {
		return false, nil
	}
	b := make([]byte, n)
	if k, err := f.ReadAt(b, off); int64(k) < n {
		return false, readError(err)
	}
	entry, ok := soundEntry(b)
	return ok && entryZxid(entry) > after, nil
}

// readError is the error of a read that gave less than the file's size promised.
func readError(err error) error {
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
