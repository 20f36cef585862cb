package tree

import (
	"slices"
	"strings"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
)

// openACLID stands for the ACL of the initial nodes and of those created with a null one: everybody
// may do everything. It is in no table. (An ACL world:anyone:cdrwa that a client gave has a number
// of its own.)
const openACLID int32 = -1

// aclTable keeps equal ACLs once, under a small number, and counts the nodes that use each. A
// number is free again when no node uses it: numbers are this server's own and mean nothing
// elsewhere.
type aclTable struct {
	entries []aclEntry // by number; 0 is not used, as in ZooKeeper's files
	free    []int32
	byKey   map[string]int32 // by the encoding
	scratch []byte
	last    int32 // looked up last: most nodes have the ACL of the one before
	open    []data.ACL
}

type aclEntry struct {
	acl  []data.ACL // immutable
	key  string
	uses int64
}

func newACLTable() aclTable {
	return aclTable{
		entries: make([]aclEntry, 1),
		byKey:   map[string]int32{},
		open:    []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "world", ID: "anyone"}}},
	}
}

// get returns the ACL of a number that a node has.
func (t *aclTable) get(id int32) []data.ACL {
	if id == openACLID {
		return t.open
	}
	return t.entries[id].acl
}

// acquire counts one use more of the ACL, and makes the entry if it is the first. nil (null) is the
// open ACL.
func (t *aclTable) acquire(acl []data.ACL) int32 {
	id := t.intern(acl)
	t.retain(id)
	return id
}

// intern finds or makes the entry without counting a use.
func (t *aclTable) intern(acl []data.ACL) int32 {
	if acl == nil {
		return openACLID
	}
	if last := &t.entries[t.last]; last.uses > 0 && slices.Equal(last.acl, acl) {
		return t.last
	}
	t.scratch = t.scratch[:0]
	for i := range acl {
		t.scratch = acl[i].Append(t.scratch)
	}
	id, ok := t.byKey[string(t.scratch)]
	if !ok {
		id = t.put(aclEntry{acl: cloneACL(acl), key: string(t.scratch)})
	}
	t.last = id
	return id
}

func (t *aclTable) put(e aclEntry) int32 {
	var id int32
	if last := len(t.free) - 1; last >= 0 {
		id, t.free = t.free[last], t.free[:last]
		t.entries[id] = e
	} else {
		id = int32(len(t.entries))
		t.entries = append(t.entries, e)
	}
	t.byKey[e.key] = id
	return id
}

func (t *aclTable) retain(id int32) {
	if id != openACLID {
		t.entries[id].uses++
	}
}

// release counts one use less, and drops the entry after the last.
func (t *aclTable) release(id int32) {
	if id == openACLID {
		return
	}
	e := &t.entries[id]
	if e.uses--; e.uses > 0 {
		return
	}
	t.drop(id)
}

func (t *aclTable) drop(id int32) {
	delete(t.byKey, t.entries[id].key)
	t.entries[id] = aclEntry{}
	t.free = append(t.free, id)
}

// dropUnused drops what no node uses: after a snapshot is read.
func (t *aclTable) dropUnused() {
	for id := range t.entries {
		if e := &t.entries[id]; id > 0 && e.uses == 0 && e.acl != nil {
			t.drop(int32(id))
		}
	}
}

// cloneACL copies an ACL whose strings may alias a request. An empty list stays apart from a null
// one.
func cloneACL(acl []data.ACL) []data.ACL {
	c := make([]data.ACL, len(acl))
	for i, a := range acl {
		c[i] = data.ACL{Perms: a.Perms, ID: data.ID{Scheme: cloneUstring(a.ID.Scheme), ID: cloneUstring(a.ID.ID)}}
	}
	return c
}

func cloneUstring(s string) string {
	if s == jute.Null {
		return jute.Null
	}
	return strings.Clone(s)
}
