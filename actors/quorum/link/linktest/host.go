package linktest

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"troupe/actors/quorum/link"
)

// ErrRefused: nobody listens at the address.
var ErrRefused = errors.New("connection refused")

// host is a machine with at most one process that uses the network.
type host struct {
	n         *Net
	name      string
	off       bool
	listeners map[string]*listener // by address
	ends      map[*end]struct{}
	dialings  map[*dialing]struct{}
}

// die ends the process.
func (h *host) die(closes bool) {
	for d := range h.dialings {
		d.over = true
	}
	clear(h.dialings)
	clear(h.listeners)
	for _, e := range slices.SortedFunc(maps.Keys(h.ends), func(a, b *end) int { return int(a.id - b.id) }) {
		e.die(closes)
	}
	for _, f := range slices.Clone(h.n.flows) {
		if f.sender == nil && f.from == h && f.to == h {
			f.end()
		}
	}
}

// listener is what Listen returns.
type listener struct {
	h         *host
	addresses []string
	accept    func(link.Link)
	fresh     map[*end]struct{} // links that have not been started
}

// Listen implements link.Network. Only addresses of the host can be bound.
func (h *host) Listen(addresses []string, accept func(link.Link)) (io.Closer, error) {
	l := &listener{h: h, accept: accept, fresh: map[*end]struct{}{}}
	var failures []error
	for _, a := range addresses {
		switch {
		case h.n.owners[a] != h:
			failures = append(failures, fmt.Errorf("%s is no address of this host", a))
		case h.listeners[a] != nil:
			failures = append(failures, fmt.Errorf("%s is in use", a))
		default:
			h.listeners[a] = l
			l.addresses = append(l.addresses, a)
		}
	}
	if len(l.addresses) == 0 {
		return nil, errors.Join(append(failures, errors.New("no address could be bound"))...)
	}
	return l, nil
}

// Close implements io.Closer.
func (l *listener) Close() error {
	for _, a := range l.addresses {
		if l.h.listeners[a] == l {
			delete(l.h.listeners, a)
		}
	}
	for _, e := range slices.SortedFunc(maps.Keys(l.fresh), func(a, b *end) int { return int(a.id - b.id) }) {
		e.Close(nil)
	}
	return nil
}

// dialing is one call of Dial.
type dialing struct {
	h        *host
	o        link.DialOptions
	done     func(link.Link, error)
	left     int // addresses that have not failed
	failures []error
	over     bool
	stop     func()
}

// Dial implements link.Network.
func (h *host) Dial(addresses []string, o link.DialOptions, done func(link.Link, error)) (cancel func()) {
	d := &dialing{h: h, o: o.OrDefaults(), done: done, left: len(addresses), stop: func() {}}
	h.dialings[d] = struct{}{}
	cancel = func() { d.fail(link.ErrCancelled) }
	if len(addresses) == 0 {
		d.fail(errors.New("the leader has no address to connect to"))
		return cancel
	}
	d.stop = h.n.after(d.o.Limit, func() {
		d.fail(errors.Join(append([]error{link.ErrConnectLimit}, d.failures...)...))
	})
	for _, a := range addresses {
		d.try(a, 1)
	}
	return cancel
}

// end: the answer is known.
func (d *dialing) end() {
	d.over = true
	d.stop()
	delete(d.h.dialings, d)
}

// fail queues the bad news.
func (d *dialing) fail(err error) {
	if d.over {
		return
	}
	d.end()
	d.h.n.flow(d.h, d.h, nil).put(event{what: "dialing failed", call: func() { d.done(nil, err) }})
}

// try asks the host that has the address.
func (d *dialing) try(address string, try int) {
	n := d.h.n
	to := n.owners[address]
	if to == nil {
		to = d.h // nobody has it: that is found out here
	}
	n.flow(d.h, to, nil).put(event{what: "connect to " + address, call: func() {
		l := to.listeners[address]
		if l == nil {
			n.flow(to, d.h, nil).put(event{what: "refused at " + address, call: func() { d.refused(address, try) }})
			return
		}
		dialed, accepted := n.connect(d.h, to, address)
		l.fresh[accepted], accepted.fresh = struct{}{}, l
		n.flow(to, d.h, nil).put(event{what: "connected to " + address, call: func() { d.connected(dialed) }})
		l.accept(accepted)
	}})
}

// connected: the first one wins.
func (d *dialing) connected(e *end) {
	if d.over {
		e.Close(nil)
		return
	}
	d.end()
	d.done(e, nil)
}

// refused tries again, later.
func (d *dialing) refused(address string, failures int) {
	if d.over {
		return
	}
	if pause, again := d.o.PauseAfter(failures); again && d.h.n.o.Timers != nil {
		d.h.n.after(pause, func() {
			if !d.over {
				d.try(address, failures+1)
			}
		})
		return
	} else if again {
		d.try(address, failures+1)
		return
	}
	d.failures = append(d.failures, fmt.Errorf("cannot connect to %s: %w", address, ErrRefused))
	if d.left--; d.left == 0 {
		d.fail(errors.Join(d.failures...))
	}
}
