package persistence

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/persistence/vfs"
	"troupe/tree"
)

// oldHistory is a server with snapshots and logs of its own up to the transaction 30, the last 5 of them only logged.
func oldHistory(t testing.TB, f vfs.FS, o Options) (*Store, *tree.Tree) {
	s, tr := started(t, f, o)
	for i := range int64(3) {
		logAll(t, s, tr, creates(10*i+1, 10*i+5)...)
		require.NoError(t, s.Roll())
		_, err := s.WriteSnapshot(Whole(tr))
		require.NoError(t, err)
		logAll(t, s, tr, creates(10*i+6, 10*i+10)...)
	}
	return s, tr
}

// leadersTree has other nodes, and zxid as its last transaction.
func leadersTree(zxid int64) *tree.Tree {
	tr := tree.New(modelOptions)
	for i := range int64(20) {
		x := newTxn(zxid-19+i, proto.OpCreate, &txn.CreateTxn{Path: fmt.Sprintf("/leader%d", i), ACL: openACL, ParentCVersion: int32(i + 1)})
		tr.Apply(&x, nil)
	}
	return tr
}

// The leader's tree is what the next start loads, whatever zxid it has, and the log goes on behind it.
func TestReplace(t *testing.T) {
	for _, zxid := range []int64{22, 25, 28, 30, 31, 1 << 40} { // in the middle of the old history, at its snapshot, at its end, behind it
		for seed := range uint64(8) {
			f := vfs.New()
			o := testOptions(nil)
			o.DataLogDir = [...]string{"", "/log"}[seed%2]
			s, _ := oldHistory(t, f, o)
			put(t, f, dir+"/snapshot.19.gz", []byte("\x1f\x8b of the same transaction, in another compression"))
			put(t, f, dir+"/acceptedEpoch", []byte("5"))
			leader := leadersTree(zxid)
			require.NoError(t, s.Replace(Whole(leader)))
			require.Equal(t, []string{"acceptedEpoch", SnapshotName(zxid, "")}, names(t, f, dir))
			require.Equal(t, zxid, s.Stats().LastSnap)
			f.Crash(rand.New(rand.NewPCG(seed, 1)))

			s = mustOpen(t, f, o)
			tr, rec := mustLoad(t, s)
			require.Equal(t, picture(leader), picture(tr))
			require.Zero(t, rec.Entries)
			logAll(t, s, tr, create(zxid+1, 3))
			require.NoError(t, s.Close())
			tr, _ = mustLoad(t, mustOpen(t, f, o))
			require.NotNil(t, tr.Lookup(fmt.Sprintf("/n%d", zxid+1)))
		}
	}
}

// A member that had nothing, and must not begin by itself, has the leader's history afterwards.
func TestReplaceOfNothing(t *testing.T) {
	f := vfs.New()
	o := testOptions(nil)
	o.AutoCreateDB = false
	s := mustOpen(t, f, o)
	_, rec := mustLoad(t, s)
	require.True(t, rec.Uninitialized)
	leader := leadersTree(1 << 32)
	require.NoError(t, s.Replace(Whole(leader)))
	tr, rec := mustLoad(t, s)
	require.False(t, rec.Uninitialized)
	require.Equal(t, int64(1<<32), rec.Zxid)
	require.Equal(t, picture(leader), picture(tr))
}

// Wherever the power fails, or the process is killed, a start finds the old history or the leader's, whole, and never a mixture; the leader's once Replace has
// returned. Interrupted starts change nothing of that.
func TestReplaceSurvivesCrash(t *testing.T) {
	for i, zxid := range []int64{22, 25, 30, 1 << 40} {
		was := map[bool]int{}
		for n, done := 0, false; !done; n++ {
			for seed := range uint64(3) {
				r := rand.New(rand.NewPCG(seed, uint64(n)))
				f := vfs.New()
				o := testOptions(nil)
				o.DataLogDir = [...]string{"", "/log"}[i%2]
				s, old := oldHistory(t, f, o)
				leader := leadersTree(zxid)
				powerFailsAfter(f, n)
				replaced := s.Replace(Whole(leader))
				if done = replaced == nil; !done {
					require.ErrorIs(t, replaced, ErrFailed)
					require.ErrorIs(t, s.Append(zxid+1, make([]byte, minEntry)), ErrFailed)
				}
				end(f, r)
				for range r.IntN(3) { // starts that are interrupted too
					powerFailsAfter(f, r.IntN(10))
					if s, err := Open(f, o); err == nil {
						_, _, err = s.Load()
						require.True(t, err == nil || ignorePower(err) == nil, err)
					} else {
						require.ErrorIs(t, err, errPower)
					}
					end(f, r)
				}
				s = mustOpen(t, f, o)
				tr, _ := mustLoad(t, s)
				isNew := tr.LastZxid() == zxid && tr.Lookup("/leader0") != nil
				was[isNew]++
				if isNew {
					require.Equal(t, picture(leader), picture(tr))
				} else {
					require.Error(t, replaced, "the old history is back")
					require.Equal(t, picture(old), picture(tr))
				}
				logAll(t, s, tr, create(tr.LastZxid()+1, 3))
				f.Crash(r)
				again, _ := mustLoad(t, mustOpen(t, f, o))
				require.Equal(t, picture(tr), picture(again))
				for _, name := range append(names(t, f, dir), names(t, f, o.DataDir)...) {
					require.NotEqual(t, replacingName, name)
					require.NotContains(t, name, tmpPrefix)
				}
			}
		}
		require.NotZero(t, was[true])
		require.NotZero(t, was[false])
	}
}

// end is a power failure or a kill.
func end(f *vfs.Mem, r *rand.Rand) {
	f.SetFault(nil)
	if r.IntN(3) == 0 {
		f.Kill()
		return
	}
	f.Crash(r)
}

// A list that another program's work has made stale, or that is not whole, stops the start, and nothing is removed.
func TestStaleReplacement(t *testing.T) {
	list := (&replacement{snapshot: "snapshot.19", remove: []string{"log.1", "snapshot.0"}}).text()
	for name, c := range map[string]struct {
		list   string
		reason string
	}{
		"a log that has come since":  {string(list), "log.2 has come since"},
		"cut short":                  {string(list[:len(list)-2]), "the list is not whole"},
		"empty":                      {"", "the list is not whole"},
		"another directory":          {"replace by\nsnapshot.19\nlog.1\n../log.2\nend\n", "is not a name"},
		"no snapshot":                {"replace by\nmyid\nend\n", "the list is not whole"},
		"removes what it brings":     {"replace by\nsnapshot.19\nsnapshot.19\nend\n", "is not a name"},
		"the snapshot is not there":  {"replace by\nsnapshot.19\nlog.1\nlog.2\nsnapshot.0\nend\n", "not exist"},
		"a compression of another's": {"replace by\nsnapshot.19.lz4\nend\n", "the list is not whole"},
	} {
		t.Run(name, func(t *testing.T) {
			f := vfs.New()
			apacheDir(t, f, map[string][]byte{"log.1": logOf(0, create(1, 1)), "log.2": logOf(0, create(2, 1)), replacingName: []byte(c.list)})
			before := snapshotOfDisk(t, f)
			_, err := Open(f, testOptions(nil))
			var de *DirError
			require.ErrorAs(t, err, &de)
			require.ErrorContains(t, err, c.reason)
			require.ErrorContains(t, err, "gets its data from the others")
			require.Equal(t, before, snapshotOfDisk(t, f))
			require.NoError(t, f.Remove(dir+"/"+replacingName))
			mustLoad(t, mustOpen(t, f, testOptions(nil))) // and holds no lock
		})
	}
}

// A full disk ends the store with the old history in place, for the next start to find.
func TestReplaceOnFullDisk(t *testing.T) {
	f := vfs.New()
	s, old := oldHistory(t, f, testOptions(nil))
	require.NoError(t, s.Roll()) // which gives back what was reserved
	f.SetCapacity(f.Used() + 300)
	err := s.Replace(Whole(leadersTree(50)))
	require.ErrorIs(t, err, ErrFailed)
	require.ErrorIs(t, err, vfs.ErrFull)
	var fatal *FatalError
	require.ErrorAs(t, err, &fatal)
	require.True(t, fatal.Snapshot)
	f.Kill()
	f.SetCapacity(0)
	tr, _ := mustLoad(t, mustOpen(t, f, testOptions(nil)))
	require.Equal(t, picture(old), picture(tr))
}

// Replace takes no more memory for a large tree than for a small one.
func TestReplaceStreams(t *testing.T) {
	o := testOptions(nil)
	o.DataDir = t.TempDir()
	o.Logger = zerolog.Nop()
	s := mustOpen(t, vfs.OS(), o)
	mustLoad(t, s)
	tr := largeTree(t, 20_000, 64) // some 4 MB
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.NoError(t, s.Replace(Whole(tr)))
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
	size, err := s.NewestSnapshotBytes()
	require.NoError(t, err)
	require.Greater(t, size, int64(4<<20))
	require.NoError(t, s.Close())
}
