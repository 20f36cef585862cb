package reply_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
	"troupe/tree/reply"
)

// The body of each reply, by what the client asked for and not by what was logged.
func TestAppendReply(t *testing.T) {
	stat := data.Stat{Czxid: 1, Version: 2}
	res := &tree.Result{Path: "/a", Stat: stat, Multi: []tree.OpResult{{Op: proto.OpCheck}}}
	path, both := jute.AppendUstring(nil, "/a"), stat.Append(jute.AppendUstring(nil, "/a"))
	for op, want := range map[proto.Op][]byte{
		proto.OpCreate:          path,
		proto.OpCreate2:         both,
		proto.OpCreateContainer: both,
		proto.OpCreateTTL:       both,
		proto.OpSetData:         stat.Append(nil),
		proto.OpSetACL:          stat.Append(nil),
		proto.OpMulti:           proto.AppendMultiEnd(proto.AppendMultiResult(nil, proto.OpCheck)),
		proto.OpCheck:           nil, // although it is logged as a multi
		proto.OpDelete:          nil,
		proto.OpDeleteContainer: nil,
		proto.OpCloseSession:    nil,
		proto.OpCreateSession:   nil,
		proto.OpReconfig:        stat.Append(jute.AppendBuffer(nil, []byte("config"))),
	} {
		x := &tree.Txn{Record: &txn.SetDataTxn{Data: []byte("config")}}
		require.Equal(t, want, reply.AppendReply(nil, op, x, res), op.String())
		require.Equal(t, "header"+string(want), string(reply.AppendReply([]byte("header"), op, x, res)), op.String())
		require.Empty(t, reply.AppendReply(nil, op, x, &tree.Result{Err: proto.NoNode}), op.String())
	}
	require.Empty(t, reply.AppendReply(nil, proto.OpReconfig, &tree.Txn{Record: &txn.ErrorTxn{}}, res))
}

// The results of a multi: create2 answers as create, container and TTL as create2, and faults as errors.
func TestAppendReplyOfMulti(t *testing.T) {
	stat := data.Stat{Czxid: 1}
	one := func(op proto.Op) []byte {
		res := &tree.Result{Multi: []tree.OpResult{{Op: op, Path: "/a", Stat: stat}}}
		return reply.AppendReply(nil, proto.OpMulti, &tree.Txn{}, res)
	}
	path, both := jute.AppendUstring(nil, "/a"), stat.Append(jute.AppendUstring(nil, "/a"))
	for op, want := range map[proto.Op][]byte{
		proto.OpCreate:          append(proto.AppendMultiResult(nil, proto.OpCreate), path...),
		proto.OpCreate2:         append(proto.AppendMultiResult(nil, proto.OpCreate), path...),
		proto.OpCreateContainer: append(proto.AppendMultiResult(nil, proto.OpCreate2), both...),
		proto.OpCreateTTL:       append(proto.AppendMultiResult(nil, proto.OpCreate2), both...),
		proto.OpSetData:         append(proto.AppendMultiResult(nil, proto.OpSetData), stat.Append(nil)...),
		proto.OpDelete:          proto.AppendMultiResult(nil, proto.OpDelete),
		proto.OpCheck:           proto.AppendMultiResult(nil, proto.OpCheck),
	} {
		require.Equal(t, proto.AppendMultiEnd(want), one(op), op.String())
	}
	failed := &tree.Result{Multi: []tree.OpResult{{Op: proto.OpError}, {Op: proto.OpError, Err: proto.NoNode}, {Op: proto.OpError, Err: proto.RuntimeInconsistency}}}
	want := proto.AppendMultiError(proto.AppendMultiError(proto.AppendMultiError(nil, proto.Ok), proto.NoNode), proto.RuntimeInconsistency)
	require.Equal(t, proto.AppendMultiEnd(want), reply.AppendReply(nil, proto.OpMulti, &tree.Txn{}, failed))
	require.Equal(t, proto.AppendMultiEnd(nil), reply.AppendReply(nil, proto.OpMulti, &tree.Txn{}, &tree.Result{}))
}
