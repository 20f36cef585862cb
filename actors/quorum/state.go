package quorum

import (
	"fmt"

	"troupe/actors/gate"
	"troupe/persistence"
	"troupe/tree"
	"troupe/zab"
	"troupe/zab/history"
)

// Store is what a member needs of its data directory; *persistence.Store is one.
type Store interface {
	Load() (*tree.Tree, persistence.Recovery, error)
	LoadEpochs(lastZxid int64) (accepted, current int64, err error)
	WriteEpoch(which persistence.EpochFile, epoch int64) error
	Append(zxid int64, entry []byte) error
	Commit() error
	TruncateLog(zxid int64) error
	Replace(src persistence.SnapshotSource) error
	AwaitSnapshot()
	Following(zxid int64) (*persistence.Logs, int64, error)
	NewestSnapshotBytes() (int64, error)
}

// State is what a member knows and keeps from role to role: the tree with all of its log applied, the last committed
// transactions, and the epochs as they are on disk. Outside of roles it belongs to the member's actor; while a role serves, the tree is
// changed by the role's final stage and the rest belongs to the leader or learner.
type State struct {
	Gate *gate.Gate // guards Tree, always

	Tree              *tree.Tree
	History           *history.Committed
	Accepted, Current int64
	// Uninitialized: there is no data, and nothing that allows to begin without. Such a member must not vote.
	Uninitialized bool

	store      Store
	commitLog  int // transactions that History keeps
	needsSnap  bool
	reloadNext bool
}

// load reads everything from disk.
func (s *State) load() error {
	t, rec, err := s.store.Load()
	if err != nil {
		return err
	}
	accepted, current, err := s.store.LoadEpochs(t.LastZxid())
	if err != nil {
		return err
	}
	h := history.NewCommitted(s.commitLog, rec.KeptAfter)
	for _, e := range rec.Kept {
		if err := h.Add(zab.Entry{Zxid: e.Zxid, Data: e.Bytes}); err != nil {
			return fmt.Errorf("the log that was loaded: %w", err)
		}
	}
	if len(rec.Kept) == 0 {
		h.Reset(t.LastZxid())
	}
	s.replace(t)
	s.History, s.Accepted, s.Current, s.Uninitialized, s.reloadNext = h, accepted, current, rec.Uninitialized, false
	return nil
}

// With implements persistence.SnapshotSource: snapshots for learners are taken while everything goes on.
func (s *State) With(f func(*tree.Tree)) {
	s.Gate.Enter()
	defer s.Gate.Leave()
	f(s.Tree)
}

func (s *State) replace(t *tree.Tree) {
	s.Gate.Shut()
	defer s.Gate.Open()
	s.Tree = t
}

// apply applies transactions that the tree may or may not have; no role is up. The ones that History lacks are added to it.
func (s *State) apply(entries []zab.Entry) error {
	s.Gate.Shut()
	defer s.Gate.Open()
	for _, e := range entries {
		if e.Zxid > s.Tree.LastZxid() {
			x, err := tree.DecodeTxn(e.Data)
			if err != nil {
				return fmt.Errorf("transaction %s: %w", zab.Hex(e.Zxid), err)
			}
			s.Tree.Apply(&x, nil)
		}
		if err := s.remember(e); err != nil {
			return err
		}
	}
	return nil
}

// applyUndecided applies what is in the log and was not decided when a role ended, so that the next vote counts it
// (ZOOKEEPER-2845). A snapshot under way gets parts of it. If it is cut off the log later, such a snapshot goes too; but
// without digests it cannot be told, and so is waited for.
func (s *State) applyUndecided(entries []zab.Entry) error {
	if len(entries) > 0 && !s.Tree.Options().Digest {
		s.store.AwaitSnapshot()
	}
	return s.apply(entries)
}

// remember adds a transaction that the tree has to the history.
func (s *State) remember(e zab.Entry) error {
	if e.Zxid <= s.History.Last() {
		return nil
	}
	return s.History.Add(e)
}

// accept and begin make an epoch durable.
func (s *State) accept(epoch int64) error {
	if err := s.store.WriteEpoch(persistence.AcceptedEpoch, epoch); err != nil {
		return err
	}
	s.Accepted = epoch
	return nil
}

func (s *State) begin(epoch int64) error {
	if err := s.store.WriteEpoch(persistence.CurrentEpoch, epoch); err != nil {
		return err
	}
	s.Current = epoch
	return nil
}

// zxid is what the member votes with.
func (s *State) zxid() int64 {
	if s.Uninitialized {
		return -1
	}
	return s.Tree.LastZxid()
}
