package persistence

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"troupe/persistence/vfs"
	"troupe/zab"
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

// currentTmp is where Apache prepares currentEpoch. One that a crash has left holds the epoch that was about to be written.
const currentTmp EpochFile = CurrentEpoch + ".tmp"

// LoadEpochs gives the epochs of a member whose last transaction is lastZxid, by Apache's rules (QuorumPeer.loadDataBase): those that were never written are
// that of the transaction, and are written now; currentEpoch is taken from what an interrupted Apache had prepared if the transaction needs it.
// It follows on Load. Errors: *EpochError, *FatalError, and those of ReadEpoch.
//
// In one case Apache does not start, and this does: the transaction is of a later epoch than currentEpoch, and acceptedEpoch covers it. A learner
// writes the log, or the snapshot, before currentEpoch (ZOOKEEPER-4643), so a crash in between leaves just that. Whoever has a transaction of an
// epoch has all that came before it, as a follower that had joined that epoch and then fell behind: so it may say that it has joined it. (The simulation
// of zab/sim holds with this rule: 6000 seeds, in which 820 starts met the case.)
func (s *Store) LoadEpochs(lastZxid int64) (accepted, current int64, err error) {
	epoch := max(0, zab.Epoch(lastZxid)) // -1, of an uninitialized member, has none
	current, haveCurrent, err := s.ReadEpoch(CurrentEpoch)
	if err != nil {
		return 0, 0, err
	}
	accepted, haveAccepted, err := s.ReadEpoch(AcceptedEpoch)
	if err != nil {
		return 0, 0, err
	}
	was := current
	if !haveCurrent {
		current = epoch
	}
	if current < epoch {
		current = s.laterEpoch(epoch, accepted)
	}
	if !haveAccepted {
		accepted = epoch
	}
	switch {
	case current < epoch:
		return 0, 0, s.badEpochs(accepted, was, lastZxid, "the last transaction is of a later epoch")
	case accepted < current:
		return 0, 0, s.badEpochs(accepted, current, lastZxid, "the accepted epoch is below the current one")
	}
	// acceptedEpoch first: it must never be found below currentEpoch (ZOOKEEPER-2307).
	if !haveAccepted {
		if err := s.WriteEpoch(AcceptedEpoch, accepted); err != nil {
			return 0, 0, err
		}
	}
	if !haveCurrent || current != was {
		s.o.Logger.Info().Int64("epoch", current).Int64("was", was).Str("zxid", zxidHex(lastZxid)).Msg("currentEpoch set to what the last transaction needs")
		if err := s.WriteEpoch(CurrentEpoch, current); err != nil {
			return 0, 0, err
		}
	}
	return accepted, current, nil
}

func (s *Store) badEpochs(accepted, current, zxid int64, reason string) error {
	return &EpochError{Dir: s.o.snapDir(), Accepted: accepted, Current: current, Zxid: zxid, Reason: reason}
}

// laterEpoch is the current epoch of a member that has a transaction of the given one, though its currentEpoch is older; -1 if it cannot be.
func (s *Store) laterEpoch(epoch, accepted int64) int64 {
	if prepared, ok, err := s.ReadEpoch(currentTmp); err == nil && ok && prepared >= epoch { // a torn one counts for nothing
		return prepared
	}
	if accepted >= epoch {
		return epoch
	}
	return -1
}

// ReadEpoch reads an epoch; ok is false if the file is not there, or says -1, which is what Apache writes before there is any data.
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
	if err == nil && epoch == -1 {
		return 0, false, nil
	}
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
