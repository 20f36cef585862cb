package peer

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStatWithAnyName(t *testing.T) {
	for _, name := range []string{"java", "a b", "x) R 1 2", "((", ""} {
		line := []byte("4242 (" + name + ") S 1 4242 4242 0 -1 4194304 100 0 0 0 250 50 7 3 20 0 38 0 12345 1 2")
		all, err := parseStat(line)
		require.NoError(t, err, name)
		require.Equal(t, 3100*time.Millisecond, all, "utime, stime, cutime and cstime of %q", name)
		reaped, err := parseReaped(line)
		require.NoError(t, err)
		require.Equal(t, 100*time.Millisecond, reaped)
	}
	for _, broken := range []string{"", "1 (x) S 1 2", "1 (x) S 1 2 3 4 5 6 7 8 9 10 x 12 13 14 15"} {
		_, err := parseStat([]byte(broken))
		require.Error(t, err, broken)
	}
}

func TestField(t *testing.T) {
	status := []byte("Name:\tjava\nVmHWM:\t 2048 kB\nVmRSS:\t 1024 kB\n")
	v, err := field(status, "VmRSS:")
	require.NoError(t, err)
	require.EqualValues(t, 1024, v)
	_, err = field(status, "VmSwap:")
	require.ErrorContains(t, err, "VmSwap")
	_, err = field([]byte("VmRSS:\n"), "VmRSS:")
	require.Error(t, err)
}

func TestTheProcessClockAgreesWithStat(t *testing.T) {
	for end := time.Now().Add(30 * time.Millisecond); time.Now().Before(end); {
	}
	clock, err := processClock(os.Getpid())
	require.NoError(t, err)
	stat, err := os.ReadFile("/proc/self/stat")
	require.NoError(t, err)
	ticks, err := statTicks(stat, statUtime, statStime)
	require.NoError(t, err)
	require.InDelta(t, float64(clock), float64(ticks), float64(100*time.Millisecond))
	_, err = readUsage(0)
	require.ErrorIs(t, err, os.ErrNotExist)
}
