package persistence

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"time"

	"troupe/persistence/vfs"
	"troupe/tree"
	"troupe/zab"
)

// Recovery tells what Load found and did.
type Recovery struct {
	Zxid         int64  // last transaction in the tree; -1 if Uninitialized
	Snapshot     string // file that the tree was read from; "" if there was none
	SnapshotZxid int64
	Rejected     []error // newer snapshots that could not be used, each with its reason
	unreached    []int64 // their zxids, as far as the log has not come to them
	Entries      int     // log entries applied on top
	Holes        int     // places in log files where zxids were used up without a transaction
	Cut          *Cut    // a torn tail that was cut off the log; nil: none
	Lost         []Cut   // what AcceptLoss gave up

	// Kept are the last entries applied, at most Options.Keep, oldest first: each follows on the one before by zab.Follows, and the first one on
	// KeptAfter. What lies before a hole is not kept. KeptAfter is the tree's last transaction if there are none.
	Kept      []Entry
	KeptAfter int64

	DigestMismatches int  // transactions after which the tree's digest was not the one that the log has
	Fresh            bool // there was nothing: a new database was made, and its snapshot.0 written
	// Uninitialized: there was nothing, and neither Options.AutoCreateDB nor the marker file allows to begin. The tree is
	// empty; such a member must get its data from others, and must not vote.
	Uninitialized bool

	SnapshotTime, ReplayTime time.Duration
}

// Cut tells of bytes that were taken off the end of a log file.
type Cut struct {
	File   string
	Offset int64
	Bytes  int64
	Reason string
	Saved  string // where they are kept; "" if they were of no use
}

// markerName is a file in dataLogDir by which zkServer-initialize.sh says that an empty database is meant.
const markerName = "initialize"

// Load reads the newest usable snapshot into a new tree and replays the log on it. It may be called again, after TruncateLog for
// example; the log goes on in a new file then. A torn tail of the newest log file is cut, an empty newest log file removed; otherwise
// the directory is left as it is.
//
// Errors: *DamageError, *GapError, ErrNoSnapshot, ErrNoUsableSnapshot (joined with a *SnapshotError each), those of reading and repairing; a *DirError
// if there are TTL nodes and Options.Tree does not allow them.
// In an empty directory snapshot.0 is written, so that the log that follows has something to start from.
func (s *Store) Load() (*tree.Tree, Recovery, error) {
	s.snapMu.Lock()
	defer s.snapMu.Unlock()
	if err := s.endLogFile(); err != nil {
		return nil, Recovery{}, err
	}
	marked, err := s.takeMarker()
	if err != nil {
		return nil, Recovery{}, err
	}
	var rec Recovery
	start := s.o.Clock()
	t, err := s.loadBase(&rec, marked)
	rec.SnapshotTime = s.o.Clock().Sub(start)
	if err != nil {
		return nil, rec, err
	}
	start = s.o.Clock()
	kept := newTail(s.o.Keep, t.LastZxid())
	if err := s.replay(t, kept, &rec); err != nil {
		return nil, rec, err
	}
	if err := s.checkTypes(t); err != nil {
		return nil, rec, err
	}
	rec.ReplayTime = s.o.Clock().Sub(start)
	rec.Zxid = t.LastZxid()
	rec.Kept, rec.KeptAfter = kept.take()
	if rec.Uninitialized {
		rec.Zxid = -1
	} else if rec.Snapshot == "" {
		if _, _, err := s.writeSnapshot(Whole(t)); err != nil {
			return nil, rec, fmt.Errorf("writing the first snapshot into %s: %w", s.o.snapDir(), err)
		}
	}
	s.mu.Lock()
	s.last = t.LastZxid()
	s.schedule.reset()
	s.mu.Unlock()
	s.stats.lastSnap.Store(rec.SnapshotZxid)
	s.report(&rec)
	return t, rec, nil
}

// endLogFile makes the newest log file one that is read, not written.
func (s *Store) endLogFile() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return err
	}
	return s.failLocked(s.writer.finish())
}

// takeMarker removes the marker file, and tells whether it was there.
func (s *Store) takeMarker() (bool, error) {
	name := path.Join(s.o.DataLogDir, markerName)
	there, err := vfs.Exists(s.fs, name)
	if err == nil && there {
		if err = s.fs.Remove(name); err == nil {
			err = s.fs.SyncDir(s.o.DataLogDir)
		}
	}
	if err != nil {
		return false, &DirError{Dir: s.o.DataLogDir, Reason: "its marker file " + markerName + " cannot be removed", Err: err}
	}
	return there, nil
}

// loadBase gives the tree that replay starts from: the newest usable snapshot, or an empty one where that is allowed.
func (s *Store) loadBase(rec *Recovery, marked bool) (*tree.Tree, error) {
	candidates, err := plausibleSnapshots(s.fs, s.o.snapDir(), maxCandidates)
	if err != nil {
		return nil, fmt.Errorf("looking for snapshots in %s: %w", s.o.snapDir(), err)
	}
	for _, d := range candidates {
		t, err := loadSnapshot(s.fs, s.o.snapDir(), d, s.o.Tree)
		if err == nil {
			rec.Snapshot, rec.SnapshotZxid = path.Join(s.o.snapDir(), d.name), d.zxid
			rec.unreached = slices.DeleteFunc(rec.unreached, func(zxid int64) bool { return zxid == d.zxid }) // there in two compressions
			return t, nil
		}
		s.o.Logger.Warn().Err(err).Msg("snapshot cannot be used, trying an older one")
		rec.Rejected = append(rec.Rejected, err)
		if zab.Counter(d.zxid) != 0 { // else it is the begin of an epoch, which is in no log
			rec.unreached = append(rec.unreached, d.zxid)
		}
	}
	if len(candidates) > 0 {
		return nil, errors.Join(append([]error{ErrNoUsableSnapshot}, rec.Rejected...)...)
	}
	entries, err := s.anyEntries()
	switch {
	case err != nil:
		return nil, err
	case entries && !s.o.TrustEmpty:
		return nil, fmt.Errorf("%s: %w", s.o.snapDir(), ErrNoSnapshot)
	case entries:
		s.o.Logger.Warn().Msg("no snapshot: rebuilding the data from the log alone (snapshot.trust.empty)")
	case marked || s.o.AutoCreateDB:
		rec.Fresh = true
	default:
		rec.Uninitialized = true
	}
	return tree.New(s.o.Tree), nil
}

func (s *Store) anyEntries() (bool, error) {
	logs, err := OpenLogs(s.fs, s.o.logDir(), 0)
	if err != nil {
		return false, err
	}
	defer logs.Close()
	if _, err := logs.Next(); err != nil {
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, err
	}
	return true, nil
}

// replay applies what the log has after the tree's last transaction, and tidies its end.
func (s *Store) replay(t *tree.Tree, kept *keptTail, rec *Recovery) error {
	logs, err := OpenLogs(s.fs, s.o.logDir(), t.LastZxid()+1)
	if err != nil {
		return fmt.Errorf("reading the log in %s: %w", s.o.logDir(), err)
	}
	defer logs.Close()
	file := "" // of the entry before
	for {
		e, err := logs.Next()
		if errors.Is(err, io.EOF) {
			if err := s.checkReached(t, rec); err != nil {
				return err
			}
			return s.tidyEnd(logs, rec)
		}
		if err == nil {
			if err = s.applyEntry(t, e, e.File == file, rec); err == nil {
				kept.add(e)
			}
			file = e.File
		}
		if err != nil {
			var damage *DamageError
			if errors.As(err, &damage) {
				damage.LastOK = max(damage.LastOK, t.LastZxid())
			}
			if !s.o.AcceptLoss {
				return err
			}
			return s.giveUp(err, e, rec)
		}
	}
}

// applyEntry applies one entry, if it may stand behind what the tree has.
//
// Apache's logs can have a hole in the middle of a file, where a multi with a null path used up a zxid and left nothing: nothing
// is lost there. Between two files a hole is a file that is lost.
func (s *Store) applyEntry(t *tree.Tree, e Entry, sameFile bool, rec *Recovery) error {
	last := t.LastZxid()
	switch {
	case !follows(last, e.Zxid) && sameFile:
		rec.Holes++
	case !follows(last, e.Zxid):
		return &GapError{Dir: s.o.logDir(), After: last, Next: e.Zxid, File: path.Base(e.File)}
	}
	x, err := tree.DecodeTxn(e.Bytes)
	if err != nil {
		return &DamageError{File: e.File, Offset: e.Offset, Reason: "an entry that is no transaction: " + err.Error(), LastOK: last, Err: err}
	}
	if result := t.Apply(&x, nil); result.DigestMismatch {
		rec.DigestMismatches++
	}
	rec.Entries++
	rec.unreached = slices.DeleteFunc(rec.unreached, func(zxid int64) bool { return zxid == e.Zxid })
	return nil
}

// checkReached fails if a newer snapshot was rejected and the log does not have its last transaction: then the log ends too early, or is not the history that
// the snapshot was of (Apache leaves such logs behind when a leader's snapshot has taken the place of the data).
func (s *Store) checkReached(t *tree.Tree, rec *Recovery) error {
	if len(rec.unreached) == 0 || s.o.AcceptLoss {
		return nil
	}
	zxid := slices.Max(rec.unreached)
	gap := &GapError{Dir: s.o.logDir(), After: min(t.LastZxid(), zxid-1), Next: zxid, File: SnapshotName(zxid, NoCompression)}
	return errors.Join(append([]error{gap}, rec.Rejected...)...)
}

// checkTypes refuses data with TTL nodes where they are switched off: they would be deleted as ephemerals of sessions that are gone (Apache does that).
func (s *Store) checkTypes(t *tree.Tree) error {
	lost := t.MistakenTTLs()
	if len(lost) == 0 {
		return nil
	}
	return &DirError{Dir: s.o.DataDir, Reason: fmt.Sprintf("it holds %d TTL nodes (the first is %s), and without extended types they would be deleted "+
		"as ephemerals of sessions that have ended: set extendedTypesEnabled=true", len(lost), lost[0])}
}

// report logs what Load did.
func (s *Store) report(rec *Recovery) {
	log := s.o.Logger
	for _, cut := range append(rec.Lost, rec.cuts()...) {
		event := log.Warn().Str("file", cut.File).Int64("offset", cut.Offset).Int64("bytes", cut.Bytes).Str("reason", cut.Reason)
		if cut.Saved != "" {
			event.Str("saved", cut.Saved).Msg("transactions were given up (log.acceptLoss)")
			continue
		}
		event.Msg("cut a torn tail off the log: the rest of a write that a crash interrupted, which was never acknowledged")
	}
	if rec.DigestMismatches > 0 {
		log.Warn().Int("transactions", rec.DigestMismatches).Msg("the digests in the log are not those of the tree: it was written by a server with other data, or other rules")
	}
	if rec.Holes > 0 {
		log.Warn().Int("places", rec.Holes).Msg("the log has zxids without a transaction, as Apache leaves them for requests that it could not read: nothing is lost by that")
	}
	log.Info().Str("zxid", zxidHex(rec.Zxid)).Str("snapshot", rec.Snapshot).Int("entries", rec.Entries).
		Dur("snapshot_time", rec.SnapshotTime).Dur("replay_time", rec.ReplayTime).Msg("data loaded")
}

func (r *Recovery) cuts() []Cut {
	if r.Cut == nil {
		return nil
	}
	return []Cut{*r.Cut}
}
