// Package gate keeps applying commits and serving reads apart, by batch.
package gate

import "sync"

// Gate is held shared by a connection for one burst of requests (and by prep for one batch), and
// exclusively by the final stage for one batch of commits. Nobody does I/O under it, nobody waits for
// another actor under it, and it is held for microseconds. The zero value is ready.
//
// It guards the tree, the watch tables and the connections' outboxes.
type Gate struct{ mu sync.RWMutex }

// Enter takes the gate shared. It must not be entered twice by one goroutine.
func (g *Gate) Enter() { g.mu.RLock() }

// Leave gives back what Enter took.
func (g *Gate) Leave() { g.mu.RUnlock() }

// Shut takes the gate exclusively: all who entered have left, nobody enters.
func (g *Gate) Shut() { g.mu.Lock() }

// Open gives back what Shut took.
func (g *Gate) Open() { g.mu.Unlock() }
