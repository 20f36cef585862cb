package persistence

import "encoding/binary"

// The bytes of a log file: a header, then entries, then zeros or nothing.
//
//	header   int magic "ZKLG" | int version 2 | long dbid (here: the durable mark, see the package comment)
//	entry    long Adler-32 of the bytes | int length | bytes: TxnHeader, record, TxnDigest | 'B'
const (
	logMagic      = 0x5a4b4c47
	formatVersion = 2
	logHeaderSize = 16
	markOffset    = 8 // of dbid in the header
	// markTag tells our mark from whatever another program may write into dbid.
	markTag = 0x5452

	entryPrefix = 12 // checksum and length
	entrySuffix = 1
	entryEnd    = 'B'

	// minEntry is the size of a TxnHeader: long clientId, int cxid, long zxid, long time, int type.
	minEntry   = 32
	zxidOffset = 12
)

// Entry is one transaction in a log file.
type Entry struct {
	File   string // full path
	Offset int64  // of its checksum in the file
	Zxid   int64
	Bytes  []byte // for tree.DecodeTxn
}

// appendEntry appends the framed form of b.
func appendEntry(dst, b []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(adlerChecksum(b)))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(b)))
	dst = append(dst, b...)
	return append(dst, entryEnd)
}

// appendLogHeader appends the header of a log file that is durable up to mark (0: unknown).
func appendLogHeader(dst []byte, mark int64) []byte {
	dst = binary.BigEndian.AppendUint32(dst, logMagic)
	dst = binary.BigEndian.AppendUint32(dst, formatVersion)
	return appendMark(dst, mark)
}

// appendMark appends the durable mark as it stands in dbid: 16 bits of tag, which checks the 48 bits of offset; 0 is Apache's 0.
func appendMark(dst []byte, mark int64) []byte {
	v := uint64(mark)
	if mark > 0 {
		v |= tagOf(v) << 48
	}
	return binary.BigEndian.AppendUint64(dst, v)
}

// parseMark is the inverse of appendMark; 0 if there is no mark of ours, or none that can be trusted.
func parseMark(b []byte) int64 {
	v := binary.BigEndian.Uint64(b)
	mark := v & (1<<48 - 1)
	if v>>48 != tagOf(mark) {
		return 0
	}
	return int64(mark)
}

func tagOf(mark uint64) uint64 { return markTag ^ (mark^mark>>16^mark>>32)&0xffff }

// entrySize is the framed size of an entry of n bytes.
func entrySize(n int64) int64 { return entryPrefix + n + entrySuffix }

// framedLength reads checksum and length from the first 12 bytes of an entry.
func framedLength(b []byte) (checksum uint64, length int64) {
	return binary.BigEndian.Uint64(b), int64(int32(binary.BigEndian.Uint32(b[8:])))
}

// entryZxid reads the zxid from the bytes of an entry (at least minEntry of them).
func entryZxid(b []byte) int64 { return int64(binary.BigEndian.Uint64(b[zxidOffset:])) }

// soundEntry tells whether a whole, undamaged entry stands at the start of b, and returns its bytes.
func soundEntry(b []byte) (entry []byte, ok bool) {
	if len(b) < entryPrefix+minEntry+entrySuffix || b[0]|b[1]|b[2]|b[3] != 0 {
		return nil, false
	}
	sum, n := framedLength(b)
	if n < minEntry || entrySize(n) > int64(len(b)) || b[entryPrefix+n] != entryEnd {
		return nil, false
	}
	entry = b[entryPrefix : entryPrefix+n]
	return entry, uint64(adlerChecksum(entry)) == sum
}

// follows tells whether zxid b may stand directly behind a in a log: it is the next one, or the first of a later epoch.
func follows(a, b int64) bool {
	return b == a+1 || b>>32 > a>>32 && uint32(b) == 1
}
