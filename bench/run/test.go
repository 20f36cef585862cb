// Package run holds the tests and runs them: fresh servers for each group, a warm-up, then
// the rounds of all servers in turn (A B C, A B C), so that whatever else happens on the
// machine happens to all of them.
package run

import (
	"context"
	"time"

	"troupe/bench/load"
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
	// Beside are the settings of a second set of servers, Subject.Beside; nil: there is none.
	Beside map[string]string
	// Size makes each of the services an ensemble.
	Size peer.Size
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

// Subject is a service under test: a server, or the members of an ensemble.
type Subject struct {
	*peer.Ensemble
	Timing
	// Workers is the number of the generator's event loops.
	Workers int
	// Beside runs the same with the settings of Group.Beside.
	Beside *Subject

	disk   device
	rounds int64 // that were begun
	curves []report.Curve
}

// Where is the part of an ensemble that clients connect to.
type Where string

const (
	everywhere  Where = "" // all members in turn
	atLeader    Where = "the leader"
	atFollowers Where = "followers"
	atObservers Where = "observers"
)

// options are those of a generator for the subject.
func (s *Subject) options(ctx context.Context, where Where) (load.Options, error) {
	o := load.Options{Address: s.Address(), Protocol: s.Kind.Protocol(), Workers: s.Workers}
	role := map[Where]peer.Role{atLeader: peer.Leader, atFollowers: peer.Follower, atObservers: peer.Observer}[where]
	if role == "" {
		return o, nil
	}
	members, err := s.In(ctx, role)
	o.Address = peer.Addresses(members)
	return o, err
}

// draw adds a curve to what the round under way has brought.
func (s *Subject) draw(c report.Curve) { s.curves = append(s.curves, c) }

// Timing is how long things take.
type Timing struct {
	Rounds int
	Time   time.Duration // of a round
	Warm   time.Duration // before each round, not counted
}
