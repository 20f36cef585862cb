package sim

import (
	"fmt"
	"time"

	"troupe/interop/wire"
	"troupe/jute/txn"
	"troupe/tree"
)

// ghost is a write over the connection that a session had before it moved to another server.
type ghost struct {
	story *story
	value string
	since int // servers that had had the session when it was sent
	at    *machine
}

// move takes the session to another server, and leaves the old connection as it is.
func (c *client) move(op Op) {
	if c.silent || !c.ready || c.ghost != nil || len(c.w.machines) < 2 {
		return
	}
	at := c.sock.p.m
	to := c.w.machines[(int(at.id)+op.Key%(len(c.w.machines)-1))%len(c.w.machines)]
	c.w.note(c.title, "moves to server %d", to.id)
	c.ghost, c.sent, c.xid = c.sock, nil, c.xid+1000
	c.dial(to)
}

// haunt writes where the session was, now that it has moved: nobody may listen.
func (c *client) haunt() {
	if c.ghost == nil {
		return
	}
	s := c.ghost
	value := fmt.Sprintf("%d.ghost%d", c.id, len(c.w.record.ghosts))
	if s.p.m != c.sock.p.m {
		c.w.note(c.title, "writes %s to server %d, where the session was", value, s.p.m.id)
		c.w.record.ghosts = append(c.w.record.ghosts, ghost{c.story, value, len(c.story.lines), s.p.m})
		s.send(wire.SetDataReq("/k0", []byte(value), -1).Frame(c.xid + 500))
	}
	w := c.w
	w.planned(300*time.Millisecond, func() {
		s.leave()
		if c.ghost == s {
			c.ghost = nil
		}
	})
}

// checkGhosts: nothing was done for a session where it was no longer. Where it has come back to is another matter.
func (w *world) checkGhosts(written map[string]bool) {
	for _, g := range w.record.ghosts {
		back := false
		for _, m := range g.story.lines[g.since:] {
			back = back || m == g.at
		}
		if written[g.value] && !back {
			w.fail(OneOwner, "session %#x had moved away from server %d when %s was written there, and it was decided", g.story.id, g.at.id, g.value)
		}
	}
}

// valuesOf are those that transactions write into znodes.
func valuesOf(txns []tree.Txn) map[string]bool {
	all := map[string]bool{}
	for i := range txns {
		if r, ok := txns[i].Record.(*txn.SetDataTxn); ok {
			all[string(r.Data)] = true
		}
	}
	return all
}
