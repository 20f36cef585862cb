package persistence

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/persistence/vfs"
	"troupe/tree"
	"troupe/zab"
)

func zxidsOf(entries []Entry) []int64 {
	var all []int64
	for _, e := range entries {
		all = append(all, e.Zxid)
	}
	return all
}

func upTo(from, to int64) []int64 {
	var all []int64
	for ; from <= to; from++ {
		all = append(all, from)
	}
	return all
}

// What Load keeps are the last transactions that it applied, without a hole, and it tells what came before them.
func TestKeptEntries(t *testing.T) {
	e2 := int64(2 << 32)
	for _, c := range []struct {
		name  string
		keep  int
		logs  map[string][]byte
		kept  []int64
		after int64
	}{
		{"no log", 500, nil, nil, 0},
		{"nothing wanted", 0, map[string][]byte{"log.1": logOf(0, creates(1, 6)...)}, nil, 6},
		{"all", 500, map[string][]byte{"log.1": logOf(0, creates(1, 6)...)}, upTo(1, 6), 0},
		{"just so many", 6, map[string][]byte{"log.1": logOf(0, creates(1, 6)...)}, upTo(1, 6), 0},
		{"the last", 3, map[string][]byte{"log.1": logOf(0, creates(1, 20)...), "log.15": logOf(0, creates(21, 22)...)}, upTo(20, 22), 19},
		{"a later epoch", 4, map[string][]byte{"log.1": logOf(0, append(creates(1, 6), creates(e2+1, e2+2)...)...)}, []int64{5, 6, e2 + 1, e2 + 2}, 4},
		{"a hole", 500, map[string][]byte{"log.1": logOf(0, append(creates(1, 6), creates(8, 9)...)...)}, []int64{8, 9}, 7},
		{"a hole at the begin of an epoch", 500, map[string][]byte{"log.1": logOf(0, append(creates(1, 6), creates(e2+2, e2+3)...)...)}, []int64{e2 + 2, e2 + 3}, e2 + 1},
		{"ZOOKEEPER-4394, transactions twice", 500, map[string][]byte{
			"log.1": logOf(0, append(creates(1, 6), creates(4, 6)...)...), "log.5": logOf(0, creates(5, 8)...)}, upTo(1, 8), 0},
		{"an older epoch behind a newer one", 500, map[string][]byte{
			"log.1": logOf(0, append(append(creates(1, 3), creates(e2+1, e2+2)...), append(creates(4, 5), create(e2+3, 1))...)...)},
			[]int64{1, 2, 3, e2 + 1, e2 + 2, e2 + 3}, 0},
		{"a counter that ran over", 500, map[string][]byte{"log.1": logOf(0, append(creates(1, 3), create(e2, 1))...)}, nil, e2},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := vfs.New()
			apacheDir(t, f, c.logs)
			o := testOptions(nil)
			o.Keep = c.keep
			s := mustOpen(t, f, o)
			tr, rec := mustLoad(t, s)
			require.Equal(t, c.kept, zxidsOf(rec.Kept))
			require.Equal(t, c.after, rec.KeptAfter)
			for i, e := range rec.Kept {
				x, err := tree.DecodeTxn(e.Bytes)
				require.NoError(t, err)
				require.Equal(t, e.Zxid, x.Header.Zxid)
				require.Less(t, cap(e.Bytes), len(e.Bytes)+64, "entry %d holds on to what was read with it", i)
			}
			_, err := s.WriteSnapshot(Whole(tr))
			require.NoError(t, err)
			_, rec = mustLoad(t, s)
			require.Empty(t, rec.Kept, "nothing is replayed on a new snapshot")
			require.Equal(t, rec.Zxid, rec.KeptAfter)
		})
	}
}

// Whatever zxids a log has: what is kept is a history, ends where the log ends, and is as long as the limit and the last hole allow.
func TestKeptIsAHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 5).Draw(t, "limit")
		k := newTail(limit, 0)
		var all []int64 // since the last hole
		last := int64(0)
		for range rapid.IntRange(0, 40).Draw(t, "entries") {
			next := last + int64(rapid.SampledFrom([]int{1, 1, 1, 1, 2, 1 << 32}).Draw(t, "step"))
			if next-last == 1<<32 {
				next = zab.Zxid(zab.Epoch(next), 1)
			}
			if !zab.Follows(last, next) {
				all = nil
			}
			all, last = append(all, next), next
			k.add(Entry{Zxid: next})
		}
		kept, after := k.take()
		require.Equal(t, all[max(0, len(all)-limit):], zxidsOf(kept)[:])
		for _, e := range kept {
			require.True(t, zab.Follows(after, e.Zxid))
			after = e.Zxid
		}
		require.Equal(t, last, after)
	})
}

func readAll(t *testing.T, l *Logs) []int64 {
	var all []int64
	for {
		e, err := l.Next()
		if errors.Is(err, io.EOF) {
			require.NoError(t, l.Close())
			return all
		}
		require.NoError(t, err)
		all = append(all, e.Zxid)
	}
}

// A member that is behind is served from the start of the file in which its last transaction may stand.
func TestFollowing(t *testing.T) {
	f := vfs.New()
	apacheDir(t, f, map[string][]byte{
		"log.5": logOf(100, creates(5, 9)...),
		"log.8": logOf(1000, creates(8, 14)...), // repeats two
		"log.f": logOf(10, append(creates(15, 17), creates(16, 18)...)...),
	})
	size := func(name string) int64 { return int64(len(content(t, f, dir+"/"+name))) }
	s := mustOpen(t, f, testOptions(nil))
	for _, c := range []struct {
		zxid      int64
		want      []int64
		following int64
	}{
		{-1, upTo(5, 18), size("log.8") + size("log.f")},
		{4, upTo(5, 18), size("log.8") + size("log.f")},
		{7, upTo(5, 18), size("log.8") + size("log.f")},
		{8, upTo(8, 18), size("log.f")},
		{14, upTo(8, 18), size("log.f")},
		{15, upTo(15, 18), 0},
		{1 << 40, upTo(15, 18), 0},
	} {
		l, following, err := s.Following(c.zxid)
		require.NoError(t, err)
		require.Equal(t, c.want, readAll(t, l), "after %d", c.zxid)
		require.Equal(t, c.following, following, "after %d", c.zxid)
	}
	n, err := s.NewestSnapshotBytes()
	require.NoError(t, err)
	require.Equal(t, size("snapshot.0"), n)

	l, _, err := s.Following(5)
	require.NoError(t, err)
	require.NoError(t, f.Remove(dir+"/log.8")) // a purge
	for range 5 {
		_, err = l.Next()
		require.NoError(t, err)
	}
	_, err = l.Next()
	require.Error(t, err)
	require.NotErrorIs(t, err, io.EOF, "what is not there any more is not the end")

	f = vfs.New()
	s = mustOpen(t, f, testOptions(nil))
	l, following, err := s.Following(7)
	require.NoError(t, err)
	require.Zero(t, following)
	require.Empty(t, readAll(t, l))
	n, err = s.NewestSnapshotBytes()
	require.NoError(t, err)
	require.Zero(t, n)
}

// Following runs beside Append, Commit and Roll, and never sees half an entry.
func TestFollowingBesideAppend(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	logAll(t, s, tr, creates(1, 3)...)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for zxid := int64(4); zxid <= 400; zxid++ {
			x := create(zxid, int(zxid))
			if s.Append(zxid, x.Append(nil)) != nil || s.Commit() != nil || zxid%50 == 0 && s.Roll() != nil {
				return
			}
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		l, _, err := s.Following(2)
		require.NoError(t, err)
		got := readAll(t, l)
		require.Equal(t, upTo(1, int64(len(got))), got)
	}
	l, _, err := s.Following(2)
	require.NoError(t, err)
	require.Equal(t, upTo(1, 400), readAll(t, l))
}
