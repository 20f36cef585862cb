package quorum

import (
	"testing"

	"github.com/stretchr/testify/require"

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
