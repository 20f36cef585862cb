package persistence

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/persistence/vfs"
)

// The newest whole snapshots stay, at least three, and every log that the oldest of them may need, which is the one that began at it or before, and
// all later ones. Snapshots that were interrupted count for nothing (ZOOKEEPER-3231).
func TestPurge(t *testing.T) {
	whole := "........." + endMark
	for _, c := range []struct {
		name   string
		retain int
		broken []string
		want   []string
	}{
		{"three", 3, nil, []string{"log.30", "log.45", "snapshot.30", "snapshot.40", "snapshot.50"}},
		{"at least three", 1, nil, []string{"log.30", "log.45", "snapshot.30", "snapshot.40", "snapshot.50"}},
		{"four", 4, nil, []string{"log.15", "log.25", "log.30", "log.45", "snapshot.20", "snapshot.30", "snapshot.40", "snapshot.50"}},
		{"more than there are", 9, nil, []string{"log.1", "log.15", "log.25", "log.30", "log.45", "snapshot.10", "snapshot.20", "snapshot.30", "snapshot.40", "snapshot.50"}},
		{"broken ones", 3, []string{"snapshot.40", "snapshot.50"}, []string{"log.1", "log.15", "log.25", "log.30", "log.45", "snapshot.10", "snapshot.20", "snapshot.30", "snapshot.40", "snapshot.50"}},
		{"all broken", 3, []string{"snapshot.10", "snapshot.20", "snapshot.30", "snapshot.40", "snapshot.50"}, []string{"log.1", "log.15", "log.25", "log.30", "log.45", "snapshot.10", "snapshot.20", "snapshot.30", "snapshot.40", "snapshot.50"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := vfs.New()
			s := mustOpen(t, f, testOptions(nil))
			for _, name := range []string{"log.1", "log.15", "log.25", "log.30", "log.45"} {
				put(t, f, dir+"/"+name, nil)
			}
			for _, name := range []string{"snapshot.10", "snapshot.20", "snapshot.30", "snapshot.40", "snapshot.50"} {
				put(t, f, dir+"/"+name, []byte(whole))
			}
			for _, name := range c.broken {
				put(t, f, dir+"/"+name, []byte("half of it"))
			}
			require.NoError(t, s.Purge(c.retain))
			require.Equal(t, c.want, names(t, f, dir))
		})
	}
}

// After a purge everything is still there, from the newest snapshot and from the oldest that was kept.
func TestPurgeKeepsWhatIsNeeded(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	for i := range int64(6) {
		logAll(t, s, tr, creates(10*i+1, 10*i+7)...)
		require.NoError(t, s.Roll())
		logAll(t, s, tr, creates(10*i+8, 10*i+10)...) // the log that straddles the snapshot
		_, err := s.WriteSnapshot(Whole(tr))
		require.NoError(t, err)
		require.NoError(t, s.Purge(3))
	}
	require.NoError(t, s.Close())
	require.Equal(t, []string{"log.26", "log.30", "log.3a", "snapshot.28", "snapshot.32", "snapshot.3c"}, names(t, f, dir))
	for _, newest := range []string{"snapshot.3c", "snapshot.32", "snapshot.28"} {
		s := mustOpen(t, f, testOptions(nil))
		tr, rec := mustLoad(t, s)
		require.Equal(t, dir+"/"+newest, rec.Snapshot)
		requireCreated(t, tr, 60)
		require.NoError(t, s.Close())
		require.NoError(t, f.Remove(dir+"/"+newest))
	}
}
