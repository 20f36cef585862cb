package persistence

import (
	"fmt"
	"path"
)

// minRetain is the least number of snapshots that Purge keeps.
const minRetain = 3

// Purge removes the snapshots older than the retain newest usable ones (at least 3), and the log files that none of those kept needs: the
// oldest kept needs the log file that holds the transaction after it, which may have begun before it. A snapshot that was interrupted
// counts for nothing. Errors are those of the directory; what was removed by then is gone, what is kept is always complete.
func (s *Store) Purge(retain int) error {
	s.snapMu.Lock()
	defer s.snapMu.Unlock()
	if err := s.failure(); err != nil {
		return err
	}
	kept, err := plausibleSnapshots(s.fs, s.o.snapDir(), max(retain, minRetain))
	if err != nil {
		return fmt.Errorf("purge: looking at the snapshots in %s: %w", s.o.snapDir(), err)
	}
	if len(kept) == 0 {
		return nil
	}
	oldest := kept[len(kept)-1].zxid
	snaps, err := listFiles(s.fs, s.o.snapDir(), snapshotPrefix)
	if err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	logs, err := listFiles(s.fs, s.o.logDir(), logPrefix)
	if err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	var oldSnaps, oldLogs []string
	for _, d := range snaps {
		if d.zxid < oldest {
			oldSnaps = append(oldSnaps, path.Join(s.o.snapDir(), d.name))
		}
	}
	for _, d := range logs[:firstNeeded(logs, oldest)] {
		oldLogs = append(oldLogs, path.Join(s.o.logDir(), d.name))
	}
	// The snapshots must be gone for good first: one that came back after a crash without its logs would not be what it seems.
	if err := s.removeAll(s.o.snapDir(), oldSnaps); err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	if err := s.removeAll(s.o.logDir(), oldLogs); err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	if n := len(oldSnaps) + len(oldLogs); n > 0 {
		s.o.Logger.Info().Int("files", n).Str("oldest_snapshot", zxidHex(oldest)).Msg("purged")
	}
	return nil
}

// removeAll removes files of a directory, durably.
func (s *Store) removeAll(dir string, names []string) error {
	for _, name := range names {
		if err := s.fs.Remove(name); err != nil {
			return err
		}
	}
	if len(names) == 0 {
		return nil
	}
	return s.fs.SyncDir(dir)
}
