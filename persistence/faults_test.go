package persistence

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/persistence/vfs"
	"troupe/tree"
)

// damaged tries to load and expects the log to be refused.
func damaged(t *testing.T, f vfs.FS) *DamageError {
	s := mustOpen(t, f, testOptions(nil))
	defer s.Close()
	before := snapshotOfDisk(t, f)
	_, _, err := s.Load()
	var damage *DamageError
	require.ErrorAs(t, err, &damage)
	require.ErrorIs(t, err, ErrDamaged)
	require.Equal(t, before, snapshotOfDisk(t, f), "a refused start changes nothing")
	return damage
}

func snapshotOfDisk(t *testing.T, f vfs.FS) map[string]string {
	all := map[string]string{}
	for _, name := range names(t, f, dir) {
		all[name] = string(content(t, f, dir+"/"+name))
	}
	return all
}

// Fault: torn tail. Each way in which a crash can leave the last entry ends in a cut at the last whole one, a log line that says so, and a
// log file of that length.
func TestTornTail(t *testing.T) {
	whole := logOf(0, creates(1, 5)...)
	start := int64(len(logOf(0, creates(1, 4)...)))
	big := logOf(0, append(creates(1, 4), create(5, 2000))...)
	for name, log := range map[string][]byte{
		"the file ends within the entry":       whole[:len(whole)-10],
		"only its first bytes are there":       whole[:start+5],
		"zeros from the middle on":             append(bytes.Clone(whole[:len(whole)-10]), make([]byte, 4096)...),
		"only the last byte is missing":        append(bytes.Clone(whole[:len(whole)-1]), make([]byte, 4096)...),
		"a sector in the middle is missing":    append(zeroed(big, 1024, 1536), make([]byte, 4096)...),
		"the sector with its start is missing": append(zeroed(big, int(start), 512), make([]byte, 4096)...),
	} {
		t.Run(name, func(t *testing.T) {
			f := vfs.New()
			apacheDir(t, f, map[string][]byte{"log.1": log})
			var out bytes.Buffer
			s := mustOpen(t, f, testOptions(&out))
			tr, rec := mustLoad(t, s)
			requireCreated(t, tr, 4)
			require.NotNil(t, rec.Cut)
			require.Equal(t, dir+"/log.1", rec.Cut.File)
			require.Equal(t, start, rec.Cut.Offset)
			require.Equal(t, int64(len(log))-start, rec.Cut.Bytes)
			require.Contains(t, out.String(), "cut a torn tail off the log")
			require.Contains(t, out.String(), strconv.FormatInt(start, 10))
			require.Len(t, content(t, f, dir+"/log.1"), int(start))

			logAll(t, s, tr, creates(5, 6)...) // the log goes on
			require.NoError(t, s.Close())
			tr, rec = mustLoad(t, mustOpen(t, f, testOptions(nil)))
			requireCreated(t, tr, 6)
			require.Nil(t, rec.Cut)
		})
	}
}

func zeroed(b []byte, from, to int) []byte {
	b = bytes.Clone(b)
	clear(b[from:to])
	return b
}

// Fault: flipped bit. Whichever bit of an acknowledged entry is flipped, the start is refused with file and offset, and nothing is changed. That the
// entry is the last one is no excuse for a log that we wrote (its header says how far it was durable), nor where Apache wrote it and no
// crash explains the bytes.
func TestFlippedBit(t *testing.T) {
	ours := vfs.New()
	s, tr := started(t, ours, testOptions(nil))
	logAll(t, s, tr, creates(1, 8)...)
	require.NoError(t, s.Close())
	apache := vfs.New()
	apacheDir(t, apache, map[string][]byte{"log.1": logOf(4096, creates(1, 8)...)})

	r := rand.New(rand.NewPCG(3, 4))
	for name, f := range map[string]*vfs.Mem{"ours": ours, "apache": apache} {
		whole := content(t, f, dir+"/log.1")
		size := len(logOf(0, create(1, 20))) - logHeaderSize
		for range 300 {
			at := logHeaderSize + r.IntN(8*size)
			bit := byte(1) << r.IntN(8)
			change(t, f, dir+"/log.1", func(b []byte) []byte { b[at] ^= bit; return b })
			damage := damaged(t, f)
			entry := (at - logHeaderSize) / size
			require.Equal(t, dir+"/log.1", damage.File)
			require.Equal(t, int64(logHeaderSize+entry*size), damage.Offset, "%s: bit %x at %d", name, bit, at)
			require.Equal(t, int64(entry), damage.LastOK)
			require.ErrorContains(t, damage, "log.acceptLoss=true")
			require.ErrorContains(t, damage, "from a backup")
			put(t, f, dir+"/log.1", whole)
		}
	}
}

// Fault: flipped bit in a snapshot. The older one and the log give the same data; the reason is logged.
func TestFlippedBitInSnapshot(t *testing.T) {
	for _, c := range []Compression{NoCompression, Gzip, Snappy} {
		t.Run(string(c), func(t *testing.T) {
			f := vfs.New()
			o := testOptions(nil)
			o.Compression = c
			s, tr := started(t, f, o)
			logAll(t, s, tr, creates(1, 8)...)
			name, err := s.WriteSnapshot(Whole(tr))
			require.NoError(t, err)
			logAll(t, s, tr, creates(9, 10)...)
			require.NoError(t, s.Close())
			whole := content(t, f, name)
			for at := range whole {
				change(t, f, name, func(b []byte) []byte { b[at] ^= 4; return b })
				s := mustOpen(t, f, o)
				tr, rec := mustLoad(t, s)
				requireCreated(t, tr, 10)
				if c == NoCompression { // a flip in gzip's header changes nothing
					require.NotEqual(t, name, rec.Snapshot, "byte %d", at)
					if at < len(whole)-len(endMark) && at >= 16 {
						require.Len(t, rec.Rejected, 1, "byte %d", at)
						require.ErrorContains(t, rec.Rejected[0], name)
					}
				}
				require.NoError(t, s.Close())
				put(t, f, name, whole)
			}
		})
	}
}

// Fault: missing file. A log file that is gone leaves a hole, which is found; without its snapshots a log is not believed.
func TestMissingFile(t *testing.T) {
	logs := map[string][]byte{"log.1": logOf(0, creates(1, 3)...), "log.4": logOf(0, creates(4, 6)...), "log.7": logOf(0, creates(7, 9)...)}
	for missing, want := range map[string]string{
		"log.1": "0x0 is followed by 0x4 in log.4",
		"log.4": "0x3 is followed by 0x7 in log.7",
	} {
		f := vfs.New()
		apacheDir(t, f, logs)
		require.NoError(t, f.Remove(dir+"/"+missing))
		_, _, err := mustOpen(t, f, testOptions(nil)).Load()
		require.ErrorIs(t, err, ErrMissing)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "Put it back from a backup")
	}

	f := vfs.New()
	apacheDir(t, f, logs)
	require.NoError(t, f.Remove(dir+"/snapshot.0"))
	_, _, err := mustOpen(t, f, testOptions(nil)).Load()
	require.ErrorIs(t, err, ErrNoSnapshot)
	require.ErrorContains(t, err, "no snapshot found, but there are log entries")
	require.ErrorContains(t, err, dir)
}

// Apache's logs can have a zxid without a transaction in the middle of a file (a multi with a null path uses one up), and
// transactions twice (ZOOKEEPER-4394): both load, with all that is there.
func TestHolesAndRepetitions(t *testing.T) {
	for name, c := range map[string]struct {
		log   []tree.Txn
		holes int
	}{
		"hole":       {append(creates(1, 3), creates(5, 6)...), 1},
		"repetition": {append(creates(1, 4), creates(3, 6)...), 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := vfs.New()
			apacheDir(t, f, map[string][]byte{"log.1": logOf(100, c.log...)})
			tr, rec := mustLoad(t, mustOpen(t, f, testOptions(nil)))
			require.Equal(t, int64(6), tr.LastZxid())
			require.Equal(t, c.holes, rec.Holes)
			require.Zero(t, rec.DigestMismatches)
		})
	}
}

// Fault: empty file. An empty newest log, or one of zeros, is what an interrupted creation leaves (ZOOKEEPER-2332): it is removed. Elsewhere it is
// passed over as long as nothing is missing. An empty snapshot counts as absent.
func TestEmptyFile(t *testing.T) {
	for name, log := range map[string][]byte{"empty": {}, "zeros": make([]byte, 9000), "half a header": appendLogHeader(nil, 0)[:9]} {
		t.Run(name, func(t *testing.T) {
			f := vfs.New()
			apacheDir(t, f, map[string][]byte{"log.1": logOf(100, creates(1, 3)...), "log.2": log, "log.4": log, "snapshot.3": {}})
			var out bytes.Buffer
			s := mustOpen(t, f, testOptions(&out))
			tr, rec := mustLoad(t, s)
			requireCreated(t, tr, 3)
			require.Nil(t, rec.Cut)
			require.Contains(t, out.String(), "removed an empty log file")
			require.NotContains(t, names(t, f, dir), "log.4")
			logAll(t, s, tr, create(4, 1))
			require.NoError(t, s.Close())
			tr, _ = mustLoad(t, mustOpen(t, f, testOptions(nil)))
			requireCreated(t, tr, 4)
		})
	}
}

// Fault: wrong magic. A log that is none stops the start; a snapshot that is none is passed over for an older one.
func TestWrongMagic(t *testing.T) {
	f := vfs.New()
	log := logOf(100, creates(1, 3)...)
	log[0] = 'z'
	apacheDir(t, f, map[string][]byte{"log.1": log})
	damage := damaged(t, f)
	require.Zero(t, damage.Offset)
	require.ErrorContains(t, damage, "log.1: offset 0: this is not a transaction log")

	f = vfs.New()
	s, tr := started(t, f, testOptions(nil))
	logAll(t, s, tr, creates(1, 3)...)
	name, err := s.WriteSnapshot(Whole(tr))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	change(t, f, name, func(b []byte) []byte { b[0] = 'z'; return b })
	tr, rec := mustLoad(t, mustOpen(t, f, testOptions(nil)))
	requireCreated(t, tr, 3)
	require.Equal(t, dir+"/snapshot.0", rec.Snapshot)
	require.ErrorContains(t, rec.Rejected[0], "this is not a snapshot")
}

// Fault: negative length, or one beyond the file, before the end.
func TestWrongLength(t *testing.T) {
	for name, length := range map[string][]byte{"negative": {0xff, 0xff, 0xff, 0xf0}, "huge": {0x7f, 0xff, 0xff, 0xff}, "tiny": {0, 0, 0, 3}, "zero": {0, 0, 0, 0}} {
		f := vfs.New()
		log := logOf(100, creates(1, 5)...)
		at := len(logOf(0, creates(1, 2)...))
		copy(log[at+8:], length)
		apacheDir(t, f, map[string][]byte{"log.1": log})
		require.Equal(t, int64(at), damaged(t, f).Offset, name)
	}
	f := vfs.New()
	log := append(logOf(0, creates(1, 2)...), bytes.Repeat([]byte{0xff}, 12)...)
	apacheDir(t, f, map[string][]byte{"log.1": log})
	require.ErrorContains(t, damaged(t, f), "negative length", "no crash leaves that, also at the very end")
}

// Fault: a log that lost its end, at an entry's border. Its header knows better.
func TestLostEnd(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	logAll(t, s, tr, creates(1, 5)...)
	require.NoError(t, s.Close())
	at := len(logOf(0, creates(1, 3)...))
	change(t, f, dir+"/log.1", func(b []byte) []byte { return b[:at] })
	damage := damaged(t, f)
	require.Equal(t, int64(at), damage.Offset)
	require.Equal(t, int64(3), damage.LastOK)
	require.ErrorContains(t, damage, "the entries end, though the file was durable up to offset")
}

// Fault: full disk. The commit fails with a typed error, the store takes nothing more, and with room again everything
// acknowledged is there.
func TestFullDisk(t *testing.T) {
	for _, prealloc := range []int64{0, 4 << 10} {
		f := vfs.New()
		o := testOptions(nil)
		o.PreAllocSize = prealloc
		s, tr := started(t, f, o)
		f.SetCapacity(20_000)
		zxid := int64(0)
		var err error
		for err == nil {
			x := create(zxid+1, 500)
			if err = s.Append(x.Header.Zxid, x.Append(nil)); err == nil {
				err = s.Commit()
			}
			if err == nil {
				zxid++
				tr.Apply(&x, nil)
			}
		}
		require.Greater(t, zxid, int64(10))
		var fatal *FatalError
		require.ErrorAs(t, err, &fatal)
		require.ErrorIs(t, err, ErrFailed)
		require.ErrorIs(t, err, vfs.ErrFull)
		require.ErrorContains(t, err, "no space left")
		require.ErrorContains(t, err, "the server must stop")

		require.Equal(t, err, s.Append(zxid+1, make([]byte, 100)))
		require.Equal(t, err, s.Commit())
		require.Equal(t, err, s.Roll())
		_, serr := s.WriteSnapshot(Whole(tr))
		require.Equal(t, err, serr)
		require.Equal(t, err, s.Close())

		f.SetCapacity(0)
		tr, _ = mustLoad(t, mustOpen(t, f, testOptions(nil)))
		requireCreated(t, tr, zxid)
	}
}

// Fault: full disk while a snapshot is written. No half file stays, and the old data is there at the next start.
func TestFullDiskAtSnapshot(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	logAll(t, s, tr, creates(1, 30)...)
	require.NoError(t, s.Roll())
	f.SetCapacity(f.Used() + 1000)
	_, err := s.WriteSnapshot(Whole(tr))
	require.ErrorIs(t, err, vfs.ErrFull)
	require.ErrorContains(t, err, "cannot write a snapshot")
	require.Equal(t, []string{"log.1", "snapshot.0"}, names(t, f, dir))
	require.Error(t, s.Close())
	tr, _ = mustLoad(t, mustOpen(t, f, testOptions(nil)))
	requireCreated(t, tr, 30)
}

// Fault: a failed fsync. The error says that the server must stop, and a second try does not pretend that all is well.
func TestFailedSync(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	logAll(t, s, tr, creates(1, 3)...)
	io := errors.New("input/output error")
	f.SetFault(func(op vfs.Op, _ string) error {
		if op == vfs.OpSync {
			return io
		}
		return nil
	})
	x := create(4, 1)
	require.NoError(t, s.Append(4, x.Append(nil)))
	err := s.Commit()
	require.ErrorIs(t, err, io)
	require.ErrorIs(t, err, ErrFailed)
	require.ErrorContains(t, err, "cannot sync the log ("+dir+"/log.1)")
	f.SetFault(nil)
	require.Equal(t, err, s.Commit())
	require.Equal(t, err, s.WriteEpoch(CurrentEpoch, 5), "the store has failed for good")
}

// Fault: an entry with a right checksum that is no transaction that we know: it is named, not skipped.
func TestUnknownTransaction(t *testing.T) {
	f := vfs.New()
	strange := newTxn(3, 77, nil)
	apacheDir(t, f, map[string][]byte{"log.1": logOf(0, append(creates(1, 2), strange)...)})
	damage := damaged(t, f)
	require.Equal(t, int64(2), damage.LastOK)
	require.ErrorContains(t, damage, "unknown type 77")
}

// Entries on which Apache 3.8.0 dies at every start are read: a check outside a multi, and a TTL of -1.
func TestPoisonEntries(t *testing.T) {
	f := vfs.New()
	apacheDir(t, f, map[string][]byte{"log.1": logOf(64,
		create(1, 3),
		newTxn(2, proto.OpCheck, &txn.CheckVersionTxn{Path: "/n1", Version: 1}),
		newTxn(3, proto.OpCreateTTL, &txn.CreateTTLTxn{Path: "/ttl", ACL: openACL, TTL: -1}),
		create(4, 3))})
	tr, rec := mustLoad(t, mustOpen(t, f, testOptions(nil)))
	require.Equal(t, 4, rec.Entries)
	require.NotNil(t, tr.Lookup("/n4"))
	require.Nil(t, tr.Lookup("/ttl"))
}
