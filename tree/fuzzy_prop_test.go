package tree

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// A fuzzy snapshot and the transactions since it began give the tree that is live, but for the
// counts in stats nodes, which are counted anew at a load; whatever happens between the chunks, and
// however many snapshots are taken at once.
func TestFuzzySnapshotAndReplay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := Options{ExtendedTypes: true, Digest: true}
		h := &history{rt: rt, tree: New(o)}
		for range rapid.IntRange(0, 50).Draw(rt, "before") {
			h.step()
		}
		var walks []*walk
		for range rapid.IntRange(1, 60).Draw(rt, "during") {
			if len(walks) < 3 && rapid.IntRange(0, 9).Draw(rt, "begin") == 0 {
				walks = append(walks, startWalk(h.tree))
			}
			h.step()
			for _, w := range walks {
				if rapid.Bool().Draw(rt, "chunk") {
					w.chunk(rapid.IntRange(0, 400).Draw(rt, "bytes"))
				}
			}
		}
		for _, w := range walks {
			for !w.done {
				w.chunk(100)
			}
			w.prove(rt, h, o)
		}
		require.Empty(rt, h.tree.cursors)
		check(rt, h.tree)
	})
}

// walk is a snapshot being taken.
type walk struct {
	cursor  *Cursor
	body    []byte
	present map[*Node]string // from the start until now
	done    bool
	end     ZxidDigest
}

func startWalk(tr *Tree) *walk {
	w := &walk{cursor: tr.NewCursor(), present: map[*Node]string{}}
	tr.eachNode(tr.root, func(n *Node) { w.present[n] = n.path() })
	return w
}

func (w *walk) chunk(maxBytes int) {
	if w.done {
		return
	}
	var more bool
	w.body, more = w.cursor.Append(w.body, maxBytes)
	w.done = !more
	tr := w.cursor.tree
	w.end = ZxidDigest{tr.LastZxid(), DigestVersion, tr.Digest()}
	maps.DeleteFunc(w.present, func(n *Node, path string) bool { return tr.Lookup(path) != n })
}

// prove loads the snapshot, replays the log, and compares with the live tree.
func (w *walk) prove(t require.TestingT, h *history, o Options) {
	written := map[string]bool{}
	for d := jute.NewDecoder(w.body); d.Remaining() > 0; {
		path := d.Ustring()
		require.False(t, written[path], "%q is there twice", path)
		written[path] = true
		d.Buffer()
		d.Long()
		var s data.StatPersisted
		s.Decode(&d)
		require.NoError(t, d.Err())
		require.LessOrEqual(t, s.Czxid, w.cursor.Zxid())
	}
	bu := NewBuilder(o)
	for _, s := range w.cursor.Sessions() {
		bu.AddSession(s.ID, s.Timeout)
	}
	for _, a := range w.cursor.ACLs() {
		bu.AddACL(a.ID, a.ACL)
	}
	d := jute.NewDecoder(w.body)
	readNodes(t, &d, bu)
	bu.SetDigest(w.end.Zxid, w.end.Version, w.end.Digest)
	tr, err := bu.Finish(w.cursor.Zxid())
	require.NoError(t, err)
	require.Zero(t, bu.MissingACLs())
	check(t, tr)
	for n, path := range w.present {
		require.True(t, written[path], "%s was there all the time and is missing", n.Path())
	}
	for _, entry := range h.log {
		x, err := DecodeTxn(entry)
		require.NoError(t, err)
		if x.Header.Zxid > w.cursor.Zxid() {
			r := tr.Apply(&x, nil)
			require.False(t, r.DigestMismatch, "zxid %d", x.Header.Zxid)
		}
	}
	check(t, tr)
	require.Equal(t, imageOf(h.tree), imageOf(tr))
}

// history makes transactions as a leader would: each is possible when it is made.
type history struct {
	rt   *rapid.T
	tree *Tree
	log  [][]byte
}

var names = []string{"a", "b", "c", "d", "e", limitsName, statsName}

func (h *history) step() {
	zxid := h.tree.LastZxid() + 1
	x := Txn{Header: txn.TxnHeader{ClientID: rapid.Int64Range(1, 3).Draw(h.rt, "session"), Zxid: zxid, Time: 10 * zxid}}
	var op proto.Op
	switch rapid.IntRange(0, 19).Draw(h.rt, "kind") {
	case 0:
		op, x.Record = proto.OpCreateSession, &txn.CreateSessionTxn{TimeOut: int32(zxid)}
	case 1: // without the paths replay could not know whose pzxid to raise: that is why they are there since ZooKeeper 3.6
		op, x.Record = proto.OpCloseSession, &txn.CloseSessionTxn{Paths2Delete: h.tree.Ephemerals(x.Header.ClientID)}
	case 2:
		op, x.Record = h.multi()
	case 3:
		op, x.Record = proto.OpError, &txn.ErrorTxn{Err: -101}
	default:
		op, x.Record = h.single()
	}
	x.Header.Type = int32(op)
	entry := x.Append(nil)
	r := h.tree.Apply(&x, nil)
	if op != proto.OpError {
		require.Equal(h.rt, proto.Ok, r.Err, "%v %v", op, x.Record)
		for _, o := range r.Multi {
			require.Equal(h.rt, proto.Ok, o.Err)
		}
		x.Digest, x.HasDigest = txn.TxnDigest{Version: DigestVersion, TreeDigest: int64(h.tree.Digest())}, true
		entry = x.Append(nil)
	}
	h.log = append(h.log, entry)
}

// pick draws a node for which ok holds; nil if there is none.
func (h *history) pick(ok func(*Node) bool) *Node {
	var all []string
	h.tree.eachNode(h.tree.root, func(n *Node) {
		if ok(n) {
			all = append(all, n.path())
		}
	})
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	return h.tree.Lookup(rapid.SampledFrom(all).Draw(h.rt, "node"))
}

func (h *history) acl() []data.ACL {
	return []data.ACL{{Perms: 31, ID: data.ID{Scheme: "digest", ID: fmt.Sprint(rapid.IntRange(0, 4).Draw(h.rt, "acl"))}}}
}

func (h *history) single() (proto.Op, jute.Record) {
	switch rapid.IntRange(0, 9).Draw(h.rt, "op") {
	case 0, 1:
		n := h.pick(func(*Node) bool { return true })
		return proto.OpSetData, &txn.SetDataTxn{Path: n.Path(), Data: drawData(h.rt), Version: n.version + 1}
	case 2:
		n := h.pick(func(*Node) bool { return true })
		return proto.OpSetACL, &txn.SetACLTxn{Path: n.Path(), ACL: h.acl(), Version: n.aversion + 1}
	case 3, 4, 5:
		if n := h.pick(func(n *Node) bool { return n.NumChildren() == 0 && n.czxid > 0 }); n != nil {
			return proto.OpDelete, &txn.DeleteTxn{Path: n.Path()}
		}
	}
	parent, path := h.place()
	if parent == nil {
		return proto.OpError, &txn.ErrorTxn{Err: -110}
	}
	cversion := parent.cversion + 1
	switch rapid.IntRange(0, 5).Draw(h.rt, "create") {
	case 0:
		return proto.OpCreateContainer, &txn.CreateContainerTxn{Path: path, ACL: h.acl(), ParentCVersion: cversion}
	case 1:
		return proto.OpCreateTTL, &txn.CreateTTLTxn{Path: path, Data: drawData(h.rt), ACL: h.acl(), ParentCVersion: cversion, TTL: 5}
	case 2:
		return proto.OpCreate, &txn.CreateTxn{Path: path, ACL: h.acl(), Ephemeral: true, ParentCVersion: cversion}
	default:
		return proto.OpCreate2, &txn.CreateTxn{Path: path, Data: drawData(h.rt), ACL: h.acl(), ParentCVersion: cversion}
	}
}

// place draws where a node can be created.
func (h *history) place() (parent *Node, path string) {
	parent = h.pick(func(n *Node) bool { return n.Kind() != Ephemeral && len(n.path()) < 60 })
	path = parent.path() + "/" + rapid.SampledFrom(names).Draw(h.rt, "name")
	if h.tree.Lookup(path) != nil {
		return nil, ""
	}
	return parent, path
}

// multi makes a node, writes it, gives it a child, and perhaps removes that or writes the parent.
func (h *history) multi() (proto.Op, jute.Record) {
	parent, path := h.place()
	if parent == nil {
		return proto.OpMulti, &txn.MultiTxn{}
	}
	m := &txn.MultiTxn{}
	add := func(op proto.Op, rec jute.Record) {
		m.Txns = append(m.Txns, txn.Txn{Type: int32(op), Data: rec.Append(nil)})
	}
	add(proto.OpCreate, &txn.CreateTxn{Path: path, ACL: h.acl(), ParentCVersion: parent.cversion + 1})
	add(proto.OpSetData, &txn.SetDataTxn{Path: path, Data: drawData(h.rt), Version: 1})
	add(proto.OpCreate, &txn.CreateTxn{Path: path + "/a", ACL: h.acl(), ParentCVersion: 1})
	if rapid.Bool().Draw(h.rt, "delete") {
		add(proto.OpDelete, &txn.DeleteTxn{Path: path + "/a"})
	}
	if rapid.Bool().Draw(h.rt, "write") {
		add(proto.OpSetData, &txn.SetDataTxn{Path: parent.Path(), Data: drawData(h.rt), Version: parent.version + 1})
	}
	return proto.OpMulti, m
}
