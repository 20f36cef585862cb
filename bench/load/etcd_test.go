package load

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// h2Frame is a frame as a server sends it.
func h2Frame(kind, flags byte, stream uint32, payload ...byte) []byte {
	return append(appendH2(nil, len(payload), kind, flags, stream), payload...)
}

// etcdAnswer is headers, a message and the end of a stream.
func etcdAnswer(stream uint32, message int) []byte {
	return slices.Concat(
		h2Frame(h2Headers, h2EndHeaders, stream, 0x88),
		h2Frame(h2Data, 0, stream, make([]byte, 5+message)...),
		h2Frame(h2Headers, h2EndHeaders|h2EndStream, stream, 0x40, 0, 0))
}

// A call is one HEADERS and one DATA frame, whose message protobuf's own encoder would write alike.
func TestEtcdCallsAreGolden(t *testing.T) {
	op := EtcdGet("/k", 100)
	c := &conn{sent: 3}
	etcd{}.stamp(op.frame, c)
	headers := op.frame[:h2FrameHead+h2Len(op.frame)]
	require.Equal(t, []byte{h2Headers, h2EndHeaders, 0, 0, 0, 5}, headers[3:9], "the third call is stream 5")
	require.Contains(t, hex.EncodeToString(headers), "2f6574636473657276657270622e4b562f52616e6765", "the method's path")
	data := op.frame[len(headers):]
	require.Equal(t, "00000b"+"00"+"01"+"00000005"+"00"+"00000006"+"0a022f6b"+"3801", hex.EncodeToString(data))

	put := EtcdPut("/k", 3)
	require.Equal(t, "0a022f6b"+"1203000000", hex.EncodeToString(put.frame[len(put.frame)-9:]))
}

func TestEtcdNumbersKeys(t *testing.T) {
	op := EtcdGet("/k/"+Number, 0).Random(10)
	p, c := newPlayer(etcd{}, One(op), 0, 1, 1), &conn{}
	first := p.append(nil, c)
	require.Len(t, op.numbers, 1)
	require.Equal(t, "000000000", string(first[op.numbers[0]:op.numbers[0]+9]))
	require.EqualValues(t, 1, binary.BigEndian.Uint32(first[5:]))
	require.EqualValues(t, 3, binary.BigEndian.Uint32(p.append(nil, c)[5:]))
}

func TestEtcdScanDoesNotCareWhereReadsCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stream, answers, pings := h2Frame(h2Settings, 0, 0, make([]byte, 6)...), 0, 0
		for len(stream) < 1500 {
			switch rapid.IntRange(0, 3).Draw(t, "frame") {
			case 0:
				stream = append(stream, h2Frame(h2Ping, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8)...)
				pings++
			case 1:
				stream = append(stream, h2Frame(h2Window, 0, 0, 0, 0, 1, 0)...)
			default:
				stream = append(stream, etcdAnswer(uint32(2*answers+1), rapid.IntRange(100, 200).Draw(t, "message"))...)
				answers++
			}
		}
		c, p, replies := &conn{state: stateGreeting}, newPlayer(etcd{}, One(EtcdGet("/k", 100)), 0, 1, 1), 0
		for len(stream) > 0 {
			n := rapid.IntRange(1, len(stream)).Draw(t, "read")
			h, err := etcd{}.scan(c, stream[:n], p)
			require.NoError(t, err)
			replies, stream = replies+h.replies, stream[n:]
		}
		require.Equal(t, stateOpen, c.state)
		require.Equal(t, 1+answers, replies, "the server's settings are the first")
		require.Len(t, c.owed, h2FrameHead+pings*(h2FrameHead+h2PingBytes), "settings and pings are acknowledged")
	})
}

func TestEtcdScanRefuses(t *testing.T) {
	p := newPlayer(etcd{}, One(EtcdGet("/k", 100)), 0, 1, 1)
	for name, test := range map[string]struct {
		stream []byte
		want   string
	}{
		"an error":            {h2Frame(h2Headers, h2EndHeaders|h2EndStream, 1, 0x88), "refused"},
		"a key without value": {etcdAnswer(1, 20), "is the key there"},
		"the end":             {h2Frame(h2GoAway, 0, 0, make([]byte, 8)...), "type 7"},
		"the end of one call": {h2Frame(h2Reset, 0, 1, 0, 0, 0, 8), "type 3"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := etcd{}.scan(&conn{state: stateOpen}, test.stream, p)
			require.ErrorContains(t, err, test.want)
		})
	}
}

// The server may go on for ever: what it has sent is given back to its window.
func TestEtcdWindowIsRenewed(t *testing.T) {
	c, p := &conn{state: stateOpen, received: h2OpenWindow / 2}, newPlayer(etcd{}, One(EtcdGet("/k", 100)), 0, 1, 1)
	_, err := etcd{}.scan(c, etcdAnswer(1, 100), p)
	require.NoError(t, err)
	require.Equal(t, appendWindow(nil, h2OpenWindow/2+105), c.owed)
	require.Zero(t, c.received)
}
