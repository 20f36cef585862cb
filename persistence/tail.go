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
	extent int64 // bytes that the entry takes of the file, by its header, so far as that can be; at least those of the header
	whole  bool  // all bytes of the entry are there, but wrong
	short  bool  // the file ends before the entry does
}

// judge decides what the stop at off means. Behind size the file holds at most zeros; mark is the durable mark of the header, 0 if there is none; after is the zxid of the last
// sound entry.
func judge(f vfs.File, off, size, mark int64, s stop, after int64) (End, error) {
	end := End{Kind: EndTorn, Offset: off, Reason: s.reason, Whole: s.whole}
	if off < mark {
		end.Kind = EndDamaged
		if end.Reason == "" {
			end.Reason = "the entries end"
		}
		end.Reason += fmt.Sprintf(", though the file was durable up to offset %d", mark)
		return end, nil
	}
	zero, err := zeroFrom(f, off, size)
	if err != nil {
		return end, err
	}
	if zero {
		return End{Kind: EndClean, Offset: off}, nil
	}
	if end.Reason == "" {
		end.Reason = "data after the end"
	}
	torn, err := looksTorn(f, off, size, mark > 0, s)
	if err != nil {
		return end, err
	}
	if !torn { // a crash leaves zeros where sectors were not written, not wrong bytes
		end.Kind = EndDamaged
		return end, nil
	}
	wrong, err := wrongLength(f, off, off+s.extent)
	if err != nil {
		return end, err
	}
	if wrong {
		end.Kind = EndDamaged
		end.Reason = "an entry whose length is wrong"
		return end, nil
	}
	// Behind a torn entry stands only what the same write brought: of ours so much as one batch, and nothing where the file ended first.
	// In Apache's nothing may stand there, since nobody knows what was durable.
	from := off + 1
	if mark > 0 && !s.short {
		from = off + maxBatch
	}
	at, err := findEntry(f, from, size, after)
	if err != nil {
		return end, err
	}
	if at >= 0 {
		end.Kind = EndDamaged
		end.Reason += fmt.Sprintf(", but a sound entry follows at offset %d", at)
	}
	return end, nil
}

// looksTorn tells whether the entry at off may be what a crash left of it. The log is written into zeros, and each batch by one write,
// so a sector that did not reach the disk reads as zeros from the batch's start on. Of Apache's files (not ours), which are written in other pieces,
// any entry passes that is cut short.
func looksTorn(f vfs.File, off, size int64, ours bool, s stop) (bool, error) {
	if s.short || !ours && !s.whole {
		return true, nil
	}
	lost, err := lostSector(f, off, off+s.extent, size)
	if lost || err != nil || s.whole {
		return lost, err
	}
	return zeroFrom(f, off+s.extent-1, size) // the write stopped in the middle of the entry, wherever that is
}

// sectorSize is what a disk writes all or nothing.
const sectorSize = 512

// lostSector tells whether one of the sectors in which the entry at [off, end) stands reads as zeros from off on. The first half of the checksum
// is zero in any case.
func lostSector(f vfs.File, off, end, size int64) (bool, error) {
	for off += 4; off < end; {
		next := min(size, (off/sectorSize+1)*sectorSize)
		zero, err := zeroFrom(f, off, next)
		if zero || err != nil {
			return zero, err
		}
		off = next
	}
	return false, nil
}

// wrongLength tells whether an entry at off that ends before end is whole but for its length: then no crash did that.
func wrongLength(f vfs.File, off, end int64) (bool, error) {
	var head [entryPrefix]byte
	if end-off <= entryPrefix {
		return false, nil
	}
	if n, err := f.ReadAt(head[:], off); n < len(head) {
		return false, readError(err)
	}
	want, _ := framedLength(head[:])
	const mod = 65521 // of Adler-32
	low, high := uint64(1), uint64(0)
	start := off + entryPrefix
	for off = start; off < end; {
		b := make([]byte, min(scanChunk, end-off))
		if n, err := f.ReadAt(b, off); n < len(b) {
			return false, readError(err)
		}
		for i, c := range b {
			if c == entryEnd && high<<16|low == want && off+int64(i)-start >= minEntry {
				return true, nil
			}
			if low += uint64(c); low >= mod {
				low -= mod
			}
			if high += low; high >= mod {
				high -= mod
			}
		}
		off += int64(len(b))
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
			if len(head) < entryPrefix || i == 0 && allZero(b) {
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
