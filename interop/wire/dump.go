package wire

import (
	"fmt"
	"slices"
	"strings"
)

// Node is all that a client can know of a znode.
type Node struct {
	Path string
	Data []byte // nil: null
	ACL  []ACL
	Stat Stat
}

// Dump reads the whole tree below root, in pre-order with sorted children. The connection needs the right to
// read everything: authenticate as super before, where ACLs are in the way. The children are asked for by
// batches, so that a big tree takes few round trips.
func (c *Conn) Dump(root string) ([]Node, error) {
	var out []Node
	for todo := []string{root}; len(todo) > 0; {
		batch := todo[:min(len(todo), 200)]
		todo = todo[len(batch):]
		nodes, err := c.nodes(batch)
		if err != nil {
			return nil, err
		}
		for _, n := range nodes {
			out = append(out, n.Node)
			for _, child := range n.children {
				todo = append(todo, Join(n.Path, child))
			}
		}
	}
	slices.SortFunc(out, func(a, b Node) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// Join gives the path of a child.
func Join(parent, child string) string { return strings.TrimSuffix(parent, "/") + "/" + child }

type dumped struct {
	Node
	children []string
}

// nodes pipelines three reads for each path. A node that went away meanwhile is left out.
func (c *Conn) nodes(paths []string) ([]dumped, error) {
	var frames []byte
	first := c.xid + 1
	for _, p := range paths {
		for _, r := range []Request{WatchReq(OpGetData, p, false), PathReq(OpGetACL, p), WatchReq(OpGetChildren, p,
			false)} {
			c.xid++
			frames = append(frames, r.Frame(c.xid)...)
		}
	}
	if err := c.Write(frames); err != nil {
		return nil, err
	}
	var out []dumped
	for i, p := range paths {
		n := dumped{Node: Node{Path: p}}
		var codes [3]int32
		for k := range codes {
			xid := first + int32(3*i+k)
			m, err := c.Await(func(m Message) bool { return m.Kind == Reply && m.Xid == xid })
			if err != nil {
				return nil, err
			}
			if codes[k] = m.Err; m.Err != CodeOK {
				continue
			}
			d := NewDec(m.Body)
			switch k {
			case 0:
				n.Data, n.Stat = d.Buf(), d.Stat()
			case 1:
				n.ACL = d.ACLs()
			case 2:
				n.children = d.Strs()
			}
			if d.Err() != nil {
				return nil, fmt.Errorf("%s: %w", p, d.Err())
			}
		}
		if codes == [3]int32{} {
			out = append(out, n)
		} else if codes[0] != CodeNoNode {
			return nil, fmt.Errorf("wire: dump of %s is answered with %v", p, codes)
		}
	}
	return out, nil
}

// Text is one line with all of n, for comparisons that show what differs.
func (n Node) Text() string {
	data := "null"
	if n.Data != nil {
		data = fmt.Sprintf("%q", n.Data)
	}
	return fmt.Sprintf("%q data=%s acl=%v stat=%+v", n.Path, data, n.ACL, n.Stat)
}

// Text joins the lines of all nodes.
func Text(nodes []Node) string {
	var b strings.Builder
	for _, n := range nodes {
		b.WriteString(n.Text())
		b.WriteByte('\n')
	}
	return b.String()
}
