package persistence

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
)

// model makes transactions as a server would: each is valid for the tree that all before it have made.
type model struct {
	r    *rand.Rand
	tree *tree.Tree
}

func newModel(r *rand.Rand) *model { return &model{r: r, tree: tree.New(modelOptions)} }

var modelOptions = tree.Options{Digest: true, ExtendedTypes: true}

// next makes the next transaction and applies it to the model's own tree.
func (m *model) next() tree.Txn {
	x := m.make(m.tree.LastZxid() + 1)
	m.tree.Apply(&x, nil)
	if x.Header.Type != int32(proto.OpError) && m.r.IntN(3) > 0 {
		x.HasDigest, x.Digest = true, txn.TxnDigest{Version: tree.DigestVersion, TreeDigest: int64(m.tree.Digest())}
	}
	return x
}

func (m *model) make(zxid int64) tree.Txn {
	session := int64(testSession + m.r.IntN(3))
	build := func(op proto.Op, r jute.Record) tree.Txn {
		x := newTxn(zxid, op, r)
		x.Header.ClientID = session
		return x
	}
	if _, ok := m.tree.Session(session); !ok {
		return build(proto.OpCreateSession, &txn.CreateSessionTxn{TimeOut: 4000})
	}
	all := m.paths()
	path := all[m.r.IntN(len(all))]
	n := m.tree.Lookup(path)
	switch m.r.IntN(12) {
	case 0, 1, 2, 3:
		if op, record := m.create(path); record != nil {
			return build(op, record)
		}
	case 4, 5:
		if path != "/" && n.NumChildren() == 0 {
			return build(proto.OpDelete, &txn.DeleteTxn{Path: path})
		}
	case 6, 7:
		return build(proto.OpSetData, &txn.SetDataTxn{Path: path, Data: m.bytes(), Version: n.Persisted().Version + 1})
	case 8:
		return build(proto.OpSetACL, &txn.SetACLTxn{Path: path, ACL: m.acl(), Version: n.Persisted().Aversion + 1})
	case 9:
		if op, record := m.create(path); record != nil {
			return build(proto.OpMulti, &txn.MultiTxn{Txns: []txn.Txn{
				{Type: int32(op), Data: record.Append(nil)},
				{Type: int32(proto.OpCheck), Data: (&txn.CheckVersionTxn{Path: "/", Version: 1}).Append(nil)},
				{Type: int32(proto.OpSetData), Data: (&txn.SetDataTxn{Path: path, Data: m.bytes(), Version: n.Persisted().Version + 1}).Append(nil)},
			}})
		}
	case 10:
		if m.r.IntN(3) == 0 {
			return build(proto.OpCloseSession, &txn.CloseSessionTxn{Paths2Delete: m.tree.Ephemerals(session)})
		}
	}
	return build(proto.OpError, &txn.ErrorTxn{Err: int32(proto.NoNode)})
}

// create makes a record for a new child of parent, which may come back under a name that was deleted before.
func (m *model) create(parent string) (proto.Op, jute.Record) {
	n := m.tree.Lookup(parent)
	if n.Kind() == tree.Ephemeral || strings.Count(parent, "/") > 3 {
		return 0, nil
	}
	path := strings.TrimSuffix(parent, "/") + fmt.Sprintf("/%c", 'a'+rune(m.r.IntN(6)))
	if m.tree.Lookup(path) != nil {
		return 0, nil
	}
	cversion := n.Persisted().Cversion + 1
	switch m.r.IntN(8) {
	case 0:
		return proto.OpCreateContainer, &txn.CreateContainerTxn{Path: path, Data: m.bytes(), ACL: m.acl(), ParentCVersion: cversion}
	case 1:
		return proto.OpCreateTTL, &txn.CreateTTLTxn{Path: path, Data: m.bytes(), ACL: m.acl(), ParentCVersion: cversion, TTL: 1000}
	case 2:
		return proto.OpCreate, &txn.CreateTxn{Path: path, Data: m.bytes(), ACL: m.acl(), Ephemeral: true, ParentCVersion: cversion}
	}
	return proto.OpCreate2, &txn.CreateTxn{Path: path, Data: m.bytes(), ACL: m.acl(), ParentCVersion: cversion}
}

func (m *model) bytes() []byte {
	switch m.r.IntN(10) {
	case 0:
		return nil
	case 1:
		return []byte{}
	case 2:
		return make([]byte, m.r.IntN(3000)) // zeros look like a lost sector
	}
	b := make([]byte, m.r.IntN(60))
	for i := range b {
		b[i] = byte(m.r.Uint32())
	}
	return b
}

func (m *model) acl() []data.ACL {
	if m.r.IntN(2) == 0 {
		return openACL
	}
	return []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "digest", ID: fmt.Sprintf("user%d:hash", m.r.IntN(5))}}}
}

// paths lists the nodes that clients made, and the root.
func (m *model) paths() []string {
	all := nodesOf(m.tree)
	return slices.DeleteFunc(all, func(p string) bool { return strings.HasPrefix(p, "/zookeeper") })
}

func nodesOf(t *tree.Tree) []string {
	all := []string{"/"}
	for i := 0; i < len(all); i++ {
		base := strings.TrimSuffix(all[i], "/")
		t.EachChild(t.Lookup(all[i]), func(name string) { all = append(all, base+"/"+name) })
	}
	slices.Sort(all)
	return all
}

// picture is everything that a tree holds, as text.
func picture(t *tree.Tree) string {
	var b strings.Builder
	fmt.Fprintf(&b, "zxid 0x%x digest %d\n", t.LastZxid(), t.Digest())
	for _, p := range nodesOf(t) {
		n := t.Lookup(p)
		fmt.Fprintf(&b, "%s %x null=%v %+v %v\n", p, n.Data(), n.Data() == nil, n.Persisted(), t.ACL(n))
	}
	var sessions []string
	t.EachSession(func(id int64, timeout int32) {
		sessions = append(sessions, fmt.Sprintf("session %x %d\n", id, timeout))
	})
	slices.Sort(sessions)
	for _, s := range sessions {
		b.WriteString(s)
	}
	return b.String()
}
