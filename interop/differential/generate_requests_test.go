//go:build interop

package differential

import (
	"fmt"
	"hash/fnv"
	"strings"

	"troupe/interop/wire"
)

// request draws an operation that leaves the connection open and is answered in order.
func (g *generator) request(who int) wire.Request {
	switch n := g.IntN(100); {
	case n < 24:
		return g.create()
	case n < 33:
		return wire.VersionReq(wire.OpDelete, g.path(), g.version())
	case n < 43:
		return wire.SetDataReq(g.path(), g.data(), g.version())
	case n < 65:
		return g.read(who)
	case n < 68:
		return wire.SetACLReq(g.path(), g.acl(), g.version())
	case n < 71:
		return wire.PathReq(wire.OpGetACL, g.path())
	case n < 82:
		return g.multi(who)
	case n < 90:
		return g.watch(who)
	}
	return g.rare(who)
}

func (g *generator) create() wire.Request {
	path := g.path()
	switch g.IntN(8) {
	case 0:
		// Not with an ephemeral's flag: Apache then refuses children until the node is applied, and not later.
		return wire.CreateReq(wire.OpCreateContainer, path, g.data(), g.acl(), pick(g, wire.Container, wire.Container,
			wire.Persistent, wire.PersistentSeq, 9))
	case 1:
		return g.createTTL(path)
	}
	flags := pick(g, wire.Persistent, wire.Persistent, wire.Persistent, wire.Ephemeral, wire.PersistentSeq,
		wire.EphemeralSeq)
	if g.chance(30) {
		flags = pick[int32](g, wire.Container, wire.WithTTL, wire.WithTTLSeq, 7, -1, 1<<20)
	}
	if flags == wire.PersistentSeq || flags == wire.EphemeralSeq {
		g.grown = append(g.grown, fmt.Sprintf("%s%010d", path, g.IntN(5)))
	}
	return wire.CreateReq(pick(g, wire.OpCreate, wire.OpCreate2), path, g.data(), g.acl(), flags)
}

// createTTL has a negative ttl only with flags for a TTL: with others it passes the checks of Apache 3.8.0 and
// then kills it.
func (g *generator) createTTL(path string) wire.Request {
	flags := pick(g, wire.WithTTL, wire.WithTTL, wire.WithTTL, wire.WithTTLSeq, wire.Persistent, wire.Ephemeral,
		wire.Container, 8)
	ttl := pick[int64](g, 3600000, 3600000, 3600000, 0, 1<<40, 1<<40-1, 1<<62)
	if (flags == wire.WithTTL || flags == wire.WithTTLSeq) && g.chance(10) {
		ttl = pick[int64](g, -1, -2, -1<<62)
	}
	return wire.CreateTTLReq(path, g.data(), g.acl(), flags, ttl)
}

func (g *generator) read(who int) wire.Request {
	path := g.path()
	watch := g.chance(2) && g.mode(who, path) == standard
	return wire.WatchReq(pick(g, wire.OpExists, wire.OpGetData, wire.OpGetData, wire.OpGetChildren, wire.OpGetChildren2),
		path, watch)
}

// watchMode is how a session watches a path. Apache 3.8 keeps one mode for a path and connection and loses
// events when they are mixed (ZOOKEEPER-4466), so the scripts keep to one; scripts_test.go mixes them for
// the server under test alone.
type watchMode int32

const (
	persistent watchMode = 0
	recursive  watchMode = 1
	standard   watchMode = 2
)

func (g *generator) mode(who int, path string) watchMode {
	h := fnv.New32a()
	fmt.Fprintf(h, "%d %d %d %s", g.seed, who, g.opened[who], path)
	return watchMode(h.Sum32() % 3)
}

func (g *generator) watch(who int) wire.Request {
	path := g.path()
	if path == wire.Null { // what Apache says to a watch of null depends on what it has met before
		path = ""
	}
	switch g.IntN(6) {
	case 0, 1:
		// Types 1 and 2 mean another thing for lasting watches in 3.8 than in 3.9: see TestRemovalByType.
		typ := pick[int32](g, 3, 3, 3, 0, -1, 9)
		if g.mode(who, path) == standard {
			typ = pick[int32](g, 1, 2, 3)
		}
		return wire.PathModeReq(pick(g, wire.OpCheckWatches, wire.OpRemoveWatches), path, typ)
	case 2:
		return g.setWatches(who)
	}
	if m := g.mode(who, path); m != standard {
		return wire.PathModeReq(wire.OpAddWatch, path, int32(m))
	}
	return wire.PathModeReq(wire.OpAddWatch, path, pick[int32](g, 2, -1, 77))
}

// setWatches puts each path into the lists of its own mode only.
func (g *generator) setWatches(who int) wire.Request {
	lists := make([][]string, 5)
	for i := range lists {
		lists[i] = []string{}
	}
	for range g.IntN(6) {
		path := g.path()
		if path == wire.Null {
			continue
		}
		switch g.mode(who, path) {
		case persistent:
			lists[3] = append(lists[3], path)
		case recursive:
			lists[4] = append(lists[4], path)
		default:
			i := g.IntN(3)
			lists[i] = append(lists[i], path)
		}
	}
	since := int64(g.IntN(60))
	if g.chance(2) {
		return wire.SetWatchesReq(wire.OpSetWatches, since, lists[:3]...)
	}
	return wire.SetWatchesReq(wire.OpSetWatches2, since, lists...)
}

func (g *generator) multi(who int) wire.Request {
	var ops []wire.Request
	if g.chance(4) {
		for range g.IntN(5) {
			ops = append(ops, wire.WatchReq(pick(g, wire.OpGetData, wire.OpGetChildren), g.path(), g.chance(3)))
		}
		if g.chance(10) {
			ops = append(ops, g.request(who))
		}
		return wire.MultiReq(wire.OpMultiRead, ops...)
	}
	for range g.IntN(5) {
		path := g.tame()
		switch g.IntN(8) {
		case 0:
			ops = append(ops, wire.VersionReq(wire.OpCheck, path, g.version()))
		case 1:
			ops = append(ops, wire.VersionReq(wire.OpDelete, path, g.version()))
		case 2, 3:
			ops = append(ops, wire.SetDataReq(path, g.data(), g.version()))
		default:
			ops = append(ops, g.create())
		}
	}
	if g.chance(12) {
		ops = append(ops, pick(g, wire.SetACLReq(g.root, wire.OpenACL(), -1), wire.WatchReq(wire.OpGetData, g.root, false),
			wire.Bare(wire.OpPing), wire.Request{Op: 99}, wire.MultiReq(wire.OpMulti)))
	}
	return multi(ops...)
}

func (g *generator) rare(who int) wire.Request {
	switch g.IntN(9) {
	case 0:
		return wire.PathReq(wire.OpGetAllChildrenNumber, g.path())
	case 1:
		return wire.PathReq(wire.OpGetEphemerals, pick(g, g.path(), "", "/", g.root))
	case 2:
		return wire.PathReq(wire.OpSync, g.path())
	case 3:
		return wire.Bare(wire.OpWhoAmI)
	case 4:
		return wire.Bare(wire.OpPing)
	case 5:
		path := g.path()
		if path == wire.Null {
			path = ""
		}
		return pick(g, wire.Request{Op: wire.OpDeleteContainer, Body: []byte(path)}, wire.PathReq(wire.OpDeleteContainer,
			path))
	case 6:
		// A check that succeeds outside of a multi is never answered by Apache 3.8.0, so the path never exists.
		return wire.VersionReq(wire.OpCheck, pick(g, g.root+"/never", "bad", "", g.root+"/"), g.version())
	case 7:
		return wire.ReconfigReq("server.2=127.0.0.1:1:2;3", "", wire.Null, -1)
	}
	return wire.PathReq(wire.OpGetACL, pick(g, "/zookeeper/config", "/zookeeper", g.path()))
}

// auth is answered at once by Apache, so it is always sent alone.
func (g *generator) auth() wire.Request {
	if g.chance(12) {
		return wire.AuthReq("digest", []byte(superAuth))
	}
	return pick(g, wire.AuthReq("digest", []byte("alice:a")), wire.AuthReq("digest", []byte("bob:b")),
		wire.AuthReq("ip", []byte("whatever")), wire.AuthReq("digest", []byte("nocolon")), wire.AuthReq("digest",
			[]byte("a:b:c")))
}

func (g *generator) version() int32 {
	if !g.chance(3) {
		return -1
	}
	return pick[int32](g, 0, 0, 1, 2, 3, -2, 2147483647)
}

func (g *generator) data() []byte {
	switch g.IntN(10) {
	case 0:
		return nil
	case 1:
		return []byte{}
	case 2:
		return []byte(strings.Repeat("x", 100+g.IntN(200)))
	case 3:
		if g.chance(10) {
			return []byte(strings.Repeat("big", 3000))
		}
	}
	return []byte(fmt.Sprintf("v%d", g.IntN(1000)))
}

func (g *generator) acl() []wire.ACL {
	if !g.chance(4) {
		return wire.OpenACL()
	}
	const alice, bob = "alice:3HtqQIEz9NaZsVtDVcpHzNMzuG8=", "bob:NotReallyAHash="
	perm := pick(g, wire.All, wire.All, wire.Read, wire.Write, wire.Read|wire.Create, wire.All&^wire.Read, wire.Admin, 0,
		64, -1)
	one := pick(g, wire.ACL{Perms: perm, Scheme: "world", ID: "anyone"}, wire.ACL{Perms: perm, Scheme: "digest", ID: alice},
		wire.ACL{Perms: perm, Scheme: "auth", ID: ""}, wire.ACL{Perms: perm, Scheme: "auth", ID: "x"},
		wire.ACL{Perms: perm, Scheme: "ip", ID: "127.0.0.1"}, wire.ACL{Perms: perm, Scheme: "ip", ID: "127.0.0.0/8"},
		wire.ACL{Perms: perm, Scheme: "ip", ID: "10.0.0.0/8"}, wire.ACL{Perms: perm, Scheme: "digest", ID: bob})
	if !g.chance(4) {
		return pick(g, []wire.ACL{one}, []wire.ACL{one, one}, []wire.ACL{{Perms: wire.Read, Scheme: "world", ID: "anyone"},
			one})
	}
	return pick(g, nil, []wire.ACL{}, []wire.ACL{{Perms: perm, Scheme: "nosuch", ID: "x"}}, []wire.ACL{{Perms: perm,
		Scheme: "world", ID: "x"}},
		[]wire.ACL{{Perms: perm, Scheme: "ip", ID: "1.2.3"}}, []wire.ACL{{Perms: perm, Scheme: "ip", ID: "1.2.3.4/33"}},
		[]wire.ACL{{Perms: perm, Scheme: "digest", ID: "x"}}, []wire.ACL{{Perms: perm, Scheme: "digest", ID: ":"}},
		[]wire.ACL{{Perms: perm, Scheme: wire.Null, ID: "x"}}, []wire.ACL{{Perms: perm, Scheme: "world", ID: wire.Null}},
		[]wire.ACL{{Perms: perm, Scheme: "super", ID: "x"}}, []wire.ACL{{Perms: perm, Scheme: "", ID: ""}})
}
