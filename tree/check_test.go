package tree

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strings"

	"github.com/stretchr/testify/require"

	"troupe/jute/data"
)

// check proves that all parts of a tree agree with each other.
func check(t require.TestingT, tr *Tree) {
	var (
		nodes, ephemerals int
		size              int64
		digest            uint64
		uses              = map[int32]int64{}
		owned             = map[*Node]bool{}
	)
	tr.eachNode(tr.root, func(n *Node) {
		nodes++
		size += int64(len(n.path()) + len(n.Data()))
		s := n.Persisted()
		if tr.options.Digest {
			d := naiveDigest(n.path(), n.Data(), s)
			require.Equal(t, d, n.Digest(), "digest of %s", n.Path())
			digest += uint64(d)
		}
		uses[n.acl]++
		require.Same(t, n, tr.Lookup(n.Path()))
		if n != tr.root {
			require.Same(t, n, tr.node(n.parent.extra.children.at(int(n.pos))), n.Path())
			require.Equal(t, n.path(), n.parent.path()+"/"+n.Name())
		}
		if n.EphemeralOwner() != 0 {
			owned[n] = true
			require.Same(t, n, tr.node(tr.owned(n.extra).at(int(n.extra.ownerPos))))
		}
		if n.Kind() == Ephemeral {
			ephemerals++
		}
	})
	kept := 0
	for n, list := range tr.listings.lists {
		require.True(t, n.extra.listed, n.Path())
		require.Same(t, n, tr.Lookup(n.Path()))
		if kept += len(list); list != nil {
			require.Equal(t, tr.appendNames(nil, n), list, n.Path())
		}
	}
	require.Equal(t, kept, tr.listings.bytes)
	require.LessOrEqual(t, kept, tr.listings.limit)
	require.Equal(t, nodes, tr.index.count+1)
	require.Equal(t, size, tr.dataSize)
	require.Equal(t, digest, tr.Digest())
	require.Equal(t, ephemerals, tr.EphemeralCount())
	inLists := tr.containers.len() + tr.ttls.len()
	for id, l := range tr.ephemerals {
		require.NotZero(t, l.len(), "session 0x%x has no ephemerals but a list", id)
		inLists += l.len()
	}
	require.Equal(t, len(owned), inLists)
	delete(uses, openACLID)
	for id, e := range tr.acls.entries {
		require.Equal(t, uses[int32(id)], e.uses, "uses of ACL %d", id)
	}
	require.Len(t, tr.acls.byKey, len(uses))
	checkQuotas(t, tr)
}

func checkQuotas(t require.TestingT, tr *Tree) {
	for path, q := range tr.quotas {
		require.True(t, q.limits != nil || q.stats != nil)
		require.True(t, strings.HasPrefix(path, "/"))
		if q.limits != nil {
			require.Same(t, q.limits, tr.Lookup(quotaRoot+path+"/"+limitsName))
		}
		if q.stats != nil {
			require.Same(t, q.stats, tr.Lookup(quotaRoot+path+"/"+statsName))
		}
	}
}

// naiveDigest is the rule of the digest as it is written down.
func naiveDigest(path string, content []byte, s data.StatPersisted) uint32 {
	if strings.HasPrefix(path, "/zookeeper/") {
		return 0
	}
	var b bytes.Buffer
	b.WriteString(path)
	b.Write(content)
	for _, v := range []any{s.Czxid, s.Mzxid, s.Pzxid, s.Ctime, s.Mtime, s.Version, s.Cversion, s.Aversion, s.EphemeralOwner} {
		if err := binary.Write(&b, binary.BigEndian, v); err != nil {
			panic(err)
		}
	}
	return crc32.ChecksumIEEE(b.Bytes())
}

// image is all of a tree that a snapshot and the log must bring back.
type image struct {
	Nodes      map[string]imageNode
	Sessions   map[int64]int32
	Ephemerals map[int64][]string
	Containers []string
	TTLs       []string
	Digest     uint64
	LastZxid   int64
}

type imageNode struct {
	Data []byte // the counted use in a stats node is left out: it is counted anew at every load
	ACL  []data.ACL
	Stat data.Stat
	Own  int64
}

func imageOf(tr *Tree) image {
	im := image{
		Nodes: map[string]imageNode{}, Sessions: map[int64]int32{}, Ephemerals: map[int64][]string{},
		Containers: sorted(tr.Containers()), TTLs: sorted(tr.TTLs()), Digest: tr.Digest(), LastZxid: tr.LastZxid(),
	}
	tr.eachNode(tr.root, func(n *Node) {
		in := imageNode{Data: n.Data(), ACL: tr.ACL(n), Own: n.EphemeralOwner()}
		n.FillStat(&in.Stat)
		if n.Name() == statsName {
			in.Data, in.Stat.DataLength = nil, 0
		}
		im.Nodes[n.Path()] = in
	})
	tr.EachSession(func(id int64, timeout int32) { im.Sessions[id] = timeout })
	for id, paths := range tr.EphemeralSessions() {
		im.Ephemerals[id] = sorted(paths)
	}
	return im
}
