package prep

import (
	"troupe/jute/data"
	"troupe/tree"
)

// change is what a node will be once the transaction zxid is applied. It is immutable after the transaction that made it
// was prepared. Its path aliases the request of that transaction (see Request), or a node.
type change struct {
	node
	zxid    int64
	path    string
	next    *change // in newest
	deleted bool
	// owner is the session whose ephemeral this change creates, else 0.
	owner int64
	// before is the newest change of the same path when this one was added. Only rollback follows it, within one
	// transaction; later it may dangle.
	before *change
}

// ownedBy reports whether the node will be there, and be an ephemeral of the session.
func (c *change) ownedBy(session int64) bool {
	return !c.deleted && c.stat.EphemeralOwner == session
}

// node is a znode as the next transaction will find it. It goes from change to change, and so aliases no request: those of earlier
// changes may be used for others by now.
type node struct {
	stat     data.StatPersisted
	acl      []data.ACL
	children int
	size     int        // of the data
	of       *tree.Node // has path and data, where prefix is not known; only while the request in hand is prepared
	prefix   uint32     // CRC of path and data, if digests are on
	digest   uint32     // of the node, if digests are on
	hash     uint64     // of its path, also where there is no such node
}

// maxFree bounds how many spent changes are kept for reuse.
const maxFree = 4096

// pending is what Apache calls the outstanding changes: the effects of the transactions that were prepared but not yet
// applied, in order, and by path.
type pending struct {
	queue  []*change // queue[head:], in order of zxid
	head   int
	newest newest
	owned  map[int64]int // number of queued changes that create an ephemeral of a session
	free   []*change
}

func newPending() pending {
	return pending{newest: newNewest(), owned: make(map[int64]int)}
}

// find returns the newest change of a path, nil if there is none.
func (p *pending) find(path string) *change { return p.findHashed(p.newest.hash(path), path) }

func (p *pending) findHashed(hash uint64, path string) *change { return *p.newest.at(hash, path) }

// empty reports whether all that was prepared is applied.
func (p *pending) empty() bool { return p.head == len(p.queue) }

// add appends a change of a path, whose hash is given, and returns it for the caller to fill in.
func (p *pending) add(hash uint64, path string, zxid int64) *change {
	var c *change
	if n := len(p.free); n > 0 {
		c = p.free[n-1]
		p.free = p.free[:n-1]
	} else {
		c = new(change)
	}
	c.zxid, c.path, c.hash = zxid, path, hash
	p.newest.put(c)
	p.queue = append(p.queue, c)
	return c
}

// own notes that c creates an ephemeral node of a session.
func (p *pending) own(c *change, session int64) {
	c.owner = session
	p.owned[session]++
}

// drop forgets the changes up to a zxid: the tree has them now.
func (p *pending) drop(zxid int64) {
	for p.head < len(p.queue) && p.queue[p.head].zxid <= zxid {
		c := p.queue[p.head]
		p.queue[p.head] = nil
		p.head++
		p.newest.remove(c, nil)
		p.recycle(c)
	}
	switch {
	case p.head == len(p.queue):
		p.queue, p.head = p.queue[:0], 0
	case p.head > len(p.queue)/2:
		n := copy(p.queue, p.queue[p.head:])
		clear(p.queue[n:])
		p.queue, p.head = p.queue[:n], 0
	}
}

// mark is a place to which rollback returns.
func (p *pending) mark() int { return len(p.queue) - p.head }

// rollback undoes what was added since mark.
func (p *pending) rollback(mark int) {
	for len(p.queue)-p.head > mark {
		c := p.queue[len(p.queue)-1]
		p.queue[len(p.queue)-1] = nil
		p.queue = p.queue[:len(p.queue)-1]
		p.newest.remove(c, c.before)
		p.recycle(c)
	}
}

func (p *pending) recycle(c *change) {
	if c.owner != 0 {
		if p.owned[c.owner]--; p.owned[c.owner] == 0 {
			delete(p.owned, c.owner)
		}
	}
	*c = change{}
	if len(p.free) < maxFree {
		p.free = append(p.free, c)
	}
}
