package server

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors"
	"troupe/config"
	"troupe/interop/wire"
	"troupe/persistence/vfs"
)

// A power failure at a random moment under load loses what was not synced, in any order and torn in the middle.
// After each of many, every write that was acknowledged is there, each client's writes are there without a gap,
// and the server starts by itself.
func TestPowerFailures(t *testing.T) {
	const lives, clients = 12, 4
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	disk := vfs.New()
	acked := make([]int, clients)
	for range lives {
		s := startOn(t, disk)
		checkAcked(t, s, acked)
		var done sync.WaitGroup
		for c := range clients {
			done.Go(func() { acked[c] = writeUntilGone(s.Addr(), c, acked[c]) })
		}
		enough := zxidOf(s.role.Load()) + int64(20+random.IntN(300))
		require.Eventually(t, func() bool { return zxidOf(s.role.Load()) > enough }, 20*time.Second, time.Millisecond)
		// The power fails: nothing reaches the disk any more, then what was not synced is gone.
		disk.SetFault(func(vfs.Op, string) error { return os.ErrClosed })
		select {
		case <-s.Done():
		case <-time.After(10 * time.Second):
			t.Fatal("a disk that fails did not end the server")
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		_ = s.Stop(ctx) // the sockets close; the store cannot be closed in order
		cancel()
		done.Wait()
		disk.SetFault(nil)
		disk.Crash(random)
	}
	s := startOn(t, disk)
	checkAcked(t, s, acked)
	stop(t, s)
}

func zxidOf(r *role) int64 {
	r.server.gate.Enter()
	defer r.server.gate.Leave()
	return r.plan.Tree.LastZxid()
}

func startOn(t *testing.T, disk vfs.FS) *Server {
	t.Helper()
	cfg, err := config.Load(os.ReadFile, "", []string{"dataDir=/data", "clientPort=0", "tickTime=2000", "preAllocSize=64", "snapCount=100", "autopurge.purgeInterval=1"})
	require.NoError(t, err)
	s, err := StartIn(World{Files: disk, Clock: actors.SystemClock()}, cfg, zerolog.Nop())
	require.NoError(t, err)
	return s
}

// writeUntilGone creates /c-0, /c-1, ... one after the other until the server is gone, and tells how many were
// acknowledged. What was under way at the end may be there or not.
func writeUntilGone(addr string, client, from int) int {
	c, err := wire.Connect(addr, 10_000)
	if err != nil {
		return from
	}
	defer c.Close()
	for n := from; ; n++ {
		m, err := c.Call(wire.CreateReq(wire.OpCreate, fmt.Sprintf("/%d-%d", client, n), []byte("x"), wire.OpenACL(), wire.Persistent))
		if err != nil || m.Err != 0 && m.Err != wire.CodeNodeExists {
			return n
		}
	}
}

func checkAcked(t *testing.T, s *Server, acked []int) {
	t.Helper()
	c := connect(t, s)
	defer c.Close()
	for client, n := range acked {
		for i := range n {
			m := call(t, c, wire.WatchReq(wire.OpExists, fmt.Sprintf("/%d-%d", client, i), false))
			require.Zero(t, m.Err, "acknowledged write %d of client %d is lost", i, client)
		}
	}
}
