package sim

import (
	"time"

	"troupe/election"
)

// strike carries out a fault.
func (w *world) strike(f Fault) {
	if w.calm {
		return
	}
	a, b := w.machine(f.A), w.machine(f.B)
	if w.wiping > w.now && f.Harm != Drop {
		return // one that has lost its disk counts on all others
	}
	w.note("FAULT %v: %d, %d; %d, for %v", f.Harm, f.A, f.B, f.N, f.For)
	ends := func(do func()) { w.planned(f.For, do) }
	switch f.Harm {
	case Power, Kill:
		a.die(f.Harm == Power)
		a.rest(f.For)
	case PowerAll:
		for _, m := range w.machines {
			m.die(true)
			m.rest(f.For + time.Duration(m.id)*f.For/4)
		}
	case Fuse:
		if a.proc != nil {
			a.fuse = f.N
		}
		ends(func() {
			a.fuse = 0
			a.rest(0)
		})
	case Pause:
		if p := a.proc; p != nil {
			p.pausedUntil = max(p.pausedUntil, w.now+f.For)
		}
	case Isolate, Deaf, Mute:
		for _, m := range w.machines {
			if m == a {
				continue
			}
			if f.Harm != Mute {
				w.cutFor(m, a, ends)
			}
			if f.Harm != Deaf {
				w.cutFor(a, m, ends)
			}
		}
	case Cut, OneWay:
		if a == b {
			return
		}
		w.cutFor(a, b, ends)
		if f.Harm == Cut {
			w.cutFor(b, a, ends)
		}
	case Slow:
		pair := [2]string{a.name, b.name}
		w.slow[pair] = time.Duration(f.N) * time.Millisecond
		ends(func() { delete(w.slow, pair) })
	case Full:
		a.full = true
		a.disk.SetCapacity(a.disk.Used() + int64(f.N))
		ends(func() { a.relieve() })
	case Wipe:
		w.wipe(a, f.For)
	case Drop:
		c := w.clients[f.A%len(w.clients)]
		c.drop("fault")
	}
}

// machine is the one with this number; 0: the one that leads, or the first.
func (w *world) machine(id int) *machine {
	if id > 0 {
		return w.machines[(id-1)%len(w.machines)]
	}
	for _, m := range w.machines {
		if m.role != nil && m.role.State == election.Leading && m.role.Epoch == w.epoch() {
			return m
		}
	}
	return w.machines[0]
}

// planned makes something happen after a time, calm or not.
func (w *world) planned(wait time.Duration, do func()) {
	w.timers++
	w.later(nil, keyOf(keyPlan, 1), w.timers, wait, false, do)
}

func (w *world) cutFor(a, b *machine, ends func(func())) {
	w.sever(a, b)
	ends(func() { w.mend(a, b) })
}

// rest starts the machine after a time.
func (m *machine) rest(wait time.Duration) {
	m.w.planned(wait, func() {
		m.look()
		m.start()
	})
}

// relieve makes room on the disk.
func (m *machine) relieve() {
	m.disk.SetCapacity(0)
	m.full = false
	m.rest(0)
}

// wipe takes a machine's disk away. That is safe for an observer; a voter must be the only one with whom anything is
// wrong until it has its data back: with two of three gone, what the third does not know of is lost.
func (w *world) wipe(a *machine, wait time.Duration) {
	if !a.observer {
		for _, m := range w.machines {
			if m.observer {
				continue
			}
			if m.proc == nil || m.role == nil || m.fuse > 0 || m.full || m.proc.pausedUntil > w.now || len(w.cut) > 0 ||
				m.role.Epoch != w.epoch() || a.role == nil || m != a && m.role.Tree.LastZxid() < w.lastAnswered() {
				w.note("no wipe: something is wrong already")
				return
			}
		}
		w.wiping = w.now + wait + 3*time.Second
	}
	a.die(true)
	a.look()
	a.format(false)
	a.rest(wait)
}
