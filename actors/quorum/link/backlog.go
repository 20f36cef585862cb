package link

import "fmt"

// Backlog is the rule of how much may wait for a peer. Usually that is the bound of Options.SendBound. A peer that is
// being synchronised is behind for a reason: the bound is then higher, until it has caught up.
type Backlog struct {
	sendBound, snapshotBound int

	queued    int // bytes
	snapshots int // among what is queued
	bound     int
}

// NewBacklog takes the bounds in bytes.
func NewBacklog(sendBound, snapshotBound int) Backlog {
	return Backlog{sendBound: sendBound, snapshotBound: snapshotBound, bound: sendBound}
}

// Add counts the bytes of one Send. An error wraps ErrSlow.
func (b *Backlog) Add(bytes int) error {
	b.queued += bytes
	if bytes > b.sendBound/4 {
		b.bound = max(b.bound, b.queued+b.sendBound) // a synchronisation: it is in memory already
	}
	if b.queued > b.bound {
		return fmt.Errorf("%w (%d bytes)", ErrSlow, b.bound)
	}
	return nil
}

// AddSnapshot counts a snapshot, without its stream: that is made when it is its turn.
func (b *Backlog) AddSnapshot(bytes int) {
	b.queued += bytes
	b.snapshots++
	b.bound = max(b.bound, b.snapshotBound)
}

// Sent counts what is not queued any more.
func (b *Backlog) Sent(bytes, snapshots int) {
	b.queued -= bytes
	b.snapshots -= snapshots
	if b.snapshots == 0 && b.queued <= b.sendBound {
		b.bound = b.sendBound
	}
}
