package persistence

import (
	"encoding/binary"
	"io"

	"troupe/persistence/vfs"
)

// readChunk is the size of one read of a log file.
const readChunk = 1 << 20

// LogReader reads the entries of one log file in order. Not safe for concurrent use. Reading changes nothing.
type LogReader struct {
	file vfs.File
	name string
	size int64
	data int64 // behind it stand only zeros that were reserved
	mark int64 // durable mark of the header, 0 if none

	buf  []byte // file content at [at, at+len(buf))
	at   int64
	pos  int64 // offset of the next entry
	last int64 // zxid of the last entry returned

	done bool
	end  End
}

// OpenLog opens a log file. A header that is not one of a log is a *DamageError; a file without any is read as empty.
// limit, if not negative, ends the file there: for one that is being appended to.
func OpenLog(f vfs.FS, name string, limit int64) (*LogReader, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	r := &LogReader{file: file, name: name, pos: logHeaderSize}
	if err := r.readHeader(limit); err != nil {
		file.Close()
		return nil, err
	}
	return r, nil
}

func (r *LogReader) readHeader(limit int64) error {
	size, err := r.file.Size()
	if err != nil {
		return err
	}
	r.size = size
	if limit >= 0 {
		r.size = min(size, limit)
	}
	if r.data, err = r.file.DataEnd(); err != nil {
		return err
	}
	r.data = min(r.data, r.size)
	var head [logHeaderSize]byte
	if r.size < logHeaderSize {
		r.finish(End{Kind: EndEmpty, Reason: "the file is shorter than a log header"})
		return nil
	}
	if n, err := r.file.ReadAt(head[:], 0); n < len(head) {
		return readError(err)
	}
	if binary.BigEndian.Uint32(head[:]) == logMagic {
		r.mark = parseMark(head[markOffset:])
		if limit >= 0 {
			r.mark = min(r.mark, limit) // a commit may have moved it on since the limit was taken
		}
		return nil
	}
	zero, err := zeroFrom(r.file, 0, r.data)
	if err != nil {
		return err
	}
	if zero {
		r.finish(End{Kind: EndEmpty, Reason: "the file holds only zeros"})
		return nil
	}
	return &DamageError{File: r.name, Reason: "this is not a transaction log: its first bytes are not ZKLG"}
}

func (r *LogReader) finish(e End) { r.done, r.end = true, e }

// Next returns the next entry; its bytes stay as they are, also after further calls. io.EOF means that the entries end: End tells why, and
// only EndClean, EndTorn and EndEmpty may be passed over. Other errors are those of the disk.
func (r *LogReader) Next() (Entry, error) {
	if r.done {
		return Entry{}, io.EOF
	}
	entry, s, err := r.read()
	if err != nil {
		return Entry{}, err
	}
	if entry == nil {
		end, err := judge(r.file, r.pos, r.data, r.mark, s, r.last)
		if err != nil {
			return Entry{}, err
		}
		r.finish(end)
		return Entry{}, io.EOF
	}
	e := Entry{File: r.name, Offset: r.pos, Zxid: entryZxid(entry), Bytes: entry}
	r.pos += entrySize(int64(len(entry)))
	r.last = max(r.last, e.Zxid)
	return e, nil
}

// read looks at the entry at pos: its bytes, or what is wrong there.
func (r *LogReader) read() ([]byte, stop, error) {
	rest := r.size - r.pos
	if rest < entryPrefix {
		return nil, stop{reason: reasonIf(rest > 0, "the file ends within an entry"), extent: rest, short: true}, nil
	}
	if err := r.fill(entryPrefix); err != nil {
		return nil, stop{}, err
	}
	sum, n := framedLength(r.buf[r.pos-r.at:])
	switch {
	case n == 0:
		return nil, stop{reason: reasonIf(sum != 0, "an entry of length 0"), extent: entryPrefix}, nil
	case n < 0:
		return nil, stop{reason: "an entry of negative length", extent: entryPrefix, whole: true}, nil
	case n < minEntry:
		return nil, stop{reason: "an entry shorter than a transaction header", extent: min(entrySize(n), rest), whole: true}, nil
	case entrySize(n) > rest:
		return nil, stop{reason: "the file ends within an entry", extent: rest, short: true}, nil
	}
	if err := r.fill(entrySize(n)); err != nil {
		return nil, stop{}, err
	}
	b := r.buf[r.pos-r.at:]
	b = b[:entrySize(n):entrySize(n)]
	entry := b[entryPrefix : entryPrefix+n : entryPrefix+n]
	sound := uint64(adlerChecksum(entry)) == sum
	switch last := b[len(b)-1]; {
	case last == 0:
		return nil, stop{reason: "an entry without its last byte", extent: entrySize(n)}, nil
	case last != entryEnd:
		return nil, stop{reason: "an entry with a wrong last byte", extent: entrySize(n), whole: true}, nil
	case !sound:
		return nil, stop{reason: "an entry whose checksum is wrong", extent: entrySize(n), whole: true}, nil
	}
	return entry, stop{}, nil
}

func reasonIf(cond bool, reason string) string {
	if cond {
		return reason
	}
	return ""
}

// fill makes n bytes from pos available in buf, which the file has. It takes a new buffer each time, since entries given out point into the old one.
func (r *LogReader) fill(n int64) error {
	have := r.at + int64(len(r.buf)) - r.pos
	if have >= n {
		return nil
	}
	buf := make([]byte, max(n, min(readChunk, r.data-r.pos)))
	if have > 0 {
		copy(buf, r.buf[r.pos-r.at:])
	} else {
		have = 0
	}
	if k, err := r.file.ReadAt(buf[have:], r.pos+have); int64(k) < int64(len(buf))-have {
		return readError(err)
	}
	r.buf, r.at = buf, r.pos
	return nil
}

// End tells how the entries ended, after Next has returned io.EOF.
func (r *LogReader) End() End { return r.end }

// Name is the path of the file.
func (r *LogReader) Name() string { return r.name }

// Close closes the file; entries stay valid.
func (r *LogReader) Close() error { return r.file.Close() }

// damage is the error for an end that must not be passed over.
func (r *LogReader) damage(lastOK int64) error {
	return &DamageError{File: r.name, Offset: r.end.Offset, Reason: r.end.Reason, LastOK: lastOK}
}
