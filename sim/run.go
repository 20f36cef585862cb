package sim

import (
	"fmt"
	"slices"
	"time"

	"troupe/election"
	"troupe/interop/wire"
	"troupe/zab"
)

// Result is what a run has shown.
type Result struct {
	Violation  *Violation // nil: everything held
	Hash       uint64     // of all that happened, in order
	Steps      int64
	Time       time.Duration // virtual
	Answered   int           // operations
	Decided    int           // transactions
	Epochs     int
	Sessions   int
	Lonely     int  // reads that were answered by servers without a quorum
	Moved      int  // writes to where a session no longer was
	Upgraded   int  // sessions of one server that became the ensemble's
	Replaced   int  // disks that were emptied, or went back to an older copy
	Unverified bool // what was decided is not known whole, and reads were not compared with it
}

// Run is one run of a plan, whose story is told if story is not nil.
func Run(p *Plan, story *Story) Result {
	w := newWorld(p, story)
	w.play()
	r := Result{Steps: w.steps, Time: w.now}
	if w.violation == nil {
		w.check(&r)
	}
	for _, m := range w.machines {
		m.die(false)
	}
	r.Violation, r.Hash, r.Epochs = w.violation, w.trace.Sum64(), len(w.begun)
	r.Moved, r.Replaced = len(w.record.ghosts), w.record.replaced
	for _, c := range w.clients {
		r.Sessions += len(c.stories)
		for _, s := range c.stories {
			if w.local && !s.local() {
				r.Upgraded++
			}
			for _, x := range s.calls {
				if x.done > 0 {
					r.Answered++
				}
				if x.done > 0 && s.alone && x.kind == wire.OpGetData {
					r.Lonely++
				}
			}
		}
	}
	return r
}

// How long, in virtual time, it may take until all is well again after the faults have ended.
const patience = 60 * time.Second

// play is the run without its checks.
func (w *world) play() {
	p := w.plan
	for i := range p.Voters + p.Observers {
		w.machines = append(w.machines, w.newMachine(int64(i+1)))
	}
	for _, m := range w.machines {
		m.rest(time.Duration(w.random(diceMachine, uint64(m.id), 1).IntN(100)) * time.Millisecond)
	}
	w.local = slices.Contains(p.Set, localSessions)
	for _, as := range p.Callers {
		w.clients = append(w.clients, newClient(w, as))
	}
	for i, op := range p.Ops {
		if c := w.client(op.Client); c != nil {
			w.later(nil, keyOf(keyPlan, 2), uint64(i), op.At, false, func() { c.ask(op) })
		}
	}
	for i, f := range p.Faults {
		w.later(nil, keyOf(keyPlan, 3), uint64(i), f.At, false, func() { w.strike(f) })
	}
	w.run(p.Duration, nil)
	w.heal()
	if !w.within(patience, w.agreed) {
		w.fail(Recovers, "no agreement within %v after the faults have ended: %s", patience, w.state())
		return
	}
	w.note("all", "is well again")
	w.well = true
	for _, op := range p.Last {
		if c := w.client(op.Client); c != nil {
			c.ask(op)
		}
	}
	if p.Wait {
		w.run(w.now+expiry, nil)
	}
	if !w.within(patience, w.agreed) {
		w.fail(Recovers, "no agreement at the end: %s", w.state())
	}
}

// localSessions lets sessions be those of one server.
const localSessions = "localSessionsEnabled=true"

// expiry is in which time silent sessions must be gone: the longest timeout and some for the buckets, twice, since an epoch may
// end just before the first is over, and a new leader begins all timeouts anew.
const expiry = 9 * time.Second

// heal ends all faults.
func (w *world) heal() {
	if w.violation != nil {
		return
	}
	w.note("all", "faults end")
	w.calm = true
	for _, a := range w.machines {
		for _, b := range w.machines {
			w.mend(a, b)
		}
	}
	w.net.HealAll()
	w.torn = 0
	clear(w.slow)
	for _, m := range w.machines {
		m.fuse, m.burns, m.stalled = 0, "", [finalStage + 1]time.Duration{}
		m.relieve() // pauses end by themselves: what waits for their end is in order
	}
}

func (w *world) within(d time.Duration, so func() bool) bool { return w.run(w.now+d, so) }

// agreed tells that everybody is in the newest epoch, has the same, and has nothing to do.
func (w *world) agreed() bool {
	leaders, zxid := 0, int64(-1)
	for _, m := range w.machines {
		if m.proc == nil || m.proc.pausedUntil > w.now || m.role == nil || m.role.Epoch != w.epoch() {
			return false
		}
		z := w.settled(m.role.Tree.LastZxid())
		if m.role.State == election.Leading {
			leaders++
		}
		if zxid >= 0 && z != zxid {
			return false
		}
		zxid = z
	}
	for _, c := range w.clients {
		if !c.idle() {
			return false
		}
	}
	return leaders == 1
}

// settled is the transaction of a zxid: that with which an epoch begins is none.
func (w *world) settled(zxid int64) int64 {
	for _, b := range w.begun {
		if zab.Zxid(b.epoch, 0) == zxid {
			return w.settled(b.from)
		}
	}
	return zxid
}

func (w *world) state() string {
	s := ""
	for _, m := range w.machines {
		s += fmt.Sprintf("server %d runs=%v", m.id, m.proc != nil)
		if m.role != nil {
			s += fmt.Sprintf(" %v epoch %d zxid %#x", m.role.State, m.role.Epoch, m.role.Tree.LastZxid())
		}
		s += "; "
	}
	for _, c := range w.clients {
		s += fmt.Sprintf("client %d silent=%v ready=%v to do %d, sent %d; ", c.id, c.silent, c.ready, len(c.todo), len(c.sent))
	}
	return s
}
