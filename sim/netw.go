package sim

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"time"

	"troupe/actors/quorum/link"
	"troupe/actors/quorum/link/linktest"
	"troupe/zab"
	"troupe/zab/packet"
)

// queued is told of a flow that can go on (linktest.Options).
func (w *world) queued(f *linktest.Flow) {
	pair := [2]string{f.From(), f.To()}
	d := w.lanes[pair]
	if d == nil {
		of := diceOf(diceFlow, hashOf(f.From()), hashOf(f.To()))
		d = &of
		w.lanes[pair] = d
	}
	w.timers++
	wait := w.lag(d, 300*time.Microsecond, 20*time.Millisecond) + w.slow[pair]
	w.later(nil, keyOf(keyFlow, uint64(f.Number())), w.timers, wait, false, func() { w.deliver(f) })
}

// deliver hands on the head of a flow; a process that is paused reads later.
func (w *world) deliver(f *linktest.Flow) {
	m := w.named(f.To())
	if p := m.proc; p != nil && p.pausedUntil > w.now {
		w.timers++
		w.later(nil, keyOf(keyFlow, uint64(f.Number())), w.timers, p.pausedUntil-w.now, false, func() { w.deliver(f) })
		return
	}
	w.streamed = nil
	if p := m.proc; p != nil {
		p.guarded(func() { f.Deliver() })
	} else {
		f.Deliver()
	}
	if a := w.named(f.From()); w.streamed != nil && w.torn > 0 && a.proc != nil {
		w.note(a.title, "is killed in the middle of a snapshot")
		a.die(false)
		a.rest(w.torn)
		w.torn = 0
	}
	w.streamed = nil
}

func (w *world) named(name string) *machine {
	for _, m := range w.machines {
		if m.name == name {
			return m
		}
	}
	panic("no machine is called " + name)
}

// network is a process's: it is silent when the process is dead, and what leaders propose is noted.
type network struct {
	p    *process
	real link.Network
}

var errDead = errors.New("the process is dead")

// Listen implements link.Network.
func (n network) Listen(addresses []string, accept func(link.Link)) (io.Closer, error) {
	if n.p.dead {
		return nil, errDead
	}
	return n.real.Listen(addresses, func(k link.Link) { accept(tap{k, n.p}) })
}

// Dial implements link.Network.
func (n network) Dial(addresses []string, o link.DialOptions, done func(link.Link, error)) (cancel func()) {
	if n.p.dead {
		return func() {}
	}
	return n.real.Dial(addresses, o, func(k link.Link, err error) {
		if err == nil {
			k = tap{k, n.p}
		}
		done(k, err)
	})
}

// tap is a link of a process.
type tap struct {
	link.Link
	p *process
}

// Send implements link.Link.
func (t tap) Send(ps []packet.Packet) {
	if t.p.dead {
		return
	}
	for i, p := range ps {
		if p.Kind == packet.Ping && t.p.w.plan.Bug.LoseTouches {
			ps = slices.Clone(ps)
			ps[i].Data = nil
		}
		switch p.Kind {
		case packet.Proposal:
			t.p.w.proposes(t.p, p.Zxid, p.Data)
		case packet.Commit, packet.Inform:
			t.p.w.record.decided = max(t.p.w.record.decided, p.Zxid)
		}
	}
	t.Link.Send(ps)
}

// proposes notes a proposal. Of each zxid there is one, ever: two would be of two leaders in one epoch.
func (w *world) proposes(p *process, zxid int64, data []byte) {
	known, ok := w.record.proposed[zxid]
	if !ok {
		w.record.proposed[zxid] = bytes.Clone(data)
	} else if !bytes.Equal(known, data) {
		w.fail(OneLeader, "server %d sends another transaction %s than was proposed before", p.m.id, zab.Hex(zxid))
	}
}
