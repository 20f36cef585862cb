package persistence

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"

	"troupe/persistence/vfs"
)

// ErrCannotTruncate: TruncateLog cannot do what the leader asks for. Nothing was changed; the member needs a snapshot from the leader.
var ErrCannotTruncate = errors.New("cannot truncate the log")

// TruncateLog removes every transaction after zxid: from the log files, and by removing the snapshots that hold any, or parts of any: one that was begun
// before and ended after it is fuzzy, and nothing would ever mend it (TRUNC of Zab).
// Where zxid itself is not in the log, the cut is before the first greater one (Apache 3.8.0 keeps one too many). Load must follow.
//
// It is ErrCannotTruncate, with nothing changed, if no snapshot is old enough, or the log does not lead from it to zxid. A crash in the middle leaves a
// directory that loads, either as before or with transactions up to some point at or after zxid: TRUNC will come again then.
func (s *Store) TruncateLog(zxid int64) error {
	s.snapMu.Lock()
	defer s.snapMu.Unlock()
	if err := s.endLogFile(); err != nil {
		return err
	}
	plan, err := planTruncation(s.fs, &s.o, zxid)
	if err != nil {
		return err
	}
	if err := plan.carryOut(s.fs, &s.o); err != nil {
		return s.fail(&FatalError{Op: fmt.Sprintf("truncate the log to 0x%x", zxid), File: s.o.logDir(), Err: err})
	}
	s.o.Logger.Warn().Str("zxid", zxidHex(zxid)).Int("snapshots_removed", len(plan.snapshots)).Int("logs_removed", len(plan.remove)).
		Int("logs_cut", len(plan.cut)).Msg("log truncated")
	return nil
}

// truncation is what must be done, in this order, each list from the newest to the oldest. Snapshots go first: one that is newer than the log would
// bring back what was removed. Each log is gone for good before the next goes, so that a crash leaves no hole.
type truncation struct {
	snapshots []string
	remove    []string // logs
	cut       []logCut
}

type logCut struct {
	name   string
	offset int64
}

func planTruncation(f vfs.FS, o *Options, zxid int64) (*truncation, error) {
	p := &truncation{}
	base, err := p.planSnapshots(f, o, zxid)
	if err != nil {
		return nil, err
	}
	logs, err := listFiles(f, o.logDir(), logPrefix)
	if err != nil {
		return nil, err
	}
	reached := base // up to here what is to stay has no hole
	first := firstNeeded(logs, base+1)
	for i, d := range logs {
		name := path.Join(o.logDir(), d.name)
		at, last, err := findCut(f, name, zxid, i == len(logs)-1)
		if err != nil {
			return nil, err
		}
		if i >= first && d.zxid <= zxid {
			if d.zxid > reached && !follows(reached, d.zxid) {
				return nil, fmt.Errorf("%w to 0x%x: the log has a hole between 0x%x and 0x%x", ErrCannotTruncate, zxid, reached, d.zxid)
			}
			reached = max(reached, last)
		}
		switch {
		case d.zxid > zxid || at == logHeaderSize:
			p.remove = append(p.remove, name)
		case at > 0:
			p.cut = append(p.cut, logCut{name, at})
		}
	}
	slices.Reverse(p.remove)
	slices.Reverse(p.cut)
	if reached < zxid {
		return nil, fmt.Errorf("%w to 0x%x: the log ends before it", ErrCannotTruncate, zxid)
	}
	return p, nil
}

// planSnapshots puts the snapshots on the list that are to go, and gives the zxid of the newest that stays.
func (p *truncation) planSnapshots(f vfs.FS, o *Options, zxid int64) (base int64, err error) {
	snaps, err := plausibleSnapshots(f, o.snapDir(), math.MaxInt)
	if err != nil {
		return 0, err
	}
	for _, d := range snaps {
		end := d.zxid
		if end <= zxid {
			end, err = snapshotEnd(f, o.snapDir(), d)
		}
		var damaged *SnapshotError
		switch {
		case errors.As(err, &damaged): // Load passes it over
		case err != nil:
			return 0, err
		case end > zxid:
			p.snapshots = append(p.snapshots, path.Join(o.snapDir(), d.name))
		default: // older ones had ended before it was begun
			return d.zxid, nil
		}
	}
	return 0, fmt.Errorf("%w to 0x%x: there is no snapshot of that or an earlier transaction", ErrCannotTruncate, zxid)
}

// findCut returns the offset of the first entry after zxid in a log file, 0 if it has none, and the largest zxid in it.
func findCut(f vfs.FS, name string, zxid int64, newest bool) (at, last int64, err error) {
	r, err := OpenLog(f, name, -1)
	if err != nil {
		return 0, 0, err
	}
	defer r.Close()
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, 0, err
		}
		if e.Zxid > zxid && at == 0 {
			at = e.Offset
		}
		last = max(last, e.Zxid)
	}
	if end := r.End(); end.Kind == EndDamaged || end.Kind == EndTorn && end.Whole && !newest {
		return 0, 0, r.damage(last)
	}
	return at, last, nil
}

func (p *truncation) carryOut(f vfs.FS, o *Options) error {
	for _, name := range p.snapshots {
		if err := f.Remove(name); err != nil {
			return err
		}
	}
	if err := f.SyncDir(o.snapDir()); err != nil {
		return err
	}
	for _, name := range p.remove {
		if err := f.Remove(name); err != nil {
			return err
		}
		if err := f.SyncDir(o.logDir()); err != nil {
			return err
		}
	}
	for _, c := range p.cut {
		if err := cutLog(f, c.name, c.offset); err != nil {
			return err
		}
	}
	return nil
}
