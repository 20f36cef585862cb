package sim

import (
	"troupe/actors/quorum"
	"troupe/election"
	"troupe/tree"
	"troupe/zab"
)

// begun is the beginning of an epoch: a quorum has the leader's history.
type begun struct {
	epoch int64
	from  int64 // the last transaction before it
	by    *process
}

// begins notes a role. In an epoch there is one leader, for one time.
func (w *world) begins(m *machine, r *quorum.Role) {
	if r.State != election.Leading {
		return
	}
	for _, b := range w.begun {
		if b.epoch == r.Epoch {
			w.fail(OneLeader, "epoch %d has two leaders: server %d, and server %d", r.Epoch, b.by.m.id, m.id)
		}
	}
	w.record.decided = max(w.record.decided, r.Tree.LastZxid(), zab.Zxid(r.Epoch, 0))
	w.begun = append(w.begun, begun{r.Epoch, r.From, m.proc})
}

// decided is the newest transaction that is.
func (w *world) decided() int64 {
	for _, m := range w.machines {
		if m.role != nil && m.role.State == election.Leading {
			w.record.decided = max(w.record.decided, m.role.Tree.LastZxid())
		}
	}
	return w.record.decided
}

// epoch is the newest that has begun.
func (w *world) epoch() (newest int64) {
	for _, b := range w.begun {
		newest = max(newest, b.epoch)
	}
	return newest
}

// newest is the last transaction that any tree has.
func (w *world) newest() (zxid int64) {
	for _, m := range w.machines {
		if m.role != nil {
			zxid = max(zxid, m.role.Tree.LastZxid())
		}
	}
	return zxid
}

// lastAnswered is the newest transaction that a client knows to be decided.
func (w *world) lastAnswered() (zxid int64) {
	for _, c := range w.clients {
		for _, s := range c.stories {
			for _, x := range s.calls {
				if x.done > 0 {
					zxid = max(zxid, x.zxid)
				}
			}
		}
	}
	return zxid
}

// chain is what was decided, oldest first: from the last transaction of the newest leader back through the epochs, each of
// which began with what was decided before it. It is not whole if something was only ever sent in a snapshot.
func (w *world) chain(last int64) (entries []zab.Entry, whole bool) {
	from := map[int64]int64{}
	for _, b := range w.begun {
		from[b.epoch] = b.from
	}
	whole = true
	var ends []int64
	for zxid := last; zxid > 0; {
		epoch := zab.Epoch(zxid)
		before, led := from[epoch]
		if !led || before >= zxid {
			w.fail(OneLeader, "%s is decided, of an epoch that never began", zab.Hex(zxid))
			return nil, false
		}
		ends = append(ends, zxid)
		zxid = before
	}
	for i := len(ends) - 1; i >= 0; i-- {
		for z := zab.Zxid(zab.Epoch(ends[i]), 1); z <= ends[i]; z++ {
			data, known := w.record.proposed[z]
			if !known {
				whole = false
				continue
			}
			entries = append(entries, zab.Entry{Zxid: z, Data: data})
		}
	}
	return entries, whole
}

// transactions decodes entries.
func transactions(entries []zab.Entry) ([]tree.Txn, error) {
	all := make([]tree.Txn, len(entries))
	for i, e := range entries {
		var err error
		if all[i], err = tree.DecodeTxn(e.Data); err != nil {
			return nil, err
		}
	}
	return all, nil
}
