package linktest

import (
	"slices"
	"time"

	"troupe/actors/quorum/link"
)

// Timers is a clock that runs functions later, on the goroutine that drives the network. actors.Clock is one.
type Timers interface {
	AfterFunc(d time.Duration, f func()) (stop func())
}

// Options of a [Net]. The zero value delivers everything that there is.
type Options struct {
	// SendBound and SnapshotBound as in link.Options. 0: 64 MiB, and 8 * SendBound.
	SendBound, SnapshotBound int
	// Timers pause between tries of dialing, limit it, and limit CloseAfterFlush. nil: it is tried again at once, and lasts as
	// long as it takes.
	Timers Timers
	// Linger as in link.Options. 0: 1 s.
	Linger time.Duration

	// Queued is told of a flow to which something was added, or that can go on: its Deliver should be called once more in time.
	// It must not call it at once.
	Queued func(f *Flow)
	// Batch chooses how many of n packets that wait make a batch, 1 to n. nil: all.
	Batch func(n int) int
	// Survive chooses how many of n things under way still arrive when their sender closes the link or dies: 0 to n, from the
	// first. nil: all.
	Survive func(n int) int
	// Tear chooses how many of n bytes of a snapshot arrive that is the last thing to survive: 0 to n. nil: all.
	Tear func(n int) int
	// Streaming is called at each write of a snapshot's stream: there the sender's state may change, as it does in a server.
	// It may deliver, unlike handlers.
	Streaming func(f *Flow)
}

// Net is a network of hosts.
type Net struct {
	o       Options
	ids     int64            // of links
	numbers int              // of flows
	hosts   map[string]*host // by name
	owners  map[string]*host // by address
	flows   []*Flow          // that are not over, in order of their numbers
	cut     map[[2]string]bool
}

// New makes an empty network.
func New(o Options) *Net {
	if o.SendBound <= 0 {
		o.SendBound = 64 << 20
	}
	if o.SnapshotBound <= 0 {
		o.SnapshotBound = 8 * o.SendBound
	}
	if o.Linger <= 0 {
		o.Linger = time.Second
	}
	if o.Queued == nil {
		o.Queued = func(*Flow) {}
	}
	if o.Batch == nil {
		o.Batch = func(n int) int { return n }
	}
	if o.Survive == nil {
		o.Survive = func(n int) int { return n }
	}
	if o.Tear == nil {
		o.Tear = func(n int) int { return n }
	}
	if o.Streaming == nil {
		o.Streaming = func(*Flow) {}
	}
	return &Net{o: o, ids: 1, hosts: map[string]*host{}, owners: map[string]*host{}, cut: map[[2]string]bool{}}
}

// Host is the network as one machine sees it, which has these addresses. Asking for it again is the same machine.
func (n *Net) Host(name string, addresses ...string) link.Network {
	h := n.hosts[name]
	if h == nil {
		h = &host{n: n, name: name, listeners: map[string]*listener{}, ends: map[*end]struct{}{}, dialings: map[*dialing]struct{}{}}
		n.hosts[name] = h
	}
	for _, a := range addresses {
		n.owners[a] = h
	}
	return h
}

// Cut holds back what goes from one host to another: one direction.
func (n *Net) Cut(from, to string) { n.cut[[2]string{from, to}] = true }

// Heal ends a cut. What was held back can go on.
func (n *Net) Heal(from, to string) {
	delete(n.cut, [2]string{from, to})
	n.nudge(func(f *Flow) bool { return f.from.name == from && f.to.name == to })
}

// HealAll ends all cuts.
func (n *Net) HealAll() {
	clear(n.cut)
	n.nudge(func(*Flow) bool { return true })
}

// nudge says of flows that they can go on.
func (n *Net) nudge(which func(f *Flow) bool) {
	for _, f := range slices.Clone(n.flows) {
		if which(f) && f.Ready() {
			n.o.Queued(f)
		}
	}
}

// Kill ends the process on a host: its handlers hear nothing more, its ports are free, its peers hear that their
// connections are closed. A new process may use the host at once.
func (n *Net) Kill(name string) { n.hosts[name].die(true) }

// PowerOff ends the process on a host and the machine with it: its peers hear nothing.
func (n *Net) PowerOff(name string) {
	n.hosts[name].die(false)
	n.hosts[name].off = true
}

// PowerOn lets a new process use the host. Peers that still send on old connections are told that there are none.
func (n *Net) PowerOn(name string) {
	h := n.hosts[name]
	h.off = false
	n.nudge(func(f *Flow) bool { return f.to == h })
}

// Flows are those that can deliver something now, in the order in which they were made.
func (n *Net) Flows() []*Flow {
	var ready []*Flow
	for _, f := range n.flows {
		if f.Ready() {
			ready = append(ready, f)
		}
	}
	return ready
}

// Run delivers, flow by flow in turns, until nothing can be delivered or there were limit deliveries. It tells how many
// there were.
func (n *Net) Run(limit int) (delivered int) {
	for delivered < limit {
		ready := n.Flows()
		if len(ready) == 0 {
			break
		}
		for _, f := range ready {
			if delivered < limit && f.Deliver() {
				delivered++
			}
		}
	}
	return delivered
}

// after runs f after a time, if there is a clock.
func (n *Net) after(d time.Duration, f func()) (stop func()) {
	if n.o.Timers == nil {
		return func() {}
	}
	return n.o.Timers.AfterFunc(d, f)
}
