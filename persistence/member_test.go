package persistence

import (
	"bytes"
	"hash/adler32"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/persistence/vfs"
	"troupe/tree"
)

// What members of ensembles find on their disks after faults (lessons of Apache 3.8.0 ensembles).

// A snapshot whose checksum is right and that stops being a tree half-way, behind a node that it takes for an ephemeral: the older snapshot and the log give
// the data in a fresh state, and the node is not deleted with a session that never was.
func TestSnapshotBrokenHalfWay(t *testing.T) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	logAll(t, s, tr, newTxn(1, proto.OpCreate, &txn.CreateTxn{Path: "/keep", ACL: openACL, ParentCVersion: 1}))
	name, err := s.WriteSnapshot(Whole(tr))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	whole := content(t, f, name)
	body := whole[:bytes.Index(whole, []byte(endMark))]
	at := bytes.Index(body, []byte("/keep")) + len("/keep") + 4 + 8 // behind path, data and ACL: the stat
	body[at+8+8+8+8+4+4+4+7] = 5                                    // its owner
	record := body[at-8-4-len("/keep")-4 : at+60]
	orphan := bytes.Replace(record, []byte("\x00\x00\x00\x05/keep"), []byte("\x00\x00\x00\x04/a/b"), 1)
	broken := append(append(bytes.Clone(body), orphan...), endMark...)
	put(t, f, name, append(jute.AppendLong(broken, int64(adler32.Checksum(broken))), endMark...))

	o := testOptions(nil)
	o.Keep = 500
	tr, rec := mustLoad(t, mustOpen(t, f, o))
	require.Len(t, rec.Rejected, 1)
	require.ErrorContains(t, rec.Rejected[0], "its parent is missing")
	require.Zero(t, tr.EphemeralCount())
	require.Zero(t, tr.DropOrphans())
	require.Equal(t, tree.Persistent, tr.Lookup("/keep").Kind())
	require.Equal(t, []int64{1}, zxidsOf(rec.Kept))
}

// Where a damaged snapshot was the only one to have what was acknowledged, the older one is not passed off as the data.
func TestLogDoesNotReachTheDamagedSnapshot(t *testing.T) {
	e2 := int64(2 << 32)
	for _, c := range []struct {
		name     string
		snapshot string
		logs     map[string][]byte
		missing  string // "": it loads
	}{
		{"the log has it", "snapshot.5", map[string][]byte{"log.1": logOf(0, creates(1, 7)...)}, ""},
		{"the log ends with it", "snapshot.5", map[string][]byte{"log.1": logOf(0, creates(1, 5)...)}, ""},
		{"the log ends before it", "snapshot.5", map[string][]byte{"log.1": logOf(0, creates(1, 4)...)}, "0x4 is followed by 0x5 in snapshot.5"},
		{"there is no log", "snapshot.5", nil, "0x0 is followed by 0x5 in snapshot.5"},
		{"another history", "snapshot.5", map[string][]byte{"log.1": logOf(0, creates(1, 4)...), "log.200000001": logOf(0, create(e2+1, 1))}, "is followed by 0x5 in snapshot.5"},
		{"the begin of an epoch", "snapshot.200000000", map[string][]byte{"log.1": logOf(0, creates(1, 4)...), "log.200000001": logOf(0, create(e2+1, 1))}, ""},
		{"also in another compression", "snapshot.0.gz", map[string][]byte{"log.1": logOf(0, creates(1, 4)...)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := vfs.New()
			apacheDir(t, f, c.logs)
			put(t, f, dir+"/"+c.snapshot, []byte("\x1f\x8b damaged "+endMark))
			before := snapshotOfDisk(t, f)
			s := mustOpen(t, f, testOptions(nil))
			_, rec, err := s.Load()
			require.Len(t, rec.Rejected, 1)
			if c.missing == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrMissing)
			require.ErrorIs(t, err, ErrDamaged)
			require.ErrorContains(t, err, c.missing)
			require.ErrorContains(t, err, "this is not a snapshot")
			require.Equal(t, before, snapshotOfDisk(t, f))
			require.NoError(t, s.Close())

			o := testOptions(nil)
			o.AcceptLoss = true
			mustLoad(t, mustOpen(t, f, o))
		})
	}
}

// What an Apache left in its logs when it took over a leader's snapshot, transactions that were never decided, does not come back with the snapshot.
func TestLeftoversOfAnOlderEpoch(t *testing.T) {
	e1, e2 := int64(1<<32), int64(2<<32)
	f := vfs.New()
	apacheDir(t, f, map[string][]byte{
		"log.100000001": logOf(64, creates(e1+1, e1+9)...),
		"log.200000001": logOf(64, append(creates(e2+1, e2+2), create(e1+9, 1), create(e2+2, 1), create(e2+3, 1))...),
	})
	leader := leadersTree(e2)
	put(t, f, dir+"/"+SnapshotName(e2, NoCompression), encode(t, leader, NoCompression))
	o := testOptions(nil)
	o.Keep = 500
	tr, rec := mustLoad(t, mustOpen(t, f, o))
	require.Equal(t, e2+3, tr.LastZxid())
	require.Equal(t, leader.NodeCount()+3, tr.NodeCount())
	require.NotNil(t, tr.Lookup("/leader0"))
	require.Equal(t, []int64{e2 + 1, e2 + 2, e2 + 3}, zxidsOf(rec.Kept))
	require.Equal(t, e2, rec.KeptAfter)
	require.Zero(t, rec.Holes)
}

// A member that may not begin by itself stays so at every load, until it has got data from a leader; it has no epoch and serves nobody from its log.
func TestUninitializedMember(t *testing.T) {
	f := vfs.New()
	o := testOptions(nil)
	o.AutoCreateDB, o.Keep = false, 500
	s := mustOpen(t, f, o)
	for range 2 {
		tr, rec := mustLoad(t, s)
		require.True(t, rec.Uninitialized)
		require.EqualValues(t, -1, rec.Zxid)
		require.Zero(t, rec.KeptAfter)
		require.Empty(t, rec.Kept)
		require.Zero(t, tr.LastZxid())
		accepted, current, err := s.LoadEpochs(rec.Zxid)
		require.NoError(t, err)
		require.Zero(t, accepted+current)
	}
	require.Equal(t, []string{"acceptedEpoch", "currentEpoch"}, names(t, f, dir))
	require.NoError(t, s.Replace(Whole(leadersTree(1<<32))))
	logs := creates(1<<32+1, 1<<32+3)
	tr, _ := mustLoad(t, s)
	logAll(t, s, tr, logs...)
	require.NoError(t, s.Close())
	_, rec := mustLoad(t, mustOpen(t, f, o))
	require.False(t, rec.Uninitialized)
	require.Len(t, rec.Kept, 3)
	require.EqualValues(t, 1<<32, rec.KeptAfter)
}
