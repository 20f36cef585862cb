package vfs

import (
	"maps"
	"math/rand/v2"
	"path"
	"slices"
)

// sector is the size of what a disk writes all or nothing.
const sector = 512

// Crash is a power failure: all that was synced survives, and of the rest what chance keeps. Open files and locks are dead
// afterwards. Chance first draws how this crash behaves: all unsynced writes lost, all kept, a prefix of them kept with the
// last one torn, or each sector kept or lost for itself; directory changes that were not synced survive up to some point in their order.
func (m *Mem) Crash(r *rand.Rand) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gen++
	clear(m.locks)

	kept := r.IntN(len(m.journal) + 1)
	for _, c := range m.journal[:kept] {
		c.apply(m.durable)
	}
	m.journal = nil
	m.dropOrphans()

	survive := [...]func(*rand.Rand, *inode){loseAll, keepAll, keepPrefix, scatter}[r.IntN(4)]
	m.used = 0
	for _, name := range sortedNames(m.durable) { // in order, so that a seed replays
		node := m.durable[name]
		survive(r, node)
		node.pending = nil
		node.seen = content{data: append([]byte(nil), node.safe.data...), size: node.safe.size}
		m.used += node.seen.size
	}
	m.names = maps.Clone(m.durable)
}

// Kill is the end of the process (kill -9) on a machine that goes on: nothing that was written is lost, but open files and locks are dead.
func (m *Mem) Kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gen++
	clear(m.locks)
}

func loseAll(*rand.Rand, *inode) {}

func keepAll(_ *rand.Rand, n *inode) { n.sync() }

// keepPrefix keeps the first edits and tears the next at the border of a sector.
func keepPrefix(r *rand.Rand, n *inode) {
	if len(n.pending) == 0 {
		return
	}
	k := r.IntN(len(n.pending))
	for _, e := range n.pending[:k] {
		n.safe.apply(e)
	}
	if last := n.pending[k]; !last.truncate {
		cut := last.off + int64(r.IntN(len(last.data)+1))
		if k := cut/sector*sector - last.off; k > 0 {
			last.data = last.data[:k]
			n.safe.apply(last)
		}
	}
}

// scatter keeps or loses each sector of each write for itself: disks write them in an order of their own.
func scatter(r *rand.Rand, n *inode) {
	keep := [...]float64{0.1, 0.5, 0.9}[r.IntN(3)]
	for _, e := range n.pending {
		if e.truncate {
			if r.Float64() < keep {
				n.safe.apply(e)
			}
			continue
		}
		for len(e.data) > 0 {
			k := min(int64(len(e.data)), sector-e.off%sector)
			if r.Float64() < keep {
				n.safe.apply(edit{off: e.off, data: e.data[:k]})
			}
			e.off, e.data = e.off+k, e.data[k:]
		}
	}
}

// dropOrphans removes names whose directory did not survive.
func (m *Mem) dropOrphans() {
	for _, name := range sortedNames(m.durable) { // a parent sorts before its children
		if name == "/" {
			continue
		}
		if d := m.durable[path.Dir(name)]; d == nil || !d.dir {
			delete(m.durable, name)
		}
	}
}

func sortedNames(names map[string]*inode) []string { return slices.Sorted(maps.Keys(names)) }
