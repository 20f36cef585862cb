package sim

import (
	"time"

	"troupe/election/quorum"
)

// letters are the ballots under way from one server to another.
type letters struct {
	n    uint64
	dice dice
	last time.Duration // when the last one arrives
	held []byte        // the newest one, that a cut holds back
}

// ballots are a process's, for its elections (elect.Ballots). A ballot to a process that does not run is lost; one that is
// cut off waits, if no newer one takes its place.
type ballots struct {
	w     *world
	p     *process
	heard func(int64, []byte)
}

func (w *world) newBallots(p *process, heard func(int64, []byte)) *ballots {
	b := &ballots{w: w, p: p, heard: heard}
	p.ballots = b
	return b
}

// Send implements elect.Ballots.
func (b *ballots) Send(to int64, message []byte) {
	if b.p.dead {
		return
	}
	b.w.post(b.p.m.id, to, message)
}

func (w *world) post(from, to int64, message []byte) {
	pair := [2]int64{from, to}
	l := w.mail[pair]
	if l == nil {
		l = &letters{dice: diceOf(diceBallot, uint64(from), uint64(to))}
		w.mail[pair] = l
	}
	a, b := w.machines[from-1], w.machines[to-1]
	if w.cut[[2]string{a.name, b.name}] {
		l.held = message
		return
	}
	l.n++
	key := keyOf(keyBallot, uint64(from)<<16|uint64(to))
	l.last = max(l.last, w.now+w.lag(&l.dice, 500*time.Microsecond, 20*time.Millisecond)+w.slow[[2]string{a.name, b.name}])
	w.later(nil, key, l.n, l.last-w.now, false, func() {
		p := b.proc
		if p == nil || p.dead || p.ballots == nil {
			return
		}
		p.guarded(func() { p.ballots.heard(from, message) })
	})
}

// ConnectAll implements elect.Ballots: they always are.
func (b *ballots) ConnectAll() {}

// Delivered implements elect.Ballots.
func (b *ballots) Delivered() bool { return len(b.Connected()) > 0 }

// Connected implements elect.Ballots.
func (b *ballots) Connected() (all []int64) {
	for _, m := range b.w.machines {
		if m != b.p.m && m.proc != nil && !b.w.cut[[2]string{m.name, b.p.m.name}] && !b.w.cut[[2]string{b.p.m.name, m.name}] {
			all = append(all, m.id)
		}
	}
	return all
}

// Configure implements elect.Ballots.
func (b *ballots) Configure(_, _ *quorum.Config) {}

// Close implements elect.Ballots.
func (b *ballots) Close() {}

// sever cuts one direction, for everything that servers say to each other.
func (w *world) sever(from, to *machine) {
	w.cut[[2]string{from.name, to.name}] = true
	w.net.Cut(from.name, to.name)
}

// mend ends the cut.
func (w *world) mend(from, to *machine) {
	if !w.cut[[2]string{from.name, to.name}] {
		return
	}
	delete(w.cut, [2]string{from.name, to.name})
	w.net.Heal(from.name, to.name)
	if l := w.mail[[2]int64{from.id, to.id}]; l != nil && l.held != nil {
		message := l.held
		l.held = nil
		w.post(from.id, to.id, message)
	}
}
