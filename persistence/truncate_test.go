package persistence

import (
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/persistence/vfs"
	"troupe/tree"
)

// zxids are those in the log, in order.
func zxids(t *testing.T, f vfs.FS) []int64 {
	all := []int64{}
	logs, err := OpenLogs(f, dir, 0)
	require.NoError(t, err)
	defer logs.Close()
	for {
		e, err := logs.Next()
		if err == io.EOF {
			return all
		}
		require.NoError(t, err)
		all = append(all, e.Zxid)
	}
}

// As Apache 3.8.0, but for where it keeps one transaction too many: the first one, and those of zxids that were used up (0, 5, 8).
func TestTruncateLog(t *testing.T) {
	for _, c := range []struct {
		zxid  int64
		kept  []int64
		files []string
	}{
		{0, []int64{}, []string{"snapshot.0"}},
		{1, []int64{1}, []string{"log.1", "snapshot.0"}},
		{3, []int64{1, 2, 3}, []string{"log.1", "snapshot.0"}},
		{4, []int64{1, 2, 3, 4}, []string{"log.1", "log.4", "snapshot.0"}},
		{5, []int64{1, 2, 3, 4}, []string{"log.1", "log.4", "snapshot.0"}},
		{6, []int64{1, 2, 3, 4, 6}, []string{"log.1", "log.4", "snapshot.0"}},
		{8, []int64{1, 2, 3, 4, 6, 7}, []string{"log.1", "log.4", "snapshot.0"}},
		{9, []int64{1, 2, 3, 4, 6, 7, 9}, []string{"log.1", "log.4", "snapshot.0"}},
	} {
		f := vfs.New()
		apacheDir(t, f, map[string][]byte{
			"log.1": logOf(1000, creates(1, 3)...),
			"log.4": logOf(1000, append(append(creates(4, 4), creates(6, 7)...), create(9, 20))...),
		})
		s := mustOpen(t, f, testOptions(nil))
		require.NoError(t, s.TruncateLog(c.zxid), "to %d", c.zxid)
		require.Equal(t, c.kept, zxids(t, f), "to %d", c.zxid)
		require.Equal(t, c.files, names(t, f, dir), "to %d", c.zxid)
		require.NoError(t, s.Close())
		f.Crash(rand.New(rand.NewPCG(uint64(c.zxid), 1)))
		require.Equal(t, c.kept, zxids(t, f), "to %d, durably", c.zxid)
	}
}

// Where it cannot be done nothing is changed: the log ends before, there is no log, or no snapshot is old enough.
func TestCannotTruncate(t *testing.T) {
	f := vfs.New()
	apacheDir(t, f, map[string][]byte{"log.1": logOf(1000, creates(1, 3)...)})
	s := mustOpen(t, f, testOptions(nil))
	before := snapshotOfDisk(t, f)
	err := s.TruncateLog(100)
	require.ErrorIs(t, err, ErrCannotTruncate)
	require.ErrorContains(t, err, "the log ends before it")
	require.Equal(t, before, snapshotOfDisk(t, f))

	require.NoError(t, f.Rename(dir+"/snapshot.0", dir+"/snapshot.3"))
	err = s.TruncateLog(2)
	require.ErrorIs(t, err, ErrCannotTruncate)
	require.ErrorContains(t, err, "no snapshot")

	f = vfs.New()
	apacheDir(t, f, map[string][]byte{"log.1": logOf(1000, creates(1, 3)...), "log.5": logOf(1000, creates(5, 9)...)})
	s = mustOpen(t, f, testOptions(nil))
	before = snapshotOfDisk(t, f)
	err = s.TruncateLog(7)
	require.ErrorIs(t, err, ErrCannotTruncate)
	require.ErrorContains(t, err, "a hole between 0x3 and 0x5")
	require.Equal(t, before, snapshotOfDisk(t, f))
	require.NoError(t, f.Remove(dir+"/log.1"))
	require.ErrorContains(t, s.TruncateLog(7), "a hole between 0x0 and 0x5", "a purge's snapshot came back, and its logs did not")

	f = vfs.New()
	log := logOf(1000, creates(1, 3)...)
	log[40]++
	apacheDir(t, f, map[string][]byte{"log.1": log})
	require.ErrorIs(t, mustOpen(t, f, testOptions(nil)).TruncateLog(2), ErrDamaged)
}

// Snapshots that hold what was truncated are gone, so that none brings it back; overlapping log files are all cut.
func TestTruncateRemovesNewerSnapshots(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	for i := range int64(3) {
		logAll(t, s, tr, creates(10*i+1, 10*i+10)...)
		require.NoError(t, s.Roll())
		_, err := s.WriteSnapshot(Whole(tr))
		require.NoError(t, err)
	}
	put(t, f, dir+"/log.f", logOf(0, creates(15, 25)...)) // repeats some of both neighbours
	require.NoError(t, s.TruncateLog(17))
	tr, rec := mustLoad(t, s)
	requireCreated(t, tr, 17)
	require.Equal(t, dir+"/snapshot.a", rec.Snapshot)
	logAll(t, s, tr, creates(18, 20)...)
	require.NoError(t, s.Close())
	tr, _ = mustLoad(t, mustOpen(t, f, testOptions(nil)))
	requireCreated(t, tr, 20)
}

// A power failure in the middle of a truncation leaves a directory that loads, with all that was to stay.
func TestTruncateSurvivesCrash(t *testing.T) {
	for n, done := 0, false; !done; n++ {
		for seed := range uint64(8) {
			f := vfs.New()
			s, tr := started(t, f, testOptions(nil))
			for i := range int64(3) {
				logAll(t, s, tr, creates(10*i+1, 10*i+10)...)
				require.NoError(t, s.Roll())
				_, err := s.WriteSnapshot(Whole(tr))
				require.NoError(t, err)
			}
			powerFailsAfter(f, n)
			err := s.TruncateLog(17)
			if done = err == nil; !done {
				require.ErrorIs(t, err, errPower)
				require.True(t, errors.Is(err, ErrFailed))
			}
			f.SetFault(nil)
			f.Crash(rand.New(rand.NewPCG(seed, 1)))
			tr, _ = mustLoad(t, mustOpen(t, f, testOptions(nil)))
			require.GreaterOrEqual(t, tr.LastZxid(), int64(17))
			if err == nil {
				require.Equal(t, int64(17), tr.LastZxid())
			}
			requireCreated(t, tr, tr.LastZxid())
		}
	}
}

// A snapshot that was begun before the cut and ended behind it has parts of what is cut off: it goes, and an older one gives the data.
func TestTruncateRemovesFuzzySnapshot(t *testing.T) {
	for _, c := range []Compression{NoCompression, Gzip, Snappy} {
		for _, last := range []bool{true, false} {
			f := vfs.New()
			o := testOptions(nil)
			o.Compression, o.SerializeLastZxid = c, last
			s, tr := started(t, f, o)
			logAll(t, s, tr, creates(1, 5)...)
			later := newTxn(6, proto.OpSetData, &txn.SetDataTxn{Path: "/", Data: []byte("never decided"), Version: 1})
			require.NoError(t, s.Append(6, later.Append(nil)))
			require.NoError(t, s.Commit())
			begun := false
			name, err := s.WriteSnapshot(lender(func(see func(*tree.Tree)) {
				see(tr)
				if !begun {
					begun = true
					tr.Apply(&later, nil)
				}
			}))
			require.NoError(t, err)
			require.Equal(t, dir+"/"+SnapshotName(5, c), name)
			require.NoError(t, s.TruncateLog(5))
			require.NotContains(t, names(t, f, dir), SnapshotName(5, c))
			tr, _ = mustLoad(t, s)
			requireCreated(t, tr, 5)
			require.Empty(t, tr.Lookup("/").Data())

			_, err = s.WriteSnapshot(Whole(tr)) // of the same name, and sharp
			require.NoError(t, err)
			logAll(t, s, tr, create(6, 1))
			require.NoError(t, s.TruncateLog(5))
			tr, rec := mustLoad(t, s)
			requireCreated(t, tr, 5)
			require.Equal(t, dir+"/"+SnapshotName(5, c), rec.Snapshot)
		}
	}
}

// What is cut off behind a snapshot and an empty log is nothing: a member whose data is a leader's snapshot alone.
func TestTruncateToTheSnapshot(t *testing.T) {
	f := vfs.New()
	s, _ := started(t, f, testOptions(nil))
	require.NoError(t, s.Replace(Whole(leadersTree(50))))
	require.NoError(t, s.TruncateLog(50))
	tr, _ := mustLoad(t, s)
	require.Equal(t, int64(50), tr.LastZxid())
	logAll(t, s, tr, creates(51, 53)...)
	require.NoError(t, s.TruncateLog(50))
	tr, _ = mustLoad(t, s)
	require.Equal(t, int64(50), tr.LastZxid())
	require.Equal(t, []string{"snapshot.32"}, names(t, f, dir))
	require.ErrorIs(t, s.TruncateLog(49), ErrCannotTruncate)
}
