package tree

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

func header(op proto.Op) txn.TxnHeader {
	return txn.TxnHeader{ClientID: 5, Cxid: 6, Zxid: 7, Time: 8, Type: int32(op)}
}

// What older or other servers wrote is read as they meant it.
func TestDecodeTxnTolerance(t *testing.T) {
	digest := txn.TxnDigest{Version: 2, TreeDigest: 99}
	old := &txn.CreateTxnV0{Path: "/a", Data: []byte("x"), ACL: openACL(), Ephemeral: true}
	paths := &txn.CloseSessionTxn{Paths2Delete: []string{"/a", "/b"}}
	for _, c := range []struct {
		name string
		op   proto.Op
		body []byte
		want Txn
	}{
		{"create before 3.4", proto.OpCreate, old.Append(nil),
			Txn{Record: &txn.CreateTxn{Path: "/a", Data: []byte("x"), ACL: openACL(), Ephemeral: true, ParentCVersion: -1}}},
		{"closeSession before 3.6", proto.OpCloseSession, nil, Txn{}},
		{"closeSession without paths, with digest", proto.OpCloseSession, digest.Append(nil), Txn{Digest: digest, HasDigest: true}},
		{"closeSession", proto.OpCloseSession, paths.Append(nil), Txn{Record: paths}},
		{"closeSession with digest", proto.OpCloseSession, digest.Append(paths.Append(nil)), Txn{Record: paths, Digest: digest, HasDigest: true}},
		{"closeSession of nothing", proto.OpCloseSession, (&txn.CloseSessionTxn{Paths2Delete: []string{}}).Append(nil),
			Txn{Record: &txn.CloseSessionTxn{Paths2Delete: []string{}}}},
		{"digest cut off", proto.OpDelete, append((&txn.DeleteTxn{Path: "/a"}).Append(nil), 0, 0, 0, 2), Txn{Record: &txn.DeleteTxn{Path: "/a"}}},
		{"lone check of 3.8.0", proto.OpCheck, digest.Append((&txn.CheckVersionTxn{Path: "/a", Version: 3}).Append(nil)),
			Txn{Record: &txn.CheckVersionTxn{Path: "/a", Version: 3}, Digest: digest, HasDigest: true}},
		{"reconfig", proto.OpReconfig, (&txn.SetDataTxn{Path: "/zookeeper/config", Version: -1}).Append(nil),
			Txn{Record: &txn.SetDataTxn{Path: "/zookeeper/config", Version: -1}}},
	} {
		c.want.Header = header(c.op)
		got, err := DecodeTxn(append(c.want.Header.Append(nil), c.body...))
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got, c.name)
	}
}

func TestDecodeTxnErrors(t *testing.T) {
	h := func(op proto.Op) []byte { hd := header(op); return hd.Append(nil) }
	multi := func(op proto.Op, body []byte) []byte {
		return (&txn.MultiTxn{Txns: []txn.Txn{{Type: int32(op), Data: body}}}).Append(h(proto.OpMulti))
	}
	for name, b := range map[string][]byte{
		"empty":            nil,
		"short header":     h(proto.OpDelete)[:20],
		"no record":        h(proto.OpDelete),
		"short record":     append(h(proto.OpSetData), 0, 0, 0, 9, '/'),
		"huge vector":      append(h(proto.OpMulti), 0x7f, 0xff, 0xff, 0xff),
		"part without end": multi(proto.OpSetData, []byte{0, 0, 0, 1}),
	} {
		_, err := DecodeTxn(b)
		require.ErrorIs(t, err, jute.ErrMalformed, name)
	}
	var unknown *UnknownTxnError
	_, err := DecodeTxn(h(proto.OpGetData))
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, UnknownTxnError{Type: 4, Zxid: 7}, *unknown)
	for _, op := range []proto.Op{proto.OpMulti, proto.OpCreateSession, proto.OpCloseSession, proto.OpSetACL, proto.OpReconfig, proto.OpPing} {
		_, err = DecodeTxn(multi(op, []byte{0, 0, 0, 0, 0, 0, 0, 0}))
		require.ErrorAs(t, err, &unknown, op.String())
		require.True(t, unknown.InTxn)
	}
}

// A record that does not fit, as no decoded transaction has it, does nothing.
func TestApplyWithoutSense(t *testing.T) {
	tr := New(Options{Digest: true})
	for _, x := range []Txn{
		{Header: header(proto.OpCreate)},
		{Header: header(proto.OpMulti), Record: &txn.TxnHeader{}},
		{Header: header(proto.OpMulti), Record: &txn.MultiTxn{Txns: []txn.Txn{{Type: 1, Data: []byte{1}}}}},
	} {
		r := tr.Apply(&x, nil)
		require.Equal(t, proto.MarshallingError, r.Err)
	}
	require.Equal(t, 5, tr.NodeCount())
	require.Equal(t, int64(7), tr.LastZxid())
}
