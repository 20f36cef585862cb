package pipeline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// groups plays a rule with a clock of its own.
type groups struct {
	grouping
	now  time.Time
	held []int64
	let  []int // the sizes of what was let in
}

func newGroups() *groups { return &groups{now: time.Unix(0, 0)} }

// after lets time go by, and the timer look.
func (g *groups) after(d time.Duration) {
	g.now = g.now.Add(d)
	g.look()
}

func (g *groups) arrive(sessions ...int64) {
	for _, s := range sessions {
		g.add(s, g.now)
	}
	g.held = append(g.held, sessions...)
	g.look()
}

func (g *groups) leave(n int) {
	g.answered(n, g.now)
	g.look()
}

func (g *groups) look() {
	if !g.decide(g.now) {
		return
	}
	g.let = append(g.let, g.waiting)
	g.grouping.let(g.now)
	for _, s := range g.held {
		g.enter(s)
	}
	g.held = nil
}

func upTo(n int64) (all []int64) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

func TestGroupingALoneClientIsNeverHeld(t *testing.T) {
	g := newGroups()
	for i := range 10 {
		g.arrive(1)
		require.Len(t, g.let, i+1)
		g.after(time.Millisecond)
		g.leave(1)
		g.after(time.Duration(i) * time.Second)
	}
}

func TestGroupingClientsThatComeBackMakeOneGroup(t *testing.T) {
	g := newGroups()
	g.arrive(0) // the first of 64 is alone
	g.arrive(upTo(64)[1:]...)
	require.Equal(t, []int{1}, g.let)
	g.after(300 * time.Microsecond)
	g.leave(1)
	g.arrive(0)
	require.Equal(t, []int{1, 64}, g.let)
	for range 20 {
		g.after(300 * time.Microsecond)
		g.leave(64)
		for _, s := range upTo(64) {
			g.after(5 * time.Microsecond)
			g.arrive(s)
		}
	}
	for _, n := range g.let[2:] {
		require.GreaterOrEqual(t, n, 56, "%v", g.let)
	}
}

// Clients that write once each, however often: nine of ten are let in at once.
func TestGroupingWhoDoesNotComeBackIsNotWaitedForAgain(t *testing.T) {
	for _, pause := range []time.Duration{100 * time.Microsecond, 700 * time.Microsecond, 3 * time.Millisecond} {
		g := newGroups()
		held := 0
		for i := range int64(10_000) {
			before := len(g.let)
			g.arrive(i)
			if len(g.let) == before {
				held++
			}
			g.after(pause)
			if g.inside > 0 && g.now.Sub(g.opened) >= 2*time.Millisecond {
				g.leave(g.inside)
			}
		}
		require.Less(t, held, 1000, "one each %v", pause)
	}
}

func TestGroupingLargeGroupsGoAtOnce(t *testing.T) {
	g := newGroups()
	g.arrive(1)
	g.arrive(upTo(enoughWaiting - 1)...)
	require.Equal(t, []int{1}, g.let)
	g.arrive(1)
	require.Equal(t, []int{1, enoughWaiting}, g.let)
}

func TestGroupingAnswersThatNeverComeHoldNobody(t *testing.T) {
	g := newGroups()
	g.arrive(1)
	g.arrive(2, 3, 4)
	require.Equal(t, []int{1}, g.let)
	g.after(leastPatience)
	require.Equal(t, []int{1, 3}, g.let)
}

// Whatever happens, nothing waits beyond its deadline, which is near, and all that came is let in once.
func TestPropertyGrouping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newGroups()
		came, longest := 0, leastPatience
		var since time.Time
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			g.after(time.Duration(rapid.IntRange(0, 2000).Draw(t, "us")) * time.Microsecond)
			waited, let := g.waiting, len(g.let)
			if n := rapid.IntRange(0, 60).Draw(t, "n"); n < 40 {
				came += n
				for range n {
					g.arrive(rapid.Int64Range(0, 50).Draw(t, "session"))
				}
			} else if g.inside > 0 {
				g.leave(rapid.IntRange(1, g.inside).Draw(t, "answered"))
			}
			if waited == 0 || len(g.let) > let {
				since = g.now
			}
			longest = max(longest, 2*g.took)
			switch {
			case g.waiting > 0 && !g.now.Before(g.deadline):
				t.Fatalf("%d wait beyond their deadline", g.waiting)
			case g.waiting > 0 && g.deadline.Sub(since) > 2*longest:
				t.Fatalf("held for up to %v, groups take %v", g.deadline.Sub(since), longest/2)
			}
		}
		let := 0
		for _, n := range g.let {
			let += n
		}
		if let+g.waiting != came {
			t.Fatalf("%d came, %d were let in and %d wait", came, let, g.waiting)
		}
	})
}
