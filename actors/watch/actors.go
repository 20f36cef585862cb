package watch

import (
	"fmt"
	"hash/maphash"
	"strings"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"

	"troupe/actors"
	"troupe/jute/proto"
)

// The messages of a WatchTable. All but fire and climb come from connections.
type (
	register struct {
		path    string
		kinds   Kind
		watcher Watcher
	}
	// unregister takes kinds off one path; found is called in the actor with what there was.
	unregister struct {
		path    string
		kinds   Kind
		watcher Watcher
		found   func(Kind)
	}
	inquire struct {
		path    string
		kinds   Kind
		watcher Watcher
		found   func(Kind)
	}
	// drop is the end of a connection: all its watches go.
	drop struct{ watcher Watcher }
	fire struct {
		path string
		typ  proto.EventType
		hit  []Watcher // out
	}
	climb struct {
		ancestor string
		hit      []Watcher // in and out
	}
	// paths is watch2Paths's answer to drop.
	paths struct {
		watcher Watcher
		paths   *pathSet
	}
)

// The messages of a watch2Paths; only its WatchTable sends them.
type (
	watches struct {
		watcher Watcher
		path    *watchers
	}
	unwatches struct {
		watchers []Watcher
		from     *watchers
	}
)

// tableActor is WatchTable.
type tableActor struct {
	*Table
	shard *shard
	spent unwatches // reused: firing is done under the exclusive gate, and the other actor runs at once
}

func (a *tableActor) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *register:
		before := a.recursive
		if w, fresh := a.add(m.path, m.watcher, m.kinds); fresh {
			ctx.Send(a.shard.paths, &watches{m.watcher, w})
		}
		a.shard.recursive.Add(int64(a.recursive - before))
	case *fire:
		if w := a.Table.paths[m.path]; w != nil {
			a.fired(ctx, w, m)
		}
	case *climb:
		m.hit = a.above(m.ancestor, m.hit)
	case *unregister:
		m.found(a.unregister(ctx, m.path, m.watcher, m.kinds))
	case *inquire:
		var had Kind
		if w := a.Table.paths[m.path]; w != nil {
			had = w.kinds(m.watcher) & m.kinds
		}
		m.found(had)
	case *drop:
		ctx.Send(a.shard.paths, m)
	case *paths:
		before := a.recursive
		m.paths.each(func(w *watchers) { a.remove(w, m.watcher, ^Kind(0)) })
		a.shard.recursive.Add(int64(a.recursive - before))
	}
}

func (a *tableActor) fired(ctx actor.Context, w *watchers, m *fire) {
	u := &a.spent
	if m.hit, u.watchers = a.fire(w, m.typ, m.hit, u.watchers[:0]); len(u.watchers) > 0 {
		u.from = w
		ctx.Send(a.shard.paths, u)
		clear(u.watchers)
	}
}

func (a *tableActor) unregister(ctx actor.Context, path string, who Watcher, k Kind) Kind {
	before := a.recursive
	w := a.Table.paths[path]
	if w == nil {
		return 0
	}
	removed, left := a.remove(w, who, k)
	a.shard.recursive.Add(int64(a.recursive - before))
	if removed != 0 && left == 0 {
		ctx.Send(a.shard.paths, &unwatches{[]Watcher{who}, w})
	}
	return removed
}

// pathsActor is watch2Paths.
type pathsActor struct {
	*watch2Paths
	shard *shard
}

func (a *pathsActor) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *watches:
		a.add(m.watcher, m.path)
	case *unwatches:
		for _, who := range m.watchers {
			a.remove(who, m.from)
		}
	case *drop:
		if p := a.take(m.watcher); p != nil {
			ctx.Send(a.shard.table, &paths{m.watcher, p})
		}
	}
}

type shard struct {
	table, paths *actor.PID
	rules        *Table // read by the admin commands, under the exclusive gate
	recursive    *atomic.Int64
}

// Ref is how connections and the final stage speak to the watch actors. Every caller holds the gate.
type Ref struct {
	send      actor.SenderContext
	shards    []*shard
	seed      maphash.Seed
	recursive atomic.Int64 // recursive watches in all shards
	fire      fire         // reused: firing is done by one goroutine, under the exclusive gate
	climb     climb
	seen      map[Watcher]struct{}
}

// Spawn starts n shards under parent.
func Spawn(parent actor.SpawnerContext, send actor.SenderContext, n int, opts ...actor.PropsOption) (*Ref, error) {
	r := &Ref{send: send, seed: maphash.MakeSeed(), seen: make(map[Watcher]struct{})}
	opts = append([]actor.PropsOption{actor.WithDispatcher(actors.Inline())}, opts...)
	for i := range n {
		s := &shard{rules: newTable(), recursive: &r.recursive}
		p2, err := parent.SpawnNamed(actor.PropsFromProducer(func() actor.Actor {
			return &pathsActor{newWatch2Paths(), s}
		}, opts...), fmt.Sprintf("watches/watch2Paths-%d", i))
		if err != nil {
			return nil, fmt.Errorf("watches: %w", err)
		}
		p1, err := parent.SpawnNamed(actor.PropsFromProducer(func() actor.Actor {
			return &tableActor{Table: s.rules, shard: s}
		}, opts...), fmt.Sprintf("watches/watchTable-%d", i))
		if err != nil {
			return nil, fmt.Errorf("watches: %w", err)
		}
		s.table, s.paths = p1, p2
		r.shards = append(r.shards, s)
	}
	return r, nil
}

func (r *Ref) shard(path string) *shard {
	if len(r.shards) == 1 {
		return r.shards[0]
	}
	return r.shards[maphash.String(r.seed, path)%uint64(len(r.shards))]
}

// Register lets the watcher watch the path. The path must not alias a buffer that is used again.
// REQUIRES: the gate, shared, in the same turn as the read that the watch belongs to.
func (r *Ref) Register(path string, k Kind, who Watcher) {
	r.send.Send(r.shard(path).table, &register{path, k, who})
}

// Unregister takes watches away; found hears, perhaps on another goroutine and later, which there were.
func (r *Ref) Unregister(path string, k Kind, who Watcher, found func(Kind)) {
	r.send.Send(r.shard(path).table, &unregister{path, k, who, found})
}

// Inquire asks which of the kinds the watcher has on the path; found hears it, perhaps later.
func (r *Ref) Inquire(path string, k Kind, who Watcher, found func(Kind)) {
	r.send.Send(r.shard(path).table, &inquire{path, k, who, found})
}

// Drop removes all that the watcher watches. REQUIRES: the gate, shared.
func (r *Ref) Drop(who Watcher) {
	for _, s := range r.shards {
		r.send.Send(s.table, &drop{who})
	}
}

// Fire tells everybody concerned of the event, each once. REQUIRES: the exclusive gate.
func (r *Ref) Fire(e *Event) {
	f := &r.fire
	f.path, f.typ, f.hit = e.Path, e.Type, f.hit[:0]
	r.send.Send(r.shard(e.Path).table, f)
	if r.recursive.Load() == 0 || !climbs(e.Type) {
		for _, who := range f.hit {
			who.Notify(e)
		}
		clear(f.hit)
		return
	}
	r.climbFrom(e)
}

func (r *Ref) climbFrom(e *Event) {
	c := &r.climb
	c.hit = append(c.hit[:0], r.fire.hit...)
	for path := e.Path; path != "/" && path != ""; {
		path = path[:max(1, strings.LastIndexByte(path, '/'))]
		c.ancestor = path
		r.send.Send(r.shard(path).table, c)
	}
	clear(r.seen)
	for _, who := range c.hit {
		if _, twice := r.seen[who]; !twice {
			r.seen[who] = struct{}{}
			who.Notify(e)
		}
	}
	clear(c.hit)
	clear(r.fire.hit)
}

// Idle tells that nobody watches anything, so that firing can be spared. REQUIRES: the exclusive gate.
func (r *Ref) Idle() bool {
	for _, s := range r.shards {
		if len(s.rules.paths) > 0 {
			return false
		}
	}
	return true
}

// Count is the number of watches that mntr shows: those that hear of data and those that hear of children, added
// up. REQUIRES: the exclusive gate.
func (r *Ref) Count() (n int) {
	for _, s := range r.shards {
		n += s.rules.data + s.rules.child
	}
	return n
}

// EachData calls f for every path and session that hears of data there. REQUIRES: the exclusive gate.
func (r *Ref) EachData(f func(path string, session int64)) {
	for _, s := range r.shards {
		for path, w := range s.rules.paths {
			w.each(func(who Watcher, k Kind) {
				if k&^Child != 0 {
					f(path, who.Session())
				}
			})
		}
	}
}
