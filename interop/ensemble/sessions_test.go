//go:build interop

package ensemble

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/wire"
)

// TestSessionsOverLeaders: sessions outlive the leader that watched over them. The next one gives each its whole
// time-out; whoever comes back in it has its ephemerals, whoever does not is gone then, and not before.
func TestSessionsOverLeaders(t *testing.T) {
	const timeout = 5 * time.Second
	forMixes(t, []mix{"tta", "aat", "ttt"}, func(t *testing.T, x mix) {
		e := form(t, x, options{})
		dead := e.leader()
		watcher := connect(t, e.followers()[0], long)
		var kept, silent []*wire.Conn
		for _, m := range e.members {
			k, s := connect(t, m, int32(timeout.Milliseconds())), connect(t, m, int32(timeout.Milliseconds()))
			kept, silent = append(kept, k), append(silent, s)
			ok(t, k, ephemeral(fmt.Sprintf("/kept%d", m.id)))
			ok(t, s, ephemeral(fmt.Sprintf("/silent%d", m.id)))
		}
		ok(t, watcher, set("/", ""))
		for _, m := range e.members {
			ok(t, watcher, wire.WatchReq(wire.OpGetData, fmt.Sprintf("/silent%d", m.id), true))
		}
		lastWord := time.Now()
		dead.Kill()
		// Clients that were at the survivors are sent away and come back; here they all go on at one of them.
		at := e.others(dead)[1]
		for i, c := range kept {
			kept[i] = move(t, c, at)
		}
		pings := time.NewTicker(timeout / 4)
		defer pings.Stop()
		watcher = move(t, watcher, e.others(dead)[0])
		ok(t, watcher, wire.SetWatchesReq(wire.OpSetWatches, watcher.LastZxid, []string{"/silent1", "/silent2", "/silent3"},
			[]string{}, []string{}))
		for gone := 0; gone < len(silent); {
			_, err := watcher.AwaitFor(func(m wire.Message) bool { return m.Kind == wire.Event && m.Type == wire.NodeDeleted },
				100*time.Millisecond)
			if err == nil {
				require.GreaterOrEqual(t, time.Since(lastWord), timeout, "a session ended before its time")
				gone++
			} else {
				require.ErrorIs(t, err, wire.ErrTimeout)
			}
			require.Less(t, time.Since(lastWord), timeout+patience, "sessions of silent clients must end")
			select {
			case <-pings.C:
				for _, c := range kept {
					_, err := ask(c, wire.XidPing, wire.Bare(wire.OpPing), timeout)
					require.NoError(t, err)
				}
			default:
			}
		}
		for i, c := range kept {
			require.True(t, exists(t, c, fmt.Sprintf("/kept%d", i+1)))
		}
		dead.launch()
		e.awaitFormed()
		e.sameTrees(t)
		for _, c := range silent {
			refused(t, c, dead)
		}
	})
}

// TestReadsOfADeposedLeader: a leader is paused with requests on their way to it, others take over and go on, and it
// wakes up. Troupe answers nothing that is older than what a client has seen before it asked, because sync asks a
// quorum. Apache does, sometimes (lessons.md, "Seen when", 2): then it is told and fails nothing.
func TestReadsOfADeposedLeader(t *testing.T) {
	forMixes(t, []mix{"att", "ttt"}, func(t *testing.T, x mix) {
		e := form(t, x, options{})
		for round := range 3 {
			leader := e.awaitFormed()
			await(t, patience, "all have what was written", e.level, e.show)
			const readers = 20
			var conns []*wire.Conn
			writer := connect(t, e.others(leader)[0], long)
			_, _ = writer.Call(create("/value", "")) // from the second round on it is there
			ok(t, writer, set("/value", "old"))
			for range readers {
				c := connect(t, leader, long)
				ok(t, c, flush("/value"))
				conns = append(conns, c)
			}
			leader.pause()
			var next *wire.Conn
			await(t, patience, "the others go on", func() bool {
				c, err := reattach(writer, e.others(leader)[1], time.Second)
				if err != nil {
					return false
				}
				next = c
				m, err := ask(c, 1, set("/value", fmt.Sprintf("new %d", round)), 5*time.Second)
				return err == nil && m.Err == wire.CodeOK
			}, e.show)
			for _, c := range conns {
				require.NoError(t, c.Write(append(flush("/value").Frame(8), wire.WatchReq(wire.OpGetData, "/value", false).Frame(9)...)))
			}
			leader.resume()
			stale, fresh, closed := 0, 0, 0
			for _, c := range conns {
				m, err := c.Await(func(m wire.Message) bool { return m.Kind == wire.Closed || m.Kind == wire.Reply && m.Xid == 9 })
				require.NoError(t, err, "neither answered nor closed")
				switch {
				case m.Kind == wire.Closed || m.Err != wire.CodeOK:
					closed++
				case string(wire.NewDec(m.Body).Buf()) == "old":
					stale++
				default:
					fresh++
				}
				c.Close()
			}
			next.Close()
			t.Logf("deposed leader is %v: %d reads behind sync were old, %d new, %d clients sent away", leader, stale, fresh, closed)
			if allTroupe(x) {
				require.Zero(t, stale, "reads behind sync at a deposed leader were old")
			}
		}
		e.awaitFormed()
		e.sameTrees(t)
	})
}
