package persistence

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/persistence/vfs"
)

// An epoch is decimal text without a newline, as Apache writes and reads it, and survives a power failure once WriteEpoch has returned.
func TestEpochs(t *testing.T) {
	f := vfs.New()
	s, _ := started(t, f, testOptions(nil))
	_, ok, err := s.ReadEpoch(CurrentEpoch)
	require.NoError(t, err)
	require.False(t, ok)
	require.NoError(t, s.WriteEpoch(AcceptedEpoch, 12))
	require.NoError(t, s.WriteEpoch(CurrentEpoch, 11))
	require.Equal(t, "12", string(content(t, f, dir+"/acceptedEpoch")))
	f.Crash(rand.New(rand.NewPCG(1, 1)))

	s = mustOpen(t, f, testOptions(nil))
	for which, want := range map[EpochFile]int64{AcceptedEpoch: 12, CurrentEpoch: 11} {
		got, ok, err := s.ReadEpoch(which)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, want, got)
	}
	put(t, f, dir+"/currentEpoch", []byte("7\n")) // by hand, in an editor
	got, _, err := s.ReadEpoch(CurrentEpoch)
	require.NoError(t, err)
	require.Equal(t, int64(7), got)
	for _, bad := range []string{"", "x", "-2", "99999999999999999999"} {
		put(t, f, dir+"/currentEpoch", []byte(bad))
		_, _, err = s.ReadEpoch(CurrentEpoch)
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorContains(t, err, "currentEpoch")
	}
}

// A power failure while an epoch is written leaves the old or the new number, never less; the error is fatal.
func TestEpochIsAtomic(t *testing.T) {
	for n := range 6 {
		for seed := range uint64(10) {
			f := vfs.New()
			s, _ := started(t, f, testOptions(nil))
			require.NoError(t, s.WriteEpoch(CurrentEpoch, 1))
			left := n
			f.SetFault(func(op vfs.Op, _ string) error {
				if left--; left < 0 {
					return errPower
				}
				return nil
			})
			err := s.WriteEpoch(CurrentEpoch, 2)
			if err != nil {
				require.ErrorIs(t, err, ErrFailed)
			}
			f.SetFault(nil)
			f.Crash(rand.New(rand.NewPCG(seed, uint64(n))))
			got, ok, rerr := mustOpen(t, f, testOptions(nil)).ReadEpoch(CurrentEpoch)
			require.NoError(t, rerr)
			require.True(t, ok)
			require.Contains(t, []int64{1, 2}, got)
			if err == nil {
				require.Equal(t, int64(2), got)
			}
		}
	}
}

// epochFiles writes those that are not "".
func epochFiles(t testing.TB, f vfs.FS, current, accepted, tmp string) {
	for name, text := range map[string]string{"currentEpoch": current, "acceptedEpoch": accepted, "currentEpoch.tmp": tmp} {
		if text != "" {
			put(t, f, dir+"/"+name, []byte(text))
		}
	}
}

// What a member remembers at its start: Apache's rules, and the one case where a crash of this server leaves what Apache refuses.
func TestLoadEpochs(t *testing.T) {
	for _, c := range []struct {
		name                   string
		current, accepted, tmp string
		zxid                   int64
		wantCurrent            int64
		wantAccepted           int64
		refused                string
	}{
		{name: "an empty member"},
		{name: "an uninitialized member", zxid: -1},
		{name: "an uninitialized member of Apache", current: "-1", accepted: "-1", zxid: -1},
		{name: "standalone before", zxid: 3<<32 + 7, wantCurrent: 3, wantAccepted: 3},
		{name: "a usual start", current: "3", accepted: "4", zxid: 3<<32 + 7, wantCurrent: 3, wantAccepted: 4},
		{name: "nothing logged in its epoch", current: "5", accepted: "5", zxid: 3<<32 + 7, wantCurrent: 5, wantAccepted: 5},
		{name: "no current", accepted: "4", zxid: 3 << 32, wantCurrent: 3, wantAccepted: 4},
		{name: "no accepted", current: "3", zxid: 3 << 32, wantCurrent: 3, wantAccepted: 3},
		{name: "no accepted, current is later", current: "4", zxid: 3 << 32, refused: "accepted epoch is below"},
		{name: "no current, accepted is earlier", accepted: "2", zxid: 3 << 32, refused: "accepted epoch is below"},
		{name: "ZOOKEEPER-2307", current: "4", accepted: "3", zxid: 3 << 32, refused: "accepted epoch is below"},
		{name: "prepared by Apache", current: "2", accepted: "3", tmp: "3", zxid: 3 << 32, wantCurrent: 3, wantAccepted: 3},
		{name: "prepared, beyond what was accepted", current: "2", accepted: "3", tmp: "4", zxid: 3 << 32, refused: "accepted epoch is below"},
		{name: "prepared, not needed", current: "3", accepted: "5", tmp: "4", zxid: 3 << 32, wantCurrent: 3, wantAccepted: 5},
		{name: "ZOOKEEPER-4643, a crash between log and epoch", current: "2", accepted: "6", zxid: 5<<32 + 3, wantCurrent: 5, wantAccepted: 6},
		{name: "the same, and a torn file of Apache", current: "2", accepted: "6", tmp: "x", zxid: 5<<32 + 3, wantCurrent: 5, wantAccepted: 6},
		{name: "the same, and an old file of Apache", current: "2", accepted: "6", tmp: "3", zxid: 5<<32 + 3, wantCurrent: 5, wantAccepted: 6},
		{name: "a snapshot of a later epoch, and the crash", current: "2", accepted: "6", zxid: 6 << 32, wantCurrent: 6, wantAccepted: 6},
		{name: "never accepted", current: "2", accepted: "3", zxid: 5<<32 + 3, refused: "of a later epoch"},
		{name: "never accepted, no file", current: "2", zxid: 5<<32 + 3, refused: "of a later epoch"},
		{name: "no epoch", current: "two", zxid: 5, refused: "is not an epoch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := vfs.New()
			s, _ := started(t, f, testOptions(nil))
			epochFiles(t, f, c.current, c.accepted, c.tmp)
			before := snapshotOfDisk(t, f)
			accepted, current, err := s.LoadEpochs(c.zxid)
			if c.refused != "" {
				require.ErrorIs(t, err, ErrDamaged)
				require.ErrorContains(t, err, c.refused)
				require.Equal(t, before, snapshotOfDisk(t, f))
				return
			}
			require.NoError(t, err)
			require.Equal(t, [2]int64{c.wantAccepted, c.wantCurrent}, [2]int64{accepted, current})
			for which, want := range map[EpochFile]int64{AcceptedEpoch: accepted, CurrentEpoch: current} {
				got, ok, err := s.ReadEpoch(which)
				require.NoError(t, err)
				require.True(t, ok)
				require.Equal(t, want, got)
			}
		})
	}
}

// A power failure at any step of the first start leaves what a second start reads as the first one would have.
func TestLoadEpochsSurvivesCrash(t *testing.T) {
	for _, before := range [][3]string{{}, {"", "6", ""}, {"2", "6", ""}, {"2", "6", "5"}, {"5", "", ""}} {
		for n, done := 0, false; !done; n++ {
			for seed := range uint64(8) {
				f := vfs.New()
				s, _ := started(t, f, testOptions(nil))
				epochFiles(t, f, before[0], before[1], before[2])
				powerFailsAfter(f, n)
				_, _, err := s.LoadEpochs(5<<32 + 3)
				if done = err == nil; !done {
					require.ErrorIs(t, err, ErrFailed)
				}
				f.SetFault(nil)
				f.Crash(rand.New(rand.NewPCG(seed, uint64(n))))
				accepted, current, err := mustOpen(t, f, testOptions(nil)).LoadEpochs(5<<32 + 3)
				require.NoError(t, err)
				require.EqualValues(t, 5, current)
				require.Contains(t, []int64{5, 6}, accepted)
				require.Equal(t, before[1] == "6", accepted == 6)
			}
		}
	}
}
