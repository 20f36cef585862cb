package persistence

import (
	"errors"
	"fmt"
)

// ErrFailed is wrapped by every *FatalError.
var ErrFailed = errors.New("the storage has failed")

// FatalError is a write or sync that failed. What is on disk is unknown from then on (a failed fsync may have dropped the pages that it
// was for), so the store takes nothing more, and the process must end: the next start reads what is really there.
type FatalError struct {
	Op       string // such as "sync the log"
	File     string
	Snapshot bool // it was a snapshot, not the log or an epoch: Apache ends with exit code 10 then
	Err      error
}

func (e *FatalError) Error() string {
	return fmt.Sprintf("cannot %s (%s): %v; nothing more can be promised, so the server must stop: "+
		"mend the disk (room, permissions, hardware) and start again", e.Op, e.File, e.Err)
}

func (e *FatalError) Unwrap() []error { return []error{ErrFailed, e.Err} }

// ErrDamaged is wrapped by every *DamageError.
var ErrDamaged = errors.New("damaged file")

// DamageError says that a file holds, before its end, what cannot have been written there. Nothing was changed.
type DamageError struct {
	File   string
	Offset int64
	Reason string
	LastOK int64 // zxid of the last sound transaction before it, 0 if there is none
	Err    error // the cause, where there is one
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("%s: offset %d: %s. The file is damaged before its end, and acknowledged transactions after 0x%x would be lost, "+
		"so the server does not start. Put the file back from a backup, or this directory from another member of the ensemble. "+
		"To give those transactions up instead, start once with log.acceptLoss=true: the log is cut there, and what is cut off is kept in lost.* files",
		e.File, e.Offset, e.Reason, e.LastOK)
}

func (e *DamageError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrDamaged}
	}
	return []error{ErrDamaged, e.Err}
}

// ErrMissing is wrapped by every *GapError.
var ErrMissing = errors.New("missing transactions")

// GapError says that transactions are missing between two that are there: a log file was lost.
type GapError struct {
	Dir   string
	After int64 // the last transaction before the hole, from a snapshot or a log
	Next  int64 // the first one behind it
	File  string
}

func (e *GapError) Error() string {
	return fmt.Sprintf("%s: transactions are missing: 0x%x is followed by 0x%x in %s, so a log file between them (log.%x or so) is lost. "+
		"Put it back from a backup, or this directory from another member of the ensemble. To give up all transactions after 0x%x instead, "+
		"start once with log.acceptLoss=true: the later files are kept as lost.*", e.Dir, e.After, e.Next, e.File, e.After+1, e.After)
}

func (e *GapError) Unwrap() error { return ErrMissing }

// SnapshotError says why a snapshot file cannot be used. Load tries an older one then.
type SnapshotError struct {
	File   string
	Offset int64 // in the uncompressed content
	Reason string
	Err    error
}

func (e *SnapshotError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: offset %d: %s: %v", e.File, e.Offset, e.Reason, e.Err)
	}
	return fmt.Sprintf("%s: offset %d: %s", e.File, e.Offset, e.Reason)
}

func (e *SnapshotError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrDamaged}
	}
	return []error{ErrDamaged, e.Err}
}

// ErrNoSnapshot: there are transactions in the log, but no snapshot that they could start from.
var ErrNoSnapshot = errors.New("no snapshot found, but there are log entries; something is missing: put the snapshots back; " +
	"only where all logs since the very first transaction are there (a directory of ZooKeeper 3.4), snapshot.trust.empty=true rebuilds the data from them")

// ErrNoUsableSnapshot: there are snapshots, and none of them could be read.
var ErrNoUsableSnapshot = errors.New("no usable snapshot: put one back from a backup or from another member")

// LockedError says that another process uses the directory.
type LockedError struct {
	Dir string
	PID int // 0 if not known
	Err error
}

func (e *LockedError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("%s is in use by %s: stop it, or give this server a dataDir of its own", e.Dir, who)
}

func (e *LockedError) Unwrap() error { return e.Err }

// DirError says why a data directory cannot be used.
type DirError struct {
	Dir    string
	Reason string
	Err    error
}

func (e *DirError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("data directory %s: %s: %v", e.Dir, e.Reason, e.Err)
	}
	return fmt.Sprintf("data directory %s: %s", e.Dir, e.Reason)
}

func (e *DirError) Unwrap() error { return e.Err }

// EpochError says that the epochs that a member remembers cannot be those of its data: a file is missing, or comes from elsewhere. Nothing was changed.
type EpochError struct {
	Dir               string
	Accepted, Current int64
	Zxid              int64 // last transaction
	Reason            string
}

func (e *EpochError) Error() string {
	return fmt.Sprintf("%s: acceptedEpoch %d, currentEpoch %d, last transaction 0x%x: %s. The files are not of one moment: put the whole directory back from "+
		"a backup, or empty it, so that this member gets everything from the others", e.Dir, e.Accepted, e.Current, uint64(e.Zxid), e.Reason)
}

// Unwrap gives ErrDamaged.
func (e *EpochError) Unwrap() error { return ErrDamaged }
