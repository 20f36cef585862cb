package watch

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/actors"
	"troupe/actors/gate"
	"troupe/jute/proto"
)

// ear is a watcher that remembers.
type ear struct {
	id    int64
	heard []string
}

func (e *ear) Notify(ev *Event) { e.heard = append(e.heard, fmt.Sprintf("%v %s", ev.Type, ev.Path)) }

func (e *ear) Session() int64 { return e.id }

func (e *ear) take() []string {
	h := e.heard
	e.heard = nil
	return h
}

func spawn(t require.TestingT, shards int) *Ref {
	system := actors.NewSystem(zerolog.Nop())
	r, err := Spawn(system.Root, system.Root, shards)
	require.NoError(t, err)
	return r
}

func fireAt(r *Ref, typ proto.EventType, path string) { r.Fire(&Event{Type: typ, Path: path}) }

// What each kind of watch hears, and whether it is still there afterwards.
func TestKinds(t *testing.T) {
	created, deleted, changed, children := proto.EventNodeCreated, proto.EventNodeDeleted, proto.EventNodeDataChanged, proto.EventNodeChildrenChanged
	for _, c := range []struct {
		kind  Kind
		hears map[proto.EventType]bool
		stays bool
	}{
		{Data, map[proto.EventType]bool{created: true, deleted: true, changed: true}, false},
		{Child, map[proto.EventType]bool{deleted: true, children: true}, false},
		{Persistent, map[proto.EventType]bool{created: true, deleted: true, changed: true, children: true}, true},
		{Recursive, map[proto.EventType]bool{created: true, deleted: true, changed: true}, true},
	} {
		for _, typ := range []proto.EventType{created, deleted, changed, children} {
			t.Run(fmt.Sprintf("%d %v", c.kind, typ), func(t *testing.T) {
				r, e := spawn(t, 2), &ear{}
				r.Register("/a", c.kind, e)
				fireAt(r, typ, "/a")
				want := []string{fmt.Sprintf("%v /a", typ)}
				if !c.hears[typ] {
					want = nil
				}
				require.Equal(t, want, e.take())
				fireAt(r, typ, "/a")
				if !c.stays {
					want = nil
				}
				require.Equal(t, want, e.take())
				require.Equal(t, c.stays || !c.hears[typ], !r.Idle())
			})
		}
	}
}

// One deletion is one event for a connection, however many of its watches it concerns.
func TestEachWatcherOnce(t *testing.T) {
	r, e := spawn(t, 3), &ear{}
	r.Register("/a/b", Data, e)
	r.Register("/a/b", Child, e)
	r.Register("/a/b", Persistent, e)
	r.Register("/a", Recursive, e)
	r.Register("/", Recursive, e)
	fireAt(r, proto.EventNodeDeleted, "/a/b")
	require.Equal(t, []string{"NodeDeleted /a/b"}, e.take())
	fireAt(r, proto.EventNodeChildrenChanged, "/a")
	require.Empty(t, e.take(), "recursive watches do not hear of children lists")
}

// Watches of several kinds live side by side on one path (ZOOKEEPER-4466).
func TestKindsCoexist(t *testing.T) {
	r, e := spawn(t, 1), &ear{}
	r.Register("/a", Persistent, e)
	r.Register("/a", Data, e)
	r.Register("/a", Recursive, e)
	for range 3 {
		fireAt(r, proto.EventNodeDataChanged, "/a")
		fireAt(r, proto.EventNodeDataChanged, "/a/b/c")
	}
	require.Len(t, e.take(), 6)
	var found Kind
	r.Unregister("/a", ByType(4), e, func(k Kind) { found = k })
	require.Equal(t, Persistent, found)
	fireAt(r, proto.EventNodeDataChanged, "/a")
	require.Len(t, e.take(), 1, "the recursive one is still there")
	r.Unregister("/a", ByType(1), e, func(k Kind) { found = k })
	require.Zero(t, found)
}

// naive is the obvious watch table: a list.
type naive struct {
	watches []struct {
		path string
		who  *ear
		kind Kind
	}
}

func (n *naive) add(path string, who *ear, k Kind) {
	for i, w := range n.watches {
		if w.path == path && w.who == who {
			n.watches[i].kind |= k
			return
		}
	}
	n.watches = append(n.watches, struct {
		path string
		who  *ear
		kind Kind
	}{path, who, k})
}

func (n *naive) fire(typ proto.EventType, path string) (who []*ear) {
	for i := range n.watches {
		w := &n.watches[i]
		below := w.kind&Recursive != 0 && climbs(typ) && (w.path == "/" || len(path) > len(w.path) && path[:len(w.path)+1] == w.path+"/")
		hit := w.path == path && w.kind&concerned(typ) != 0
		if hit {
			w.kind &^= concerned(typ) & standard
		}
		if (hit || below) && !slices.Contains(who, w.who) {
			who = append(who, w.who)
		}
	}
	n.watches = slices.DeleteFunc(n.watches, func(w struct {
		path string
		who  *ear
		kind Kind
	}) bool {
		return w.kind == 0
	})
	return who
}

// Random registrations, events, removals and disconnections give what a plain list gives, and nothing
// is left when everybody has gone (RaftKeeper 328, ClickHouse Keeper 93213: leaks).
func TestAgainstAList(t *testing.T) {
	paths := []string{"/", "/a", "/a/b", "/a/b/c", "/ab", "/d", "/a/0", "/a/20"}
	types := []proto.EventType{proto.EventNodeCreated, proto.EventNodeDeleted, proto.EventNodeDataChanged, proto.EventNodeChildrenChanged}
	rapid.Check(t, func(t *rapid.T) {
		r, list := spawn(t, rapid.SampledFrom([]int{1, 4}).Draw(t, "shards")), &naive{}
		ears := make([]*ear, 20)
		for i := range ears {
			ears[i] = &ear{id: int64(i)}
		}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			path := rapid.SampledFrom(paths).Draw(t, "path")
			who := rapid.SampledFrom(ears).Draw(t, "who")
			switch rapid.IntRange(0, 11).Draw(t, "what") {
			default:
				k := Kind(1) << rapid.IntRange(0, 3).Draw(t, "kind")
				r.Register(path, k, who)
				list.add(path, who, k)
			case 6, 7:
				typ := rapid.SampledFrom(types).Draw(t, "type")
				fireAt(r, typ, path)
				for _, e := range list.fire(typ, path) {
					require.Equal(t, []string{fmt.Sprintf("%v %s", typ, path)}, e.take())
				}
			case 8:
				k := ByType(rapid.Int32Range(1, 5).Draw(t, "removal"))
				var got, want Kind
				r.Unregister(path, k, who, func(k Kind) { got = k })
				for i := range list.watches {
					if w := &list.watches[i]; w.path == path && w.who == who {
						want = w.kind & k
						w.kind &^= k
					}
				}
				require.Equal(t, want, got)
			case 10: // all watch one path, more than are kept in a list
				k := Kind(1) << rapid.IntRange(0, 3).Draw(t, "kind of all")
				for _, e := range ears {
					r.Register(path, k, e)
					list.add(path, e, k)
				}
			case 11: // one watches more paths than are kept in a list
				for i := range 2 * manyPaths {
					r.Register(fmt.Sprintf("/a/%d", i), Data, who)
					list.add(fmt.Sprintf("/a/%d", i), who, Data)
				}
			case 9:
				r.Drop(who)
				for i := range list.watches {
					if list.watches[i].who == who {
						list.watches[i].kind = 0
					}
				}
			}
			for _, e := range ears {
				require.Empty(t, e.take(), "heard of nothing that concerns it")
			}
		}
		for _, e := range ears {
			r.Drop(e)
		}
		require.True(t, r.Idle())
		require.Zero(t, r.Count())
		require.Zero(t, r.recursive.Load())
		for _, s := range r.shards {
			require.Empty(t, s.rules.paths)
			require.Zero(t, s.rules.data+s.rules.child)
		}
	})
}

// Connections register and leave under the shared gate from several goroutines while the final stage
// fires under the exclusive one: whoever shuts the gate finds the mailboxes empty.
func TestManySendersUnderTheGate(t *testing.T) {
	const loops, rounds = 4, 300
	r := spawn(t, 4)
	var g gate.Gate
	var all sync.WaitGroup
	for l := range loops {
		all.Go(func() {
			for i := range rounds {
				e := &ear{id: int64(l)}
				g.Enter()
				r.Register("/shared", Persistent, e)
				r.Register(fmt.Sprintf("/own/%d/%d", l, i), Data, e)
				g.Leave()
				g.Enter()
				r.Drop(e)
				g.Leave()
			}
		})
	}
	all.Go(func() {
		for range rounds {
			g.Shut()
			fireAt(r, proto.EventNodeDataChanged, "/shared")
			g.Open()
		}
	})
	all.Wait()
	g.Shut()
	defer g.Open()
	require.True(t, r.Idle())
}

// An event is encoded as Apache encodes it (client-protocol.md, v:ev_delete).
func TestEventFrame(t *testing.T) {
	e := &Event{Type: proto.EventNodeDeleted, Path: "/later"}
	require.Equal(t, "00000022ffffffffffffffffffffffff00000000000000020000000300000006"+"2f6c61746572", fmt.Sprintf("%x", e.Frame()))
}
