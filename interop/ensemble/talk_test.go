//go:build interop

package ensemble

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/ledger"
	"troupe/interop/wire"
)

// Ensembles with a leader of each kind, followers and an observer of the other kind, and one without Apache.
var talking = []mix{"ttaT", "aatA", "tttT"}

// TestTalk runs the scenes of quiet days in one ensemble for each mix. All members have one and the same list of
// servers, as an operator would write it.
func TestTalk(t *testing.T) {
	forMixes(t, talking, func(t *testing.T, x mix) {
		e := form(t, x, options{direct: true})
		for _, scene := range []struct {
			name string
			run  func(t *testing.T, e *ensemble)
		}{
			{"members know their places", places},
			{"writes through each member are read on all", writesOnAll},
			{"all kinds of operations make one tree", oneTree},
			{"many in flight through each member at once", inFlight},
			{"reads follow the own writes", ownWrites},
			{"ephemerals and sequences", ephemerals},
			{"watches across members", watches},
			{"sessions move", moves},
			{"watches move with their session", movedWatches},
			{"expiry", expiry},
			{"a session is kept from where its client is", keptAlive},
		} {
			if !t.Run(scene.name, func(t *testing.T) { scene.run(t, e) }) {
				return
			}
		}
		e.sameTrees(t)
		e.sameDigests(t)
	})
}

// What the members say of themselves is what monitoring reads.
func places(t *testing.T, e *ensemble) {
	leader := e.leader()
	require.NotNil(t, leader)
	voters := len(e.voters())
	require.Equal(t, "leader", leader.state().mode)
	await(t, patience, "the leader counts its learners", func() bool {
		return leader.metric("zk_synced_followers") == int64(voters-1) &&
			leader.metric("zk_learners") == int64(len(e.members)-1) &&
			leader.metric("zk_synced_observers") == int64(len(e.members)-voters)
	}, e.show)
	for _, m := range e.others(leader) {
		want := "follower"
		if m.observer {
			want = "observer"
		}
		require.Equal(t, want, m.state().mode, "%v", m)
		c := connect(t, m, long)
		config, stat := data(t, c, "/zookeeper/config")
		require.EqualValues(t, -1, stat.Version)
		for _, other := range e.members {
			role := "participant"
			if other.observer {
				role = "observer"
			}
			require.Contains(t, config, fmt.Sprintf("server.%d=127.0.0.1:%d:%d:%s", other.id, other.quorumPort,
				other.electionPort, role))
		}
		ok(t, c, wire.Bare(wire.OpCloseSession))
	}
}

func writesOnAll(t *testing.T, e *ensemble) {
	var clients []*wire.Conn
	for _, m := range e.members {
		clients = append(clients, connect(t, m, long))
	}
	ok(t, clients[0], create("/all", "0"))
	for round := range 3 {
		for i, writer := range clients {
			want := fmt.Sprintf("%d by %v", round, e.members[i])
			wrote := ok(t, writer, set("/all", want))
			for k, reader := range clients {
				ok(t, reader, flush("/all"))
				// A sync through Apache's leader does not wait for what a follower has seen committed already.
				await(t, patience, fmt.Sprintf("%v has what %v wrote", e.members[k], e.members[i]), func() bool {
					got, stat := data(t, reader, "/all")
					return got == want && stat.Mzxid == wrote.Zxid
				}, e.show)
			}
		}
	}
}

// oneTree sends requests of each kind through each member, also such that fail, and such that need the identity that
// the connection proved to a follower.
func oneTree(t *testing.T, e *ensemble) {
	for _, m := range e.members {
		c := connect(t, m, long)
		p := func(s string) string { return fmt.Sprintf("/tree%d%s", m.id, s) }
		secret := []wire.ACL{{Perms: wire.All, Scheme: "auth", ID: ""}}
		ok(t, c, wire.AuthReq("digest", []byte("reader:secret")), create(p(""), "top"),
			wire.CreateReq(wire.OpCreate2, p("/two"), nil, wire.OpenACL(), wire.Persistent),
			wire.CreateReq(wire.OpCreateContainer, p("/box"), []byte("b"), wire.OpenACL(), wire.Container),
			wire.CreateTTLReq(p("/ttl"), []byte("t"), wire.OpenACL(), wire.WithTTL, 3_600_000),
			wire.CreateReq(wire.OpCreate, p("/own"), []byte("mine"), secret, wire.Persistent),
			set(p("/own"), "still mine"),
			wire.SetACLReq(p("/two"), secret, 0),
			wire.MultiReq(wire.OpMulti, create(p("/m1"), "1"), wire.VersionReq(wire.OpCheck, p(""), 0), set(p("/m1"), "2"),
				wire.CreateReq(wire.OpCreate, p("/m1/s"), nil, wire.OpenACL(), wire.PersistentSeq)),
			create(p("/gone"), ""), wire.VersionReq(wire.OpDelete, p("/gone"), 0),
		)
		require.Equal(t, wire.CodeNodeExists, code(t, c, create(p(""), "")))
		require.Equal(t, wire.CodeNoNode, code(t, c, set(p("/none"), "")))
		require.Equal(t, wire.CodeBadVersion, code(t, c, wire.SetDataReq(p(""), nil, 7)))
		require.Equal(t, wire.CodeNotEmpty, code(t, c, wire.VersionReq(wire.OpDelete, p(""), -1)))
		failed := ok(t, c, wire.MultiReq(wire.OpMulti, create(p("/lost"), ""), wire.VersionReq(wire.OpDelete, p("/none"), -1)))
		fields, err := wire.Fields(wire.OpMulti, failed.Body)
		require.NoError(t, err)
		require.Contains(t, fields, wire.Field{Name: "1.code", Value: wire.CodeNoNode})

		stranger := connect(t, m, long)
		require.Equal(t, wire.CodeNoAuth, code(t, stranger, set(p("/own"), "theirs")))
		ok(t, stranger, wire.Bare(wire.OpCloseSession))
		ok(t, c, wire.Bare(wire.OpCloseSession))
	}
	e.sameTrees(t)
}

// inFlight keeps many writes in flight through all members at once. The ledger notices a reply out of order, a lost
// write, and one that was done twice.
func inFlight(t *testing.T, e *ensemble) {
	const flights = 300
	errs := make(chan error, len(e.members))
	var writers []*ledger.Writer
	for i, m := range e.members {
		w := &ledger.Writer{Root: fmt.Sprintf("/flight%d", i)}
		writers = append(writers, w)
		c := connect(t, m, long)
		require.NoError(t, w.Open(c))
		go func() { errs <- w.Run(c, 50, flights, nil) }()
	}
	for range e.members {
		require.NoError(t, <-errs)
	}
	for i, m := range e.members {
		// Read where another one wrote.
		c := connect(t, e.members[(i+1)%len(e.members)], long)
		ok(t, c, set("/", ""))
		require.NoError(t, writers[i].Verify(c), "written through %v", m)
		require.Equal(t, flights, writers[i].Acked)
	}
}

// ownWrites pipelines a write and a read of the same node: each read shows the write before it.
func ownWrites(t *testing.T, e *ensemble) {
	const rounds = 200
	for _, m := range e.members {
		c := connect(t, m, long)
		p := fmt.Sprintf("/own%d", m.id)
		ok(t, c, create(p, ""))
		var frames []byte
		for i := range int32(rounds) {
			frames = append(frames, set(p, fmt.Sprint(i)).Frame(10_000+2*i)...)
			frames = append(frames, wire.WatchReq(wire.OpGetData, p, false).Frame(10_001+2*i)...)
		}
		require.NoError(t, c.Write(frames))
		last := int64(0)
		for i := range int32(2 * rounds) {
			reply, err := c.Next()
			require.NoError(t, err)
			require.Equal(t, 10_000+i, reply.Xid, "replies come in the order of the requests")
			require.Equal(t, wire.CodeOK, reply.Err)
			require.GreaterOrEqual(t, reply.Zxid, last)
			last = reply.Zxid
			if i%2 == 1 {
				require.Equal(t, fmt.Sprint(i/2), string(wire.NewDec(reply.Body).Buf()), "%v", m)
			}
		}
		ok(t, c, wire.Bare(wire.OpCloseSession))
	}
}

func ephemerals(t *testing.T, e *ensemble) {
	ok(t, connect(t, e.members[0], long), create("/line", ""))
	var owners []*wire.Conn
	for i, m := range e.members {
		c := connect(t, m, long)
		owners = append(owners, c)
		reply := ok(t, c, wire.CreateReq(wire.OpCreate, "/line/n-", nil, wire.OpenACL(), wire.EphemeralSeq))
		require.Equal(t, fmt.Sprintf("/line/n-%010d", i), wire.NewDec(reply.Body).Str())
	}
	for i, c := range owners {
		name := fmt.Sprintf("/line/n-%010d", i)
		for _, reader := range e.members {
			r := connect(t, reader, long)
			ok(t, r, set("/", ""))
			_, stat := data(t, r, name)
			require.Equal(t, c.Session, stat.EphemeralOwner)
			require.Equal(t, wire.CodeNoChildrenForEph, code(t, r, create(name+"/child", "")))
			ok(t, r, wire.Bare(wire.OpCloseSession))
		}
	}
	for i, c := range owners {
		ok(t, c, wire.Bare(wire.OpCloseSession))
		for _, reader := range e.members {
			r := connect(t, reader, long)
			ok(t, r, set("/", ""))
			require.False(t, exists(t, r, fmt.Sprintf("/line/n-%010d", i)), "%v", reader)
			ok(t, r, wire.Bare(wire.OpCloseSession))
		}
	}
}

// watches sets one of each kind on each member and fires them through each other one. An event comes before the
// reply to whatever shows the change.
func watches(t *testing.T, e *ensemble) {
	const persistentRecursive = 1
	var watchers []*wire.Conn
	for _, m := range e.members {
		watchers = append(watchers, connect(t, m, long))
	}
	for i, m := range e.members {
		writer := connect(t, m, long)
		p := fmt.Sprintf("/watched%d", i)
		ok(t, writer, create(p, ""), create(p+"/old", ""))
		for _, w := range watchers {
			ok(t, w, set("/", ""), wire.WatchReq(wire.OpGetData, p+"/old", true), wire.WatchReq(wire.OpGetChildren, p, true),
				wire.PathModeReq(wire.OpAddWatch, p+"/old", persistentRecursive))
			require.Equal(t, wire.CodeNoNode, code(t, w, wire.WatchReq(wire.OpExists, p+"/new", true)))
		}
		ok(t, writer, set(p+"/old", "1"), create(p+"/new", ""), set(p+"/old", "2"), create(p+"/old/child", ""),
			wire.VersionReq(wire.OpDelete, p+"/old/child", -1), wire.VersionReq(wire.OpDelete, p+"/old", -1))
		for k, w := range watchers {
			await(t, patience, fmt.Sprintf("%v has what %v wrote", e.members[k], m), func() bool {
				require.False(t, w.Ended(), "%v", e.members[k])
				m, err := w.Call(wire.WatchReq(wire.OpExists, p+"/old", false))
				require.NoError(t, err, "%v", e.members[k])
				return m.Err == wire.CodeNoNode
			})
			event(t, w, wire.NodeDataChanged, p+"/old")
			event(t, w, wire.NodeCreated, p+"/new")
			event(t, w, wire.NodeChildrenChanged, p)
			event(t, w, wire.NodeDataChanged, p+"/old")
			event(t, w, wire.NodeCreated, p+"/old/child")
			event(t, w, wire.NodeDeleted, p+"/old/child")
			event(t, w, wire.NodeDeleted, p+"/old")
			for _, m := range w.Take() {
				require.NotEqual(t, wire.Event, m.Kind, "%v", m)
			}
		}
	}
}

// moves takes one session to each member and back. Its ephemeral stays; what it asks where it was is refused.
func moves(t *testing.T, e *ensemble) {
	for _, from := range e.members {
		for _, to := range e.others(from) {
			old := connect(t, from, long)
			p := fmt.Sprintf("/moved-%d-%d", from.id, to.id)
			ok(t, old, ephemeral(p))
			c := move(t, old, to)
			require.Equal(t, old.Session, c.Session)
			ok(t, c, set(p, "there"))

			_, err := old.Call(set(p, "still here"))
			require.ErrorIs(t, err, wire.ErrClosed, "a write where the session has left, from %v to %v", from, to)
			got, stat := data(t, c, p)
			require.Equal(t, "there", got, "from %v to %v", from, to)
			require.Equal(t, c.Session, stat.EphemeralOwner)

			back := move(t, c, from)
			ok(t, back, set(p, "back"))
			ok(t, back, wire.Bare(wire.OpCloseSession))
			refused(t, back, to)
		}
	}
	reader := connect(t, e.members[0], long)
	ok(t, reader, set("/", ""))
	for _, from := range e.members {
		for _, to := range e.others(from) {
			require.False(t, exists(t, reader, fmt.Sprintf("/moved-%d-%d", from.id, to.id)))
		}
	}
	for _, m := range e.members {
		_, err := open(m, wire.Hello{Timeout: long, Session: reader.Session, Password: []byte("0123456789abcdef")}, patience)
		require.ErrorIs(t, err, wire.ErrRefused, "a wrong password at %v", m)
	}
}

// movedWatches: what happened while the session was on its way is told where it arrives, and nothing else is.
func movedWatches(t *testing.T, e *ensemble) {
	for i, from := range e.members {
		to := e.members[(i+1)%len(e.members)]
		c := connect(t, from, long)
		p := fmt.Sprintf("/way%d", i)
		seen := ok(t, c, create(p, ""), create(p+"/changed", ""), create(p+"/same", ""), create(p+"/deleted", "")).Zxid
		c.Close()
		ok(t, connect(t, from, long), set(p+"/changed", "1"), wire.VersionReq(wire.OpDelete, p+"/deleted", -1),
			create(p+"/created", ""))
		moved := move(t, c, to)
		ok(t, moved, set("/", ""), wire.SetWatchesReq(wire.OpSetWatches, seen, []string{p + "/changed", p + "/same"},
			[]string{p + "/created", p + "/deleted"}, []string{p}))
		events := map[string]bool{}
		for _, m := range moved.Take() {
			require.Equal(t, wire.Event, m.Kind, "%v", m)
			events[m.String()] = true
		}
		require.Equal(t, map[string]bool{
			"NodeDataChanged " + p + "/changed": true, "NodeCreated " + p + "/created": true,
			"NodeChildrenChanged " + p: true,
		}, events, "%v", to)
		ok(t, connect(t, from, long), set(p+"/same", "1"))
		event(t, moved, wire.NodeDataChanged, p+"/same")
		ok(t, moved, wire.Bare(wire.OpCloseSession))
	}
}

// expiry: sessions whose clients fall silent at each member end on all members, in time and not before it.
func expiry(t *testing.T, e *ensemble) {
	const timeout = 1200
	watcher := connect(t, e.members[0], long)
	last := map[int64]time.Time{}
	silent := map[*member]*wire.Conn{}
	for _, m := range e.members {
		c := connect(t, m, timeout)
		require.EqualValues(t, timeout, c.Timeout)
		p := fmt.Sprintf("/silent%d", m.id)
		last[m.id] = time.Now()
		ok(t, c, ephemeral(p))
		ok(t, watcher, set("/", ""), wire.WatchReq(wire.OpGetData, p, true))
		c.Close()
		silent[m] = c
	}
	for range e.members {
		m, err := watcher.Await(func(m wire.Message) bool { return m.Kind == wire.Event })
		require.NoError(t, err)
		require.Equal(t, wire.NodeDeleted, m.Type)
		var id int64
		_, err = fmt.Sscanf(m.Path, "/silent%d", &id)
		require.NoError(t, err)
		require.GreaterOrEqual(t, time.Since(last[id]), timeout*time.Millisecond, "%s", m.Path)
	}
	e.sameTrees(t)
	for _, c := range silent {
		for _, other := range e.members {
			refused(t, c, other)
		}
	}
}

// keptAlive: the leader owns the deadlines, but the client pings a follower or an observer. Its touches travel.
func keptAlive(t *testing.T, e *ensemble) {
	const timeout = 1200 * time.Millisecond
	clients := map[*member]*wire.Conn{}
	for _, m := range e.members {
		clients[m] = connect(t, m, int32(timeout.Milliseconds()))
		ok(t, clients[m], ephemeral(fmt.Sprintf("/kept%d", m.id)))
	}
	until := time.Now().Add(3 * timeout)
	ticker := time.NewTicker(timeout / 4)
	defer ticker.Stop()
	for time.Now().Before(until) {
		<-ticker.C
		for m, c := range clients {
			_, err := ask(c, wire.XidPing, wire.Bare(wire.OpPing), timeout)
			require.NoError(t, err, "%v", m)
		}
	}
	for m, c := range clients {
		require.True(t, exists(t, c, fmt.Sprintf("/kept%d", m.id)), "%v", m)
		ok(t, c, wire.Bare(wire.OpCloseSession))
	}
}
