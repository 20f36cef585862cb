package reply_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/tree/prep"
	"troupe/tree/reply"
)

var nobody = []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "digest", ID: "no:body"}}}

// scenery has /a (data "x", child /a/b, null data), /closed for nobody, and /mine, an ephemeral.
func scenery(t testing.TB) *server {
	s := newServer(t, prep.Options{ExtendedTypes: true})
	s.create("/a", "x")
	s.must(proto.OpCreate, &proto.CreateRequest{Path: "/a/b", ACL: anyone})
	s.must(proto.OpCreate, &proto.CreateRequest{Path: "/closed", ACL: nobody})
	s.must(proto.OpCreate, &proto.CreateRequest{Path: "/mine", ACL: anyone, Flags: proto.ModeEphemeral})
	return s
}

// What each read answers, and which watch it leaves.
func TestReads(t *testing.T) {
	get := func(path string, watch bool) jute.Record { return &proto.GetDataRequest{Path: path, Watch: watch} }
	path := func(path string) jute.Record { return &proto.GetACLRequest{Path: path} }
	none, onData, onChild := reply.NoWatch, reply.DataWatch, reply.ChildWatch
	tests := []struct {
		name  string
		op    proto.Op
		rec   jute.Record
		want  proto.Code
		watch reply.WatchKind
	}{
		{"getData", proto.OpGetData, get("/a", false), proto.Ok, none},
		{"getData, watch", proto.OpGetData, get("/a", true), proto.Ok, onData},
		{"getData of the root", proto.OpGetData, get("/", true), proto.Ok, onData},
		{"getData of the root's other name", proto.OpGetData, get("", true), proto.Ok, onData},
		{"getData, no node", proto.OpGetData, get("/none", true), proto.NoNode, none},
		{"getData, odd path", proto.OpGetData, get("a//", true), proto.NoNode, none},
		{"getData, no permission", proto.OpGetData, get("/closed", true), proto.NoAuth, none},
		{"getData, null", proto.OpGetData, get(jute.Null, true), proto.MarshallingError, none},
		{"exists", proto.OpExists, get("/a", false), proto.Ok, none},
		{"exists, watch", proto.OpExists, get("/a", true), proto.Ok, onData},
		{"exists, no node", proto.OpExists, get("/none", true), proto.NoNode, onData},
		{"exists, no node, no watch", proto.OpExists, get("/none", false), proto.NoNode, none},
		{"exists needs no permission", proto.OpExists, get("/closed", true), proto.Ok, onData},
		{"exists, NUL", proto.OpExists, get("/a\x00", true), proto.BadArguments, none},
		{"exists, null", proto.OpExists, get(jute.Null, true), proto.MarshallingError, none},
		{"getChildren", proto.OpGetChildren, get("/a", true), proto.Ok, onChild},
		{"getChildren, no watch", proto.OpGetChildren, get("/a", false), proto.Ok, none},
		{"getChildren, no node", proto.OpGetChildren, get("/none", true), proto.NoNode, none},
		{"getChildren, no permission", proto.OpGetChildren, get("/closed", true), proto.NoAuth, none},
		{"getChildren, null", proto.OpGetChildren, get(jute.Null, true), proto.MarshallingError, none},
		{"getChildren2", proto.OpGetChildren2, get("/a", true), proto.Ok, onChild},
		{"getChildren2, no node", proto.OpGetChildren2, get("/none", true), proto.NoNode, none},
		{"getACL", proto.OpGetACL, path("/a"), proto.Ok, none},
		{"getACL, no node", proto.OpGetACL, path("/none"), proto.NoNode, none},
		{"getACL, no permission", proto.OpGetACL, path("/closed"), proto.NoAuth, none},
		{"getACL, null", proto.OpGetACL, path(jute.Null), proto.MarshallingError, none},
		{"getAllChildrenNumber", proto.OpGetAllChildrenNumber, path("/a"), proto.Ok, none},
		{"getAllChildrenNumber, no node", proto.OpGetAllChildrenNumber, path("/none"), proto.NoNode, none},
		{"getAllChildrenNumber, no permission", proto.OpGetAllChildrenNumber, path("/closed"), proto.NoAuth, none},
		{"getAllChildrenNumber, null", proto.OpGetAllChildrenNumber, path(jute.Null), proto.MarshallingError, none},
		{"getEphemerals, null", proto.OpGetEphemerals, path(jute.Null), proto.Ok, none},
		{"sync of anything", proto.OpSync, path("what"), proto.Ok, none},
		{"sync, null", proto.OpSync, path(jute.Null), proto.Ok, none},
		{"addWatch of anything", proto.OpAddWatch, &proto.AddWatchRequest{Path: "/none"}, proto.Ok, reply.PersistentWatch},
		{"addWatch, recursive", proto.OpAddWatch, &proto.AddWatchRequest{Path: "/closed", Mode: 1}, proto.Ok, reply.RecursiveWatch},
		{"addWatch, mode", proto.OpAddWatch, &proto.AddWatchRequest{Path: "/a", Mode: 2}, proto.MarshallingError, none},
		{"addWatch, null", proto.OpAddWatch, &proto.AddWatchRequest{Path: jute.Null}, proto.Ok, reply.PersistentWatch},
		{"no read", proto.OpCreate, path("/a"), proto.Unimplemented, none},
	}
	s := scenery(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := tt.rec.Append(nil)
			code, _, watch := s.read(tt.op, body)
			require.Equal(t, tt.want, code)
			require.Equal(t, tt.watch, watch.Kind)
			if watch.Kind != none {
				d := jute.NewDecoder(body)
				require.Equal(t, d.Ustring(), watch.Path)
				require.NotEqual(t, "unknown", watch.Kind.String())
			}
			if tt.op != proto.OpCreate {
				code, _, watch = s.read(tt.op, body[:3])
				require.Equal(t, proto.MarshallingError, code, "cut short")
				require.Equal(t, none, watch.Kind)
			}
		})
	}
}

// Null data stays apart from empty data, and the reply is appended to what the buffer holds.
func TestGetDataBody(t *testing.T) {
	s := scenery(t)
	body := (&proto.GetDataRequest{Path: "/a/b"}).Append(nil)
	out, code, _ := s.reader.Append([]byte("header"), proto.OpGetData, body, &reply.Client{})
	require.Equal(t, proto.Ok, code)
	require.Equal(t, "header", string(out[:6]))
	var r proto.GetDataResponse
	d := jute.NewDecoder(out[6:])
	r.Decode(&d)
	require.NoError(t, d.Err())
	require.Nil(t, r.Data)
	require.Equal(t, int64(2), r.Stat.Czxid)

	s.must(proto.OpSetData, &proto.SetDataRequest{Path: "/a/b", Data: []byte{}, Version: -1})
	_, out, _ = s.read(proto.OpGetData, body)
	d = jute.NewDecoder(out)
	r.Decode(&d)
	require.NotNil(t, r.Data)
	require.Empty(t, r.Data)
}

// From 3.8.4 on exists demands READ of a node that is there.
func TestExistsNeedsRead(t *testing.T) {
	s := scenery(t)
	s.reader.ExistsNeedsRead = true
	code, _, watch := s.read(proto.OpExists, (&proto.ExistsRequest{Path: "/closed", Watch: true}).Append(nil))
	require.Equal(t, proto.NoAuth, code)
	require.Equal(t, reply.NoWatch, watch.Kind)
	code, _, _ = s.read(proto.OpExists, (&proto.ExistsRequest{Path: "/a"}).Append(nil))
	require.Equal(t, proto.Ok, code)
}

// The prefix of getEphemerals is text, not a path.
func TestGetEphemerals(t *testing.T) {
	s := scenery(t)
	s.must(proto.OpCreate, &proto.CreateRequest{Path: "/a/mine", ACL: anyone, Flags: proto.ModeEphemeral})
	for prefix, want := range map[string][]string{
		jute.Null: {"/a/mine", "/mine"}, "": {"/a/mine", "/mine"}, " ": {"/a/mine", "/mine"}, "/": {"/a/mine", "/mine"},
		"/m": {"/mine"}, "/a": {"/a/mine"}, "/a/mine": {"/a/mine"}, "/x": {}, "mine": {},
	} {
		code, out, _ := s.read(proto.OpGetEphemerals, (&proto.GetEphemeralsRequest{PrefixPath: prefix}).Append(nil))
		require.Equal(t, proto.Ok, code)
		var r proto.GetEphemeralsResponse
		d := jute.NewDecoder(out)
		r.Decode(&d)
		require.NoError(t, d.Err())
		require.NotNil(t, r.Ephemerals)
		require.ElementsMatch(t, want, r.Ephemerals, "%q", prefix)
	}
	s.session++
	_, out, _ := s.read(proto.OpGetEphemerals, (&proto.GetEphemeralsRequest{PrefixPath: "/"}).Append(nil))
	require.Equal(t, []byte{0, 0, 0, 0}, out, "those of others are not told")
}

// Parts of a multiRead stand for themselves; what spoils the whole leaves no body.
func TestMultiRead(t *testing.T) {
	s := scenery(t)
	part := func(dst []byte, op proto.Op, path string) []byte {
		return proto.AppendMultiOp(dst, op, &proto.GetDataRequest{Path: path, Watch: true})
	}
	good := part(part(part(part(nil, proto.OpGetData, "/none"), proto.OpGetChildren, "/a"), proto.OpGetChildren, "/closed"), proto.OpGetData, "/a")
	code, out, watch := s.read(proto.OpMultiRead, proto.AppendMultiEnd(good))
	require.Equal(t, proto.Ok, code)
	require.Equal(t, reply.NoWatch, watch.Kind, "watch flags are ignored here")
	var codes []proto.Code
	m := proto.NewMultiReader(out)
	for m.Next() {
		codes = append(codes, m.Code())
		switch m.Op() {
		case proto.OpGetData:
			(&proto.GetDataResponse{}).Decode(m.Decoder())
		case proto.OpGetChildren:
			(&proto.GetChildrenResponse{}).Decode(m.Decoder())
		default:
			m.Decoder().Int()
		}
	}
	require.NoError(t, m.Err())
	require.Equal(t, []proto.Code{proto.NoNode, proto.Ok, proto.NoAuth, proto.Ok}, codes)

	code, out, _ = s.read(proto.OpMultiRead, proto.AppendMultiEnd(nil))
	require.Equal(t, proto.Ok, code)
	require.Equal(t, proto.AppendMultiEnd(nil), out)
	for _, bad := range [][]byte{
		nil, good, part(good, proto.OpGetData, jute.Null), proto.AppendMultiEnd(part(good, proto.OpExists, "/a")),
		proto.AppendMultiEnd(proto.AppendMultiOp(good, proto.OpDelete, &proto.DeleteRequest{Path: "/a"})),
		proto.AppendMultiEnd(part(good, proto.OpGetData, jute.Null)),
	} {
		code, _, _ = s.read(proto.OpMultiRead, bad)
		require.Equal(t, proto.MarshallingError, code)
	}
}

// The reads that matter cost no allocation, watch or not, found or not.
func TestReadsDoNotAllocate(t *testing.T) {
	s := scenery(t)
	dst := make([]byte, 0, 4096)
	who := &reply.Client{Session: s.session, IDs: s.ids}
	for _, op := range []proto.Op{proto.OpGetData, proto.OpExists, proto.OpGetChildren, proto.OpGetChildren2, proto.OpSync} {
		for _, path := range []string{"/a", "/none", "/closed", "/"} {
			body := (&proto.GetDataRequest{Path: path, Watch: true}).Append(nil)
			require.Zero(t, testing.AllocsPerRun(100, func() { s.reader.Append(dst, op, body, who) }), "%s %s", op, path)
		}
	}
	for _, path := range []string{"/a", "/closed"} {
		body := (&proto.GetACLRequest{Path: path}).Append(nil)
		require.Zero(t, testing.AllocsPerRun(100, func() { s.reader.Append(dst, proto.OpGetACL, body, who) }), path)
	}
}

// Whatever a client sends, a read answers with a code or a body, and changes nothing.
func FuzzRead(f *testing.F) {
	for _, op := range []proto.Op{proto.OpGetData, proto.OpExists, proto.OpGetChildren, proto.OpGetChildren2, proto.OpGetACL, proto.OpGetAllChildrenNumber,
		proto.OpGetEphemerals, proto.OpMultiRead, proto.OpWhoAmI, proto.OpSync, proto.OpAddWatch, proto.OpSetWatches, proto.OpSetWatches2} {
		f.Add(int32(op), []byte{})
		f.Add(int32(op), (&proto.GetDataRequest{Path: "/a", Watch: true}).Append(nil))
		f.Add(int32(op), proto.AppendMultiEnd(proto.AppendMultiOp(nil, proto.OpGetData, &proto.GetDataRequest{Path: "/a"})))
		f.Add(int32(op), (&proto.SetWatches2{DataWatches: []string{"/a"}, ExistWatches: []string{}, ChildWatches: []string{"/b"}}).Append(nil))
	}
	f.Fuzz(func(t *testing.T, op int32, body []byte) {
		s := scenery(t)
		code, out, watch := s.read(proto.Op(op), body)
		if code != proto.Ok {
			require.Empty(t, out)
		}
		if watch.Kind != reply.NoWatch {
			require.Contains(t, []proto.Code{proto.Ok, proto.NoNode}, code)
		}
		events, watches, code := reply.EvaluateSetWatches(s.tree, proto.Op(op), body)
		require.LessOrEqual(t, len(events)+len(watches), len(body)/4)
		require.Contains(t, []proto.Code{proto.Ok, proto.MarshallingError}, code)
	})
}

func BenchmarkGetData(b *testing.B) {
	s := scenery(b)
	body := (&proto.GetDataRequest{Path: "/a"}).Append(nil)
	dst, who := make([]byte, 0, 256), &reply.Client{IDs: s.ids}
	b.ReportAllocs()
	for b.Loop() {
		s.reader.Append(dst, proto.OpGetData, body, who)
	}
}
