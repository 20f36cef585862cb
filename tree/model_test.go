package tree

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// model is the tree as one would write it if memory and speed did not matter: a map of paths. The
// tests compare.
type model struct {
	options  Options
	nodes    map[string]*modelNode // the root is ""
	sessions map[int64]int32
	lastZxid int64
	events   []string
}

type modelNode struct {
	data []byte
	acl  []data.ACL // nil is the open one of the initial nodes
	stat data.StatPersisted
}

func newModel(o Options) *model {
	m := &model{options: o, nodes: map[string]*modelNode{}, sessions: map[int64]int32{}}
	for _, path := range []string{"", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"} {
		m.nodes[path] = &modelNode{data: []byte{}}
	}
	m.nodes["/zookeeper/config"].acl = []data.ACL{{Perms: 1, ID: data.ID{Scheme: "world", ID: "anyone"}}}
	m.nodes["/zookeeper/config"].stat.Aversion = -1
	return m
}

func up(path string) string { return path[:strings.LastIndex(path, "/")] }

func (m *model) children(path string) (n int32) {
	for p := range m.nodes {
		if p != "" && up(p) == path {
			n++
		}
	}
	return n
}

func (m *model) stat(path string) data.Stat {
	n := m.nodes[path]
	s, kids := n.stat, m.children(path)
	owner := s.EphemeralOwner
	if m.options.Kind(owner) != Ephemeral {
		owner = 0
	}
	return data.Stat{
		Czxid: s.Czxid, Mzxid: s.Mzxid, Pzxid: s.Pzxid, Ctime: s.Ctime, Mtime: s.Mtime, Version: s.Version,
		Cversion: 2*s.Cversion - kids, Aversion: s.Aversion, EphemeralOwner: owner, DataLength: int32(len(n.data)), NumChildren: kids,
	}
}

func (m *model) image() image {
	im := image{
		Nodes: map[string]imageNode{}, Sessions: maps.Clone(m.sessions), Ephemerals: map[int64][]string{}, LastZxid: m.lastZxid,
	}
	for _, path := range slices.Sorted(maps.Keys(m.nodes)) {
		n, shown := m.nodes[path], path
		if path == "" {
			shown = "/"
		}
		in := imageNode{Data: n.data, ACL: n.acl, Stat: m.stat(path), Own: n.stat.EphemeralOwner}
		if n.acl == nil {
			in.ACL = openACL()
		}
		if strings.HasSuffix(path, "/"+statsName) {
			in.Data, in.Stat.DataLength = nil, 0
		}
		im.Nodes[shown] = in
		switch m.options.Kind(in.Own) {
		case Ephemeral:
			im.Ephemerals[in.Own] = append(im.Ephemerals[in.Own], path)
		case Container:
			im.Containers = append(im.Containers, path)
		case TTL:
			im.TTLs = append(im.TTLs, path)
		}
		im.Digest += uint64(naiveDigest(path, n.data, n.stat))
	}
	return im
}

func (m *model) apply(x *Txn) []OpResult {
	defer func() { m.lastZxid = max(m.lastZxid, x.Header.Zxid) }()
	multi, ok := x.Record.(*txn.MultiTxn)
	if !ok {
		return []OpResult{m.applyOne(&x.Header, x.Header.Type, x)}
	}
	results := make([]OpResult, len(multi.Txns))
	failed := slices.IndexFunc(multi.Txns, func(t txn.Txn) bool { return proto.Op(t.Type) == proto.OpError })
	for i, part := range multi.Txns {
		sub, err := decodeParts(&txn.MultiTxn{Txns: []txn.Txn{part}}, 0)
		if err != nil {
			panic(err)
		}
		switch {
		case failed < 0:
			results[i] = m.applyOne(&x.Header, part.Type, &Txn{Record: sub[0]})
		case proto.Op(part.Type) == proto.OpError:
			results[i] = OpResult{Op: proto.OpError, Err: proto.Code(sub[0].(*txn.ErrorTxn).Err)}
		case i < failed:
			results[i] = OpResult{Op: proto.OpError}
		default:
			results[i] = OpResult{Op: proto.OpError, Err: proto.RuntimeInconsistency}
		}
	}
	return results
}

func (m *model) applyOne(h *txn.TxnHeader, typ int32, x *Txn) OpResult {
	r := OpResult{Op: proto.Op(typ)}
	switch rec := x.Record.(type) {
	case *txn.CreateTxn:
		owner := int64(0)
		if rec.Ephemeral {
			owner = h.ClientID
		}
		m.create(h, &r, rec.Path, rec.Data, rec.ACL, owner, rec.ParentCVersion)
	case *txn.CreateContainerTxn:
		m.create(h, &r, rec.Path, rec.Data, rec.ACL, -1<<63, rec.ParentCVersion)
	case *txn.CreateTTLTxn:
		r.Path = rec.Path
		if r.Err = proto.BadArguments; rec.TTL >= 1 && rec.TTL < 1<<40 {
			r.Err = proto.Ok
			m.create(h, &r, rec.Path, rec.Data, rec.ACL, -1<<56|rec.TTL, rec.ParentCVersion)
		}
	case *txn.DeleteTxn:
		r.Path, r.Err = rec.Path, m.delete(rec.Path, h.Zxid)
	case *txn.SetDataTxn:
		r.Path = rec.Path
		path := strings.TrimSuffix(rec.Path, "/")
		n := m.nodes[path]
		if n == nil || (rec.Path != "/" && strings.HasSuffix(rec.Path, "/")) {
			r.Err = proto.NoNode
			break
		}
		m.use(path, 0, len(rec.Data)-len(n.data))
		n.data = bytes.Clone(rec.Data)
		n.stat.Mzxid, n.stat.Mtime, n.stat.Version = h.Zxid, h.Time, rec.Version
		r.Stat = m.stat(path)
		m.fire(proto.EventNodeDataChanged, path, n.acl)
	case *txn.SetACLTxn:
		r.Path = rec.Path
		path := strings.TrimSuffix(rec.Path, "/")
		n := m.nodes[path]
		if n == nil || (rec.Path != "/" && strings.HasSuffix(rec.Path, "/")) {
			r.Err = proto.NoNode
			break
		}
		n.acl, n.stat.Aversion = rec.ACL, rec.Version
		r.Stat = m.stat(path)
	case *txn.CreateSessionTxn:
		m.sessions[h.ClientID] = rec.TimeOut
	case *txn.CloseSessionTxn:
		for _, path := range rec.Paths2Delete {
			m.delete(path, h.Zxid)
		}
		for _, path := range slices.Sorted(maps.Keys(m.nodes)) {
			if n := m.nodes[path]; n != nil && n.stat.EphemeralOwner == h.ClientID && m.options.Kind(h.ClientID) == Ephemeral {
				m.delete(path, h.Zxid)
			}
		}
		delete(m.sessions, h.ClientID)
	case *txn.ErrorTxn:
		r.Err = proto.Code(rec.Err)
	case *txn.CheckVersionTxn:
		r.Path = rec.Path
	}
	return r
}

func (m *model) create(h *txn.TxnHeader, r *OpResult, path string, content []byte, acl []data.ACL, owner int64, cversion int32) {
	r.Path = path
	if !strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") {
		r.Err = proto.BadArguments
		return
	}
	parent := m.nodes[up(path)]
	if parent == nil {
		r.Err = proto.NoNode
		return
	}
	if cversion == -1 {
		cversion = parent.stat.Cversion + 1
	}
	if cversion > parent.stat.Cversion {
		parent.stat.Cversion, parent.stat.Pzxid = cversion, h.Zxid
	}
	if n := m.nodes[path]; n != nil {
		n.acl = acl
		r.Err = proto.NodeExists
		return
	}
	m.nodes[path] = &modelNode{data: bytes.Clone(content), acl: acl, stat: data.StatPersisted{
		Czxid: h.Zxid, Mzxid: h.Zxid, Pzxid: h.Zxid, Ctime: h.Time, Mtime: h.Time, EphemeralOwner: owner,
	}}
	r.Stat = m.stat(path)
	if about, isStats := strings.CutSuffix(path, "/"+statsName); isStats && strings.HasPrefix(about, quotaRoot+"/") {
		m.count(strings.TrimPrefix(about, quotaRoot), m.nodes[path])
	}
	m.use(path, 1, len(content))
	m.fire(proto.EventNodeCreated, path, acl)
	m.fire(proto.EventNodeChildrenChanged, up(path), parent.acl)
}

func (m *model) delete(path string, zxid int64) proto.Code {
	if !strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") {
		return proto.BadArguments
	}
	parent := m.nodes[up(path)]
	if parent == nil {
		return proto.NoNode
	}
	parent.stat.Pzxid = max(parent.stat.Pzxid, zxid)
	n := m.nodes[path]
	if n == nil {
		return proto.NoNode
	}
	below := slices.DeleteFunc(slices.Sorted(maps.Keys(m.nodes)), func(p string) bool { return !strings.HasPrefix(p+"/", path+"/") })
	for _, p := range slices.Backward(below) {
		size := len(m.nodes[p].data)
		delete(m.nodes, p)
		m.use(p, -1, -size)
	}
	m.fire(proto.EventNodeDeleted, path, n.acl)
	m.fire(proto.EventNodeChildrenChanged, up(path), parent.acl)
	return proto.Ok
}

func (m *model) fire(typ proto.EventType, path string, acl []data.ACL) {
	if path == "" {
		path = "/"
	}
	if acl == nil {
		acl = openACL()
	}
	m.events = append(m.events, fmt.Sprintf("%v %s %s", typ, path, aclText(acl)))
}

// use keeps the counts of the deepest quota above path.
func (m *model) use(path string, count, size int) {
	for ; path != ""; path = up(path) {
		if m.nodes[quotaRoot+path+"/"+limitsName] == nil {
			continue
		}
		if stats := m.nodes[quotaRoot+path+"/"+statsName]; stats != nil {
			c, b := modelCounts(stats.data)
			stats.data = fmt.Appendf(nil, "count=%d,bytes=%d", c+count, b+size)
		}
		return
	}
}

func (m *model) count(about string, stats *modelNode) {
	count, size := 0, 0
	for path, n := range m.nodes {
		if strings.HasPrefix(path+"/", about+"/") {
			count++
			size += len(n.data)
		}
	}
	stats.data = fmt.Appendf(nil, "count=%d,bytes=%d", count, size)
}

func modelCounts(text []byte) (count, size int) {
	count, size = -1, -1
	for _, pair := range strings.Split(string(text), ",") {
		key, value, _ := strings.Cut(pair, "=")
		n, err := strconv.Atoi(value)
		if err != nil {
			continue
		}
		switch key {
		case "count":
			count = n
		case "bytes":
			size = n
		}
	}
	return count, size
}
