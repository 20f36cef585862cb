// Package run holds the tests and runs them: fresh servers for each group, a warm-up, then
// the rounds of all servers in turn (A B C, A B C), so that whatever else happens on the
// machine happens to all of them.
package run

import (
	"context"
	"time"

	"troupe/bench/peer"
	"troupe/bench/report"
)

// Test is one thing that is measured: a [Workload] or one of the scenes of this package.
type Test interface {
	// Row is the test's name, words, metrics and goal, without rounds.
	Row() report.Row
	// Quick says that the test belongs to the short selection.
	Quick() bool
	// Prepare makes what the rounds need. It runs once for each server.
	Prepare(ctx context.Context, s *Subject) error
	// Round measures once.
	Round(ctx context.Context, s *Subject) (report.Sample, error)
}

// Group is a set of tests that share their servers, which are started for it and thrown away
// after it.
type Group struct {
	Name string
	// Settings are keys of zoo.cfg for all servers of the group.
	Settings map[string]string
	// Memory puts the servers' data on a memory file system instead of the disk.
	Memory bool
	// Cold leaves out what warms the servers up: a load after the start, and the first round
	// of each test.
	Cold bool
	// Rounds bounds the number of rounds; 0 leaves it at what the run says.
	Rounds int
	// NoFloor leaves out the echo server, which has nothing to say here.
	NoFloor bool
	Tests   []Test
}

// Subject is a server under test.
type Subject struct {
	*peer.Server
	Timing
	// Workers is the number of the generator's event loops.
	Workers int
	disk    device
}

// Timing is how long things take.
type Timing struct {
	Rounds int
	Time   time.Duration // of a round
	Warm   time.Duration // before each round, not counted
}
