package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/actors/quorum"
	"troupe/actors/server"
)

// A failing run is made so short that a person can read it, and it still fails.
func TestShrink(t *testing.T) {
	p := NewPlan(0)
	p.Bug = Bug{Sabotage: server.Sabotage{Quorum: quorum.Sabotage{SyncAlone: true}}}
	for ; Run(p, nil).Violation == nil; p.Seed++ {
		require.Less(t, p.Seed, uint64(50))
	}
	short := Shrink(p, 150)
	require.Less(t, len(short.Ops)+len(short.Faults), 20, "of %d operations and %d faults", len(p.Ops), len(p.Faults))
	var story []string
	require.Error(t, Run(short, func(line string) { story = append(story, line) }).Violation)
	require.Less(t, len(story), 200)
	t.Logf("%d operations, %d faults, a story of %d lines", len(short.Ops), len(short.Faults), len(story))
}
