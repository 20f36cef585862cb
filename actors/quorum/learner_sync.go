package quorum

import (
	"troupe/tree"
	"troupe/zab"
	"troupe/zab/learner"
)

// catchUp does what a synchronisation asks of the disk and the tree. An error ends the server: what is on disk is not known.
func (l *learning) catchUp(r *learner.Ready) error {
	if r.Truncate {
		err := l.Store.TruncateLog(r.TruncateTo)
		l.state.needsSnap = err != nil
		l.Log.Warn().Str("zxid", zab.Hex(r.TruncateTo)).Err(err).Msg("the leader has no transactions after this one: the log is cut there")
		if lerr := l.state.load(); lerr != nil {
			return lerr
		}
		l.machine.Truncated(l.state.Tree.LastZxid(), err)
	}
	if r.ReadSnapshot {
		l.state.replace(tree.New(l.TreeOptions)) // there is not room for two large ones
	}
	if l.Sabotage.EpochFirst && r.CurrentEpoch > 0 {
		if err := l.state.begin(r.CurrentEpoch); err != nil {
			return err
		}
	}
	for _, e := range r.Append {
		if err := l.Store.Append(e.Zxid, e.Data); err != nil {
			return err
		}
	}
	if err := l.state.apply(r.Append); err != nil {
		return err
	}
	if err := l.state.apply(r.Apply); err != nil {
		return err
	}
	if r.SaveSnapshot {
		if err := l.Store.Replace(l.state); err != nil {
			return err
		}
		l.state.needsSnap, l.state.Uninitialized = false, false
	}
	if r.Flush {
		if err := l.Store.Commit(); err != nil {
			return err
		}
	}
	if r.AcceptedEpoch > 0 {
		if err := l.state.accept(r.AcceptedEpoch); err != nil {
			return err
		}
	}
	if r.CurrentEpoch > 0 {
		if err := l.state.begin(r.CurrentEpoch); err != nil {
			return err
		}
		l.come(func(s *Status) { s.Phase, s.Epoch = "synchronization", r.CurrentEpoch })
	}
	return nil
}

// takeSnapshot puts the leader's tree in the place of the own one, if it came whole.
func (l *learning) takeSnapshot(m *snapshotRead) {
	if m.err == nil {
		l.snapped = true
		l.state.replace(m.tree)
		l.state.History.Reset(m.tree.LastZxid())
		l.Log.Info().Str("zxid", zab.Hex(m.tree.LastZxid())).Int("znodes", m.tree.NodeCount()).Msg("the leader's snapshot has come whole")
	}
	l.machine.SnapshotRead(m.err)
}
