package load

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute"
	"troupe/jute/proto"
)

// frameOf is the frame of op as connection 7 sends it first.
func frameOf(op Op) []byte {
	return newPlayer(zooKeeper{}, One(op), 0, 1, 1).append(nil, &conn{id: 7})
}

// decode reads a frame's header and record with the project's own codec.
func decode(t *testing.T, frame []byte, record jute.Record) (op proto.Op) {
	t.Helper()
	d := jute.NewDecoder(frame)
	require.EqualValues(t, len(frame)-4, d.Int(), "length")
	require.EqualValues(t, 1, d.Int(), "xid")
	op = proto.Op(d.Int())
	if record != nil {
		record.Decode(&d)
	}
	require.NoError(t, d.Err())
	require.Zero(t, d.Remaining())
	return op
}

func TestFramesAreWhatTheProtocolSays(t *testing.T) {
	path := "/p/" + Number
	t.Run("create", func(t *testing.T) {
		var r proto.CreateRequest
		require.Equal(t, proto.OpCreate, decode(t, frameOf(Create(path, 3, EphemeralSequential).Own()), &r))
		require.Equal(t, "/p/0007000000", r.Path)
		require.Equal(t, "vvv", string(r.Data))
		require.EqualValues(t, proto.ModeEphemeralSequential, r.Flags)
		require.Len(t, r.ACL, 1)
		require.EqualValues(t, proto.PermAll, r.ACL[0].Perms)
		require.Equal(t, "world:anyone", r.ACL[0].ID.Scheme+":"+r.ACL[0].ID.ID)
	})
	t.Run("delete", func(t *testing.T) {
		var r proto.DeleteRequest
		require.Equal(t, proto.OpDelete, decode(t, frameOf(Delete("/p")), &r))
		require.Equal(t, proto.DeleteRequest{Path: "/p", Version: -1}, r)
	})
	t.Run("exists", func(t *testing.T) {
		var r proto.ExistsRequest
		require.Equal(t, proto.OpExists, decode(t, frameOf(Exists("/p")), &r))
		require.Equal(t, proto.ExistsRequest{Path: "/p"}, r)
	})
	t.Run("getData", func(t *testing.T) {
		var r proto.GetDataRequest
		require.Equal(t, proto.OpGetData, decode(t, frameOf(GetData("/p", 0, true)), &r))
		require.Equal(t, proto.GetDataRequest{Path: "/p", Watch: true}, r)
	})
	t.Run("setData", func(t *testing.T) {
		var r proto.SetDataRequest
		require.Equal(t, proto.OpSetData, decode(t, frameOf(SetData("/p", 100)), &r))
		require.Equal(t, proto.SetDataRequest{Path: "/p", Data: []byte(strings.Repeat("v", 100)), Version: -1}, r)
	})
	t.Run("getChildren", func(t *testing.T) {
		var r proto.GetChildrenRequest
		require.Equal(t, proto.OpGetChildren, decode(t, frameOf(GetChildren("/p", 0)), &r))
		require.Equal(t, proto.GetChildrenRequest{Path: "/p"}, r)
	})
	t.Run("addWatch", func(t *testing.T) {
		var r proto.AddWatchRequest
		require.Equal(t, proto.OpAddWatch, decode(t, frameOf(AddWatch("/p")), &r))
		require.Equal(t, proto.AddWatchRequest{Path: "/p", Mode: 1}, r)
	})
	t.Run("ping and closeSession", func(t *testing.T) {
		require.Equal(t, proto.OpPing, decode(t, frameOf(Ping()), nil))
		require.Equal(t, proto.OpCloseSession, decode(t, frameOf(closeSession()), nil))
	})
	t.Run("multi", func(t *testing.T) {
		frame := frameOf(MultiSet(path, 2, 3).Sequence())
		d := jute.NewDecoder(frame[12:])
		for i := range 3 {
			require.EqualValues(t, proto.OpSetData, d.Int())
			require.False(t, d.Bool())
			require.EqualValues(t, -1, d.Int())
			var r proto.SetDataRequest
			r.Decode(&d)
			require.Equal(t, fmt.Sprintf("/p/%010d", i), r.Path, "each has a number of its own")
		}
		require.Equal(t, "ffffffff01ffffffff", hex.EncodeToString(d.Rest()))
	})
	t.Run("connect", func(t *testing.T) {
		const golden = "0000002d" + "00000000" + "0000000000000000" + "00002710" + "0000000000000000" +
			"00000010" + "00000000000000000000000000000000" + "00"
		require.Equal(t, golden, hex.EncodeToString(appendConnect(nil, 10_000, 0, [passwordBytes]byte{})))
	})
}

func TestPatchNumberWritesTenDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64Range(0, 9_999_999_999).Draw(t, "v")
		b := []byte(Number)
		patchNumber(b, v)
		require.Equal(t, fmt.Sprintf("%010d", v), string(b))
	})
}

func TestXidsCountUp(t *testing.T) {
	p, c := newPlayer(zooKeeper{}, One(Ping()), 0, 1, 1), &conn{sent: 0x01fffffe}
	for want := uint32(0x01ffffff); want < 0x02000002; want++ {
		require.Equal(t, want, binary.BigEndian.Uint32(p.append(nil, c)[xidOffset:]))
	}
}

func TestRequestsAllocateNothing(t *testing.T) {
	p := newPlayer(zooKeeper{}, Script{Random: true, Ops: []Op{
		GetData("/p/"+Number, 100, false).Random(1000).Share(9), SetData("/p/"+Number, 100).Random(1000),
	}}, 0, 1, 1)
	c, buf := &conn{}, make([]byte, 0, 1<<10)
	require.Zero(t, testing.AllocsPerRun(1000, func() { buf = p.append(buf[:0], c) }))
}
