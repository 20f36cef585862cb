package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/rs/zerolog"

	"troupe/election"
	"troupe/interop/wire"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/persistence"
	"troupe/tree"
	"troupe/zab"
)

// check looks whether everything that clients saw, and what is on the servers, agrees with one order of transactions.
func (w *world) check(r *Result) {
	var leader *machine
	for _, m := range w.machines {
		if m.role.State == election.Leading {
			leader = m
		}
	}
	entries, whole := w.chain(leader.role.Tree.LastZxid())
	if w.violation != nil {
		return
	}
	r.Decided, r.Unverified = len(entries), !whole
	w.checkTrees(leader)
	w.checkSessions(leader)
	w.checkOrder()
	w.checkLinearizable()
	w.checkLogs(entries)
	if whole {
		txns, err := transactions(entries)
		if err != nil {
			w.fail("what was decided cannot be read: %v", err)
			return
		}
		w.checkWrites(txns)
		w.checkReads(txns)
		w.checkWatches(txns)
		w.checkExpiries(txns)
		w.checkReplay(txns, leader)
	}
}

// dump is all that members must have alike.
func dump(t *tree.Tree) map[string]string {
	all := map[string]string{}
	var walk func(path string)
	walk = func(path string) {
		n := t.Lookup(path)
		if path != "/zookeeper/config" { // of each member its own times
			all[path] = fmt.Sprintf("%q %+v %v", n.Data(), n.Persisted(), t.ACL(n))
		}
		n.EachChild(func(name string) {
			if path == "/" {
				walk("/" + name)
			} else {
				walk(path + "/" + name)
			}
		})
	}
	walk("/")
	t.EachSession(func(id int64, timeout int32) { all[fmt.Sprintf("session %#x", id)] = fmt.Sprint(timeout) })
	return all
}

// compare tells where two dumps differ.
func compare(a, b map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(a)) {
		if a[key] != b[key] {
			return fmt.Errorf("%s: %s, and %s", key, a[key], b[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(b)) {
		if _, ok := a[key]; !ok {
			return fmt.Errorf("%s: nothing, and %s", key, b[key])
		}
	}
	return nil
}

// checkTrees: all members have the same.
func (w *world) checkTrees(leader *machine) {
	want := dump(leader.role.Tree)
	for _, m := range w.machines {
		if err := compare(want, dump(m.role.Tree)); err != nil {
			w.fail("the trees of servers %d and %d differ: %v", leader.id, m.id, err)
		}
		if n := m.role.Tree.DigestMismatches(); n > 0 {
			w.fail("server %d: the digests of %d transactions were not the leader's", m.id, n)
		}
	}
}

// checkReplay: the tree is what the transactions make.
func (w *world) checkReplay(txns []tree.Txn, leader *machine) {
	t := tree.New(leader.role.Tree.Options())
	for i := range txns {
		t.Apply(&txns[i], nil)
	}
	if err := compare(dump(t), dump(leader.role.Tree)); err != nil {
		w.fail("the leader's tree is not what was decided: %v", err)
	}
}

// checkSessions: the sessions that there are are those of clients that live, and ephemerals are of sessions that there are.
func (w *world) checkSessions(leader *machine) {
	t := leader.role.Tree
	alive := map[int64]bool{}
	for _, c := range w.clients {
		if !c.silent {
			alive[c.story.id] = true
			if _, ok := t.Session(c.story.id); !ok {
				w.fail("session %#x of client %d is not there, and it is connected", c.story.id, c.id)
			}
		}
	}
	t.EachSession(func(id int64, _ int32) {
		if !alive[id] {
			w.fail("session %#x is still there, and nobody speaks for it", id)
		}
	})
	for _, id := range slices.Sorted(maps.Keys(t.EphemeralSessions())) {
		if _, ok := t.Session(id); !ok {
			w.fail("session %#x is over, and has left ephemerals: %v", id, t.Ephemerals(id))
		}
	}
}

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
					w.fail("client %d: after an answer at %s comes one at %s (%s)", c.id, zab.Hex(last), zab.Hex(x.zxid), wire.OpName(x.kind))
				}
				last = x.zxid
			}
			for _, x := range s.calls {
				if x.done == 0 {
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
			w.fail("%s of %s was answered at %s, and %s had been answered before it was asked", wire.OpName(m.x.kind), m.x.path, zab.Hex(m.x.zxid), zab.Hex(known))
		}
	}
}

// writes tells that it has changed something.
func (x *call) writes() bool {
	if x.code != 0 {
		return false
	}
	switch x.kind {
	case wire.OpCreate, wire.OpSetData, wire.OpDelete, wire.OpMulti, wire.OpCloseSession:
		return true
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
					w.fail("client %d, session %#x: %s %s %q was acknowledged at %s, and is not there", c.id, s.id, wire.OpName(x.kind), x.path, x.value, zab.Hex(x.zxid))
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
				if x.done > 0 && x.kind == wire.OpGetData && x.code != wire.CodeSessionExpired {
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
			w.fail("%s was read at %s: %q, and it did not exist", x.path, zab.Hex(x.zxid), x.got)
		case n != nil && (x.code != 0 || string(n.Data()) != x.got || n.Persisted().Version != x.gotVersion || n.Persisted().Mzxid != x.gotMzxid):
			w.fail("%s was read at %s: code %d %q version %d of %s, and was %q version %d of %s", x.path, zab.Hex(x.zxid), x.code, x.got, x.gotVersion,
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
			armed := map[string]int64{}
			for _, g := range s.sights {
				if g.call == nil {
					since, ok := armed[g.path]
					if ok && len(after(log.at[g.path], since)) == 0 {
						w.fail("client %d heard of a change of %s after %s, and there was none", c.id, g.path, zab.Hex(since))
					}
					delete(armed, g.path)
					continue
				}
				x := g.call
				for _, path := range slices.Sorted(maps.Keys(armed)) {
					if missed := after(log.at[path], armed[path]); len(missed) > 0 && missed[0] <= x.zxid {
						w.fail("client %d watches %s since %s, and saw %s before it heard of the change at %s", c.id, path, zab.Hex(armed[path]), zab.Hex(x.zxid), zab.Hex(missed[0]))
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
	over := map[int64]int64{}
	for i := range txns {
		h := &txns[i].Header
		if _, again := over[h.ClientID]; proto.Op(h.Type) == proto.OpCloseSession && !again {
			over[h.ClientID] = h.Zxid
		}
	}
	told := func(c *client, s *story, at int64) {
		if closed, ok := over[s.id]; !ok {
			w.fail("client %d was told that session %#x has expired, and it was never closed", c.id, s.id)
		} else if closed > at {
			w.fail("client %d was told at %s that session %#x has expired, and it was closed at %s", c.id, zab.Hex(at), s.id, zab.Hex(closed))
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

// checkLogs: what is on the disks is what was decided.
func (w *world) checkLogs(entries []zab.Entry) {
	at := map[int64][]byte{}
	for _, e := range entries {
		at[e.Zxid] = e.Data
	}
	for _, m := range w.machines {
		last := m.role.Tree.LastZxid()
		want := dump(m.role.Tree)
		m.die(false)
		m.disk.Kill()
		m.disk.SetFault(nil)
		o := persistence.DefaultOptions(dataDir)
		o.Keep, o.Tree, o.Logger = 1<<20, m.role.Tree.Options(), zerolog.Nop()
		store, err := persistence.Open(m.disk, o)
		if err != nil {
			w.fail("server %d: its files cannot be opened: %v", m.id, err)
			return
		}
		t, rec, err := store.Load()
		if err != nil {
			w.fail("server %d: its files cannot be loaded: %v", m.id, err)
			return
		}
		for _, e := range rec.Kept {
			if data, ok := at[e.Zxid]; ok && string(data) != string(e.Bytes) {
				w.fail("server %d: %s in its log is not what was decided", m.id, zab.Hex(e.Zxid))
			} else if !ok && e.Zxid > last {
				w.fail("server %d: its log goes to %s, and decided is %s", m.id, zab.Hex(e.Zxid), zab.Hex(last))
			}
		}
		if err := compare(want, dump(t)); err != nil {
			w.fail("server %d: what it loads is not what it had: %v", m.id, err)
		}
		_ = store.Close()
	}
}
