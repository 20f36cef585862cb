//go:build interop

package ensemble

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

// TestMinority leaves one voter alone, each in turn, the leader first: it stops to serve in time, acknowledges nothing,
// and says to monitoring that it does not serve. When the others are back, so are the sessions.
func TestMinority(t *testing.T) {
	forMixes(t, []mix{"tta", "att", "ttt"}, func(t *testing.T, x mix) {
		e := form(t, x, options{})
		keeper := connect(t, e.leader(), long)
		ok(t, keeper, ephemeral("/kept"))
		last := e.leader()
		for _, alone := range []*member{e.leader(), e.followers()[0]} {
			e.awaitFormed()
			c := connect(t, alone, long)
			ok(t, c, create("/asked", ""))
			others := e.others(alone)
			for _, m := range others {
				m.Kill()
			}
			// Two writes: a leader may still log the first one and send it to nobody.
			require.NoError(t, c.Write(append(set("/asked", "1").Frame(7), set("/asked", "2").Frame(8)...)))
			m, err := c.AwaitFor(func(m wire.Message) bool { return m.Kind == wire.Closed || m.Kind == wire.Reply },
				(syncLimit+4)*tick*time.Millisecond+5*time.Second)
			require.NoError(t, err, "%v does not let its clients go", alone)
			require.Equal(t, wire.Closed, m.Kind, "a lonely member acknowledges nothing: %v", m)
			await(t, patience, "the lonely member stops to serve", func() bool { return !alone.state().serves }, e.show)
			for word, answer := range map[string]string{
				"ruok": "imok", "isro": "null",
				"srvr": "This ZooKeeper instance is not currently serving requests\n",
				"mntr": "This ZooKeeper instance is not currently serving requests\n",
			} {
				text, err := peer.FourLetter(alone.address(), word, time.Second)
				require.NoError(t, err, word)
				require.Equal(t, answer, text, "%s to %v", word, alone)
			}
			_, err = open(alone, wire.Hello{Timeout: long, Password: make([]byte, 16)}, time.Second)
			require.Error(t, err, "a lonely member gives out no session")
			for _, m := range others {
				m.launch()
			}
			last = e.awaitFormed()
			again := move(t, c, others[0])
			ok(t, again, wire.VersionReq(wire.OpDelete, "/asked", -1), wire.Bare(wire.OpCloseSession))
		}
		keeper = move(t, keeper, last)
		ok(t, keeper, set("/kept", ""), wire.Bare(wire.OpCloseSession))
		e.sameTrees(t)
	})
}
