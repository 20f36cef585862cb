package pipeline

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"

	"troupe/actors"
	"troupe/actors/gate"
	"troupe/jute/proto"
	"troupe/tree"
)

// CleanerOptions say when empty containers and TTL znodes go (ContainerManager).
type CleanerOptions struct {
	Interval     time.Duration // znode.container.checkIntervalMs
	MaxPerMinute int           // znode.container.maxPerMinute
	MaxNeverUsed time.Duration // znode.container.maxNeverUsedIntervalMs; 0 keeps containers that never had a child
}

// cleaner submits the removal of empty containers and of TTL znodes that are over. The removal checks
// again when its turn comes.
type cleaner struct {
	opt    CleanerOptions
	clock  actors.Clock
	gate   *gate.Gate
	tree   *tree.Tree
	submit func(*Batch)
	queue  []string
	stop   func()
	log    zerolog.Logger
}

type (
	look   struct{}
	remove struct{}
)

func (c *cleaner) Receive(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *actor.Started:
		c.alarm(ctx, c.opt.Interval, look{})
	case *actor.Stopping:
		c.stop()
	case look:
		c.look()
		c.remove(ctx)
	case remove:
		c.remove(ctx)
	}
}

func (c *cleaner) alarm(ctx actor.Context, d time.Duration, m any) {
	self, root := ctx.Self(), ctx.ActorSystem().Root
	c.stop = c.clock.AfterFunc(d, func() { root.Send(self, m) })
}

func (c *cleaner) look() {
	c.gate.Enter()
	defer c.gate.Leave()
	c.queue = c.tree.Expirable(c.clock.Now().UnixMilli(), c.opt.MaxNeverUsed.Milliseconds())
}

// remove submits what may go now: as many as maxPerMinute allows a second, spread evenly.
func (c *cleaner) remove(ctx actor.Context) {
	const pause = time.Second
	n := min(len(c.queue), max(1, c.opt.MaxPerMinute/60))
	if n == 0 {
		c.alarm(ctx, c.opt.Interval, look{})
		return
	}
	b := &Batch{}
	for _, path := range c.queue[:n] {
		r := &Request{}
		r.Op, r.Body = proto.OpDeleteContainer, []byte(path)
		b.Requests = append(b.Requests, r)
	}
	c.queue = c.queue[n:]
	c.submit(b)
	c.log.Debug().Int("znodes", n).Msg("removing empty containers and TTL znodes that are over")
	if len(c.queue) == 0 {
		c.alarm(ctx, c.opt.Interval, look{})
		return
	}
	c.alarm(ctx, pause, remove{})
}
