package load

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// reply is a frame as a server sends it, with body more bytes behind the header.
func reply(xid, code int32, body int) []byte {
	b := appendInt(nil, int32(headerBytes+body))
	b = appendInt(b, xid)
	b = binary.BigEndian.AppendUint64(b, 42)
	b = appendInt(b, code)
	return append(b, make([]byte, body)...)
}

func welcome(timeout int32, session uint64) []byte {
	b := appendInt(nil, 37)
	b = appendInt(b, 0)
	b = appendInt(b, timeout)
	b = binary.BigEndian.AppendUint64(b, session)
	b = appendInt(b, 16)
	return append(b, make([]byte, 17)...)
}

func TestScanDoesNotCareWhereReadsCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stream, wantReplies, wantEvents := welcome(1000, 7), 1, 0
		for xid := int32(1); len(stream) < 2000; {
			body := rapid.IntRange(0, 120).Draw(t, "body")
			if rapid.Bool().Draw(t, "event") {
				stream = append(stream, reply(xidEvent, 0, body)...)
				wantEvents++
			} else {
				stream = append(stream, reply(xid, 0, body)...)
				wantReplies++
				xid++
			}
		}
		c, p := &conn{state: stateGreeting}, newPlayer(zooKeeper{}, One(Ping()), 0, 1, 1)
		replies, events := 0, 0
		for len(stream) > 0 {
			n := rapid.IntRange(1, len(stream)).Draw(t, "read")
			h, err := zooKeeper{}.scan(c, stream[:n], p)
			require.NoError(t, err)
			replies, events, stream = replies+h.replies, events+h.events, stream[n:]
		}
		require.Equal(t, wantReplies, replies)
		require.Equal(t, wantEvents, events)
		require.Zero(t, c.skip)
		require.EqualValues(t, 7, c.session)
	})
}

func TestScanRefuses(t *testing.T) {
	multi := newPlayer(zooKeeper{}, Script{Ops: []Op{MultiSet("/p", 0, 2)}, Allow: []int32{CodeNodeExists}}, 0, 1, 1)
	for name, test := range map[string]struct {
		state  state
		stream []byte
		want   string
	}{
		"a session that is none":      {stateGreeting, welcome(0, 0), "session refused"},
		"a frame without room for it": {stateOpen, appendInt(nil, 3), "frame of 3 bytes"},
		"a reply out of order":        {stateOpen, reply(2, 0, 0), "xid 2 in place of 1"},
		"an error":                    {stateOpen, reply(1, CodeNoNode, 0), "error -101"},
		"a multi that failed inside":  {stateOpen, reply(1, 0, 2*13+9), "refused inside"},
	} {
		t.Run(name, func(t *testing.T) {
			stream := append(test.stream, make([]byte, greetingBytes)...)
			_, err := zooKeeper{}.scan(&conn{state: test.state}, stream, multi)
			require.ErrorContains(t, err, test.want)
		})
	}
	h, err := zooKeeper{}.scan(&conn{state: stateOpen}, reply(1, CodeNodeExists, 0), multi)
	require.NoError(t, err, "an error that is allowed")
	require.Equal(t, heard{replies: 1}, h)
}

func TestScanAllocatesNothing(t *testing.T) {
	var stream []byte
	const replies = 64
	for i := range int32(replies) {
		stream = append(stream, reply(i+1, 0, 172)...)
	}
	c, p := &conn{state: stateOpen}, newPlayer(zooKeeper{}, One(Ping()), 0, 1, 1)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		c.answered = 0
		if h, err := (zooKeeper{}).scan(c, stream, p); h.replies != replies || err != nil {
			t.Fatal(h, err)
		}
	}))
}

func TestFlightsComeBackInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q flightQueue
		var model []int64 // one entry a request: when it was sent
		clock := int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if clock++; rapid.Bool().Draw(t, "push") {
				n := rapid.IntRange(1, 5).Draw(t, "count")
				q.push(flight{sentAt: clock, count: n})
				for range n {
					model = append(model, clock)
				}
				continue
			}
			f := q.pop(rapid.IntRange(1, 7).Draw(t, "want"))
			require.Equal(t, len(model) == 0, f.count == 0)
			for range f.count {
				require.Equal(t, model[0], f.sentAt)
				model = model[1:]
			}
		}
	})
}
