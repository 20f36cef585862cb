//go:build interop

package differential

import (
	"fmt"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

const (
	superAuth   = "super:admin"
	superDigest = "super:xQJmxLMiHGwaqBvst5y6rkB6HQs="
)

// world plays scripts to one server and writes down what it sees.
type world struct {
	server *peer.Server
	admin  *wire.Conn // a super session for dumps and for tidying up
}

func newWorld(s *peer.Server) (*world, error) {
	admin, err := wire.Connect(s.Addr, 600000)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", s, err)
	}
	m, err := admin.Call(wire.AuthReq("digest", []byte(superAuth)))
	if err != nil || m.Err != wire.CodeOK {
		return nil, fmt.Errorf("%v: super authentication: %v %w", s, m, err)
	}
	return &world{server: s, admin: admin}, nil
}

// play carries out the steps and gives, for each, the canonical lines of all that came. Dumps of the roots
// stand behind the last step's lines, as one more entry.
func (w *world) play(steps []step, roots ...string) (trace [][]string, err error) {
	if _, err := w.admin.Barrier(); err != nil {
		return nil, fmt.Errorf("%v: %w", w.server, err)
	}
	p := &player{world: w, canon: newCanon(w.admin.LastZxid), slots: map[int]*slot{}}
	defer p.end()
	for _, st := range steps {
		p.lines = nil
		p.step(st)
		p.settle(st.who)
		trace = append(trace, p.lines)
	}
	p.lines = nil
	for _, root := range roots {
		nodes, err := w.admin.Dump(root)
		if err != nil {
			return trace, fmt.Errorf("%v: dump: %w", w.server, err)
		}
		for _, n := range nodes {
			p.lines = append(p.lines, "tree: "+p.canon.node(n))
		}
	}
	return append(trace, p.lines), nil
}

// clear removes all below and including the roots, as super.
func (w *world) clear(roots ...string) error {
	for _, root := range roots {
		nodes, err := w.admin.Dump(root)
		if err != nil {
			return err
		}
		for i := len(nodes) - 1; i >= 0; i-- {
			if _, err := w.admin.Call(wire.VersionReq(wire.OpDelete, nodes[i].Path, -1)); err != nil {
				return err
			}
		}
	}
	w.admin.Take()
	return nil
}
