package session

import (
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors"
	"troupe/jute/proto"
)

// handClock moves when the test says so.
type handClock struct {
	mu     sync.Mutex
	millis int64
	alarms []alarm
}

type alarm struct {
	at int64
	f  func()
}

func (c *handClock) Now() time.Time { return time.UnixMilli(c.Millis()) }

func (c *handClock) Millis() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.millis
}

func (c *handClock) AfterFunc(d time.Duration, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarms = append(c.alarms, alarm{c.millis + d.Milliseconds(), f})
	return func() {}
}

func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	c.millis += d.Milliseconds()
	var due []func()
	keep := c.alarms[:0]
	for _, a := range c.alarms {
		if a.at <= c.millis {
			due = append(due, a.f)
		} else {
			keep = append(keep, a)
		}
	}
	c.alarms = keep
	c.mu.Unlock()
	for _, f := range due {
		f()
	}
}

// fakeClient records what it hears.
type fakeClient struct{ heard []string }

func (f *fakeClient) Attached(*Session)  { f.heard = append(f.heard, "attached") }
func (f *fakeClient) Refused()           { f.heard = append(f.heard, "refused") }
func (f *fakeClient) Kick(reason string) { f.heard = append(f.heard, "kicked") }

type closerFunc func([]int64)

func (f closerFunc) CloseSessions(ids []int64) { f(ids) }

// setup spawns the actors on the test's own stack, so that everything has happened when a call returns.
func setup(t *testing.T) (*Ref, *handClock, *[]int64) {
	t.Helper()
	system := actors.NewSystem(zerolog.Nop())
	clock := &handClock{}
	closed := &[]int64{}
	ref, err := Spawn(system.Root, system.Root, NewTable(Rules{}), Options{
		Clock: clock, TickTime: time.Second, Log: zerolog.Nop(),
		Closer: closerFunc(func(ids []int64) { *closed = append(*closed, ids...) }),
	}, actor.WithDispatcher(actors.Inline()))
	require.NoError(t, err)
	require.NotNil(t, ref)
	return ref, clock, closed
}

// eventually waits for what another goroutine does: the trackers run on their own.
func eventually(t *testing.T, f func() bool) {
	t.Helper()
	require.Eventually(t, f, 5*time.Second, time.Millisecond)
}

// A session that gives no sign of life is closed once, and is refused to clients from then on.
func TestExpiry(t *testing.T) {
	ref, clock, closed := setup(t)
	ref.Opened(7, 4000, nil, Here)
	require.Equal(t, proto.Ok, ref.Check(7, nil))
	for range 4 {
		clock.advance(time.Second)
	}
	require.Empty(t, *closed)
	ref.Get(7).Touch(clock.Millis())
	for range 4 {
		clock.advance(time.Second)
	}
	require.Empty(t, *closed, "it was touched")
	for range 3 {
		clock.advance(time.Second)
	}
	require.Equal(t, []int64{7}, *closed)
	require.Equal(t, proto.Ok, ref.Check(7, nil), "what comes to prep before the closing counts")
	ref.Closing(7)
	require.Equal(t, proto.SessionExpired, ref.Check(7, nil))
	ref.Ended(7, "expired")
	require.Equal(t, proto.UnknownSession, ref.Check(7, nil))
	require.Zero(t, ref.Len())
}

// hush is a fakeClient for another goroutine.
type hush struct {
	mu sync.Mutex
	fakeClient
}

func (h *hush) Attached(s *Session) { h.mu.Lock(); defer h.mu.Unlock(); h.fakeClient.Attached(s) }
func (h *hush) Refused()            { h.mu.Lock(); defer h.mu.Unlock(); h.fakeClient.Refused() }
func (h *hush) Kick(r string)       { h.mu.Lock(); defer h.mu.Unlock(); h.fakeClient.Kick(r) }

func (h *hush) last() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.heard) == 0 {
		return ""
	}
	return h.heard[len(h.heard)-1]
}

// A client that comes back takes the session over, and the old connection ends; also with a wrong
// password the old connection ends.
func TestAttach(t *testing.T) {
	ref, _, _ := setup(t)
	first, second, thief := &hush{}, &hush{}, &hush{}
	ref.Opened(7, 4000, first, Here)
	ref.Attach(7, true, 9000, second)
	eventually(t, func() bool { return second.last() == "attached" })
	require.Equal(t, "kicked", first.last())
	require.Equal(t, int32(9000), ref.Get(7).Timeout(), "the timeout is negotiated anew")
	ref.Attach(7, false, 9000, thief)
	eventually(t, func() bool { return thief.last() == "refused" })
	require.Equal(t, "kicked", second.last())
}

// Who asks for a session that does not exist is refused.
func TestAttachRefused(t *testing.T) {
	ref, _, _ := setup(t)
	c := &hush{}
	ref.Attach(1, true, 4000, c)
	require.Equal(t, "refused", c.last())
}

// The connection that speaks for a session is told when the session ends; one that has left is not.
func TestEnded(t *testing.T) {
	ref, _, _ := setup(t)
	stays, leaves := &hush{}, &hush{}
	ref.Opened(1, 4000, stays, Here)
	ref.Opened(2, 4000, leaves, Here)
	ref.Detach(2, leaves)
	ref.Ended(2, "closed")
	ref.Ended(1, "closed")
	eventually(t, func() bool { return stays.last() == "kicked" })
	require.Empty(t, leaves.last())
}
