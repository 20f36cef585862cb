package conn

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/wire"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
)

// Each request of a long burst is answered with its own znode, whatever stands between them.
func TestBurstOfReads(t *testing.T) {
	s := greeted(t, func(l *Limits) { l.OutputSoft = 1 << 20 })
	for i := range 100 {
		path := fmt.Sprintf("/node-%d", i)
		s.env.Tree.Apply(&tree.Txn{Header: txn.TxnHeader{Zxid: int64(i + 1), Type: int32(proto.OpCreate)}, Record: &txn.CreateTxn{
			Path: path, Data: []byte(path), ACL: []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "world", ID: "anyone"}}}}}, nil)
	}
	var burst []wire.Request
	var want []string
	for i := range 4*tree.GuessBatch + 5 {
		path := fmt.Sprintf("/node-%d", i*37%120)
		switch i % 7 {
		case 3:
			burst, want = append(burst, wire.Bare(wire.OpPing)), append(want, "")
		case 5:
			burst, want = append(burst, wire.WatchReq(wire.OpExists, path, false)), append(want, "")
		default:
			burst = append(burst, wire.WatchReq(wire.OpGetData, path, false))
			if i*37%120 >= 100 { // there is none
				path = ""
			}
			want = append(want, path)
		}
	}
	s.send(burst...)
	messages := s.link.messages(t)
	require.Len(t, messages, len(want))
	for i, m := range messages {
		if want[i] != "" {
			require.Equal(t, want[i], string(wire.NewDec(m[16:]).Buf()), i)
		}
	}
}

// The path is taken from requests that read one znode, and only if it is there as a whole.
func TestPathRead(t *testing.T) {
	whole := wire.WatchReq(wire.OpGetData, "/some", true).Frame(1)[4:]
	require.Equal(t, "/some", pathRead(whole))
	for n := range len(whole) - 1 {
		require.Empty(t, pathRead(whole[:n]), n)
	}
	require.Empty(t, pathRead(wire.SetDataReq("/some", nil, -1).Frame(1)[4:]))
	null := append([]byte(nil), whole...)
	copy(null[headerSize:], "\xff\xff\xff\xff")
	require.Empty(t, pathRead(null))
}
