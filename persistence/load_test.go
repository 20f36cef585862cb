package persistence

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/persistence/vfs"
	"troupe/tree"
)

// An empty directory: what happens depends on db.autocreate and the marker file, which is removed in any case.
func TestEmptyDatabase(t *testing.T) {
	for _, c := range []struct {
		name           string
		create, marker bool
		fresh          bool
	}{
		{"db.autocreate", true, false, true},
		{"marker", false, true, true},
		{"both", true, true, true},
		{"neither", false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := vfs.New()
			o := testOptions(nil)
			o.DataLogDir = "/log"
			o.AutoCreateDB = c.create
			if c.marker {
				put(t, f, "/log/initialize", nil)
			}
			s := mustOpen(t, f, o)
			tr, rec := mustLoad(t, s)
			require.Equal(t, c.fresh, rec.Fresh)
			require.Equal(t, !c.fresh, rec.Uninitialized)
			require.NotNil(t, tr.Lookup("/zookeeper/config"))
			there, err := vfs.Exists(f, "/log/initialize")
			require.NoError(t, err)
			require.False(t, there)
			if !c.fresh {
				require.Equal(t, int64(-1), rec.Zxid)
				require.Empty(t, names(t, f, dir))
				return
			}
			require.Zero(t, rec.Zxid)
			require.Equal(t, []string{"snapshot.0"}, names(t, f, dir))
			logAll(t, s, tr, create(1, 1))
			require.NoError(t, s.Close())
			o.AutoCreateDB = false
			tr, rec = mustLoad(t, mustOpen(t, f, o))
			requireCreated(t, tr, 1)
			require.False(t, rec.Fresh)
		})
	}
}

// snapshot.trust.empty: the log alone gives the data, and a snapshot of it is written so that the next start needs no trust.
func TestTrustEmpty(t *testing.T) {
	f := vfs.New()
	apacheDir(t, f, map[string][]byte{"log.1": logOf(64, creates(1, 6)...)})
	require.NoError(t, f.Remove(dir+"/snapshot.0"))
	o := testOptions(nil)
	o.TrustEmpty = true
	s := mustOpen(t, f, o)
	tr, rec := mustLoad(t, s)
	requireCreated(t, tr, 6)
	require.Empty(t, rec.Snapshot)
	require.Contains(t, names(t, f, dir), "snapshot.6")
	require.NoError(t, s.Close())
	tr, _ = mustLoad(t, mustOpen(t, f, testOptions(nil)))
	requireCreated(t, tr, 6)
}

// Logs that repeat transactions, or overlap, as Apache leaves them after a failed synchronisation: each is applied once.
func TestOverlappingLogs(t *testing.T) {
	f := vfs.New()
	apacheDir(t, f, map[string][]byte{
		"log.1": logOf(64, creates(1, 6)...),
		"log.4": logOf(64, append(creates(4, 8), creates(5, 9)...)...),
		"log.9": logOf(64, creates(9, 12)...),
	})
	tr, rec := mustLoad(t, mustOpen(t, f, testOptions(nil)))
	requireCreated(t, tr, 12)
	require.Equal(t, 12, rec.Entries)
}

// A new epoch starts at its first counter; a gap within an epoch or a later start is a hole.
func TestEpochsInLog(t *testing.T) {
	for _, c := range []struct {
		a, b int64
		ok   bool
	}{
		{5, 6, true}, {0, 1, true}, {5, 7, false}, {5, 5, false}, {5, 4, false},
		{5, 1<<32 + 1, true}, {1<<32 + 9, 4<<32 + 1, true}, {1 << 32, 1<<32 + 1, true},
		{5, 1<<32 + 2, false}, {5, 1 << 32, false}, {2<<32 + 1, 1<<32 + 1, false}, {0xffffffff, 0x100000000, true},
	} {
		require.Equal(t, c.ok, follows(c.a, c.b), "%x %x", c.a, c.b)
	}
	f := vfs.New()
	apacheDir(t, f, map[string][]byte{
		"log.1":         logOf(64, creates(1, 6)...),
		"log.300000001": logOf(64, create(3<<32+1, 1), create(3<<32+2, 1)),
	})
	tr, _ := mustLoad(t, mustOpen(t, f, testOptions(nil)))
	require.Equal(t, int64(3<<32+2), tr.LastZxid())
}

// log.acceptLoss: the log ends at the damage, or before the hole, and what is given up is kept in files that nobody reads.
func TestAcceptLoss(t *testing.T) {
	o := testOptions(nil)
	o.AcceptLoss = true
	logs := func() map[string][]byte {
		return map[string][]byte{"log.1": logOf(10, creates(1, 3)...), "log.4": logOf(10, creates(4, 6)...), "log.7": logOf(10, creates(7, 9)...)}
	}
	middle := len(logOf(0, create(4, 20))) // where entry 5 starts in log.4
	for _, c := range []struct {
		name   string
		damage func(f vfs.FS)
		last   int64
		files  []string
	}{
		{"flipped bit", func(f vfs.FS) {
			change(t, f, dir+"/log.4", func(b []byte) []byte { b[middle+30]++; return b })
		}, 4, []string{"log.1", "log.4", "lost.log.4", "lost.log.7"}},
		{"flipped bit in the first entry", func(f vfs.FS) {
			change(t, f, dir+"/log.4", func(b []byte) []byte { b[60]++; return b })
		}, 3, []string{"log.1", "lost.log.4", "lost.log.7"}},
		{"wrong magic", func(f vfs.FS) {
			change(t, f, dir+"/log.4", func(b []byte) []byte { b[0]++; return b })
		}, 3, []string{"log.1", "lost.log.4", "lost.log.7"}},
		{"missing file", func(f vfs.FS) { require.NoError(t, f.Remove(dir+"/log.4")) }, 3, []string{"log.1", "lost.log.7"}},
		{"unknown transaction", func(f vfs.FS) {
			put(t, f, dir+"/log.4", logOf(10, create(4, 20), newTxn(5, 77, nil), create(6, 20)))
		}, 4, []string{"log.1", "log.4", "lost.log.4", "lost.log.7"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := vfs.New()
			apacheDir(t, f, logs())
			c.damage(f)
			before := snapshotOfDisk(t, f)
			var out bytes.Buffer
			with := testOptions(&out)
			with.AcceptLoss = true
			s := mustOpen(t, f, with)
			tr, rec := mustLoad(t, s)
			requireCreated(t, tr, c.last)
			require.NotEmpty(t, rec.Lost)
			require.Contains(t, out.String(), "transactions were given up")
			require.Equal(t, append(c.files, "snapshot.0"), names(t, f, dir))
			for _, lost := range rec.Lost {
				original := before[lost.File[len(dir)+1:]]
				require.Equal(t, original, string(content(t, f, lost.Saved)), "kept as it was")
			}
			logAll(t, s, tr, create(c.last+1, 3))
			require.NoError(t, s.Close())

			tr, rec = mustLoad(t, mustOpen(t, f, testOptions(nil)))
			requireCreated(t, tr, c.last+1)
			require.Empty(t, rec.Lost, "once is enough")
		})
	}

	f := vfs.New()
	apacheDir(t, f, logs())
	tr, rec := mustLoad(t, mustOpen(t, f, o))
	requireCreated(t, tr, 9)
	require.Empty(t, rec.Lost, "an undamaged log loses nothing")
}

// An older torn file is passed over if nothing is missing behind it, as Apache does; one with a wrong checksum is not.
func TestOlderTornFile(t *testing.T) {
	whole := logOf(0, creates(1, 4)...)
	short := whole[:len(whole)-20]
	f := vfs.New()
	apacheDir(t, f, map[string][]byte{"log.1": short, "log.4": logOf(64, creates(4, 6)...)})
	tr, rec := mustLoad(t, mustOpen(t, f, testOptions(nil)))
	requireCreated(t, tr, 6)
	require.Nil(t, rec.Cut)
	require.Equal(t, short, content(t, f, dir+"/log.1"))

	f = vfs.New()
	apacheDir(t, f, map[string][]byte{"log.1": short, "log.5": logOf(64, creates(5, 6)...)})
	_, _, err := mustOpen(t, f, testOptions(nil)).Load()
	require.ErrorIs(t, err, ErrMissing, "entry 4 was acknowledged")

	big := logOf(0, append(creates(1, 3), create(4, 3000))...)
	clear(big[1024:2048]) // a torn entry, but Apache would not have gone on behind it
	f = vfs.New()
	apacheDir(t, f, map[string][]byte{"log.1": big, "log.4": logOf(64, creates(4, 6)...)})
	require.ErrorContains(t, damaged(t, f), "whose checksum is wrong")
}

// A znode whose data looks like a log entry does not make a torn tail look like damage.
func TestLogInsideOfData(t *testing.T) {
	inner := appendEntry(nil, func() []byte { x := create(2, 10); return x.Append(nil) }())
	outer := newTxn(5, proto.OpCreate, &txn.CreateTxn{Path: "/log", Data: append(bytes.Repeat(inner, 3), make([]byte, 5000)...), ACL: openACL})
	log := logOf(0, append(creates(1, 4), outer)...)
	f := vfs.New()
	apacheDir(t, f, map[string][]byte{"log.1": log[:len(log)-2000]})
	tr, rec := mustLoad(t, mustOpen(t, f, testOptions(nil)))
	requireCreated(t, tr, 4)
	require.NotNil(t, rec.Cut)
}

// Load may be called again: it starts from what is on disk, and the log goes on in a new file.
func TestLoadAgain(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	logAll(t, s, tr, creates(1, 3)...)
	x := create(4, 3)
	require.NoError(t, s.Append(4, x.Append(nil)))
	tr, rec := mustLoad(t, s)
	requireCreated(t, tr, 4)
	require.Equal(t, 4, rec.Entries)
	logAll(t, s, tr, create(5, 3))
	require.NoError(t, s.Close())
	require.Equal(t, []string{"log.1", "log.5", "snapshot.0"}, names(t, f, dir))
}

// Digests in the log that are not those of the tree are counted and logged once, not taken for damage.
func TestDigestMismatch(t *testing.T) {
	x, y := create(1, 3), create(2, 3)
	for _, p := range []*tree.Txn{&x, &y} {
		p.HasDigest, p.Digest = true, txn.TxnDigest{Version: 2, TreeDigest: 12345}
	}
	f := vfs.New()
	apacheDir(t, f, map[string][]byte{"log.1": logOf(0, x, y)})
	var out bytes.Buffer
	tr, rec := mustLoad(t, mustOpen(t, f, testOptions(&out)))
	requireCreated(t, tr, 2)
	require.Equal(t, 2, rec.DigestMismatches)
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("digests in the log")))
}

// TTL nodes of a snapshot or of the log are not deleted because extended types were switched off: the start is refused, until they are
// switched on again.
func TestTTLNodesWithoutExtendedTypes(t *testing.T) {
	f := vfs.New()
	on := testOptions(nil)
	s, tr := started(t, f, on)
	logAll(t, s, tr, create(1, 3), newTxn(2, proto.OpCreateTTL, &txn.CreateTTLTxn{Path: "/ttl", ACL: openACL, TTL: 5000}))
	off := on
	off.Tree.ExtendedTypes = false
	refused := func() {
		s := mustOpen(t, f, off)
		defer s.Close()
		_, _, err := s.Load()
		var refusal *DirError
		require.ErrorAs(t, err, &refusal)
		require.ErrorContains(t, err, "1 TTL nodes (the first is /ttl)")
		require.ErrorContains(t, err, "set extendedTypesEnabled=true")
	}
	f.Kill()
	refused() // it is in the log
	s = mustOpen(t, f, on)
	tr, _ = mustLoad(t, s)
	_, err := s.WriteSnapshot(Whole(tr))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	refused()

	s = mustOpen(t, f, on)
	tr, _ = mustLoad(t, s)
	require.Equal(t, tree.TTL, tr.Lookup("/ttl").Kind())
	logAll(t, s, tr, newTxn(3, proto.OpDeleteContainer, &txn.DeleteTxn{Path: "/ttl"}))
	require.NoError(t, s.Close())
	mustLoad(t, mustOpen(t, f, off)) // none is left
}
