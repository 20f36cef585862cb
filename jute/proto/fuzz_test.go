package proto_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/internal/recordtest"
	"troupe/jute/proto"
)

// fuzzRequest decodes any bytes as one record. The seeds are the captured bodies
// of that record, whole and cut, and whatever else the record's type can make.
func fuzzRequest(f *testing.F, name string) {
	require.NotNil(f, recordtest.Proto(name))
	f.Add(recordtest.Proto(name).Append(nil))
	for _, x := range exchanges(f) {
		if x.Request.recordName() != name {
			continue
		}
		d := jute.NewDecoder(x.Request.body(f))
		if x.Request.Header != nil {
			new(proto.RequestHeader).Decode(&d)
		}
		f.Add(d.Rest())
		f.Add(d.Rest()[:d.Remaining()/2])
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		recordtest.CheckDecode(t, recordtest.Proto(name), in)
	})
}

func FuzzRequestHeader(f *testing.F)         { fuzzRequest(f, "RequestHeader") }
func FuzzMultiHeader(f *testing.F)           { fuzzRequest(f, "MultiHeader") }
func FuzzAuthPacket(f *testing.F)            { fuzzRequest(f, "AuthPacket") }
func FuzzSetWatches(f *testing.F)            { fuzzRequest(f, "SetWatches") }
func FuzzSetWatches2(f *testing.F)           { fuzzRequest(f, "SetWatches2") }
func FuzzGetDataRequest(f *testing.F)        { fuzzRequest(f, "GetDataRequest") }
func FuzzSetDataRequest(f *testing.F)        { fuzzRequest(f, "SetDataRequest") }
func FuzzReconfigRequest(f *testing.F)       { fuzzRequest(f, "ReconfigRequest") }
func FuzzGetSASLRequest(f *testing.F)        { fuzzRequest(f, "GetSASLRequest") }
func FuzzSetSASLRequest(f *testing.F)        { fuzzRequest(f, "SetSASLRequest") }
func FuzzCreateRequest(f *testing.F)         { fuzzRequest(f, "CreateRequest") }
func FuzzCreateTTLRequest(f *testing.F)      { fuzzRequest(f, "CreateTTLRequest") }
func FuzzDeleteRequest(f *testing.F)         { fuzzRequest(f, "DeleteRequest") }
func FuzzGetChildrenRequest(f *testing.F)    { fuzzRequest(f, "GetChildrenRequest") }
func FuzzGetChildren2Request(f *testing.F)   { fuzzRequest(f, "GetChildren2Request") }
func FuzzCheckVersionRequest(f *testing.F)   { fuzzRequest(f, "CheckVersionRequest") }
func FuzzGetMaxChildrenRequest(f *testing.F) { fuzzRequest(f, "GetMaxChildrenRequest") }
func FuzzSetMaxChildrenRequest(f *testing.F) { fuzzRequest(f, "SetMaxChildrenRequest") }
func FuzzSyncRequest(f *testing.F)           { fuzzRequest(f, "SyncRequest") }
func FuzzGetACLRequest(f *testing.F)         { fuzzRequest(f, "GetACLRequest") }
func FuzzSetACLRequest(f *testing.F)         { fuzzRequest(f, "SetACLRequest") }
func FuzzAddWatchRequest(f *testing.F)       { fuzzRequest(f, "AddWatchRequest") }
func FuzzExistsRequest(f *testing.F)         { fuzzRequest(f, "ExistsRequest") }
func FuzzCheckWatchesRequest(f *testing.F)   { fuzzRequest(f, "CheckWatchesRequest") }
func FuzzRemoveWatchesRequest(f *testing.F)  { fuzzRequest(f, "RemoveWatchesRequest") }
func FuzzGetEphemeralsRequest(f *testing.F)  { fuzzRequest(f, "GetEphemeralsRequest") }
func FuzzGetAllChildrenNumberRequest(f *testing.F) {
	fuzzRequest(f, "GetAllChildrenNumberRequest")
}

// The handshake is special for the byte behind its record.
func FuzzConnectRequest(f *testing.F) {
	for _, x := range exchanges(f) {
		if _, ok := x.Request.fields()["protocolVersion"]; ok {
			f.Add(x.Request.body(f))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		recordtest.CheckDecode(t, &proto.ConnectRequest{}, in)
		d := jute.NewDecoder(in)
		var r proto.ConnectRequest
		readOnly, present := r.DecodeFull(&d)
		if d.Err() != nil {
			require.ErrorIs(t, d.Err(), jute.ErrMalformed)
			require.False(t, readOnly)
			return
		}
		out := r.AppendFull(nil, readOnly, present)
		require.Len(t, out, len(in)-d.Remaining())
	})
}

// A multi of any bytes ends, in a number of steps that its length allows.
func FuzzMulti(f *testing.F) {
	for _, x := range exchanges(f) {
		if _, ok := x.Request.Decoded.([]any); ok {
			f.Add(x.Request.body(f)[8:])
			f.Add(x.Response.body(f)[16:])
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		m := proto.NewMultiReader(in)
		steps := 0
		for m.Next() {
			steps++
			switch m.Op() {
			case proto.OpCreate, proto.OpCreate2, proto.OpCreateContainer:
				new(proto.CreateRequest).Decode(m.Decoder())
			case proto.OpCreateTTL:
				new(proto.CreateTTLRequest).Decode(m.Decoder())
			case proto.OpDelete:
				new(proto.DeleteRequest).Decode(m.Decoder())
			case proto.OpSetData:
				new(proto.SetDataRequest).Decode(m.Decoder())
			case proto.OpCheck:
				new(proto.CheckVersionRequest).Decode(m.Decoder())
			}
		}
		require.LessOrEqual(t, steps, len(in)/9)
		require.False(t, m.Next())
	})
}
