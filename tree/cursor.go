package tree

import (
	"cmp"
	"slices"
	"sort"

	"troupe/jute"
	"troupe/jute/data"
)

// Session is an entry of the session table.
type Session struct {
	ID      int64
	Timeout int32 // milliseconds
}

// ACLEntry is an entry of the ACL table.
type ACLEntry struct {
	ID  int64
	ACL []data.ACL // immutable
}

// Cursor walks over the tree for a snapshot, chunk by chunk, while transactions are applied between
// the chunks.
//
// Every node that exists from the start to the end appears exactly once, after its parent. Nodes
// created meanwhile do not appear (the log after Zxid creates them again), nodes deleted meanwhile
// may or may not. Data and stats are those of the moment a node is appended, ACLs those of the
// start, so that the table of the start has all of them.
//
// How: within a directory the walk goes backwards, so that new children, which are added at the
// end, are behind it. A deletion moves the last child into the hole; the tree tells its open
// cursors, and a hole in front of one is filled with the child that it would visit next (closeGap).
type Cursor struct {
	tree     *Tree
	zxid     int64
	sessions []Session
	acls     []ACLEntry
	oldACLs  map[*Node]int32 // what nodes had at the start whose ACL has changed since
	path     []frame         // from the root to the directory that is being visited; empty: not begun, or done
	begun    bool
}

// frame is a directory on the way: its children below left are not visited yet.
type frame struct {
	dir  *Node
	left uint32
}

// skipCost is what passing a new node counts of a chunk's bytes, so that a chunk is also bounded in
// time.
const skipCost = 64

// NewCursor starts a walk. It copies the session and the ACL table. A reader; the cursor must be
// walked to its end or closed.
func (t *Tree) NewCursor() *Cursor {
	c := &Cursor{tree: t, zxid: t.lastZxid, oldACLs: map[*Node]int32{}}
	c.sessions = make([]Session, 0, len(t.sessions))
	t.EachSession(func(id int64, timeout int32) { c.sessions = append(c.sessions, Session{id, timeout}) })
	for id, e := range t.acls.entries {
		if e.uses > 0 {
			c.acls = append(c.acls, ACLEntry{int64(id), e.acl})
		}
	}
	t.cursorLock.Lock()
	t.cursors = append(t.cursors, c)
	t.cursorLock.Unlock()
	return c
}

// Zxid is the last transaction in the tree when the walk started: replay goes on behind it.
func (c *Cursor) Zxid() int64 { return c.zxid }

// Sessions is the session table of the start, in the order of ids. Not for concurrent use, and it
// needs no gate.
func (c *Cursor) Sessions() []Session {
	slices.SortFunc(c.sessions, func(a, b Session) int { return cmp.Compare(a.ID, b.ID) })
	return c.sessions
}

// ACLs is the ACL table of the start.
func (c *Cursor) ACLs() []ACLEntry { return c.acls }

// Close ends the walk early; at its end it is closed already. A reader.
func (c *Cursor) Close() {
	c.begun, c.path = true, nil
	c.tree.cursorLock.Lock()
	defer c.tree.cursorLock.Unlock()
	c.tree.cursors = slices.DeleteFunc(c.tree.cursors, func(o *Cursor) bool { return o == c })
}

// Append appends the records of the next nodes, about maxBytes of them, and tells whether to go on.
// A chunk is bounded in time as well: it may end early, even empty, when there is much to skip. A
// record is ustring path (that of the root is empty), buffer data, long ACL number, StatPersisted.
// A reader.
func (c *Cursor) Append(dst []byte, maxBytes int) (out []byte, more bool) {
	end := len(dst) + maxBytes
	if !c.begun {
		c.begun = true
		dst = c.visit(dst, c.tree.root)
	}
	for {
		n := c.next()
		switch {
		case n == nil:
			c.Close()
			return dst, false
		case n.czxid > c.zxid:
			end -= skipCost
		default:
			dst = c.visit(dst, n)
		}
		if len(dst) >= end {
			return dst, true
		}
	}
}

// next steps to the next node of the directory, or of the closest one above that has one; nil at
// the end.
func (c *Cursor) next() *Node {
	for len(c.path) > 0 {
		if f := &c.path[len(c.path)-1]; f.left > 0 {
			f.left--
			return c.tree.node(f.dir.extra.children.at(int(f.left)))
		}
		c.path = c.path[:len(c.path)-1]
	}
	return nil
}

func (c *Cursor) visit(dst []byte, n *Node) []byte {
	if left := n.NumChildren(); left > 0 {
		c.path = append(c.path, frame{n, uint32(left)})
	}
	acl := n.acl
	if old, changed := c.oldACLs[n]; changed {
		acl = old
	}
	dst = jute.AppendUstring(dst, n.path())
	dst = jute.AppendBuffer(dst, n.Data())
	dst = jute.AppendLong(dst, int64(acl))
	s := n.Persisted()
	return s.Append(dst)
}

// frameOf is the place of a directory on the way, -1 if it is not there.
func (c *Cursor) frameOf(dir *Node) int {
	i := sort.Search(len(c.path), func(i int) bool { return c.path[i].dir.pathLen >= dir.pathLen })
	if i < len(c.path) && c.path[i].dir == dir {
		return i
	}
	return -1
}

// closeGap moves a hole that the walk has in front of it to behind it, by filling it with the child
// that would be next.
func (t *Tree) closeGap(f *frame, hole uint32) uint32 {
	if hole >= f.left {
		return hole
	}
	f.left--
	if f.left != hole {
		children := &f.dir.extra.children
		next := children.at(int(f.left))
		children.set(int(hole), next)
		t.node(next).pos = hole
	}
	return f.left
}

// framesAround returns the frames of the directory of n in all open cursors, in the order in which
// their walks stand. (n, which is about to be removed, can be on their way itself: it is empty
// then, and so is its frame.)
func (t *Tree) framesAround(n *Node) []*frame {
	var frames []*frame
	for _, c := range t.cursors {
		if i := c.frameOf(n.parent); i >= 0 {
			frames = append(frames, &c.path[i])
		}
	}
	slices.SortFunc(frames, func(a, b *frame) int { return cmp.Compare(a.left, b.left) })
	return frames
}
