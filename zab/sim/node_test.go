package sim

import (
	"encoding/binary"
	"errors"
	"io"

	"troupe/zab"
	"troupe/zab/history"
	"troupe/zab/leader"
	"troupe/zab/learner"
	"troupe/zab/packet"
)

// files is what a disk holds.
type files struct {
	snap, log         []zab.Entry
	accepted, current int64
}

func (f files) clone() files {
	f.snap, f.log = append([]zab.Entry{}, f.snap...), append([]zab.Entry{}, f.log...)
	return f
}

func (f files) all() []zab.Entry { return append(append([]zab.Entry{}, f.snap...), f.log...) }

// disk forgets what was not fsynced when its server crashes, or keeps a part of it.
type disk struct{ now, durable files }

func (d *disk) flush()             { d.durable.log = append([]zab.Entry{}, d.now.log...) }
func (d *disk) append(e zab.Entry) { d.now.log = append(d.now.log, e) }
func (d *disk) save(t []zab.Entry) {
	d.now.snap, d.now.log = append([]zab.Entry{}, t...), nil
	d.durable = d.now.clone()
}
func (d *disk) accept(epoch int64)  { d.now.accepted, d.durable.accepted = epoch, epoch }
func (d *disk) current(epoch int64) { d.now.current, d.durable.current = epoch, epoch }

func (d *disk) crash(keep int) {
	if k := len(d.durable.log) + keep; keep > 0 && k <= len(d.now.log) && same(d.now.log[:len(d.durable.log)], d.durable.log) {
		d.durable.log = append([]zab.Entry{}, d.now.log[:k]...)
	}
	d.now = d.durable.clone()
}

// truncate cuts after the zxid.
func (d *disk) truncate(zxid int64) error {
	if n := len(d.now.snap); n > 0 && d.now.snap[n-1].Zxid > zxid {
		return errors.New("the snapshot is newer")
	}
	for len(d.now.log) > 0 && d.now.log[len(d.now.log)-1].Zxid > zxid {
		d.now.log = d.now.log[:len(d.now.log)-1]
	}
	d.flush()
	return nil
}

// Open makes the disk a log for history.Decide.
func (d *disk) Open(int64) (history.Entries, int64, error) { return &cursor{d.now.log}, 0, nil }

type cursor struct{ rest []zab.Entry }

func (c *cursor) Next() (zab.Entry, error) {
	if len(c.rest) == 0 {
		return zab.Entry{}, io.EOF
	}
	e := c.rest[0]
	c.rest = c.rest[1:]
	return e, nil
}

func (c *cursor) Close() error { return nil }

// same compares what was written, not only where.
func same(a, b []zab.Entry) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Zxid != b[i].Zxid || string(a[i].Data) != string(b[i].Data) {
			return false
		}
	}
	return true
}

func last(t []zab.Entry) int64 {
	if len(t) == 0 {
		return 0
	}
	return t[len(t)-1].Zxid
}

// txn makes a transaction that no other leader makes under the same zxid.
func txn(zxid, serial int64) zab.Entry {
	b := make([]byte, 40)
	binary.BigEndian.PutUint64(b[12:], uint64(zxid))
	binary.BigEndian.PutUint64(b[32:], uint64(serial))
	return zab.Entry{Zxid: zxid, Data: b}
}

// node is a server: a disk that outlives it, and what a crash takes.
type node struct {
	c        *cluster
	sid      int64
	observer bool
	disk     disk
	up       bool

	tree    []zab.Entry // applied, oldest first
	began   int64       // epoch<<32 of an epoch that it led since it started
	history *history.Committed

	lead                        *leader.Leader
	decided                     []zab.Entry // a leader's tree and what it has decided on top
	toApply                     []zab.Entry
	follow                      *learner.Learner
	serving                     bool
	wantsSnapshot, needSnapshot bool
	link                        *link // to the leader

	logQueue []zab.Entry
}

func (n *node) zxid() int64 { return max(last(n.tree), n.began) }

// load reads everything from disk; cut is how many of the transactions the committed log does not have.
func (n *node) load() {
	n.tree = n.disk.now.all()
	skip := 0
	if len(n.tree) > 0 && n.c.chance(50) {
		skip = n.c.rnd.IntN(len(n.tree))
	}
	n.history = history.NewCommitted(0, last(n.tree[:skip]))
	for _, e := range n.tree[skip:] {
		n.c.must(n.history.Add(e))
	}
}

func (n *node) start() {
	n.up = true
	n.load()
}

func (n *node) crash() {
	n.lead, n.follow = nil, nil // no last words
	n.leave()
	n.up, n.tree, n.history, n.logQueue, n.began, n.needSnapshot = false, nil, nil, nil, 0, false
	n.disk.crash(n.c.rnd.IntN(3))
}

// leave forgets the role, and cuts its connections.
func (n *node) leave() {
	for _, k := range n.c.links {
		if k.leader == n || k.learner == n {
			n.c.cut(k)
		}
	}
	n.lead, n.follow, n.link, n.decided, n.toApply, n.serving, n.wantsSnapshot = nil, nil, nil, nil, nil, false, false
}

// flush is the log stage: all that it was given becomes durable at once.
func (n *node) flush() {
	if !n.up || len(n.logQueue) == 0 {
		return
	}
	var zxids []int64
	for _, e := range n.logQueue {
		n.disk.append(e)
		zxids = append(zxids, e.Zxid)
	}
	n.logQueue = nil
	if n.c.point(n) {
		return
	}
	if !n.c.bug.skipFsync {
		n.disk.flush()
	}
	switch {
	case n.lead != nil:
		n.lead.Logged(zxids[len(zxids)-1])
		n.leading()
	case n.follow != nil:
		n.follow.Logged(zxids...)
		n.following()
	}
}

// apply is the Commit stage of a leader.
func (n *node) apply() {
	if n.lead == nil || len(n.toApply) == 0 {
		return
	}
	n.tree = append(n.tree, n.toApply[0])
	n.toApply = n.toApply[1:]
	n.c.must(n.lead.Applied(last(n.tree)))
	n.leading()
}

// leading carries out the leader's Ready, from the top down; a crash may come between any two steps.
func (n *node) leading() {
	for n.lead != nil {
		r := n.lead.Ready()
		if r.AcceptedEpoch > 0 && !n.c.bug.forgetAccepted {
			n.disk.accept(r.AcceptedEpoch)
		}
		if r.CurrentEpoch > 0 {
			n.disk.current(r.CurrentEpoch)
		}
		if n.c.point(n) {
			return
		}
		n.logQueue = append(n.logQueue, r.Append...)
		for _, o := range r.Send {
			if k := n.c.byID(o.To); k != nil {
				p := o.Packet
				k.toLearner = append(k.toLearner, message{packet: p})
				if o.Snapshot {
					k.toLearner = append(k.toLearner, message{snapshot: append([]zab.Entry{}, n.tree...), isSnapshot: true})
				}
			}
		}
		for _, e := range r.Commit {
			n.decided = append(n.decided, e)
			n.toApply = append(n.toApply, e)
			n.c.decide(n, len(n.decided)-1, e)
		}
		for _, x := range r.Close {
			if k := n.c.byID(x.ID); k != nil {
				n.c.cut(k)
			}
		}
		for _, s := range r.Synchronise {
			var d history.Disk
			if n.c.chance(50) {
				d = &n.disk
			}
			n.lead.Synchronise(s, d)
		}
		if r.Activate {
			n.began = zab.Zxid(n.lead.Epoch(), 0)
			n.decided = append([]zab.Entry{}, n.tree...)
			n.c.establish(n)
			n.lead.Serving()
		}
		for _, q := range r.Requests {
			if q.Op == 9 {
				_ = n.lead.Sync(q.From)
			} else {
				n.c.proposeAt(n)
			}
		}
		for _, token := range r.Synced {
			n.c.synced(n, token.(int))
		}
		if r.StepDown != nil {
			rest := n.lead.Undecided()
			n.flushQueue()
			n.tree = append(n.tree, rest...)
			n.applied(rest)
			n.c.check(n.c.bug != (bug{}) || same(n.tree, n.disk.now.all()), "leader %d left with a tree that is not its log", n.sid)
			n.leave()
			return
		}
		if len(r.Synchronise) == 0 && !r.Activate && len(r.Requests) == 0 {
			return
		}
	}
}

func (n *node) flushQueue() {
	for _, e := range n.logQueue {
		n.disk.append(e)
	}
	n.logQueue = nil
	if !n.c.bug.skipFsync {
		n.disk.flush()
	}
}

// applied keeps the committed log; after a mistake it may have a hole, which is not what is looked for.
func (n *node) applied(entries []zab.Entry) {
	for _, e := range entries {
		if err := n.history.Add(e); err != nil {
			n.c.check(n.c.bug != (bug{}), "server %d: %v", n.sid, err)
			n.history.Reset(e.Zxid)
		}
	}
}

// following carries out the learner's Ready, from the top down; a crash may come between any two steps.
func (n *node) following() {
	for n.follow != nil {
		r := n.follow.Ready()
		joins := r.CurrentEpoch > 0
		if joins && n.c.bug.ackEarly {
			n.transmit(r.Send)
			r.Send = nil
		}
		if joins && n.c.bug.epochFirst {
			n.disk.current(r.CurrentEpoch)
			if n.c.point(n) {
				return
			}
		}
		if r.Truncate {
			err := n.disk.truncate(r.TruncateTo)
			n.load()
			n.needSnapshot = err != nil
			n.follow.Truncated(last(n.tree), err)
		}
		n.wantsSnapshot = n.wantsSnapshot || r.ReadSnapshot
		for _, e := range r.Append {
			n.disk.append(e)
		}
		if n.c.point(n) {
			return
		}
		n.tree = append(append(n.tree, r.Append...), r.Apply...)
		n.applied(r.Append)
		n.applied(r.Apply)
		if r.SaveSnapshot {
			n.disk.save(n.tree)
		}
		if n.c.point(n) {
			return
		}
		if r.Flush && !n.c.bug.skipFsync && (!n.c.bug.ackEarly || !joins) {
			n.disk.flush()
		}
		if n.c.point(n) {
			return
		}
		if r.AcceptedEpoch > 0 && !n.c.bug.forgetAccepted {
			n.disk.accept(r.AcceptedEpoch)
		}
		if joins {
			n.disk.current(r.CurrentEpoch)
		}
		if n.c.point(n) {
			return
		}
		n.transmit(r.Send)
		if r.Serve {
			n.serving = true
			n.c.consistent(n)
		}
		n.logQueue = append(n.logQueue, r.Log...)
		if r.StopLog {
			n.flushQueue()
		}
		for _, d := range r.Deliver {
			if d.Sync != nil {
				n.c.synced(n, d.Sync.(int))
				continue
			}
			n.tree = append(n.tree, d.Entry)
			n.applied([]zab.Entry{d.Entry})
			n.c.consistent(n)
		}
		n.tree = append(n.tree, r.FastForward...)
		n.applied(r.FastForward)
		if r.Reload {
			n.load()
		}
		if r.Done != nil {
			n.logQueue = nil
			n.c.check(n.c.bug != (bug{}) || same(n.tree, n.disk.now.all()), "learner %d left with a tree that is not its log: %v: %d %s, %d+%d %s", n.sid, r.Done, len(n.tree), zab.Hex(last(n.tree)), len(n.disk.now.snap), len(n.disk.now.log), zab.Hex(last(n.disk.now.all())))
			n.leave()
			return
		}
		if !r.Truncate {
			return
		}
	}
}

func (n *node) transmit(out []packet.Packet) {
	if n.link != nil {
		n.link.toLeader = append(n.link.toLeader, out...)
	}
}
