// Package clients admits client connections and is the parent of their actors.
package clients

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"

	"troupe/actors"
	"troupe/actors/conn"
	"troupe/netio"
)

// Options configure admission.
type Options struct {
	MaxPerAddress    int           // maxClientCnxns; 0 is no limit
	Max              int           // maxCnxns; 0 is no limit
	HandshakeTimeout time.Duration // nio.sessionlessCnxnTimeout: for a client without a session
	Clock            actors.Clock
	Log              zerolog.Logger
}

// Clients is the door: it lets connections in and knows them all. It is safe for concurrent use.
type Clients struct {
	opt      Options
	env      *conn.Env
	send     actor.SenderContext
	pid      *actor.PID
	refused  atomic.Int64
	lastWarn atomic.Int64
	closed   atomic.Bool

	mu    sync.Mutex
	all   map[*conn.Handler]netip.Addr
	perIP map[netip.Addr]int
}

type (
	arrived struct{ h *conn.Handler }
	gone    struct{ h *conn.Handler }
	sweep   struct{}
)

// sweepInterval is how often silent connections are looked for.
const sweepInterval = time.Second

// Spawn starts the clients actor under parent. env.Parent is set to it.
func Spawn(parent actor.SpawnerContext, send actor.SenderContext, env *conn.Env, o Options, opts ...actor.PropsOption) (*Clients, error) {
	c := &Clients{opt: o, env: env, send: send, all: make(map[*conn.Handler]netip.Addr), perIP: make(map[netip.Addr]int)}
	env.Parent = c
	// A connection comes and goes on an event loop, which does this too: it takes no goroutine to be woken.
	opts = append([]actor.PropsOption{actor.WithDispatcher(actors.Inline())}, opts...)
	opts = append(opts, actor.WithSupervisor(actors.StopOne(func(f *actors.Failed) {
		o.Log.Error().Err(f).Msg("a connection failed and was closed; the others go on")
	})))
	pid, err := parent.SpawnNamed(actor.PropsFromProducer(func() actor.Actor {
		return &room{door: c, children: make(map[*conn.Handler]*actor.PID)}
	}, opts...), "clients")
	if err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	c.pid = pid
	return c, nil
}

// Accept lets a connection in and tells who owns it; nil refuses it.
func (c *Clients) Accept(l conn.Link) netio.Owner {
	ip := l.Remote().Addr()
	if err := c.admit(ip); err != nil {
		c.refused.Add(1)
		// One line a second at most: a flood of connections must not become a flood of lines.
		if now := c.opt.Clock.Millis(); now-c.lastWarn.Swap(now) > 1000 {
			c.opt.Log.Warn().Err(err).Stringer("client", l.Remote()).Int64("refused", c.refused.Load()).Msg("connection refused")
		}
		return nil
	}
	h := conn.New(c.env, l)
	if !c.add(h, ip) {
		return nil
	}
	c.send.Send(c.pid, &arrived{h})
	return h
}

// add notes a connection that was admitted, unless all have been told to go meanwhile.
func (c *Clients) add(h *conn.Handler, ip netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed.Load() {
		return false
	}
	c.all[h] = ip
	return true
}

func (c *Clients) admit(ip netip.Addr) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed.Load():
		return errors.New("the server stops")
	case c.opt.Max > 0 && len(c.all) >= c.opt.Max:
		return fmt.Errorf("%d connections, the limit (maxCnxns, or what the limit of open files leaves room for)", c.opt.Max)
	case c.opt.MaxPerAddress > 0 && c.perIP[ip] >= c.opt.MaxPerAddress:
		return fmt.Errorf("%d connections from %v, the limit (maxClientCnxns)", c.opt.MaxPerAddress, ip)
	}
	c.perIP[ip]++
	return nil
}

// Gone implements conn.Parent.
func (c *Clients) Gone(h *conn.Handler) {
	c.mu.Lock()
	if ip, ok := c.all[h]; ok {
		delete(c.all, h)
		if c.perIP[ip]--; c.perIP[ip] <= 0 {
			delete(c.perIP, ip)
		}
	}
	c.mu.Unlock()
	c.send.Send(c.pid, &gone{h})
}

// Len is the number of open connections.
func (c *Clients) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.all)
}

// Refused is how many connections were not let in.
func (c *Clients) Refused() int64 { return c.refused.Load() }

// All returns the open connections.
func (c *Clients) All() []*conn.Handler {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]*conn.Handler, 0, len(c.all))
	for h := range c.all {
		all = append(all, h)
	}
	return all
}

// Close lets nobody in any more and tells all connections to end, also those whose actors have not begun. It does not leave that to
// the actor, which may be told to stop, and stops, before it comes to it: a connection that was forgotten like that would be
// served by nobody.
func (c *Clients) Close(reason string) {
	c.mu.Lock()
	c.closed.Store(true)
	c.mu.Unlock()
	all := c.All()
	slices.SortFunc(all, func(a, b *conn.Handler) int { return cmp.Compare(a.ID(), b.ID()) })
	for _, h := range all {
		h.Dismiss(reason)
	}
}

// room is the actor: it spawns and stops the connections' actors, and looks for silent ones.
type room struct {
	door     *Clients
	children map[*conn.Handler]*actor.PID
	stop     func()
}

func (r *room) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		r.arm(ctx)
	case *actor.Stopping:
		r.stop()
	case *arrived:
		pid, err := ctx.SpawnNamed(m.h.Props(), m.h.Name())
		if err != nil {
			panic(fmt.Errorf("two connections of one name: %w", err))
		}
		m.h.Spawned(pid)
		r.children[m.h] = pid
	case *gone:
		if pid := r.children[m.h]; pid != nil {
			delete(r.children, m.h)
			ctx.Stop(pid)
		}
	case sweep:
		r.sweep()
		r.arm(ctx)
	}
}

func (r *room) arm(ctx actor.Context) {
	self, root := ctx.Self(), ctx.ActorSystem().Root
	r.stop = r.door.opt.Clock.AfterFunc(sweepInterval, func() { root.Send(self, sweep{}) })
}

// sweep ends connections that never greeted. One with a session ends with its session.
func (r *room) sweep() {
	now := r.door.opt.Clock.Millis()
	limit := r.door.opt.HandshakeTimeout.Milliseconds()
	for h := range r.children {
		if silent, greeted := h.Greeted(now); !greeted && silent > limit {
			h.Kick("no handshake in time")
		}
	}
}
