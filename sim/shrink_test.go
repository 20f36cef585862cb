package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A failing run is made so short that a person can read it. It breaks the same rule, and is always the same one.
func TestShrink(t *testing.T) {
	for _, x := range []struct {
		mistake string
		rule    Rule
		items   int // operations and faults that are left, at most
		lines   int // of its story
	}{
		{"a learner answers a sync itself", Linear, 10, 40},
		{"a session is served where it no longer is", OneOwner, 6, 30},
		{"take what is proposed before NEWLEADER as decided (ZOOKEEPER-3911, 4394)", Decided, 8, 40},
	} {
		t.Run(x.mistake, func(t *testing.T) {
			p := failing(t, x.mistake, x.rule)
			short := Shrink(p, Bounds{Runs: 300})
			var story Story
			r := Run(short, &story)
			t.Logf("of %d operations and faults: %s\n%s", p.items(), short.Header(r.Violation), &story)
			require.NotNil(t, r.Violation)
			require.Equal(t, x.rule, r.Violation.Rule)
			require.LessOrEqual(t, short.items(), x.items)
			require.LessOrEqual(t, len(story.Lines), x.lines)
			var again Story
			require.Equal(t, r, Run(short, &again))
			require.Equal(t, story.String(), again.String())
		})
	}
}

// failing is the first plan with a mistake that breaks a rule.
func failing(t *testing.T, name string, rule Rule) *Plan {
	for _, m := range mistakes() {
		if m.name != name {
			continue
		}
		for seed := range m.within {
			p := m.plan(seed)
			if v := Run(p, nil).Violation; v != nil && v.Rule == rule {
				return p
			}
		}
	}
	t.Fatalf("%s breaks %s nowhere", name, rule)
	return nil
}

// What is left out of a plan leaves the rest as it was: a client that only looks on can go, and the others do all at the same times.
func TestWhatIsLeftOutChangesNothingElse(t *testing.T) {
	p := NewPlanOf("syncs", 1)
	p.Faults = nil
	p.Callers = append(p.Callers, Caller{ID: 9, Timeout: p.Callers[0].Timeout, Home: 1})
	times := func(p *Plan) (times []string) {
		var s Story
		require.Nil(t, Run(p, &s).Violation)
		for _, l := range s.Lines {
			if l.Who == "client 3" && l.At < p.Duration {
				times = append(times, l.What)
			}
		}
		return times
	}
	require.NotEmpty(t, times(p))
	require.Equal(t, times(p), times(p.without(9)))
}
