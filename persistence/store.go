package persistence

import (
	"errors"
	"io"
	"strconv"
	"sync"

	"troupe/persistence/vfs"
)

// FS is the file system that a Store works on.
type FS = vfs.FS

// OS is the operating system's file system.
func OS() FS { return vfs.OS() }

// ErrBadEntry: an entry that the log's format cannot hold. Nothing was appended.
var ErrBadEntry = errors.New("not a transaction: shorter than its header")

// Store is the data directory of one server: its log, snapshots and epochs. Its methods may be called from any goroutine; those of the log
// (Append, Commit, Roll, SnapshotDue) wait for each other and for nothing else, so that a snapshot or a purge never holds up a write.
//
// The order of use: Open, Load, then Append and Commit. What is appended before Load has read the log may be overwritten.
type Store struct {
	fs    vfs.FS
	o     Options
	locks []io.Closer
	stats counters
	chunk int // bytes of nodes taken at once under the gate

	mu       sync.Mutex // guards what follows
	writer   *logWriter
	schedule *schedule
	last     int64 // zxid of the last entry appended or replayed
	failed   error // a *FatalError: nothing is done any more
	closed   bool

	snapMu sync.Mutex // one snapshot, purge, load or truncation at a time; taken before mu
}

// Open checks, makes and locks the directories. Errors: *DirError, *LockedError, or a setting that makes no sense.
func Open(f FS, o Options) (*Store, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	locks, err := openDirs(f, &o)
	if err != nil {
		return nil, err
	}
	s := &Store{fs: f, o: o, locks: locks, chunk: gateChunk, schedule: newSchedule(o.SnapCount, o.SnapSizeLimit, o.Rand)}
	s.writer = s.newWriter()
	if !o.ForceSync {
		o.Logger.Warn().Msg("forceSync=no: a crash of this machine can lose acknowledged writes")
	}
	return s, nil
}

func (s *Store) newWriter() *logWriter {
	prealloc := s.o.PreAllocSize
	if s.o.LogSizeLimit > 0 {
		prealloc = min(prealloc, s.o.LogSizeLimit)
	}
	return &logWriter{
		fs: s.fs, dir: s.o.logDir(), log: s.o.Logger, prealloc: prealloc, sizeLimit: s.o.LogSizeLimit,
		sync: s.o.ForceSync, slow: s.o.FsyncWarning, clock: s.o.Clock, stats: &s.stats,
		maxBatch: maxBatch, markCommits: markCommits,
	}
}

// Append adds a transaction to the log: entry is what tree.Txn.Append gives, and is copied. It is durable only after Commit.
// A *FatalError ends the store.
func (s *Store) Append(zxid int64, entry []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return err
	}
	if len(entry) < minEntry {
		return ErrBadEntry
	}
	if zxid <= s.last {
		s.o.Logger.Warn().Str("zxid", zxidHex(zxid)).Str("last", zxidHex(s.last)).Msg("appending a transaction that is not newer than the last one")
	}
	if err := s.writer.append(zxid, entry); err != nil {
		return s.failLocked(err)
	}
	s.last = zxid
	s.schedule.add(len(entry))
	s.stats.entries.Add(1)
	s.stats.bytes.Add(entrySize(int64(len(entry))))
	return nil
}

// Commit returns when everything appended is durable: one write, one sync. Without anything appended it does nothing.
// A *FatalError ends the store.
func (s *Store) Commit() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return err
	}
	if len(s.writer.buf) == 0 && !s.writer.unsynced {
		return nil
	}
	s.stats.commits.Add(1)
	return s.failLocked(s.writer.commit())
}

// Roll commits, ends the log file, and begins a new interval of SnapshotDue. The next entry goes into a new file. It is called before
// each snapshot.
func (s *Store) Roll() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return err
	}
	s.schedule.reset()
	return s.failLocked(s.writer.finish())
}

// SnapshotDue tells whether so much was logged since the last Roll that a snapshot should be taken.
func (s *Store) SnapshotDue() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.schedule.due()
}

// Close commits what was appended, ends the log file, and lets go of the directories. The store is of no use afterwards. It waits for a
// snapshot under way.
func (s *Store) Close() error {
	s.snapMu.Lock()
	defer s.snapMu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	err := s.failed
	if err == nil {
		err = s.failLocked(s.writer.finish())
	}
	s.closed = true
	unlock(s.locks)
	return err
}

// Entries reads the log from the first entry with a zxid of at least from, up to what is written when it comes to the newest file.
// A purge may take away files that it has not reached: the caller keeps the two apart.
func (s *Store) Entries(from int64) (*Logs, error) {
	logs, err := OpenLogs(s.fs, s.o.logDir(), from)
	if err == nil {
		logs.limit = s.written
	}
	return logs, err
}

// written is how far a log file that is being appended to is written; -1 for all others.
func (s *Store) written(name string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer.file != nil && s.writer.name == name {
		return s.writer.pos
	}
	return -1
}

// Stats may be called at any time.
func (s *Store) Stats() Stats { return s.stats.stats() }

// ErrClosed is returned by a store after Close.
var ErrClosed = errors.New("the store is closed")

// usable is nil as long as the store works. Callers hold mu.
func (s *Store) usable() error {
	if s.failed == nil && s.closed {
		return ErrClosed
	}
	return s.failed
}

// failure is usable for those who do not hold mu.
func (s *Store) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.usable()
}

// fail ends the store because of err, if it is one that ends it, and returns it.
func (s *Store) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failLocked(err)
}

func (s *Store) failLocked(err error) error {
	if !errors.Is(err, ErrFailed) || s.failed != nil {
		return err
	}
	s.failed = err
	s.writer.abandon()
	s.o.Logger.Error().Err(err).Msg("storage failed")
	return err
}

// zxidHex is how a zxid is logged.
func zxidHex(zxid int64) string { return "0x" + strconv.FormatUint(uint64(zxid), 16) }
