package sim

import (
	"fmt"
	"maps"
	"slices"

	"github.com/rs/zerolog"

	"troupe/election"
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
	txns, err := transactions(entries)
	if err != nil {
		w.fail(Sound, "what was decided cannot be read: %v", err)
		return
	}
	if whole {
		w.checkGhosts(valuesOf(txns))
	}
	w.checkTrees(leader)
	if w.plan.Wait {
		w.checkSessions(leader)
	}
	w.checkOrder()
	w.checkLinearizable()
	w.checkLogs(entries)
	if whole {
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
		t.EachChild(n, func(name string) {
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
			w.fail(Alike, "the trees of servers %d and %d differ: %v", leader.id, m.id, err)
		}
		if n := m.role.Tree.DigestMismatches(); n > 0 {
			w.fail(Alike, "server %d: the digests of %d transactions were not the leader's", m.id, n)
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
		w.fail(Alike, "the leader's tree is not what was decided: %v", err)
	}
}

// checkSessions: the sessions that there are are those of clients that live, and ephemerals are of sessions that there are.
func (w *world) checkSessions(leader *machine) {
	t := leader.role.Tree
	alive := map[int64]bool{}
	for _, c := range w.clients {
		if !c.silent {
			alive[c.story.id] = true
			if _, ok := t.Session(c.story.id); !ok && !c.story.local() {
				w.fail(Sessions, "session %#x of client %d is not there, and it is connected", c.story.id, c.id)
			} else if ok && w.local && !c.story.asked(Ephemeral) {
				w.fail(Sessions, "session %#x of client %d is of one server, and all know it", c.story.id, c.id)
			}
		}
	}
	t.EachSession(func(id int64, _ int32) {
		if !alive[id] {
			w.fail(Sessions, "session %#x is still there, and nobody speaks for it", id)
		}
	})
	for _, id := range slices.Sorted(maps.Keys(t.EphemeralSessions())) {
		if _, ok := t.Session(id); !ok {
			w.fail(Sessions, "session %#x is over, and has left ephemerals: %v", id, t.Ephemerals(id))
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
			w.fail(OnDisk, "server %d: its files cannot be opened: %v", m.id, err)
			return
		}
		t, rec, err := store.Load()
		if err != nil {
			w.fail(OnDisk, "server %d: its files cannot be loaded: %v", m.id, err)
			return
		}
		for _, e := range rec.Kept {
			if data, ok := at[e.Zxid]; ok && string(data) != string(e.Bytes) {
				w.fail(OnDisk, "server %d: %s in its log is not what was decided", m.id, zab.Hex(e.Zxid))
			} else if !ok && e.Zxid > last {
				w.fail(OnDisk, "server %d: its log goes to %s, and decided is %s", m.id, zab.Hex(e.Zxid), zab.Hex(last))
			}
		}
		if err := compare(want, dump(t)); err != nil {
			w.fail(OnDisk, "server %d: what it loads is not what it had: %v", m.id, err)
		}
		_ = store.Close()
	}
}
