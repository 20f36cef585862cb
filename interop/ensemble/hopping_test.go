//go:build interop

package ensemble

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/wire"
)

// TestLivingSessionsAreNotRefused lets clients move with their sessions from member to member as fast as they can,
// while leaders die. A member that cannot ask the leader whether a session lives closes the connection; the zero
// session, which says that it has expired, is for those that have.
func TestLivingSessionsAreNotRefused(t *testing.T) {
	forMixes(t, []mix{"tta", "ttt"}, func(t *testing.T, x mix) {
		e := form(t, x, options{})
		const clients = 40
		var wait sync.WaitGroup
		var moves atomic.Int64
		stop := make(chan struct{})
		errs := make(chan error, clients)
		for i := range clients {
			c := connect(t, e.members[i%len(e.members)], long)
			ok(t, c, ephemeral(fmt.Sprintf("/hopping%d", i)))
			wait.Add(1)
			go func() {
				defer wait.Done()
				errs <- hops(e, c, i, stop, &moves)
			}()
		}
		for range deaths(x) {
			leader := e.awaitFormed()
			before := moves.Load()
			await(t, patience, "clients move", func() bool { return moves.Load() > before+5*clients }, e.show)
			leader.Kill()
			e.awaitFormed()
			leader.launch()
		}
		unanswered(t, e)
		e.awaitFormed()
		close(stop)
		wait.Wait()
		for range clients {
			require.NoError(t, <-errs)
		}
		t.Logf("%d moves", moves.Load())
		c := connect(t, e.leader(), long)
		ok(t, c, set("/", ""))
		for i := range clients {
			require.True(t, exists(t, c, fmt.Sprintf("/hopping%d", i)))
		}
		e.sameTrees(t)
	})
}

// deaths is how many leaders die. Apache's members take long to come back.
func deaths(x mix) int {
	if allTroupe(x) {
		return 12
	}
	return 3
}

// unanswered: the leader is paused, so that it says nothing of the sessions that come to the followers, until these give
// it up.
func unanswered(t *testing.T, e *ensemble) {
	t.Helper()
	leader := e.awaitFormed()
	var asked []*wire.Conn
	for range 10 {
		asked = append(asked, connect(t, leader, long))
	}
	await(t, patience, "all have the sessions", e.level, e.show)
	leader.pause()
	results := make(chan error, len(asked))
	for i, c := range asked {
		go func() {
			_, err := reattach(c, e.others(leader)[i%2], patience)
			results <- err
		}()
	}
	for range asked {
		if err := <-results; err != nil { // the last ones may come when there is a new leader already
			require.ErrorIs(t, err, wire.ErrClosed, "a follower that has not heard from the leader")
		}
	}
	leader.resume()
	for i, c := range asked {
		ok(t, move(t, c, e.members[i%len(e.members)]), wire.Bare(wire.OpCloseSession))
	}
}

// hops takes a session to one member after the other. A few of the clients write at each.
func hops(e *ensemble, c *wire.Conn, i int, stop <-chan struct{}, moves *atomic.Int64) error {
	pause := time.NewTicker(time.Millisecond)
	defer pause.Stop()
	for at := i; ; at++ {
		select {
		case <-stop:
			c.Close()
			return nil
		case <-pause.C:
		}
		m := e.members[at%len(e.members)]
		next, err := reattach(c, m, answerLimit)
		if errors.Is(err, wire.ErrRefused) {
			return fmt.Errorf("%v, %v: session 0x%x: %w", time.Now().UTC().Format(time.TimeOnly), m, c.Session, err)
		}
		if err != nil {
			continue
		}
		c.Close()
		c = next
		moves.Add(1)
		if i%4 != 0 {
			continue
		}
		reply, err := ask(c, int32(at+1), set(fmt.Sprintf("/hopping%d", i), fmt.Sprint(at)), answerLimit)
		if err == nil && reply.Err != wire.CodeOK {
			return fmt.Errorf("%v: a write of session 0x%x is answered with %d", m, c.Session, reply.Err)
		}
	}
}
