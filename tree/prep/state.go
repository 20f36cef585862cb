package prep

import (
	"slices"
	"strings"

	"troupe/jute/data"
)

// This file is the one view on tree and outstanding changes: reading a node as the next transaction will find it, and
// noting what the transaction does to it, digest included.

// key is the one name of a node: the root has two.
func key(path string) string {
	if path == "/" {
		return ""
	}
	return path
}

// lookup fills n with a node as the next transaction will find it; false if it will not exist.
func (p *Preparer) lookup(path string, n *node) bool {
	path = key(path)
	hash := p.pending.newest.hash(path)
	if c := p.pending.findHashed(hash, path); c != nil {
		if c.deleted {
			n.hash = hash
			return false
		}
		*n = c.node
		return true
	}
	t := p.tree.LookupGuessed(path, p.guess)
	if t == nil {
		n.hash = hash
		return false
	}
	*n = node{stat: t.Persisted(), acl: p.tree.ACL(t), children: t.NumChildren(), size: t.DataLength(), of: t, digest: t.Digest(), hash: hash}
	return true
}

// exists is lookup of a node that does not matter otherwise, but for the hash of its path.
func (p *Preparer) exists(path string) (hash uint64, yes bool) {
	path = key(path)
	hash = p.pending.newest.hash(path)
	if c := p.pending.findHashed(hash, path); c != nil {
		return hash, !c.deleted
	}
	return hash, p.tree.Lookup(path) != nil
}

// replace notes that a node, which lookup found as n, changes. The caller changes the copy that it gets and then calls
// settle.
func (p *Preparer) replace(path string, n *node, zxid int64) *change {
	c := p.pending.add(n.hash, key(path), zxid)
	c.node = *n
	p.digest -= uint64(n.digest)
	return c
}

// insert notes a new node, of whose path exists has told the hash. The caller fills it in and then calls settle.
func (p *Preparer) insert(hash uint64, path string, zxid int64) *change {
	return p.pending.add(hash, path, zxid)
}

// remove notes that a node, which lookup found as n, is gone.
func (p *Preparer) remove(path string, n *node, zxid int64) {
	c := p.pending.add(n.hash, path, zxid)
	c.deleted = true
	p.digest -= uint64(n.digest)
}

// settle adds a changed or new node to the digest of the tree.
func (p *Preparer) settle(c *change) {
	if !p.options.Digest {
		c.of = nil
		return
	}
	if c.of != nil {
		c.prefix, c.of = p.digester.PrefixOf(c.of), nil
	}
	c.digest = p.digester.Behind(c.prefix, c.path, &c.stat)
	p.digest += uint64(c.digest)
}

// fill gives a changed or new node its data, before settle.
func (p *Preparer) fill(c *change, content []byte) {
	c.size, c.of = len(content), nil
	if p.options.Digest {
		c.prefix = p.digester.Prefix(c.path, content)
	}
}

// removeChild notes that the parent, which lookup found as n, loses a child.
func (p *Preparer) removeChild(parent string, n *node, zxid int64) {
	c := p.replace(parent, n, zxid)
	c.children--
	c.stat.Pzxid = zxid
	p.settle(c)
}

// keep returns a list that may stay in a transaction and in outstanding changes: neither the scratch that the next request is decoded
// into, nor strings of the request.
func (p *Preparer) keep(list []data.ACL) []data.ACL {
	if len(list) == 1 && list[0] == p.openACL[0] {
		return p.openACL
	}
	list = slices.Clone(list)
	for i := range list {
		id := &list[i].ID
		id.Scheme, id.ID = strings.Clone(id.Scheme), strings.Clone(id.ID)
	}
	return list
}
