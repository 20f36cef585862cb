package conn

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/actors/watch"
	"troupe/interop/wire"
	"troupe/jute/proto"
)

func read() wire.Request  { return wire.WatchReq(wire.OpExists, "/", false) }
func write() wire.Request { return wire.SetDataReq("/", nil, -1) }

// A read with nothing before it is answered at once; one behind a write travels behind it, and answers keep the
// requests' order.
func TestOrderOfAnswers(t *testing.T) {
	s := greeted(t, nil)
	x := s.send(read(), write(), read(), write(), read(), read())
	require.Equal(t, x[:1], s.link.xids(t))
	require.Len(t, s.pipe.requests, 2, "reads follow the writes before them")
	require.Equal(t, 5, s.h.owed)
	s.commit(2)
	require.Equal(t, x[1:3], s.link.xids(t))
	x = append(x, s.send(read())...)
	require.Len(t, s.pipe.requests, 1, "a later one too")
	require.Empty(t, s.link.xids(t))
	s.commit(4)
	require.Equal(t, x[3:], s.link.xids(t))
	y := s.send(read())
	require.Equal(t, y, s.link.xids(t))
}

// An event is in the stream before the reply of the write that it is about, and before any read that is
// served after it: also when bytes arrive before the connection was woken for its outbox.
func TestEventsComeFirst(t *testing.T) {
	s := greeted(t, nil)
	x := s.send(wire.WatchReq(wire.OpGetData, "/", true), write())
	require.Equal(t, x[:1], s.link.xids(t))
	s.env.Gate.Shut()
	s.env.Watches.Fire(&watch.Event{Type: proto.EventNodeDataChanged, Path: "/"})
	s.env.Gate.Open()
	s.apply(1)
	s.link.queue = nil // the wake-up is late; traffic is first
	y := s.send(read())
	require.Equal(t, []int32{-1, x[1], y[0]}, s.link.xids(t))
}

// A ping is answered with xid -2 whatever it had, in its place in the order.
func TestPingWaitsItsTurn(t *testing.T) {
	s := greeted(t, nil)
	x := s.send(write(), wire.Bare(wire.OpPing))
	require.Empty(t, s.link.xids(t))
	s.commit(2)
	require.Equal(t, []int32{x[0], -2}, s.link.xids(t))
}

// Above its bound of requests under way a client is not served, and, when it goes on sending, not read from; it
// is when answers have come.
func TestOutstandingRequestsThrottle(t *testing.T) {
	s := greeted(t, func(l *Limits) { l.SessionOutstanding = 3 })
	s.send(write(), write(), write(), write(), write())
	require.Len(t, s.pipe.requests, 3)
	require.NotEmpty(t, s.link.in)
	require.False(t, s.link.paused, "a little input may wait where it is")
	big := wire.SetDataReq("/", make([]byte, 200_000), -1)
	s.send(big)
	require.True(t, s.link.paused)
	s.commit(3)
	require.Len(t, s.pipe.requests, 3)
	require.Empty(t, s.link.in)
	s.commit(3)
	require.Len(t, s.link.xids(t), 6)
	require.False(t, s.link.paused)
}

// Reads behind a write are bounded by themselves: their answers wait in memory.
func TestReadsBehindAWriteAreBounded(t *testing.T) {
	s := greeted(t, func(l *Limits) { l.SessionReads = 2 })
	s.send(write(), read(), read(), read(), read())
	require.Equal(t, 3, s.h.owed)
	s.commit(3)
	require.Len(t, s.link.xids(t), 5, "with nothing under way the rest is answered at once")
}

// The server's bound slows down those who have something under way already; a client with nothing
// under way always gets in.
func TestGlobalLimit(t *testing.T) {
	s := greeted(t, func(l *Limits) { l.GlobalOutstanding = 10 })
	s.pipe.inside = 100
	s.send(write(), write())
	require.Len(t, s.pipe.requests, 1)
	s.commit(1)
	require.Len(t, s.pipe.requests, 1)
}

// A client that does not read is not served above the soft bound, goes on when it has read, and is closed at the
// hard bound.
func TestClientThatDoesNotRead(t *testing.T) {
	s := greeted(t, nil)
	s.link.pending = 2000
	s.send(read())
	require.Empty(t, s.link.xids(t))
	require.True(t, s.link.paused)
	s.link.pending = 0
	s.h.Drained()
	s.link.run()
	require.Len(t, s.link.xids(t), 1)
	require.False(t, s.link.paused)
	s.link.pending = 200_000
	s.h.Drained()
	require.True(t, s.link.closed)
	require.ErrorContains(t, s.link.err, "does not read")
}

// Requests after closeSession are not served; its answer is the last thing that goes out, also when the
// notice that the session has ended comes along with it.
func TestCloseSessionAnswersThenCloses(t *testing.T) {
	s := greeted(t, nil)
	x := s.send(wire.Bare(wire.OpCloseSession), read())
	s.apply(1)
	s.h.Kick("the session was closed")
	s.link.run()
	require.Equal(t, x[:1], s.link.xids(t))
	require.True(t, s.link.closed)
	require.NoError(t, s.link.err)
}

// Bytes that are no request end this connection with an error that says why.
func TestBadFrames(t *testing.T) {
	for name, b := range map[string][]byte{
		"negative length": {0xff, 0xff, 0xff, 0xff},
		"too long":        {0x7f, 0, 0, 0},
		"no header":       {0, 0, 0, 4, 0, 0, 0, 1},
		"empty":           {0, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := greeted(t, nil)
			s.receive(b)
			require.True(t, s.link.closed)
			require.Error(t, s.link.err)
		})
	}
	t.Run("as a greeting", func(t *testing.T) {
		s := newScene(t, nil)
		s.receive([]byte{0, 0, 0, 3, 1, 2, 3})
		require.True(t, s.link.closed)
		require.ErrorIs(t, s.link.err, errProtocol)
	})
}

// A panic in a turn costs this connection: the gate is free, and the reason is in the error.
func TestPanicCostsTheConnection(t *testing.T) {
	s := greeted(t, nil)
	s.env.Reader.Tree = nil
	s.send(read())
	require.True(t, s.link.closed)
	require.ErrorContains(t, s.link.err, "panic")
	s.env.Gate.Shut() // would block for ever
	s.env.Gate.Open()
}

// One turn serves a bounded number of requests, then the other connections of the loop get theirs.
func TestTurnsAreBounded(t *testing.T) {
	s := greeted(t, nil)
	var b []byte
	for i := range int32(3 * turnFrames) {
		b = append(b, read().Frame(i+1)...)
	}
	s.link.in = b
	s.h.Readable()
	require.Len(t, s.link.xids(t), turnFrames)
	s.link.run()
	require.Len(t, s.link.xids(t), 2*turnFrames)
}

// A client that has seen more than the server knows is sent away without an answer.
func TestClientAhead(t *testing.T) {
	s := newScene(t, nil)
	s.receive(wire.Hello{LastZxid: 99, Timeout: 10000, Password: make([]byte, 16)}.Frame())
	require.True(t, s.link.closed)
	require.ErrorContains(t, s.link.err, "0x63")
	require.Empty(t, s.link.out)
}

// Clients of 3.3 and older send no readOnly byte and must get none back.
func TestOldHandshake(t *testing.T) {
	for _, old := range []bool{true, false} {
		s := newScene(t, nil)
		hello := wire.Hello{Timeout: 1, Password: make([]byte, 16)}
		if no := false; !old {
			hello.ReadOnly = &no
		}
		s.receive(hello.Frame())
		s.commit(1)
		m := s.link.messages(t)
		require.Len(t, m, 1)
		require.Len(t, m[0], map[bool]int{true: 36, false: 37}[old])
	}
}

// A link that breaks takes the connection's watches along, in whatever state it is.
func TestBrokenLinkDropsWatches(t *testing.T) {
	s := greeted(t, nil)
	s.send(wire.WatchReq(wire.OpExists, "/nowhere", true), wire.PathModeReq(wire.OpAddWatch, "/", 1), write(), wire.WatchReq(wire.OpExists, "/late", true))
	s.commit(2)
	require.False(t, s.env.Watches.Idle())
	s.link.Abort(errors.New("connection reset by peer"))
	s.env.Gate.Shut()
	defer s.env.Gate.Open()
	require.True(t, s.env.Watches.Idle())
}

// A plain read allocates nothing: the turn, the gate, decoding, looking up, encoding.
func TestReadsDoNotAllocate(t *testing.T) {
	s := greeted(t, nil)
	one := wire.WatchReq(wire.OpGetData, "/zookeeper/quota", false).Frame(7)
	l := &reusing{testLink: s.link}
	s.h.link = l
	allocs := testing.AllocsPerRun(1000, func() {
		l.testLink.in = one
		s.h.Readable()
	})
	require.Zero(t, allocs)
}

// reusing is a link that lends the same buffer each turn, as an event loop does.
type reusing struct {
	*testLink
	buf []byte
}

func (r *reusing) TakeBuffer() []byte { return r.buf[:0] }

func (r *reusing) Flush(b []byte) { r.buf = b }
