package persistence

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/persistence/vfs"
)

// ops records what a store does to the disk.
func ops(f *vfs.Mem) *[]string {
	var all []string
	f.SetFault(func(op vfs.Op, name string) error {
		if op != vfs.OpRead && op != vfs.OpOpen && op != vfs.OpReadDir {
			all = append(all, string(op)+" "+strings.TrimPrefix(name, dir+"/"))
		}
		return nil
	})
	return &all
}

// Group commit: many transactions are one write and one sync. Without anything appended nothing is done.
func TestCommitIsOneWriteAndOneSync(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	done := ops(f)
	logAll(t, s, tr, creates(1, 5)...)
	// The handle keeps the name that the file was made with.
	require.Equal(t, []string{"create tmp.log.1", "allocate tmp.log.1", "write tmp.log.1" /* zeros */, "write tmp.log.1", "sync tmp.log.1",
		"rename tmp.log.1", "syncdir /d/version-2", "write tmp.log.1", "sync tmp.log.1"}, *done)
	*done = nil
	logAll(t, s, tr, creates(6, 16)...)
	require.Equal(t, []string{"write tmp.log.1", "sync tmp.log.1"}, *done)
	*done = nil
	require.NoError(t, s.Commit())
	require.Empty(t, *done)
	stats := s.Stats()
	require.Equal(t, int64(16), stats.Entries)
	require.Equal(t, int64(2), stats.Commits)
	require.Equal(t, int64(3), stats.Syncs, "one for the header")
	require.Equal(t, s.writer.pos-logHeaderSize, stats.Bytes)
}

// The mark is written behind each markCommits-th commit, behind one that brings a great deal, and when the file ends.
func TestMarkIsWrittenSeldom(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	mark := func() int64 { return parseMark(content(t, f, dir+"/log.1")[markOffset:]) }
	zxid := int64(0)
	commit := func(n int) {
		zxid++
		logAll(t, s, tr, create(zxid, n))
	}
	before := int64(logHeaderSize)
	for range 2 {
		for range markCommits - 1 {
			commit(10)
			require.Equal(t, before, mark())
		}
		commit(10)
		before = s.writer.pos
		require.Equal(t, before, mark())
	}
	commit(markBytes)
	require.Equal(t, s.writer.pos, mark())
	commit(10)
	require.Less(t, mark(), s.writer.pos)
	end := s.writer.pos
	require.NoError(t, s.Roll())
	require.Equal(t, end, mark())
}

// A great deal between two commits is made durable as it comes, so that memory and what a crash can tear stay bounded.
func TestLargeBatch(t *testing.T) {
	f := vfs.New()
	o := testOptions(nil)
	o.PreAllocSize = 1 << 20
	s, _ := started(t, f, o)
	done := ops(f)
	for zxid := int64(1); zxid <= 12; zxid++ {
		x := create(zxid, 1<<20)
		require.NoError(t, s.Append(zxid, x.Append(nil)))
		require.LessOrEqual(t, len(s.writer.buf), maxBatch)
	}
	require.NoError(t, s.Commit())
	require.Equal(t, 1+4, strings.Count(strings.Join(*done, "\n"), "sync tmp.log.1"), "the header, and each three entries")
	f.SetFault(nil)
	require.NoError(t, s.Close())
	tr, _ := mustLoad(t, mustOpen(t, f, o))
	requireCreated(t, tr, 12)
}

// Files have the sizes that Apache gives them (16 + n * preAllocSize) while they grow, and lose the padding when they are finished.
func TestPreallocation(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	size := func() int64 {
		info, err := f.Stat(dir + "/log.1")
		require.NoError(t, err)
		return info.Size
	}
	logAll(t, s, tr, create(1, 10))
	require.Equal(t, int64(16+2*4096), size(), "at least 4096 bytes of headroom")
	for zxid := int64(2); zxid <= 60; zxid++ {
		logAll(t, s, tr, create(zxid, 900))
		require.Zero(t, (size()-16)%4096)
		require.Greater(t, size(), s.writer.pos+headroom-1)
	}
	end := s.writer.pos
	require.NoError(t, s.Roll())
	require.Equal(t, end, size())

	o := testOptions(nil)
	o.PreAllocSize = 0
	f = vfs.New()
	s, tr = started(t, f, o)
	logAll(t, s, tr, create(1, 10))
	require.Equal(t, s.writer.pos, size(), "switched off")
}

// A disk that does not give the room ahead is no failure as long as the entries fit.
func TestPreallocationIsOptional(t *testing.T) {
	for _, refused := range []vfs.Op{vfs.OpAllocate, vfs.OpWrite} {
		f := vfs.New()
		var out bytes.Buffer
		s, tr := started(t, f, testOptions(&out))
		writes := 0
		f.SetFault(func(op vfs.Op, _ string) error {
			if op == vfs.OpWrite {
				writes++
			}
			if op == refused && writes <= 1 {
				return vfs.ErrFull
			}
			return nil
		})
		logAll(t, s, tr, creates(1, 10)...)
		require.Contains(t, out.String(), "going on without")
		require.NoError(t, s.Close())
		tr, _ = mustLoad(t, mustOpen(t, f, testOptions(nil)))
		requireCreated(t, tr, 10)
	}
}

// txnLogSizeLimitInKb: a file that has grown beyond the limit is followed by a new one, without a new interval for snapshots.
func TestLogSizeLimit(t *testing.T) {
	f := vfs.New()
	o := testOptions(nil)
	o.LogSizeLimit = 1000
	o.SnapCount = 10
	s, tr := started(t, f, o)
	for zxid := int64(1); zxid <= 9; zxid++ {
		logAll(t, s, tr, create(zxid, 500))
	}
	require.NoError(t, s.Close())
	require.Equal(t, []string{"log.1", "log.3", "log.5", "log.7", "log.9", "snapshot.0"}, names(t, f, dir))
	require.True(t, s.schedule.due() || s.schedule.txns == 9)
	tr, _ = mustLoad(t, mustOpen(t, f, o))
	requireCreated(t, tr, 9)
}

// A snapshot is due between half and the whole of snapCount, or of the bytes, at a place that chance draws anew after each.
func TestSnapshotDue(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct {
		count      int
		bytes      int64
		entry      int
		least, far int64 // number of the transaction at which it is due
	}{
		{count: 100, bytes: -1, entry: 1000, least: 51, far: 100},
		{count: 1_000_000, bytes: 10_000, entry: 100, least: 51, far: 100},
		{count: 0, bytes: 0, entry: 100, least: 2, far: 2},
		{count: 100, bytes: 1, entry: 100, least: 1, far: 1},
	} {
		s := newSchedule(c.count, c.bytes, r)
		seen := map[int64]bool{}
		for range 300 {
			n := int64(0)
			for !s.due() {
				s.add(c.entry)
				n++
			}
			require.GreaterOrEqual(t, n, c.least)
			require.LessOrEqual(t, n, c.far)
			seen[n] = true
			s.reset()
		}
		require.GreaterOrEqual(t, int64(len(seen)), (c.far-c.least)/2, "spread")
	}

	f := vfs.New()
	o := testOptions(nil)
	o.SnapCount = 10
	st, tr := started(t, f, o)
	logAll(t, st, tr, creates(1, 10)...)
	require.True(t, st.SnapshotDue())
	require.NoError(t, st.Roll())
	require.False(t, st.SnapshotDue())
}

// forceSync=no: nothing is synced, a warning says so, and the header promises nothing.
func TestForceSyncOff(t *testing.T) {
	f := vfs.New()
	var out bytes.Buffer
	o := testOptions(&out)
	o.ForceSync = false
	s, tr := started(t, f, o)
	require.Contains(t, out.String(), "forceSync=no")
	done := ops(f)
	logAll(t, s, tr, creates(1, 5)...)
	require.NotContains(t, *done, "sync log.1")
	require.NoError(t, s.Roll())
	require.NotContains(t, *done, "sync log.1")
	require.Equal(t, appendLogHeader(nil, 0), content(t, f, dir+"/log.1")[:logHeaderSize])
	logAll(t, s, tr, create(6, 6))
	require.NoError(t, s.Close())
	f.SetFault(nil)
	tr, _ = mustLoad(t, mustOpen(t, f, o))
	requireCreated(t, tr, 6)
}

// fsync.warningthresholdms: a slow sync is counted and logged with its time and file.
func TestSlowSync(t *testing.T) {
	f := vfs.New()
	var out bytes.Buffer
	o := testOptions(&out)
	o.FsyncWarning = 50 * time.Millisecond
	now := time.Unix(0, 0)
	slow := time.Duration(0)
	o.Clock = func() time.Time { now = now.Add(slow); return now }
	s, tr := started(t, f, o)
	logAll(t, s, tr, create(1, 1))
	require.Zero(t, s.Stats().SlowSyncs)
	slow = 60 * time.Millisecond
	logAll(t, s, tr, create(2, 1))
	require.Equal(t, int64(1), s.Stats().SlowSyncs)
	require.Equal(t, slow, s.Stats().LastSync)
	require.Contains(t, out.String(), "fsync of the transaction log took long")
	require.Contains(t, out.String(), dir+"/log.1")
}

// What is no transaction is refused before it could end the log (a length of 0 is the end), and a zxid that does not grow is warned of.
func TestAppendChecks(t *testing.T) {
	var out bytes.Buffer
	s, tr := started(t, vfs.New(), testOptions(&out))
	require.ErrorIs(t, s.Append(1, nil), ErrBadEntry)
	require.ErrorIs(t, s.Append(1, make([]byte, minEntry-1)), ErrBadEntry)
	logAll(t, s, tr, create(5, 1))
	require.NotContains(t, out.String(), "not newer")
	logAll(t, s, tr, create(5, 1))
	require.Contains(t, out.String(), "not newer")
}

// Close makes durable what was appended; afterwards the store refuses, and closing again is nothing.
func TestClose(t *testing.T) {
	f := vfs.New()
	s, _ := started(t, f, testOptions(nil))
	x := create(1, 5)
	require.NoError(t, s.Append(1, x.Append(nil)))
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Append(2, x.Append(nil)), ErrClosed)
	require.ErrorIs(t, s.Commit(), ErrClosed)
	require.ErrorIs(t, s.Roll(), ErrClosed)
	require.ErrorIs(t, s.Purge(3), ErrClosed)
	_, _, err := s.Load()
	require.ErrorIs(t, err, ErrClosed)
	f.Crash(rand.New(rand.NewPCG(1, 1)))
	tr, _ := mustLoad(t, mustOpen(t, f, testOptions(nil)))
	requireCreated(t, tr, 1)
}

// Entries reads the log while it is written: up to what has been written, from the zxid that was asked for, across files.
func TestEntries(t *testing.T) {
	f := vfs.New()
	o := testOptions(nil)
	o.ForceSync = false // no mark in the header that would explain the half write
	s, tr := started(t, f, o)
	logAll(t, s, tr, creates(1, 5)...)
	require.NoError(t, s.Roll())
	logAll(t, s, tr, creates(6, 9)...)
	x := create(10, 5)
	require.NoError(t, s.Append(10, x.Append(nil)))
	half := func() { // of a write that is under way elsewhere
		file, err := f.OpenWrite(dir + "/log.6")
		require.NoError(t, err)
		_, err = file.WriteAt(bytes.Repeat([]byte{0xff}, 20), s.writer.pos)
		require.NoError(t, err)
	}
	half()
	for _, from := range []int64{0, 1, 3, 6, 7, 9, 10} {
		logs, err := s.Entries(from)
		require.NoError(t, err)
		var got []int64
		for {
			e, err := logs.Next()
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			got = append(got, e.Zxid)
		}
		require.NoError(t, logs.Close())
		var want []int64
		for zxid := max(from, 1); zxid < 10; zxid++ {
			want = append(want, zxid)
		}
		require.Equal(t, want, got)
	}
}

// The same on a real disk: log, roll, snapshot, purge, and a start that finds it all.
func TestOnDisk(t *testing.T) {
	o := testOptions(nil)
	o.DataDir, o.DataLogDir, o.PreAllocSize = t.TempDir(), t.TempDir(), 1<<20
	s, tr := started(t, vfs.OS(), o)
	for i := range int64(5) {
		logAll(t, s, tr, creates(10*i+1, 10*i+10)...)
		require.NoError(t, s.Roll())
		_, err := s.WriteSnapshot(Whole(tr))
		require.NoError(t, err)
		require.NoError(t, s.Purge(3))
	}
	logAll(t, s, tr, creates(51, 52)...)
	require.NoError(t, s.Close())
	require.Equal(t, []string{"log.15", "log.1f", "log.29", "log.33"}, names(t, vfs.OS(), o.logDir()))
	require.Equal(t, []string{"snapshot.1e", "snapshot.28", "snapshot.32"}, names(t, vfs.OS(), o.snapDir()))
	s = mustOpen(t, vfs.OS(), o)
	tr, rec := mustLoad(t, s)
	requireCreated(t, tr, 52)
	require.Equal(t, 2, rec.Entries)
	require.NoError(t, s.Close())
}

// Appending an entry to the buffer allocates nothing.
func TestAppendDoesNotAllocate(t *testing.T) {
	s, _ := started(t, vfs.New(), testOptions(nil))
	x := create(1, 100)
	entry := x.Append(nil)
	zxid := int64(0)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		zxid++
		s.writer.buf = s.writer.buf[:0]
		require.NoError(t, s.Append(zxid, entry))
	}))
}

// Names are read as Apache reads them, and what is none of ours is left alone.
func TestNames(t *testing.T) {
	for name, want := range map[string]int64{"log.0": 0, "log.1f": 31, "log.1F": 31, "log.100000001": 0x100000001, "log.7fffffffffffffff": 1<<63 - 1} {
		zxid, _, ok := parseName(logPrefix, name)
		require.True(t, ok, name)
		require.Equal(t, want, zxid)
	}
	for _, name := range []string{"log", "log.", "log.x", "log.-1", "log.+1", "logs.1", "snapshot.1", "log.ffffffffffffffff", "log.1_fixed", "lost.log.1"} {
		_, _, ok := parseName(logPrefix, name)
		require.False(t, ok, name)
	}
	f := vfs.New()
	for _, name := range []string{"snapshot.5", "snapshot.10.gz", "snapshot.9.snappy", "snapshot.7.tmp", "snapshot.8.zip", "tmp.snapshot.6", "log.3", "log.20", "log.4.bak"} {
		put(t, f, "/x/"+name, nil)
	}
	require.NoError(t, f.MkdirAll("/x/log.9"))
	for prefix, want := range map[string][]string{logPrefix: {"log.3", "log.20"}, snapshotPrefix: {"snapshot.5", "snapshot.9.snappy", "snapshot.10.gz"}} {
		files, err := listFiles(f, "/x", prefix)
		require.NoError(t, err)
		var got []string
		for _, d := range files {
			got = append(got, d.name)
		}
		require.Equal(t, want, got)
	}
}

// Sizes adds up what is in the directories.
func TestSizes(t *testing.T) {
	f := vfs.New()
	o := testOptions(nil)
	o.DataLogDir = "/log"
	s := mustOpen(t, f, o)
	put(t, f, dir+"/snapshot.1", make([]byte, 30))
	put(t, f, "/log/version-2/log.1", make([]byte, 12))
	put(t, f, "/log/version-2/log.2", make([]byte, 13))
	snapshots, logs, err := s.Sizes()
	require.NoError(t, err)
	require.Equal(t, int64(30), snapshots)
	require.Equal(t, int64(25), logs)
}
