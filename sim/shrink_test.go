package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/actors/quorum"
	"troupe/actors/server"
)

// A failing run is made so short that a person can read it, and it still fails.
func TestShrink(t *testing.T) {
	bug := Bug{Sabotage: server.Sabotage{Quorum: quorum.Sabotage{SyncAlone: true}}}
	var p *Plan
	for seed := uint64(35); p == nil || Run(p, nil).Violation == nil; seed++ {
		require.Less(t, seed, uint64(400))
		p = NewPlan(seed)
		p.Bug = bug
	}
	short := Shrink(p, 150)
	require.Less(t, len(short.Ops)+len(short.Faults), (len(p.Ops)+len(p.Faults))/2, "of %d operations and %d faults", len(p.Ops), len(p.Faults))
	var story []string
	require.Error(t, Run(short, func(line string) { story = append(story, line) }).Violation)
	require.Less(t, len(story), 400)
	t.Logf("%d operations, %d faults, a story of %d lines", len(short.Ops), len(short.Faults), len(story))
}
