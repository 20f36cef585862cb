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
	if f.Harm == Drop {
		if c := w.client(f.A); c != nil && c.sock != nil {
			w.note("fault", "%v", f)
			c.drop("fault")
		}
		return
	}
	if w.wiping > w.now {
		return // one that has lost its data counts on all others
	}
	a, b := w.machine(f.A), w.machine(f.B)
	f.A, f.B = int(a.id), int(b.id)
	w.note("fault", "%v", f)
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
			a.fuse, a.burns = f.N, f.On
		}
		ends(func() {
			a.fuse, a.burns = 0, ""
			a.rest(0)
		})
	case Pause:
		if p := a.proc; p != nil {
			p.pausedUntil = max(p.pausedUntil, w.now+f.For)
		}
	case Torn:
		w.torn = f.For
	case StallLog, StallTree:
		s := syncStage
		if f.Harm == StallTree {
			s = finalStage
		}
		a.stalled[s] = max(a.stalled[s], w.now+f.For)
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
	case Port:
		if a == b {
			return
		}
		for _, pair := range [][2]string{{a.name, b.name}, {b.name, a.name}} {
			w.net.Cut(pair[0], pair[1])
			ends(func() {
				if !w.cut[pair] {
					w.net.Heal(pair[0], pair[1])
				}
			})
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
		w.replace(a, f.For, func() { a.format(false) })
	case Restore:
		files := a.backup()
		ends(func() { w.replace(a, 20*time.Millisecond, func() { a.restore(files) }) })
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

// replace takes what a machine has on its disk away. That is safe for an observer; a voter must be the only one with whom
// anything is wrong until it has its data back: with two of three gone, what the third does not know of is lost.
func (w *world) replace(a *machine, wait time.Duration, by func()) {
	if w.calm || w.wiping > w.now {
		return
	}
	if !a.observer {
		for _, m := range w.machines {
			if m.observer {
				continue
			}
			if m.proc == nil || m.role == nil || m.fuse > 0 || m.full || m.proc.pausedUntil > w.now || len(w.cut) > 0 || m.stalled != [finalStage + 1]time.Duration{} ||
				m.role.Epoch != w.epoch() || a.role == nil || m != a && m.role.Tree.LastZxid() < w.lastAnswered() {
				w.note(a.title, "keeps its files: something is wrong already")
				return
			}
		}
		w.wiping = w.now + wait + 3*time.Second
	}
	w.record.replaced++
	w.note(a.title, "gets other files")
	a.die(true)
	a.look()
	by()
	a.rest(wait)
}
