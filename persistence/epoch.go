package persistence

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"troupe/persistence/vfs"
)

// EpochFile names a file that holds one number. Only members of an ensemble have them.
type EpochFile string

// The epochs of Zab that a member must remember.
const (
	// CurrentEpoch is the epoch of the last NEWLEADER that this member accepted.
	CurrentEpoch EpochFile = "currentEpoch"
	// AcceptedEpoch is the last epoch that this member promised to a leader. It is never below CurrentEpoch.
	AcceptedEpoch EpochFile = "acceptedEpoch"
)

// ReadEpoch reads an epoch; ok is false if the file is not there.
func (s *Store) ReadEpoch(which EpochFile) (epoch int64, ok bool, err error) {
	name := path.Join(s.o.snapDir(), string(which))
	b, err := vfs.ReadFile(s.fs, name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("reading an epoch: %w", err)
	}
	epoch, err = strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	if err != nil || epoch < 0 {
		return 0, false, fmt.Errorf("%w: %s: %.40q is not an epoch: put the file back, or let this member start with an empty dataDir", ErrDamaged, name, b)
	}
	return epoch, true, nil
}

// WriteEpoch makes an epoch durable; a crash leaves the old one or the new one. An error is a *FatalError: the member must not go on as
// if it had promised nothing.
func (s *Store) WriteEpoch(which EpochFile, epoch int64) error {
	if err := s.failure(); err != nil {
		return err
	}
	dir := s.o.snapDir()
	name := path.Join(dir, string(which))
	tmp := path.Join(dir, tmpPrefix+string(which))
	if err := vfs.WriteFileAtomic(s.fs, dir, tmp, name, strconv.AppendInt(nil, epoch, 10)); err != nil {
		return s.fail(&FatalError{Op: "write the epoch", File: name, Err: err})
	}
	return nil
}
