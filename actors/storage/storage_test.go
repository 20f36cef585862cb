package storage

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/actors/gate"
	"troupe/persistence"
	"troupe/persistence/vfs"
	"troupe/tree"
)

// A role that has ended leaves no snapshot behind: the tree on disk may be another one by then.
func TestSnapshotsEndWithTheirRole(t *testing.T) {
	disk := vfs.New()
	store, err := persistence.Open(disk, persistence.DefaultOptions("/data"))
	require.NoError(t, err)
	defer store.Close() //nolint:errcheck // a disk in memory
	loaded, _, err := store.Load()
	require.NoError(t, err)
	s := &snapshotter{ended: new(atomic.Bool), opt: Options{Gate: &gate.Gate{}, Tree: loaded, Store: store, Fatal: func(err error) { t.Error(err) }}}
	written := store.Stats().Snapshots
	s.write()
	require.Equal(t, written+1, store.Stats().Snapshots)
	s.ended.Store(true)
	s.write()
	require.Equal(t, written+1, store.Stats().Snapshots)
	s.With(func(x *tree.Tree) { require.Same(t, loaded, x) })
}
