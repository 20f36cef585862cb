package tree

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A quota of /some/path is two ordinary nodes: its limits in
// /zookeeper/quota/some/path/zookeeper_limits, which makes it active, and its use in
// .../zookeeper_stats, whose data the server itself keeps up to date, without a transaction and
// without touching the node's stat. Clients may write any junk into both: what is not a number
// counts as missing.
const (
	quotaRoot  = "/zookeeper/quota"
	limitsName = "zookeeper_limits"
	statsName  = "zookeeper_stats"
)

type quota struct{ limits, stats *Node }

// Quota is what a limits node allows (-1: no limit) or what a stats node counts.
type Quota struct {
	Count, Bytes         int64
	CountHard, BytesHard int64
}

// track is the content of a limits or stats node: pairs key=number, of which two come first.
type track struct {
	Quota
	others []trackPair // all but count and bytes
}

type trackPair struct {
	key   string
	value int64
}

// parseTrack reads pairs that are separated by commas or semicolons. Of "bytes=-1=" the value is
// what stands between the equals signs.
func parseTrack(text []byte) track {
	t := track{Quota: Quota{Count: -1, Bytes: -1, CountHard: -1, BytesHard: -1}}
	for pair := range strings.FieldsFuncSeq(string(text), func(r rune) bool { return r == ',' || r == ';' }) {
		key, rest, ok := strings.Cut(pair, "=")
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(rest, "=")
		if number == "" {
			number = "-1"
		}
		value, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			continue
		}
		t.set(key, value)
	}
	return t
}

func (t *track) set(key string, value int64) {
	switch key {
	case "count":
		t.Count = value
		return
	case "bytes":
		t.Bytes = value
		return
	case "countHardLimit":
		t.CountHard = value
	case "byteHardLimit":
		t.BytesHard = value
	}
	i, found := slices.BinarySearchFunc(t.others, key, func(p trackPair, k string) int { return cmp.Compare(p.key, k) })
	if !found {
		t.others = slices.Insert(t.others, i, trackPair{key: key})
	}
	t.others[i].value = value
}

// append writes the form that ZooKeeper before 3.7 can read too: it takes what follows "=;" for a
// part of bytes' value.
func (t *track) append(dst []byte) []byte {
	dst = strconv.AppendInt(append(dst, "count="...), t.Count, 10)
	dst = strconv.AppendInt(append(dst, ",bytes="...), t.Bytes, 10)
	separator := "=;"
	for _, p := range t.others {
		dst = append(append(append(dst, separator...), p.key...), '=')
		dst = strconv.AppendInt(dst, p.value, 10)
		separator = ";"
	}
	return dst
}

// QuotaExceeded tells whether a change would exceed the limits of the deepest quota above path:
// countDelta nodes more (1 for a create), bytesDelta bytes of data more. It is judged by what is
// applied. hard means a hard limit (which replaces the soft one): refuse the request if quotas are
// enforced. soft means a soft limit: warn.
func (t *Tree) QuotaExceeded(path string, countDelta, bytesDelta int64) (hard, soft bool) {
	q := t.quotaOf(path)
	if q == nil || q.stats == nil {
		return false, false
	}
	limits, used := parseTrack(q.limits.Data()), parseTrack(q.stats.Data())
	check := func(used, delta, softLimit, hardLimit int64) {
		switch {
		case delta == 0:
		case hardLimit > -1:
			hard = hard || used+delta > hardLimit
		case softLimit > -1:
			soft = soft || used+delta > softLimit
		}
	}
	check(used.Count, countDelta, limits.Count, limits.CountHard)
	check(used.Bytes, bytesDelta, limits.Bytes, limits.BytesHard)
	return hard, soft
}

// EachQuota calls f for every active quota: for metrics. The order is not defined.
func (t *Tree) EachQuota(f func(path string, limits, used Quota)) {
	for path, q := range t.quotas {
		if q.limits == nil {
			continue
		}
		used := track{Quota: Quota{Count: -1, Bytes: -1, CountHard: -1, BytesHard: -1}}
		if q.stats != nil {
			used = parseTrack(q.stats.Data())
		}
		f(path, parseTrack(q.limits.Data()).Quota, used.Quota)
	}
}

// quotaOf finds the active quota with the longest path that is path or above it. The root has none.
func (t *Tree) quotaOf(path string) *quota {
	if len(t.quotas) == 0 {
		return nil
	}
	for slash := len(path); slash > 0; slash = strings.LastIndexByte(path[:slash], '/') {
		if q := t.quotas[path[:slash]]; q != nil && q.limits != nil {
			return q
		}
	}
	return nil
}

// use adds to the counted use of the quota above path, if there is one.
func (t *Tree) use(path string, count, bytes int64) {
	q := t.quotaOf(path)
	if q == nil || q.stats == nil {
		return
	}
	used := parseTrack(q.stats.Data())
	used.Count += count
	used.Bytes += bytes
	t.replaceData(q.stats, used.append(nil))
}

// quotaNodeAdded takes note of a limits or stats node. A new stats node is filled with the counted
// use.
func (t *Tree) quotaNodeAdded(n *Node) {
	if path, q := t.noteQuotaNode(n); q != nil && q.stats == n {
		t.recount(path, q)
	}
}

// noteQuotaNode enters a limits or stats node into the table; q is nil if n is neither.
func (t *Tree) noteQuotaNode(n *Node) (path string, q *quota) {
	path, ok := quotaPath(n)
	if !ok {
		return "", nil
	}
	if q = t.quotas[path]; q == nil {
		q = &quota{}
		t.quotas[strings.Clone(path)] = q
	}
	if n.Name() == limitsName {
		q.limits = n
	} else {
		q.stats = n
	}
	return path, q
}

// findQuotas takes note of all limits and stats nodes, and counts the use of the active quotas.
func (t *Tree) findQuotas() {
	t.eachNode(t.index.get(quotaRoot), func(n *Node) { t.noteQuotaNode(n) })
	for _, path := range slices.Sorted(maps.Keys(t.quotas)) {
		if q := t.quotas[path]; q.limits != nil && q.stats != nil {
			t.recount(path, q)
		}
	}
}

func (t *Tree) quotaNodeRemoved(n *Node) {
	path, ok := quotaPath(n)
	if !ok {
		return
	}
	q := t.quotas[path]
	if n.Name() == limitsName {
		q.limits = nil
	} else {
		q.stats = nil
	}
	if q.limits == nil && q.stats == nil {
		delete(t.quotas, path)
	}
}

// quotaPath is the path that a limits or stats node speaks of; false for other nodes, and for a
// quota of the root.
func quotaPath(n *Node) (path string, ok bool) {
	if !strings.HasPrefix(n.path(), quotaRoot+"/") {
		return "", false
	}
	if name := n.Name(); name != limitsName && name != statsName {
		return "", false
	}
	path = n.parent.path()[len(quotaRoot):]
	return path, path != ""
}

// recount writes the use of the whole subtree, the node at path included, into the stats node.
func (t *Tree) recount(path string, q *quota) {
	var used track
	if top := t.Lookup(path); top != nil {
		t.eachNode(top, func(n *Node) {
			used.Count++
			used.Bytes += int64(n.DataLength())
		})
	}
	t.replaceData(q.stats, used.append(nil))
}
