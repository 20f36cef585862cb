package main

import (
	"os"
	"runtime"

	"github.com/rs/zerolog"

	"troupe/actors/server"
	"troupe/config"
	"troupe/internal/heap"
)

// spareProcessors is how many threads may run Go code beyond one for each core. Who waits for the disk or for sockets keeps
// its right to run (a P of the scheduler) until a monitor takes it away: that monitor wakes each 20 us, and whoever was just
// woken waits for it. On 2 cores one more made 1.13 times the operations per CPU second at setData 64x1 and 1.16 at 90/10
// mixed 16x64, and changed nothing for reads; two more were no better (docs/performance.md).
const spareProcessors = 1

// startServer starts the real server.
func startServer(cfg *config.Config, log zerolog.Logger) (runningServer, error) {
	if _, set := os.LookupEnv("GOGC"); !set {
		heap.Pace(heap.Default()) // until the process ends
	}
	cores := runtime.GOMAXPROCS(0) // or less, if the process may use less
	if _, set := os.LookupEnv("GOMAXPROCS"); !set {
		runtime.GOMAXPROCS(cores + spareProcessors)
	}
	world := server.Real()
	world.Cores = cores
	s, err := server.StartIn(world, cfg, log)
	if err != nil {
		return nil, err // not s: a nil *Server in the interface would not be nil
	}
	return s, nil
}
