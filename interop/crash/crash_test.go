//go:build interop

package crash

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"troupe/interop/ledger"
	"troupe/interop/peer"
	"troupe/interop/wire"
)

const (
	writers = 4
	budget  = 60 * time.Second // without ROUNDS, rounds go on for so long
)

func TestMain(m *testing.M) {
	code := m.Run()
	peer.Cleanup()
	os.Exit(code)
}

// TestAcknowledgedWritesSurviveKills runs as many rounds as ROUNDS says, or for a minute. Snapshots are made
// and logs rolled all the time (snapCount), and purged at each start.
func TestAcknowledgedWritesSurviveKills(t *testing.T) {
	rounds := number(t, "ROUNDS", 0)
	seed := uint64(number(t, "SEED", int(time.Now().UnixNano()&0xffffff)))
	t.Logf("SEED=%d", seed)
	rng := rand.New(rand.NewPCG(seed, 0xdead))

	if peer.Target() == peer.Troupe {
		peer.TroupeBinary(t) // built before the starts are timed
	}
	dir := t.TempDir()
	all := make([]*ledger.Writer, writers)
	for i := range all {
		all[i] = &ledger.Writer{Root: fmt.Sprintf("/writer%d", i)}
	}
	var acked, torn, early int
	var slowest time.Duration
	begin := time.Now()
	round := 0
	for ; rounds == 0 && time.Since(begin) < budget || round < rounds; round++ {
		if rng.IntN(5) == 0 {
			killWhileStarting(t, dir, rng)
			early++
		}
		s, took := start(t, dir, rng)
		slowest = max(slowest, took)
		acked += session(t, s, all, round, 5*time.Millisecond+time.Duration(rng.IntN(150))*time.Millisecond, rng)
		if rng.IntN(4) == 0 && tearTail(t, dir, rng) {
			torn++
		}
		if t.Failed() {
			t.Fatalf("failed in round %d of SEED=%d", round, seed)
		}
	}
	s, _ := start(t, dir, rng)
	verify(t, s, all)
	require.Equal(t, peer.Target().CleanExit(), s.Stop(), "exit code of a clean stop")
	t.Logf("%d rounds, %d acknowledged writes, %d torn tails, %d kills at the start, slowest start %v",
		round, acked, torn, early, slowest)
	require.Positive(t, acked)
}

// start runs the server and waits until it serves.
func start(t *testing.T, dir string, rng *rand.Rand) (*peer.Server, time.Duration) {
	t.Helper()
	begin := time.Now()
	s := peer.Start(t, peer.Target(), options(dir, rng))
	return s, time.Since(begin)
}

// killWhileStarting kills a server that is loading, cutting a torn tail, purging or writing its first snapshot.
func killWhileStarting(t *testing.T, dir string, rng *rand.Rand) {
	t.Helper()
	s := peer.Launch(t, peer.Target(), options(dir, rng))
	<-time.After(time.Duration(rng.IntN(40_000)) * time.Microsecond)
	s.Kill()
}

// options makes logs and snapshots small.
func options(dir string, rng *rand.Rand) peer.Options {
	return peer.Options{DataDir: dir, Settings: []string{
		fmt.Sprintf("snapCount=%d", 20+rng.IntN(1000)), "preAllocSize=64", "autopurge.purgeInterval=1",
		"autopurge.snapRetainCount=3",
		fmt.Sprintf("txnLogSizeLimitInKb=%d", []int{-1, 64, 300}[rng.IntN(3)]),
		"snapshot.compression.method=" + []string{"", "gz", "snappy"}[rng.IntN(3)],
	}}
}

// session lets all writers check what is there and write on until the server is killed, and gives how many
// writes were acknowledged.
func session(t *testing.T, s *peer.Server, all []*ledger.Writer, round int, life time.Duration, rng *rand.Rand) int {
	t.Helper()
	var group, opened errgroup.Group
	before := 0
	conns := make([]*wire.Conn, len(all))
	for i, w := range all {
		opened.Go(func() error {
			c, err := wire.Connect(s.Addr, 4000)
			if err != nil {
				return err
			}
			conns[i] = c
			if err := w.Open(c); err != nil {
				return err
			}
			// Sessions with ephemerals die with each round, so that expiry goes on beside the writes.
			_, err = c.Call(wire.CreateReq(wire.OpCreate, fmt.Sprintf("/ephemeral-%d-%d", round, i), nil, wire.OpenACL(),
				wire.Ephemeral))
			return err
		})
	}
	require.NoError(t, opened.Wait(), "round %d", round)
	for i, w := range all {
		before += w.Acked
		depth := 1 + rng.IntN(64)
		group.Go(func() error {
			if err := w.Run(conns[i], depth, 1<<30, nil); !errors.Is(err, wire.ErrClosed) {
				return fmt.Errorf("writer %d ended without a kill: %w", i, err)
			}
			return nil
		})
	}
	<-time.After(life)
	if rng.IntN(6) == 0 { // a clean stop under load keeps the same promise
		require.Equal(t, s.Kind.CleanExit(), s.Stop(), "exit code of a clean stop in round %d", round)
	} else {
		s.Kill()
	}
	require.NoError(t, group.Wait(), "round %d", round)
	after := 0
	for i, w := range all {
		conns[i].Close()
		after += w.Acked
	}
	return after - before
}

func verify(t *testing.T, s *peer.Server, all []*ledger.Writer) {
	t.Helper()
	for _, w := range all {
		c, err := wire.Connect(s.Addr, 4000)
		require.NoError(t, err)
		require.NoError(t, w.Verify(c))
		c.Close()
	}
}

func number(t *testing.T, name string, or int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return or
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	return n
}
