package persistence

import (
	"sync/atomic"
	"time"
)

// Stats are counts since Open, for the operator's words and metrics.
type Stats struct {
	Entries   int64 // appended
	Bytes     int64 // of those, framed
	Commits   int64 // that wrote something
	Syncs     int64
	SlowSyncs int64         // above Options.FsyncWarning (fsync_threshold_exceed_count)
	SyncTime  time.Duration // sum
	LastSync  time.Duration
	Rolls     int64 // log files finished
	Snapshots int64 // written
	SnapTime  time.Duration
	LastSnap  int64 // zxid of the last snapshot written or loaded
}

// counters is where Stats are kept: written by whoever does the work, read by anybody.
type counters struct {
	entries, bytes, commits, syncs, slowSyncs, syncNanos, lastSync, rolls, snapshots, snapNanos, lastSnap atomic.Int64
}

func (c *counters) synced(took time.Duration) {
	c.syncs.Add(1)
	c.syncNanos.Add(int64(took))
	c.lastSync.Store(int64(took))
}

func (c *counters) snapshot(zxid int64, took time.Duration) {
	c.snapshots.Add(1)
	c.snapNanos.Add(int64(took))
	c.lastSnap.Store(zxid)
}

func (c *counters) stats() Stats {
	return Stats{
		Entries:   c.entries.Load(),
		Bytes:     c.bytes.Load(),
		Commits:   c.commits.Load(),
		Syncs:     c.syncs.Load(),
		SlowSyncs: c.slowSyncs.Load(),
		SyncTime:  time.Duration(c.syncNanos.Load()),
		LastSync:  time.Duration(c.lastSync.Load()),
		Rolls:     c.rolls.Load(),
		Snapshots: c.snapshots.Load(),
		SnapTime:  time.Duration(c.snapNanos.Load()),
		LastSnap:  c.lastSnap.Load(),
	}
}
