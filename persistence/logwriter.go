package persistence

import (
	"errors"
	"path"
	"time"

	"github.com/rs/zerolog"

	"troupe/persistence/vfs"
)

const (
	// zeroStep is how far ahead of the entries the file is filled with zeros. Overwriting blocks that were written before
	// needs no change of the file's metadata, so that a sync costs half of what it costs on blocks that were only reserved
	// (measured on ext4, batches of 8 KB: 0.12 against 0.23 ms). Small, since the sync of a batch that steps ahead pays for the zeros.
	zeroStep = 512 << 10
	// headroom: the reservation grows when fewer bytes are left (ZooKeeper's rule, so that the sizes of files agree).
	headroom = 4096
	// maxBatch bounds what one write puts behind the durable part of the file, but for an entry that is larger by itself: so much is
	// kept in memory between two commits, and what comes then is committed first. A crash tears nothing but one such write.
	maxBatch = 4 << 20
	// markCommits and markBytes say how seldom the mark is written: after so many commits, or bytes, since the last one. Each mark dirties
	// a second page, which costs the next sync a second write to the disk (measured: a third of the time of a small commit).
	markCommits = 64
	markBytes   = 1 << 20
)

// logWriter appends entries to the newest log file. Not safe for concurrent use. After an error it must not be used again
// (Store sees to it). It makes a file when the first entry for it is written, and never touches an old one.
type logWriter struct {
	fs        vfs.FS
	dir       string
	log       zerolog.Logger
	prealloc  int64 // size of a reservation; <= 0: neither reserve nor fill with zeros
	sizeLimit int64 // a file longer than this is followed by a new one; <= 0: no limit
	sync      bool  // forceSync
	slow      time.Duration
	clock     func() time.Time
	stats     *counters

	maxBatch    int // const maxBatch; tests take less
	markCommits int // const markCommits

	file      vfs.File // nil: the next entry opens a new one
	name      string   // full path
	pos       int64    // where the next entry goes: header and entries written so far
	allocated int64    // the file is reserved up to here
	zeroed    int64    // the file was written up to here, with entries or zeros
	unsynced  bool     // something was written since the last sync
	marked    int64    // the mark in the header
	unmarked  int      // commits since it was written
	zeros     []byte
	scratch   [8]byte

	buf   []byte // entries not yet written, framed
	first int64  // zxid of the first one in buf
}

// append takes one entry. Nothing is written before commit unless a great deal has gathered.
func (w *logWriter) append(zxid int64, entry []byte) error {
	if len(w.buf) > 0 && int64(len(w.buf))+entrySize(int64(len(entry))) > int64(w.maxBatch) {
		if err := w.commit(); err != nil {
			return err
		}
	}
	if len(w.buf) == 0 {
		w.first = zxid
	}
	w.buf = appendEntry(w.buf, entry)
	return nil
}

// commit makes everything appended durable: one write and one sync.
func (w *logWriter) commit() error {
	if err := w.flush(); err != nil || !w.unsynced {
		return err
	}
	if w.sync {
		if err := w.syncFile(); err != nil {
			return err
		}
		if w.unmarked++; w.unmarked >= w.markCommits || w.pos-w.marked >= markBytes {
			if err := w.mark(); err != nil {
				return err
			}
		}
	}
	w.unsynced = false
	if w.sizeLimit > 0 && w.pos > w.sizeLimit {
		return w.finish()
	}
	return nil
}

// flush writes what was appended.
func (w *logWriter) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	if w.file == nil {
		if err := w.create(); err != nil {
			return err
		}
	}
	end := w.pos + int64(len(w.buf))
	w.reserve(end)
	w.zeroAhead(end)
	if _, err := w.file.WriteAt(w.buf, w.pos); err != nil {
		return &FatalError{Op: "write to the log", File: w.name, Err: err}
	}
	w.pos, w.unsynced = end, true
	w.zeroed = max(w.zeroed, end)
	if w.buf = w.buf[:0]; cap(w.buf) > 2*maxBatch {
		w.buf = nil
	}
	return nil
}

// create opens the log file for the first entry in the buffer. It gets its name when its header is durable: Apache does not
// start on a log without one (ZOOKEEPER-2332), and a file without a header holds nothing that was acknowledged.
func (w *logWriter) create() error {
	w.name = path.Join(w.dir, LogName(w.first))
	tmp := path.Join(w.dir, tmpPrefix+LogName(w.first))
	file, err := w.fs.Create(tmp)
	if err != nil {
		return &FatalError{Op: "create a log file", File: tmp, Err: err}
	}
	w.file, w.pos, w.allocated, w.zeroed = file, logHeaderSize, logHeaderSize, logHeaderSize
	w.reserve(w.pos)
	w.zeroAhead(w.pos + 1)
	mark := w.pos
	if !w.sync {
		mark = 0
	}
	w.marked, w.unmarked = mark, 0
	if _, err := file.WriteAt(appendLogHeader(nil, mark), 0); err != nil {
		return &FatalError{Op: "write the header of a log file", File: w.name, Err: err}
	}
	if w.sync {
		if err := w.syncFile(); err != nil {
			return err
		}
	}
	if err := w.fs.Rename(tmp, w.name); err != nil {
		return &FatalError{Op: "name a log file", File: w.name, Err: err}
	}
	if !w.sync {
		return nil
	}
	if err := w.fs.SyncDir(w.dir); err != nil {
		return &FatalError{Op: "sync the log directory", File: w.dir, Err: err}
	}
	return nil
}

// reserve keeps the file allocated beyond end, in steps of prealloc. Not to get the room is no failure: the write that lacks it will be.
func (w *logWriter) reserve(end int64) {
	if w.prealloc <= 0 || end+headroom < w.allocated {
		return
	}
	to := w.allocated
	for to <= end+headroom {
		to += w.prealloc
	}
	if err := w.file.Allocate(w.allocated, to-w.allocated); err != nil {
		level := zerolog.WarnLevel
		if errors.Is(err, errors.ErrUnsupported) {
			level = zerolog.DebugLevel
		}
		w.log.WithLevel(level).Err(err).Str("file", w.name).Msg("cannot preallocate log space; going on without")
		w.prealloc = 0
		return
	}
	w.allocated = to
}

// zeroAhead fills the next step behind end with zeros when the entries reach it. Batches of a step or more would only write everything twice.
func (w *logWriter) zeroAhead(end int64) {
	if w.prealloc <= 0 || end <= w.zeroed || end-w.pos >= zeroStep {
		return
	}
	to := min(end+zeroStep, w.allocated)
	if to <= end {
		return
	}
	if w.zeros == nil {
		w.zeros = make([]byte, zeroStep)
	}
	if _, err := w.file.WriteAt(w.zeros[:to-end], end); err != nil {
		w.log.Warn().Err(err).Str("file", w.name).Msg("cannot fill the log ahead; going on without")
		w.prealloc = 0
		return
	}
	w.zeroed = to
}

// mark notes in the header that all written so far is durable. It is called behind a sync, so that the mark never promises too much; it
// becomes durable with the next one.
func (w *logWriter) mark() error {
	if _, err := w.file.WriteAt(appendMark(w.scratch[:0], w.pos), markOffset); err != nil {
		return &FatalError{Op: "write to the log", File: w.name, Err: err}
	}
	w.marked, w.unmarked = w.pos, 0
	return nil
}

// syncFile syncs and measures it.
func (w *logWriter) syncFile() error {
	start := w.clock()
	if err := w.file.Sync(); err != nil {
		return &FatalError{Op: "sync the log", File: w.name, Err: err}
	}
	took := w.clock().Sub(start)
	w.stats.synced(took)
	if w.slow > 0 && took > w.slow {
		w.stats.slowSyncs.Add(1)
		w.log.Warn().Dur("took", took).Str("file", w.name).Int64("size", w.pos).
			Msg("fsync of the transaction log took long: all writes waited for it; look at the disk, or give the log a disk of its own (dataLogDir)")
	}
	return nil
}

// finish commits and closes the file, cut to what it holds; the next entry opens a new one.
func (w *logWriter) finish() error {
	if err := w.flush(); err != nil {
		return err
	}
	if w.file == nil {
		return nil
	}
	if w.sync && w.unsynced {
		if err := w.syncFile(); err != nil {
			return err
		}
	}
	if w.sync && w.marked < w.pos {
		if err := w.mark(); err != nil {
			return err
		}
	}
	w.unsynced = false
	if err := w.file.Truncate(w.pos); err != nil {
		return &FatalError{Op: "finish a log file", File: w.name, Err: err}
	}
	if w.sync { // the mark and the size
		if err := w.syncFile(); err != nil {
			return err
		}
	}
	err := w.file.Close()
	w.file = nil
	w.stats.rolls.Add(1)
	if err != nil {
		return &FatalError{Op: "close a log file", File: w.name, Err: err}
	}
	return nil
}

// abandon closes the file as it is, after a failure.
func (w *logWriter) abandon() {
	if w.file != nil {
		w.file.Close()
		w.file = nil
	}
	w.buf = nil
}
