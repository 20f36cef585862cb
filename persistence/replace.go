package persistence

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"troupe/persistence/vfs"
)

// Replace makes the tree the only history on disk: a snapshot of it, and no log and no other snapshot from before (SNAP of Zab: what the log had behind the
// leader's snapshot was never decided, and must not come back). Kept log files would do that at the next start; Apache leaves them.
//
// A crash leaves the old history, whole, or the new one, which the next Open finishes to put in its place. When Replace has returned it is the new one. It
// writes as WriteSnapshot does, in chunks (for a million znodes it allocates 0.5 MB in all), and needs the room of both histories on the disk. Nothing may be appended meanwhile, and no snapshot of an older
// tree may be written afterwards. An error is a *FatalError.
func (s *Store) Replace(src SnapshotSource) error {
	s.snapMu.Lock()
	defer s.snapMu.Unlock()
	if err := s.endLogFile(); err != nil {
		return err
	}
	start := s.o.Clock()
	r, zxid, err := s.stageReplacement(src)
	if err == nil {
		err = r.carryOut(s.fs, &s.o)
	}
	if err != nil {
		return s.fail(&FatalError{Op: "put a leader's snapshot in place of the data", File: s.o.snapDir(), Snapshot: true, Err: err})
	}
	s.mu.Lock()
	s.last = zxid
	s.schedule.reset()
	s.mu.Unlock()
	took := s.o.Clock().Sub(start)
	s.stats.snapshot(zxid, took)
	s.o.Logger.Warn().Str("file", r.snapshot).Int("files_removed", len(r.remove)).Dur("took", took).Msg("data replaced by a snapshot of the leader")
	return nil
}

// replacingName is a file in the directory of the snapshots. When it is there, a replacement has been decided: the snapshot is complete as tmp.<name>, or
// has its name already, and all that is listed is to go. Apache ignores the file.
const replacingName = "replacing"

// replacement is what that file says. It lists names, and not "all", so that it can do no harm to what another program has put there since.
type replacement struct {
	snapshot string   // name of the new one
	remove   []string // names of logs and snapshots, in the order in which they go: the newest first
}

// stageReplacement writes the snapshot and then the list, durably.
func (s *Store) stageReplacement(src SnapshotSource) (*replacement, int64, error) {
	name, zxid, err := s.stageSnapshot(src)
	if err != nil {
		return nil, 0, err
	}
	dir := s.o.snapDir()
	if err := s.fs.SyncDir(dir); err != nil { // the list must not be there without the snapshot
		return nil, 0, err
	}
	old, err := historyFiles(s.fs, &s.o)
	if err != nil {
		return nil, 0, err
	}
	r := &replacement{snapshot: name, remove: slices.DeleteFunc(old, func(n string) bool { return n == name })}
	marker := path.Join(dir, replacingName)
	return r, zxid, vfs.WriteFileAtomic(s.fs, dir, path.Join(dir, tmpPrefix+replacingName), marker, r.text())
}

// historyFiles lists the names of all logs, then of all snapshots, each from the newest on.
func historyFiles(f vfs.FS, o *Options) ([]string, error) {
	var all []string
	for _, c := range []struct{ dir, prefix string }{{o.logDir(), logPrefix}, {o.snapDir(), snapshotPrefix}} {
		files, err := listFiles(f, c.dir, c.prefix)
		if err != nil {
			return nil, err
		}
		for _, d := range slices.Backward(files) {
			all = append(all, d.name)
		}
	}
	return all, nil
}

// carryOut does what is left to do of a replacement. Each step can be repeated.
func (r *replacement) carryOut(f vfs.FS, o *Options) error {
	dir := o.snapDir()
	if err := f.Rename(path.Join(dir, tmpPrefix+r.snapshot), path.Join(dir, r.snapshot)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := f.Stat(path.Join(dir, r.snapshot)); err != nil {
		return err
	}
	if err := f.SyncDir(dir); err != nil {
		return err
	}
	for _, name := range r.remove {
		in := dir
		if isLog(name) {
			in = o.logDir()
		}
		if err := f.Remove(path.Join(in, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := f.SyncDir(o.logDir()); err != nil {
		return err
	}
	if err := f.SyncDir(dir); err != nil {
		return err
	}
	if err := f.Remove(path.Join(dir, replacingName)); err != nil {
		return err
	}
	return f.SyncDir(dir)
}

// finishReplacement finishes one that a crash has interrupted.
func finishReplacement(f vfs.FS, o *Options) error {
	name := path.Join(o.snapDir(), replacingName)
	b, err := vfs.ReadFile(f, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var r *replacement
	if err == nil {
		r, err = parseReplacement(b)
	}
	if err == nil {
		err = r.check(f, o)
	}
	if err == nil {
		err = r.carryOut(f, o)
	}
	if err != nil {
		return &DirError{Dir: o.snapDir(), Reason: fmt.Sprintf("a leader's snapshot was being put in place of the data, and that cannot be finished "+
			"(%s says how far it was to go): empty the directory, so that this member gets its data from the others, or put it back from a backup", name), Err: err}
	}
	o.Logger.Warn().Str("file", r.snapshot).Int("files_removed", len(r.remove)).Msg("finished putting a leader's snapshot in place of the data")
	return nil
}

// check fails if there is a log or snapshot of which the list does not know: then another program has worked here since.
func (r *replacement) check(f vfs.FS, o *Options) error {
	there, err := historyFiles(f, o)
	if err != nil {
		return err
	}
	for _, name := range there {
		if name != r.snapshot && !slices.Contains(r.remove, name) {
			return fmt.Errorf("%w: %s has come since", ErrDamaged, name)
		}
	}
	return nil
}

// The text of the list, a name a line between these.
const (
	replacingHead = "replace by"
	replacingEnd  = "end"
)

func (r *replacement) text() []byte {
	lines := append([]string{replacingHead, r.snapshot}, r.remove...)
	return []byte(strings.Join(append(lines, replacingEnd, ""), "\n"))
}

func parseReplacement(b []byte) (*replacement, error) {
	var lines []string
	for line := range bytes.Lines(b) {
		lines = append(lines, strings.TrimSuffix(string(line), "\n"))
	}
	n := len(lines)
	if n < 3 || lines[0] != replacingHead || lines[n-1] != replacingEnd || !isSnapshot(lines[1]) {
		return nil, fmt.Errorf("%w: the list is not whole", ErrDamaged)
	}
	r := &replacement{snapshot: lines[1], remove: lines[2 : n-1]}
	for _, name := range r.remove {
		if !isLog(name) && !isSnapshot(name) || name == r.snapshot {
			return nil, fmt.Errorf("%w: %.40q is not a name of a log or an old snapshot", ErrDamaged, name)
		}
	}
	return r, nil
}

func isLog(name string) bool {
	_, ext, ok := parseName(logPrefix, name)
	return ok && ext == ""
}

func isSnapshot(name string) bool {
	_, ext, ok := parseName(snapshotPrefix, name)
	return ok && Compression(ext).valid()
}
