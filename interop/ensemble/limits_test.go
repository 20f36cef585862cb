//go:build interop

package ensemble

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

// TestManyEphemerals closes a session whose ephemerals are too many for one transaction of the wire (ZOOKEEPER-4306).
// All members live on, Apache's too, and so they do when they read it from their logs.
func TestManyEphemerals(t *testing.T) {
	if peer.Target() == peer.Apache {
		t.Log("Apache's leader makes one transaction of them, which its followers refuse: nothing to run against it")
		return
	}
	forMixes(t, []mix{"att", "ttt"}, func(t *testing.T, x mix) {
		e := form(t, x, options{})
		c := connect(t, e.followers()[0], long)
		const n = 12_000
		var frames []byte
		for i := range n {
			frames = append(frames, ephemeral(fmt.Sprintf("/%06d-%s", i, strings.Repeat("e", 200))).Frame(int32(1000+i))...)
		}
		require.NoError(t, c.Write(frames))
		for i := range n {
			m, err := c.Next()
			require.NoError(t, err)
			require.EqualValues(t, 1000+i, m.Xid)
			require.Equal(t, wire.CodeOK, m.Err)
		}
		ok(t, c, wire.Bare(wire.OpCloseSession))
		e.awaitFormed()
		want := e.sameTrees(t)
		require.NotContains(t, want, "eeee")
		for _, m := range e.members {
			m.Kill()
		}
		for _, m := range e.members {
			m.launch()
		}
		e.awaitFormed()
		require.Equal(t, want, e.sameTrees(t))
	})
}

// TestSlowLearner pauses a follower while much is written: nobody waits for it, neither before it is given up nor
// after it.
func TestSlowLearner(t *testing.T) {
	forMixes(t, []mix{"att", "ttt"}, func(t *testing.T, x mix) {
		e := form(t, x, options{})
		leader, slow := e.leader(), e.followers()[0]
		c := connect(t, leader, long)
		ok(t, c, create("/big", ""))
		slow.pause()
		begin := time.Now()
		value := strings.Repeat("x", 100_000)
		for i := range 100 { // 10 MB: more than the buffers between the two hold
			ok(t, c, set("/big", value), set("/", fmt.Sprint(i)))
		}
		t.Logf("10 MB beside a paused follower in %v", time.Since(begin))
		require.Equal(t, leader.id, e.leader().id, "the leader still leads")
		slow.resume()
		e.awaitFormed()
		e.sameTrees(t)
	})
}
