package tree

import (
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// setData replaces the data. All it sets is in the transaction, so that applying it twice does no
// harm.
func (s *step) setData(r *OpResult, rec *txn.SetDataTxn) {
	r.Path = rec.Path
	n := s.Lookup(rec.Path)
	if n == nil {
		r.Err = proto.NoNode
		return
	}
	s.use(n.path(), 0, int64(len(rec.Data)-n.DataLength()))
	n.mtime, n.mzxid, n.version = s.header.Time, s.header.Zxid, rec.Version
	s.replaceData(n, rec.Data)
	n.FillStat(&r.Stat)
	s.fire(proto.EventNodeDataChanged, n)
}

// setACL replaces the ACL. Nobody is told, and but for aversion nothing in the stat says so.
func (s *step) setACL(r *OpResult, rec *txn.SetACLTxn) {
	r.Path = rec.Path
	n := s.Lookup(rec.Path)
	if n == nil {
		r.Err = proto.NoNode
		return
	}
	n.aversion = rec.Version
	s.changeACL(n, rec.ACL)
	s.changed(n)
	n.FillStat(&r.Stat)
}

// changeACL gives n an ACL, and lets open cursors know the one that it had when they started.
func (t *Tree) changeACL(n *Node, acl []data.ACL) {
	old := n.acl
	n.acl = t.acls.acquire(acl)
	for _, c := range t.cursors {
		if _, known := c.oldACLs[n]; !known && n.acl != old {
			c.oldACLs[n] = old
		}
	}
	t.acls.release(old)
}

// SetConfig writes the configuration of the ensemble into /zookeeper/config, outside of any
// transaction, as a server does when it starts: version is that of the configuration, which stands
// in as zxid of the change.
func (t *Tree) SetConfig(config []byte, version, nowMillis int64) {
	n := t.index.get(configPath)
	if n == nil {
		return
	}
	n.mtime, n.mzxid, n.version = nowMillis, version, -1
	t.replaceData(n, config)
}
