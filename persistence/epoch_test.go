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
	for _, bad := range []string{"", "x", "-1", "99999999999999999999"} {
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
