package tree

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// eventLog writes events down as the model does.
type eventLog struct{ events []string }

func (l *eventLog) Fire(typ proto.EventType, path string, acl []data.ACL) {
	l.events = append(l.events, fmt.Sprintf("%v %s %s", typ, path, aclText(acl)))
}

// Any transactions, sensible or not, do to the tree what they do to the model: results, events,
// stats, digest, everything.
func TestTreeIsTheModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := Options{ExtendedTypes: rapid.Bool().Draw(rt, "extended"), Digest: true}
		tr, m := New(o), newModel(o)
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			x := drawTxn(rt, m.lastZxid)
			var log eventLog
			m.events = nil
			want := m.apply(x)
			got := tr.Apply(x, &log)
			if x.Header.Type == int32(proto.OpMulti) {
				require.Equal(rt, proto.Ok, got.Err)
				require.Equal(rt, want, got.Multi)
			} else {
				require.Equal(rt, want[0], OpResult{Op: want[0].Op, Err: got.Err, Path: got.Path, Stat: got.Stat})
			}
			if proto.Op(x.Header.Type) == proto.OpCloseSession { // the order of those that are not listed is not defined
				require.ElementsMatch(rt, m.events, log.events)
			} else {
				require.Equal(rt, m.events, log.events)
			}
			require.Equal(rt, m.image().Digest, tr.Digest())
		}
		check(rt, tr)
		require.Equal(rt, m.image(), imageOf(tr))
		for path, n := range m.nodes {
			require.Equal(rt, n.data, tr.Lookup(path).Data(), path)
		}
	})
}

var somePaths = []string{
	"/a", "/b", "/a/a", "/a/b", "/a/a/a", "/a/a/b", "/b/a", "/c", "/c/x",
	"/zookeeper/quota/a", "/zookeeper/quota/a/zookeeper_limits", "/zookeeper/quota/a/zookeeper_stats",
	"/zookeeper/quota/a/a", "/zookeeper/quota/a/a/zookeeper_limits", "/zookeeper/quota/a/a/zookeeper_stats",
	"/zookeeper/quota/zookeeper_limits", "/zookeeper/quota/zookeeper_stats", "/zookeeper/zookeeper_limits",
	"/", "", "//", "//a", "/a/", "a", "/zookeeper", "/zookeeper/config", "/none/x", jute.Null,
}

func drawPath(rt *rapid.T) string {
	if rapid.IntRange(0, 9).Draw(rt, "odd") > 0 {
		return rapid.SampledFrom(somePaths[:15]).Draw(rt, "path")
	}
	path := rapid.SampledFrom(somePaths).Draw(rt, "path")
	if path == "/zookeeper" || path == "/zookeeper/config" {
		return "/zookeeper/x" // reserved nodes have scenes of their own
	}
	return path
}

func drawData(rt *rapid.T) []byte {
	return rapid.SampledFrom([][]byte{nil, {}, []byte("1"), []byte("hello"), []byte("count=1,bytes=1"), []byte("count=x")}).Draw(rt, "data")
}

func drawACL(rt *rapid.T) []data.ACL {
	if rapid.IntRange(0, 9).Draw(rt, "null ACL") == 0 {
		return nil
	}
	acl := make([]data.ACL, rapid.IntRange(0, 2).Draw(rt, "entries"))
	for i := range acl {
		acl[i] = data.ACL{Perms: 1, ID: data.ID{Scheme: "digest", ID: rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "id")}}
	}
	return acl
}

func drawRecord(rt *rapid.T) (proto.Op, jute.Record) {
	version := rapid.Int32Range(-1, 5).Draw(rt, "version")
	parent := rapid.Int32Range(-1, 20).Draw(rt, "parent cversion")
	switch op := rapid.SampledFrom([]proto.Op{
		proto.OpCreate, proto.OpCreate, proto.OpCreate2, proto.OpCreateContainer, proto.OpCreateTTL, proto.OpDelete, proto.OpDelete,
		proto.OpSetData, proto.OpCheck, proto.OpDeleteContainer,
	}).Draw(rt, "op"); op {
	case proto.OpCreate, proto.OpCreate2:
		return op, &txn.CreateTxn{Path: drawPath(rt), Data: drawData(rt), ACL: drawACL(rt), Ephemeral: rapid.Bool().Draw(rt, "ephemeral"), ParentCVersion: parent}
	case proto.OpCreateContainer:
		return op, &txn.CreateContainerTxn{Path: drawPath(rt), Data: drawData(rt), ACL: drawACL(rt), ParentCVersion: parent}
	case proto.OpCreateTTL:
		return op, &txn.CreateTTLTxn{Path: drawPath(rt), Data: drawData(rt), ACL: drawACL(rt), ParentCVersion: parent, TTL: rapid.Int64Range(-1, 9).Draw(rt, "ttl")}
	case proto.OpSetData:
		return op, &txn.SetDataTxn{Path: drawPath(rt), Data: drawData(rt), Version: version}
	case proto.OpCheck:
		return op, &txn.CheckVersionTxn{Path: drawPath(rt), Version: version}
	default:
		return op, &txn.DeleteTxn{Path: drawPath(rt)}
	}
}

func drawTxn(rt *rapid.T, last int64) *Txn {
	zxid := max(1, last+rapid.Int64Range(-5, 3).Draw(rt, "zxid"))
	x := &Txn{Header: txn.TxnHeader{ClientID: rapid.Int64Range(1, 3).Draw(rt, "session"), Zxid: zxid, Time: 10 * zxid}}
	var op proto.Op
	switch rapid.IntRange(0, 11).Draw(rt, "kind") {
	case 0:
		op, x.Record = proto.OpCreateSession, &txn.CreateSessionTxn{TimeOut: 7}
	case 1:
		op, x.Record = proto.OpCloseSession, &txn.CloseSessionTxn{Paths2Delete: rapid.SliceOfN(rapid.SampledFrom(somePaths[:9]), 0, 3).Draw(rt, "paths")}
	case 2:
		op, x.Record = proto.OpError, &txn.ErrorTxn{Err: -110}
	case 3:
		op, x.Record = proto.OpSetACL, &txn.SetACLTxn{Path: drawPath(rt), ACL: drawACL(rt), Version: 3}
	case 4:
		m := &txn.MultiTxn{Txns: []txn.Txn{}}
		for range rapid.IntRange(0, 4).Draw(rt, "parts") {
			op, rec := drawRecord(rt)
			if rapid.IntRange(0, 9).Draw(rt, "fails") == 0 {
				op, rec = proto.OpError, &txn.ErrorTxn{Err: -101}
			}
			m.Txns = append(m.Txns, txn.Txn{Type: int32(op), Data: rec.Append(nil)})
		}
		op, x.Record = proto.OpMulti, m
	default:
		op, x.Record = drawRecord(rt)
	}
	x.Header.Type = int32(op)
	return x
}
