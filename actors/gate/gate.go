// Package gate keeps applying commits and serving reads apart, by batch.
package gate

import "sync"

// Gate is held shared by a connection for one burst of requests (and by prep for one batch), and
// exclusively by the final stage for one batch of commits. Nobody does I/O under it, nobody waits for
// another actor under it, and it is held for microseconds. The zero value is ready.
//
// It guards the tree, the watch tables and the connections' outboxes.
type Gate struct{ doors [doors]door }

// doors is how many ways in there are. Event loops that enter by their own do not write the same cache
// line; who shuts the gate shuts them all.
const doors = 8

type door struct {
	mu sync.RWMutex
	_  [128 - 24]byte
}

// Enter takes the gate shared. It must not be entered twice by one goroutine.
func (g *Gate) Enter() { g.EnterBy(0) }

// Leave gives back what Enter took.
func (g *Gate) Leave() { g.LeaveBy(0) }

// EnterBy is Enter by the door of an event loop.
func (g *Gate) EnterBy(loop int) { g.doors[loop%doors].mu.RLock() }

// LeaveBy gives back what EnterBy took by the same door.
func (g *Gate) LeaveBy(loop int) { g.doors[loop%doors].mu.RUnlock() }

// Shut takes the gate exclusively: all who entered have left, nobody enters.
func (g *Gate) Shut() {
	for i := range g.doors {
		g.doors[i].mu.Lock()
	}
}

// Open gives back what Shut took.
func (g *Gate) Open() {
	for i := range g.doors {
		g.doors[i].mu.Unlock()
	}
}
