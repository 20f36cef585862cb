package jute_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// hotRecord is a record on the path of every request. Benchmarks use the list too.
type hotRecord struct {
	name   string
	record jute.Record
}

func hotRecords() []hotRecord {
	const path = "/services/orders/instance-0000000042"
	acl := []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "world", ID: "anyone"}}}
	value := make([]byte, 100)
	stat := data.Stat{Czxid: 1, Mzxid: 2, Ctime: 3, Mtime: 4, DataLength: 100}
	return []hotRecord{
		{"RequestHeader", &proto.RequestHeader{Xid: 1, Type: 4}},
		{"ReplyHeader", &proto.ReplyHeader{Xid: 1, Zxid: 2}},
		{"GetDataRequest", &proto.GetDataRequest{Path: path, Watch: true}},
		{"ExistsRequest", &proto.ExistsRequest{Path: path}},
		{"GetChildren2Request", &proto.GetChildren2Request{Path: path}},
		{"SetDataRequest", &proto.SetDataRequest{Path: path, Data: value, Version: -1}},
		{"CreateRequest", &proto.CreateRequest{Path: path, Data: value, ACL: acl}},
		{"DeleteRequest", &proto.DeleteRequest{Path: path, Version: -1}},
		{"GetDataResponse", &proto.GetDataResponse{Data: value, Stat: stat}},
		{"ExistsResponse", &proto.ExistsResponse{Stat: stat}},
		{"WatcherEvent", &proto.WatcherEvent{Type: 3, State: 3, Path: path}},
		{"MultiHeader", &proto.MultiHeader{Type: 1}},
		{"Stat", &stat},
		{"TxnHeader", &txn.TxnHeader{Zxid: 1, Type: 5}},
		{"SetDataTxn", &txn.SetDataTxn{Path: path, Data: value, Version: 1}},
		{"CreateTxn", &txn.CreateTxn{Path: path, Data: value, ACL: acl}},
	}
}

// Hot records cost no allocation in either direction, once the record that is
// decoded into has its slices. (The decoder is outside: passed through an
// interface it would count as one.)
func TestHotRecordsDoNotAllocate(t *testing.T) {
	for _, h := range hotRecords() {
		buf := h.record.Append(nil)
		require.Zero(t, testing.AllocsPerRun(100, func() { buf = h.record.Append(buf[:0]) }), "%s: Append", h.name)
		into := blank(h.record)
		var d jute.Decoder
		require.Zero(t, testing.AllocsPerRun(100, func() {
			d = jute.NewDecoder(buf)
			into.Decode(&d)
			if d.Err() != nil {
				t.Fatal(d.Err())
			}
		}), "%s: Decode", h.name)
	}
}

// Called on a known type, as a server does, the decoder and the record stay on the
// stack; only a create needs to keep its ACL slice between requests.
func TestDecodingOnTheStack(t *testing.T) {
	stat := (&data.Stat{}).Append(nil)
	header := (&proto.RequestHeader{Xid: 1, Type: 4}).Append(nil)
	read := (&proto.GetDataRequest{Path: "/a/b"}).Append(header)
	write := (&proto.SetDataRequest{Path: "/a/b", Data: []byte("x")}).Append(header)
	create := (&proto.CreateRequest{Path: "/a/b", ACL: make([]data.ACL, 2)}).Append(header)
	var acl []data.ACL
	ok := true
	for name, f := range map[string]func(){
		"stat": func() {
			d := jute.NewDecoder(stat)
			var r data.Stat
			r.Decode(&d)
			ok = ok && d.Err() == nil
		},
		"getData": func() {
			d := jute.NewDecoder(read)
			var h proto.RequestHeader
			h.Decode(&d)
			var r proto.GetDataRequest
			r.Decode(&d)
			ok = ok && d.Err() == nil && r.Path == "/a/b"
		},
		"exists": func() {
			d := jute.NewDecoder(read)
			var h proto.RequestHeader
			h.Decode(&d)
			var r proto.ExistsRequest
			r.Decode(&d)
			ok = ok && d.Err() == nil && r.Path == "/a/b"
		},
		"setData": func() {
			d := jute.NewDecoder(write)
			var h proto.RequestHeader
			h.Decode(&d)
			var r proto.SetDataRequest
			r.Decode(&d)
			ok = ok && d.Err() == nil && len(r.Data) == 1
		},
		"create": func() {
			d := jute.NewDecoder(create)
			var h proto.RequestHeader
			h.Decode(&d)
			r := proto.CreateRequest{ACL: acl}
			r.Decode(&d)
			acl = r.ACL
			ok = ok && d.Err() == nil && len(acl) == 2
		},
	} {
		require.Zero(t, testing.AllocsPerRun(100, f), name)
		require.True(t, ok, name)
	}
}

// The parts of a multi are walked over and answered without allocation too.
func TestMultiDoesNotAllocate(t *testing.T) {
	body := proto.AppendMultiOp(nil, proto.OpSetData, &proto.SetDataRequest{Path: "/a", Data: []byte("x")})
	body = proto.AppendMultiOp(body, proto.OpDelete, &proto.DeleteRequest{Path: "/b"})
	body = proto.AppendMultiEnd(body)
	reply := make([]byte, 0, 1024)
	stat := proto.SetDataResponse{}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		reply = reply[:0]
		m := proto.NewMultiReader(body)
		for m.Next() {
			switch m.Op() {
			case proto.OpSetData:
				var r proto.SetDataRequest
				r.Decode(m.Decoder())
				reply = stat.Append(proto.AppendMultiResult(reply, proto.OpSetData))
			case proto.OpDelete:
				var r proto.DeleteRequest
				r.Decode(m.Decoder())
				reply = proto.AppendMultiError(reply, proto.NoNode)
			}
		}
		reply = proto.AppendMultiEnd(reply)
		if m.Err() != nil {
			t.Fatal(m.Err())
		}
	}))
}
