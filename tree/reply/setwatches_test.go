package reply_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/proto"
	"troupe/tree/prep"
	"troupe/tree/reply"
)

// A client that saw zxid 5 comes back: /old is as it was, /new* changed since.
func TestSetWatches(t *testing.T) {
	s := newServer(t, prep.Options{})
	s.create("/old", "")    // 1
	s.create("/newkid", "") // 2
	s.create("/newdata", "")
	s.zxid = 5
	s.create("/newkid/x", "")
	s.must(proto.OpSetData, &proto.SetDataRequest{Path: "/newdata", Version: -1})
	s.create("/new", "")

	all := []string{"/old", "/newkid", "/newdata", "/new", "/none"}
	event := func(typ proto.EventType, path string) reply.Event { return reply.Event{Type: typ, Path: path} }
	watch := func(kind reply.WatchKind, path string) reply.WatchRequest {
		return reply.WatchRequest{Kind: kind, Path: path}
	}
	wantEvents := []reply.Event{
		event(proto.EventNodeDataChanged, "/newdata"), event(proto.EventNodeDataChanged, "/new"), event(proto.EventNodeDeleted, "/none"),
		event(proto.EventNodeCreated, "/old"), event(proto.EventNodeCreated, "/newkid"), event(proto.EventNodeCreated, "/newdata"), event(proto.EventNodeCreated, "/new"),
		event(proto.EventNodeChildrenChanged, "/newkid"), event(proto.EventNodeChildrenChanged, "/new"), event(proto.EventNodeDeleted, "/none"),
	}
	wantWatches := []reply.WatchRequest{
		watch(reply.DataWatch, "/old"), watch(reply.DataWatch, "/newkid"),
		watch(reply.DataWatch, "/none"),
		watch(reply.ChildWatch, "/old"), watch(reply.ChildWatch, "/newdata"),
	}

	body := (&proto.SetWatches{RelativeZxid: 5, DataWatches: all, ExistWatches: all, ChildWatches: all}).Append(nil)
	events, watches, code := reply.EvaluateSetWatches(s.tree, proto.OpSetWatches, body)
	require.Equal(t, proto.Ok, code)
	require.Equal(t, wantEvents, events)
	require.Equal(t, wantWatches, watches)

	body = (&proto.SetWatches2{RelativeZxid: 5, DataWatches: all, ExistWatches: all, ChildWatches: all,
		PersistentWatches: []string{"/new"}, PersistentRecursiveWatches: []string{"/none"}}).Append(nil)
	events, watches, code = reply.EvaluateSetWatches(s.tree, proto.OpSetWatches2, body)
	require.Equal(t, proto.Ok, code)
	require.Equal(t, wantEvents, events)
	require.Equal(t, append(wantWatches, watch(reply.PersistentWatch, "/new"), watch(reply.RecursiveWatch, "/none")), watches)
}

// A null list or path stops what comes behind it; what was before has happened.
func TestSetWatchesNull(t *testing.T) {
	s := newServer(t, prep.Options{})
	none, empty := []string{"/none"}, []string{}
	for _, tt := range []struct {
		name     string
		rec      jute.Record
		op       proto.Op
		happened int
	}{
		{"data list", &proto.SetWatches{ExistWatches: none, ChildWatches: none}, proto.OpSetWatches, 0},
		{"exist list", &proto.SetWatches{DataWatches: none, ChildWatches: none}, proto.OpSetWatches, 1},
		{"child list", &proto.SetWatches{DataWatches: none, ExistWatches: none}, proto.OpSetWatches, 2},
		{"persistent list", &proto.SetWatches2{DataWatches: none, ExistWatches: none, ChildWatches: none, PersistentRecursiveWatches: none}, proto.OpSetWatches2, 3},
		{"recursive list", &proto.SetWatches2{DataWatches: none, ExistWatches: none, ChildWatches: none, PersistentWatches: none}, proto.OpSetWatches2, 4},
		{"path", &proto.SetWatches{DataWatches: []string{"/none", jute.Null, "/none"}, ExistWatches: none, ChildWatches: empty}, proto.OpSetWatches, 1},
	} {
		events, watches, code := reply.EvaluateSetWatches(s.tree, tt.op, tt.rec.Append(nil))
		require.Equal(t, proto.MarshallingError, code, tt.name)
		require.Equal(t, tt.happened, len(events)+len(watches), tt.name)
	}
	whole := (&proto.SetWatches{DataWatches: none, ExistWatches: none, ChildWatches: none}).Append(nil)
	events, watches, code := reply.EvaluateSetWatches(s.tree, proto.OpSetWatches, whole[:len(whole)-1])
	require.Equal(t, proto.MarshallingError, code)
	require.Empty(t, events, "nothing happens when it cannot be decoded")
	require.Empty(t, watches)
}
