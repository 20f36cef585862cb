package proto_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute"
	"troupe/jute/proto"
)

// What is appended is walked over again, in order.
func TestMultiRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		paths := rapid.SliceOf(rapid.String()).Draw(t, "paths")
		var body []byte
		for i, p := range paths {
			if i%2 == 0 {
				body = proto.AppendMultiOp(body, proto.OpDelete, &proto.DeleteRequest{Path: p, Version: int32(i)})
			} else {
				body = proto.AppendMultiOp(body, proto.OpCheck, &proto.CheckVersionRequest{Path: p, Version: int32(i)})
			}
		}
		body = append(proto.AppendMultiEnd(body), "ignored"...)
		m := proto.NewMultiReader(body)
		for i, p := range paths {
			require.True(t, m.Next())
			require.Equal(t, proto.Code(-1), m.Code())
			if i%2 == 0 {
				var r proto.DeleteRequest
				r.Decode(m.Decoder())
				require.Equal(t, proto.OpDelete, m.Op())
				require.Equal(t, proto.DeleteRequest{Path: p, Version: int32(i)}, r)
			} else {
				var r proto.CheckVersionRequest
				r.Decode(m.Decoder())
				require.Equal(t, proto.OpCheck, m.Op())
				require.Equal(t, proto.CheckVersionRequest{Path: p, Version: int32(i)}, r)
			}
		}
		require.False(t, m.Next())
		require.False(t, m.Next(), "nothing is read behind the end")
		require.NoError(t, m.Err())
	})
}

// A body that ends before the end marker, or inside a record, is malformed.
func TestMultiCut(t *testing.T) {
	body := proto.AppendMultiOp(nil, proto.OpDelete, &proto.DeleteRequest{Path: "/a"})
	whole := len(body)
	body = proto.AppendMultiEnd(body)
	for cut := range body {
		m := proto.NewMultiReader(body[:cut])
		for m.Next() {
			new(proto.DeleteRequest).Decode(m.Decoder())
		}
		require.ErrorIs(t, m.Err(), jute.ErrMalformed, "cut at %d of %d, record ends at %d", cut, len(body), whole)
	}
}

// Results have ZooKeeper's bytes.
func TestMultiResults(t *testing.T) {
	require.Equal(t, []byte{0, 0, 0, 13, 0, 0, 0, 0, 0}, proto.AppendMultiResult(nil, proto.OpCheck))
	require.Equal(t, []byte{255, 255, 255, 255, 0, 255, 255, 255, 155, 255, 255, 255, 155}, proto.AppendMultiError(nil, proto.NoNode))
	require.Equal(t, []byte{255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0}, proto.AppendMultiError(nil, proto.Ok))
	require.Equal(t, []byte{255, 255, 255, 255, 1, 255, 255, 255, 255}, proto.AppendMultiEnd(nil))
}

// The byte behind the handshake is told apart from its absence; a cut record is
// an error and not an old client.
func TestConnectReadOnlyByte(t *testing.T) {
	r := proto.ConnectRequest{TimeOut: 30000, Passwd: make([]byte, 16)}
	for _, c := range []struct{ readOnly, present bool }{{false, false}, {false, true}, {true, true}} {
		b := r.AppendFull(nil, c.readOnly, c.present)
		d := jute.NewDecoder(b)
		var got proto.ConnectRequest
		readOnly, present := got.DecodeFull(&d)
		require.NoError(t, d.Err())
		require.Equal(t, r, got)
		require.Equal(t, c.readOnly, readOnly)
		require.Equal(t, c.present, present)
	}
	d := jute.NewDecoder(r.Append(nil)[:43])
	_, present := new(proto.ConnectRequest).DecodeFull(&d)
	require.ErrorIs(t, d.Err(), jute.ErrMalformed)
	require.False(t, present)

	d = jute.NewDecoder(append(r.AppendFull(nil, true, true), 1, 2, 3))
	readOnly, present := r.DecodeFull(&d)
	require.True(t, readOnly && present)
	require.Equal(t, 3, d.Remaining())
}
