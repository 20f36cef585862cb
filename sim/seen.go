package sim

import (
	"cmp"
	"maps"
	"slices"

	"troupe/interop/wire"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/tree"
	"troupe/zab"
)

// checkOrder: within a session answers do not go back in time, and of what was answered before something began, that sees
// or follows it, if it is a write or has a sync before it.
func (w *world) checkOrder() {
	type moment struct {
		at, zxid int64
		x        *call // nil: a write was answered; else the call began
	}
	var all []moment
	for _, c := range w.clients {
		for _, s := range c.stories {
			last := int64(0)
			for _, g := range s.sights {
				x := g.call
				if x == nil {
					continue
				}
				if x.zxid < last {
					w.fail(InOrder, "client %d: after an answer at %s comes one at %s (%s)", c.id, zab.Hex(last), zab.Hex(x.zxid), wire.OpName(x.kind))
				}
				last = x.zxid
			}
			for _, x := range s.calls {
				if x.done == 0 || s.alone {
					continue
				}
				if x.writes() {
					all = append(all, moment{x.done, x.zxid, nil})
				}
				if x.writes() || x.synced() {
					all = append(all, moment{x.sentAt, 0, x})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	known := int64(0)
	for _, m := range all {
		switch {
		case m.x == nil:
			known = max(known, m.zxid)
		case m.x.zxid < known:
			w.fail(Linear, "%s of %s was answered at %s, and %s had been answered before it was asked", wire.OpName(m.x.kind), m.x.path, zab.Hex(m.x.zxid), zab.Hex(known))
		}
	}
}

// writes tells that it has changed something.
func (x *call) writes() bool {
	if x.code != 0 {
		return false
	}
	switch x.kind {
	case wire.OpCreate, wire.OpSetData, wire.OpDelete, wire.OpMulti:
		return true
	case wire.OpCloseSession:
		return !x.local
	}
	return false
}

// synced tells that it is a read behind a sync.
func (x *call) synced() bool { return x.op.Kind == SyncGet && !x.leads }

// checkWrites: each write that was acknowledged is among what was decided, at the place that was told.
func (w *world) checkWrites(txns []tree.Txn) {
	at := map[int64]*tree.Txn{}
	for i := range txns {
		at[txns[i].Header.Zxid] = &txns[i]
	}
	for _, c := range w.clients {
		for _, s := range c.stories {
			for _, x := range s.calls {
				if x.done == 0 || !x.writes() {
					continue
				}
				t := at[x.zxid]
				if t == nil || t.Header.ClientID != s.id || x.kind != wire.OpCloseSession && t.Header.Cxid != x.xid {
					w.fail(Kept, "client %d, session %#x: %s %s %q was acknowledged at %s, and is not there", c.id, s.id, wire.OpName(x.kind), x.path, x.value, zab.Hex(x.zxid))
				}
			}
		}
	}
}

// checkReads: what was read is what there was after the transaction that the answer names. Who hears that the session has ended,
// as one does whose read follows a write that was refused for it, has read nothing.
func (w *world) checkReads(txns []tree.Txn) {
	var reads []*call
	for _, c := range w.clients {
		for _, s := range c.stories {
			for _, x := range s.calls {
				if x.done > 0 && !s.alone && x.kind == wire.OpGetData && x.code != wire.CodeSessionExpired {
					reads = append(reads, x)
				}
			}
		}
	}
	slices.SortStableFunc(reads, func(a, b *call) int { return cmp.Compare(a.zxid, b.zxid) })
	t := tree.New(w.machines[0].role.Tree.Options())
	next := 0
	for _, x := range reads {
		for next < len(txns) && txns[next].Header.Zxid <= x.zxid {
			t.Apply(&txns[next], nil)
			next++
		}
		n := t.Lookup(x.path)
		switch {
		case n == nil && x.code != wire.CodeNoNode:
			w.fail(TrueReads, "%s was read at %s: %q, and it did not exist", x.path, zab.Hex(x.zxid), x.got)
		case n != nil && (x.code != 0 || string(n.Data()) != x.got || n.Persisted().Version != x.gotVersion || n.Persisted().Mzxid != x.gotMzxid):
			w.fail(TrueReads, "%s was read at %s: code %d %q version %d of %s, and was %q version %d of %s", x.path, zab.Hex(x.zxid), x.code, x.got, x.gotVersion,
				zab.Hex(x.gotMzxid), n.Data(), n.Persisted().Version, zab.Hex(n.Persisted().Mzxid))
		}
	}
}

// checkWatches: whoever has set a watch hears of the next change before it sees anything of that time or later.
func (w *world) checkWatches(txns []tree.Txn) {
	log := &changes{at: map[string][]int64{}}
	t := tree.New(w.machines[0].role.Tree.Options())
	for i := range txns {
		log.zxid = txns[i].Header.Zxid
		t.Apply(&txns[i], log)
	}
	for _, c := range w.clients {
		for _, s := range c.stories {
			if s.alone {
				continue
			}
			armed := map[string]int64{}
			for _, g := range s.sights {
				if g.call == nil {
					since, ok := armed[g.path]
					if ok && len(after(log.at[g.path], since)) == 0 {
						w.fail(Watches, "client %d heard of a change of %s after %s, and there was none", c.id, g.path, zab.Hex(since))
					}
					delete(armed, g.path)
					continue
				}
				x := g.call
				for _, path := range slices.Sorted(maps.Keys(armed)) {
					if missed := after(log.at[path], armed[path]); len(missed) > 0 && missed[0] <= x.zxid {
						w.fail(Watches, "client %d watches %s since %s, and saw %s before it heard of the change at %s", c.id, path, zab.Hex(armed[path]), zab.Hex(x.zxid), zab.Hex(missed[0]))
						delete(armed, path)
					}
				}
				if _, already := armed[x.path]; x.op.Kind == Watch && x.kind == wire.OpGetData && x.code == 0 && !already {
					armed[x.path] = x.zxid
				}
			}
		}
	}
}

// changes notes what watches of data hear of (tree.Watchers).
type changes struct {
	zxid int64
	at   map[string][]int64
}

// Fire implements tree.Watchers.
func (c *changes) Fire(t proto.EventType, path string, _ []data.ACL) {
	if t != proto.EventNodeChildrenChanged {
		c.at[path] = append(c.at[path], c.zxid)
	}
}

// after are those of zxids, which ascend, that are later.
func after(zxids []int64, than int64) []int64 {
	i, _ := slices.BinarySearch(zxids, than+1)
	return zxids[i:]
}

// checkExpiries: who is told that a session is over is told so when its closing has been applied.
func (w *world) checkExpiries(txns []tree.Txn) {
	over, made := map[int64]int64{}, map[int64]int64{}
	for i := range txns {
		h := &txns[i].Header
		if _, again := over[h.ClientID]; proto.Op(h.Type) == proto.OpCloseSession && !again {
			over[h.ClientID] = h.Zxid
		} else if proto.Op(h.Type) == proto.OpCreateSession {
			made[h.ClientID] = h.Zxid
		}
	}
	told := func(c *client, s *story, at int64) {
		if s.alone {
			return
		}
		// A local session is of one server, and is over when that has lost it, as in Apache. What makes it one of the ensemble may
		// be decided later nevertheless, if it was under way: the session then ends for want of a client.
		if since, ok := made[s.id]; w.local && (!ok || since > at) {
			return
		}
		if closed, ok := over[s.id]; !ok {
			w.fail(Sessions, "client %d was told that session %#x has expired, and it was never closed", c.id, s.id)
		} else if closed > at {
			w.fail(Sessions, "client %d was told at %s that session %#x has expired, and it was closed at %s", c.id, zab.Hex(at), s.id, zab.Hex(closed))
		}
	}
	for _, c := range w.clients {
		for _, s := range c.stories {
			if s.expired && s.id != 0 {
				told(c, s, s.known)
			}
			for _, x := range s.calls {
				if x.done > 0 && x.code == wire.CodeSessionExpired {
					told(c, s, x.zxid)
				}
			}
		}
	}
}
