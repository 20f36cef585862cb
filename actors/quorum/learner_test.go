package quorum

import (
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors"
	"troupe/actors/quorum/link"
	"troupe/zab/learner"
	"troupe/zab/packet"
)

// closedLink notes that it was closed.
type closedLink struct {
	link.Link
	err error
}

func (c *closedLink) Close(err error) { c.err = err }

// A leader that says that it looks for one is left soon, but not again and again as soon: the network may be slow.
func TestDeafnessIsNotSlowness(t *testing.T) {
	require.Less(t, deafness(0), 400*time.Millisecond, "between a voter's first and its second repetition")
	for futile := range 4 {
		require.Equal(t, 2*deafness(futile), deafness(futile+1))
	}
	require.Equal(t, deafness(4), deafness(1000))
	require.Greater(t, deafness(1000), 3*time.Second)
}

// A learner that has lost its leader knows nothing of a session that is asked for: it says neither that it lives nor that it
// has expired, which would make the client give up its session and its ephemerals. A link that comes too late is closed.
func TestALearnerWithoutALeaderAnswersNothing(t *testing.T) {
	for name, l := range map[string]*learning{
		"not begun": {},
		"over":      {machine: learner.New(learner.Options{SID: 1, InitLimit: 1, SyncLimit: 1}), over: true},
	} {
		l.refuse(&revalidate{packet.Touch{Session: 7, Timeout: 1000}, func(bool) { t.Errorf("%s: the client was answered", name) }})
		late := &closedLink{}
		l.refuse(&reached{link: late})
		require.ErrorIs(t, late.err, errStopping, name)
	}
}

// A leader that says that it votes for another one, or still looks for one, is not waited for, also where it can be connected
// to: a proxy may take the connection. One that has begun its epoch is.
func TestWhoDoesNotLeadIsLeft(t *testing.T) {
	system := actors.NewSystem(zerolog.Nop())
	defer system.Shutdown()
	var told []error
	boss := system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
		if o, ok := ctx.Message().(*over); ok {
			told = append(told, o.reason)
		}
	}, actor.WithDispatcher(actors.Inline())))
	led := learner.New(learner.Options{SID: 1, InitLimit: 1, SyncLimit: 1})
	led.Step(packet.LeaderInfoPacket(1))
	clock := actors.SystemClock()
	for name, c := range map[string]struct {
		machine *learner.Learner
		leaves  bool
	}{
		"not connected":    {nil, true},
		"connected":        {learner.New(learner.Options{SID: 1, InitLimit: 1, SyncLimit: 1}), true},
		"in its own epoch": {led, false},
	} {
		for what, hear := range map[string]func(l *learning){"misled": func(l *learning) { l.misled(3) }, "deaf": (*learning).deaf} {
			told = nil
			hear(&learning{member: &member{send: system.Root, pid: boss, Options: Options{Clock: clock}}, since: clock.Millis() - 1000, machine: c.machine})
			require.Equal(t, c.leaves, len(told) == 1, "%s, %s", name, what)
		}
	}
}
