package conn

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/actors/watch"
	"troupe/jute/proto"
)

// loopLink counts how often its loop was woken.
type loopLink struct {
	*testLink
	woken *[]func()
}

func (l *loopLink) OnLoop(f func()) { *l.woken = append(*l.woken, f) }

// However many connections an event concerns, their loop is woken once and gets back to its other sockets in between;
// a connection that has not emptied its outbox is not called a second time.
func TestRounds(t *testing.T) {
	const conns = roundShare + 6
	var woken []func()
	courier := &Courier{}
	scenes := make([]*scene, conns)
	for i := range scenes {
		s := greeted(t, nil)
		s.env.Courier = courier
		s.h.link = &loopLink{s.link, &woken}
		scenes[i] = s
	}
	post := func() {
		for _, s := range scenes {
			s.env.Gate.Shut()
			s.h.Notify(&watch.Event{Type: proto.EventNodeDataChanged, Path: "/"})
			s.env.Gate.Open()
		}
		courier.Dispatch()
	}
	post()
	post()
	require.Len(t, woken, 1)
	for turns := 1; len(woken) > 0; turns++ {
		f := woken[0]
		woken = woken[1:]
		f()
		served := 0
		for _, s := range scenes {
			if len(s.h.outbox) == 0 {
				served++
			}
		}
		require.Equal(t, min(turns*roundShare, conns), served)
	}
	for _, s := range scenes {
		require.Equal(t, []int32{-1, -1}, s.link.xids(t))
	}
	post()
	require.Len(t, woken, 1, "they are called again")
	x := scenes[0].send(read())
	require.Equal(t, []int32{-1, x[0]}, scenes[0].link.xids(t), "a turn of its own is first")
	woken[0]()
	require.Empty(t, scenes[0].link.xids(t))
}
