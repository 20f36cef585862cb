package history

import (
	"errors"
	"io"

	"troupe/zab"
	"troupe/zab/packet"
)

// Disk is the transaction log on disk, for learners that are further behind than the memory reaches.
type Disk interface {
	// Open reads from the start of the newest log file that begins at or before the zxid (of the oldest file if there
	// is none such). following is the size in bytes, padding included, of all files after that one.
	Open(zxid int64) (e Entries, following int64, err error)
}

// Entries gives transactions in order; io.EOF after the last. Repeated zxids (ZooKeeper-4394 left some) must have been
// passed over.
type Entries interface {
	Next() (zab.Entry, error)
	Close() error
}

// Options are the settings of Decide.
type Options struct {
	ForceSnap bool // [forceSnapshotSync] for tests and trouble
	Disk      Disk // nil: not used ([snapshotSizeFactor] below 0)
	// DiskLimit is how many bytes of files after the first may be read: [snapshotSizeFactor] of the size of the newest
	// snapshot. 0: any number.
	DiskLimit int64
}

// Plan is what a learner is sent to catch up: the packet First with Zxid, a snapshot if that is SNAP, then each of
// Entries as PROPOSAL and COMMIT. Afterwards it has everything up to Last.
type Plan struct {
	First   packet.Kind // Diff, Trunc or Snap
	Zxid    int64
	Entries []zab.Entry
	Last    int64
}

// Decide is the rule of LearnerHandler.syncFollower: peer is the last zxid that the learner has, last is what this
// server has applied, decided what it has decided on top of that; all must be of one moment. A disk that cannot be read
// means SNAP.
//
// Apache leaves out what is decided and not applied. Then TRUNC can take a decided transaction off one of the two disks that
// it is on, and it is lost if the other one's server fails before it was sent again (the simulation found that).
func Decide(c *Committed, decided []zab.Entry, last, peer int64, o Options) Plan {
	snap := Plan{First: packet.Snap, Zxid: last, Last: last}
	log := append(c.Entries(), decided...)
	low, high := last, last
	if n := len(log); n > 0 {
		low, high = log[0].Zxid, log[n-1].Zxid
	}
	fresh := zab.Counter(peer) == 0 // the learner began an epoch, and has no transaction of it
	q := queue{peer: peer, high: high, fresh: fresh, last: peer}
	switch {
	case o.ForceSnap:
		return snap
	case peer == last:
		return Plan{First: packet.Diff, Zxid: peer, Last: peer}
	case peer > high && !fresh:
		return Plan{First: packet.Trunc, Zxid: high, Last: high}
	case low <= peer && peer <= high:
		q.addAll(log)
	case peer < low && o.Disk != nil:
		if !q.addDisk(o, low) {
			return snap
		}
		q.addAll(log)
	}
	if q.first == 0 || q.broken {
		return snap
	}
	return Plan{First: q.first, Zxid: q.zxid, Entries: q.entries, Last: q.last}
}

// queue gathers what to send (LearnerHandler.queueCommittedProposals).
type queue struct {
	peer, high int64
	fresh      bool

	first    packet.Kind // 0: not known yet
	zxid     int64
	prev     int64 // greatest zxid below peer that was seen
	havePrev bool
	last     int64
	entries  []zab.Entry
	broken   bool // no common history, or a hole: only a snapshot helps
}

func (q *queue) addAll(log []zab.Entry) {
	for _, e := range log {
		q.add(e)
	}
	if q.first == 0 && q.fresh {
		q.begin(packet.Diff, q.high)
	}
}

func (q *queue) begin(first packet.Kind, zxid int64) { q.first, q.zxid = first, zxid }

func (q *queue) add(e zab.Entry) {
	if q.broken {
		return
	}
	if e.Zxid < q.peer {
		q.prev, q.havePrev = e.Zxid, true
		return
	}
	if q.first == 0 {
		switch {
		case e.Zxid == q.peer:
			q.begin(packet.Diff, q.high)
			return
		case q.fresh:
			q.begin(packet.Diff, q.high)
		case !q.havePrev || zab.Epoch(e.Zxid) != zab.Epoch(q.peer):
			q.broken = true // TRUNC never crosses an epoch
			return
		default: // the learner has transactions that never were
			q.begin(packet.Trunc, q.prev)
			q.last = q.prev
		}
	}
	if e.Zxid <= q.last {
		return
	}
	if !zab.Follows(q.last, e.Zxid) {
		q.broken = true
		return
	}
	q.entries = append(q.entries, e)
	q.last = e.Zxid
}

// addDisk adds the transactions up to low from disk; false if it does not have all of them, or too many.
func (q *queue) addDisk(o Options, low int64) bool {
	log, following, err := o.Disk.Open(q.peer)
	if err != nil {
		return false
	}
	defer log.Close()
	if o.DiskLimit > 0 && following > o.DiskLimit {
		return false
	}
	for begun := false; ; begun = true {
		e, err := log.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || !begun && e.Zxid > q.peer || q.broken {
			return false
		}
		if e.Zxid > low {
			break
		}
		q.add(e)
	}
	return !q.broken && q.last >= low
}
