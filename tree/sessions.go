package tree

import (
	"slices"
	"strings"

	"troupe/jute/txn"
)

// Session returns the timeout in milliseconds with which a global session was created; false if
// there is no such session.
func (t *Tree) Session(id int64) (timeout int32, ok bool) {
	timeout, ok = t.sessions[id]
	return timeout, ok
}

// SessionCount is the number of global sessions.
func (t *Tree) SessionCount() int { return len(t.sessions) }

// EachSession calls f for each global session, in no particular order.
func (t *Tree) EachSession(f func(id int64, timeout int32)) {
	for id, timeout := range t.sessions {
		f(id, timeout)
	}
}

// Ephemerals lists the paths of the session's ephemeral nodes, in no particular order. They share
// memory with the nodes.
func (t *Tree) Ephemerals(session int64) []string {
	l := t.ephemerals[session]
	if l == nil {
		return nil
	}
	paths := make([]string, 0, l.len())
	for i := range l.len() {
		paths = append(paths, t.node(l.at(i)).Path())
	}
	return paths
}

// EphemeralSessions lists the sessions that have ephemeral nodes, and their paths.
func (t *Tree) EphemeralSessions() map[int64][]string {
	m := make(map[int64][]string, len(t.ephemerals))
	for id := range t.ephemerals {
		m[id] = t.Ephemerals(id)
	}
	return m
}

// EphemeralCount is the number of ephemeral nodes.
func (t *Tree) EphemeralCount() int { return t.ephemeralCount }

// Containers lists the paths of all container nodes, in no particular order.
func (t *Tree) Containers() []string { return t.paths(&t.containers, func(*Node) bool { return true }) }

// TTLs lists the paths of all TTL nodes, in no particular order.
func (t *Tree) TTLs() []string { return t.paths(&t.ttls, func(*Node) bool { return true }) }

// Expirable lists the paths that the cleaner should try to delete (by deleteContainer, which checks
// again): containers without children that had some, or that never had any and were not written for
// longer than neverUsedMillis (0: those stay), and TTL nodes without children that were not written
// for longer than their time to live.
func (t *Tree) Expirable(nowMillis, neverUsedMillis int64) []string {
	containers := t.paths(&t.containers, func(n *Node) bool {
		unused := neverUsedMillis != 0 && n.cversion == 0 && nowMillis-n.mtime > neverUsedMillis
		return n.NumChildren() == 0 && (n.cversion > 0 || unused)
	})
	ttls := t.paths(&t.ttls, func(n *Node) bool {
		return n.NumChildren() == 0 && nowMillis-n.mtime > ttlMillis(n.extra.owner)
	})
	return slices.Concat(containers, ttls)
}

func (t *Tree) paths(l *nodeList, want func(*Node) bool) []string {
	var paths []string
	for i := range l.len() {
		if n := t.node(l.at(i)); want(n) {
			paths = append(paths, strings.Clone(n.Path()))
		}
	}
	return paths
}

// DropOrphans deletes the ephemeral nodes whose session is not in the session table, and returns
// how many sessions that were. A standalone server or a new leader does so after loading: such
// sessions can be left by a crash, and nobody would ever close them.
func (t *Tree) DropOrphans() int {
	var dead []int64
	for id := range t.ephemerals {
		if _, alive := t.sessions[id]; !alive {
			dead = append(dead, id)
		}
	}
	slices.Sort(dead)
	for _, id := range dead {
		s := step{Tree: t, header: &txn.TxnHeader{Zxid: t.lastZxid}}
		s.deleteEphemerals(id)
	}
	return len(dead)
}

// MistakenTTLs are the paths of TTL nodes that are taken for ephemerals because extended types are
// switched off, in order: nodes with an owner that is one of TTL nodes and no session. DropOrphans
// would delete them.
func (t *Tree) MistakenTTLs() []string {
	if t.options.ExtendedTypes {
		return nil
	}
	var paths []string
	for owner, nodes := range t.ephemerals {
		if _, alive := t.sessions[owner]; alive || (Options{ExtendedTypes: true}).Kind(owner) != TTL {
			continue
		}
		for _, chunk := range nodes.chunks {
			for _, n := range chunk {
				paths = append(paths, strings.Clone(t.node(n).path()))
			}
		}
	}
	slices.Sort(paths)
	return paths
}

// own puts n into the list that its owner says.
func (t *Tree) own(n *Node, i number, owner int64) {
	if owner == 0 {
		return
	}
	x := n.extra // made with the node
	t.refreshPrefix(n)
	x.owner = owner
	x.kind = t.options.Kind(owner)
	if x.kind == Ephemeral {
		t.ephemeralCount++
	}
	x.ownerPos = t.owned(x).push(i)
}

func (t *Tree) disown(n *Node) {
	x := n.extra
	if x == nil || x.owner == 0 {
		return
	}
	l := t.owned(x)
	if moved := l.remove(x.ownerPos); moved != 0 {
		t.node(moved).extra.ownerPos = x.ownerPos
	}
	if x.kind == Ephemeral {
		t.ephemeralCount--
		if l.len() == 0 {
			delete(t.ephemerals, x.owner)
		}
	}
}

// owned is the list in which a node with such an owner is.
func (t *Tree) owned(x *extra) *nodeList {
	switch x.kind {
	case Container:
		return &t.containers
	case TTL:
		return &t.ttls
	}
	l := t.ephemerals[x.owner]
	if l == nil {
		l = &nodeList{}
		t.ephemerals[x.owner] = l
	}
	return l
}
