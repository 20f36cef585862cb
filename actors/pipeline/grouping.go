package pipeline

import "time"

// grouping is the rule by which what clients of a member write is let in as one group, instead of as it comes: group commit that
// adapts. What a group costs is much the same for one write and for sixty, on each member: a packet, a sync, an
// acknowledgement, and the wake-ups of all who do that. Clients that wait for their answers write again when they have it,
// so while a group is under way the next one gathers, and when it is answered those that it was for are waited for a little.
//
// If not half of them come back within two thirds of the time that a group takes, the wait was in vain, and nothing is held for
// a while, twice as long each time; else the others get twice as long again. A lone client is never waited for.
//
// Three members, operations per CPU second with this against without, 9 rounds: at 64x1 1.2 at the leader, 1.2 at followers;
// standalone, where a group costs less, 1.04 at 64x1 and 0.8 of the operations per second, so there it is not used.
//
// The zero value is ready; it needs who calls it to lock.
type grouping struct {
	waiting  int                // requests that are held
	inside   int                // requests of the group that is under way
	opened   time.Time          // when it was let in
	took     time.Duration      // what the last one took
	sessions map[int64]struct{} // whom the group is for that is under way or was answered last, but for those that have come back
	expected int                // how many of them are waited for
	came     int
	coming   bool // more than half of them came in time
	deadline time.Time
	futile   int // waits in a row that were in vain
	skip     int // groups for which nothing is held
}

const (
	// enoughWaiting is a group of which the fixed costs are small in any case.
	enoughWaiting = 128
	// leastPatience is how long is waited for a group that is under way at least.
	leastPatience = time.Millisecond
	// mostTook bounds what is taken for the time of a group: nobody is held for longer than twice of it.
	mostTook = 10 * time.Millisecond
	// maxSkip bounds the groups for which nothing is held.
	maxSkip = 64
)

// add takes a request of a session in. decide tells what follows from it.
func (g *grouping) add(session int64, now time.Time) {
	if g.inside > 0 && g.waiting == 0 {
		g.deadline = now.Add(max(2*g.took, leastPatience))
	}
	g.waiting++
	if g.inside > 0 {
		return
	}
	if _, back := g.sessions[session]; back {
		delete(g.sessions, session)
		g.came++
	}
}

// decide tells whether all that waits is to be let in.
func (g *grouping) decide(now time.Time) bool {
	switch {
	case g.waiting == 0:
		return false
	case g.waiting >= enoughWaiting, g.skip > 0:
		return true
	case g.inside <= 0 && g.came >= g.expected:
		g.futile = 0
		return true
	case now.Before(g.deadline):
		return false
	case g.inside > 0:
		// It takes longer than usual, or some of it is lost: nobody else waits for it any more.
		g.inside, g.took = 0, min(now.Sub(g.opened), mostTook)
		return true
	case !g.coming && 2*g.came > g.expected:
		g.coming, g.deadline = true, g.deadline.Add(4*g.took/3)
		return !now.Before(g.deadline)
	case !g.coming:
		g.skip = min(1<<g.futile, maxSkip)
		g.futile = min(g.futile+1, 16)
	}
	return true
}

// let tells that what waited is let in.
func (g *grouping) let(now time.Time) {
	if g.inside <= 0 || now.Sub(g.opened) > 4*mostTook { // where one overlaps the next, or some of it never left
		g.inside, g.opened = 0, now
		clear(g.sessions)
	}
	g.waiting, g.expected, g.came, g.coming = 0, 0, 0, false
}

// enter counts a request that is let in, and of which answered will tell when it has left.
func (g *grouping) enter(session int64) {
	g.inside++
	if len(g.sessions) >= enoughWaiting {
		return
	}
	if g.sessions == nil {
		g.sessions = make(map[int64]struct{}, enoughWaiting)
	}
	g.sessions[session] = struct{}{}
}

// answered tells that requests have left.
func (g *grouping) answered(n int, now time.Time) {
	if g.inside <= 0 { // of a group that was not waited for
		return
	}
	if g.inside -= n; g.inside > 0 {
		return
	}
	g.took = min(now.Sub(g.opened), mostTook)
	if g.skip > 0 {
		g.skip--
	}
	whom := len(g.sessions)
	g.expected, g.came, g.coming = whom-whom/8, 0, false
	g.deadline = now.Add(2 * g.took / 3)
}
