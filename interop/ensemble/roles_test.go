//go:build interop

package ensemble

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/wire"
)

const codeEphemeralOnLocal = -120

// TestLocalSessions: a session costs the ensemble nothing and is known to its member only, until it makes an
// ephemeral: then it becomes one that all know, under the same id.
func TestLocalSessions(t *testing.T) {
	forMixes(t, []mix{"ttaT", "aatA", "ttt"}, func(t *testing.T, x mix) {
		e := form(t, x, options{direct: true, settings: []string{
			"localSessionsEnabled=true", "localSessionsUpgradingEnabled=true",
		}})
		for i, m := range e.members {
			other := e.members[(i+1)%len(e.members)]
			await(t, patience, "all have the same", e.level, e.show)
			before := e.leader().state().zxid
			local, upgraded := connect(t, m, long), connect(t, m, long)
			require.Equal(t, before, e.leader().state().zxid, "a local session is no transaction")
			p := fmt.Sprintf("/local%d", m.id)
			ok(t, local, create(p, ""), set(p, "1"))
			refused(t, local, other)
			ok(t, move(t, local, m), set(p, "2"), wire.Bare(wire.OpCloseSession))

			ok(t, upgraded, ephemeral(p+"-e"))
			_, stat := data(t, upgraded, p+"-e")
			require.Equal(t, upgraded.Session, stat.EphemeralOwner)
			moved := move(t, upgraded, other)
			ok(t, moved, set(p+"-e", "moved"))
			in := connect(t, m, long)
			ok(t, in, wire.MultiReq(wire.OpMulti, create(p+"-m", ""), ephemeral(p+"-n")))
			ok(t, move(t, in, other), wire.Bare(wire.OpCloseSession))
			ok(t, moved, wire.Bare(wire.OpCloseSession))
			reader := connect(t, m, long)
			ok(t, reader, set("/", ""))
			require.False(t, exists(t, reader, p+"-e"))
			require.False(t, exists(t, reader, p+"-n"))
			require.True(t, exists(t, reader, p+"-m"))
		}
		e.sameTrees(t)

		// One that falls silent is forgotten by its member, which others need not be told. It stays silent for so long
		// that it is certain.
		brief := connect(t, e.members[0], 600)
		brief.Close()
		begin := time.Now()
		await(t, patience, "the time-out of a local session", func() bool { return time.Since(begin) > 2*time.Second })
		refused(t, brief, e.members[0])
	})
}

// TestLocalSessionsStayLocal: without upgrading, a local session makes no ephemerals.
func TestLocalSessionsStayLocal(t *testing.T) {
	forMixes(t, []mix{"att", "tta"}, func(t *testing.T, x mix) {
		e := form(t, x, options{direct: true, settings: []string{"localSessionsEnabled=true"}})
		for _, m := range e.members {
			c := connect(t, m, long)
			p := fmt.Sprintf("/local%d", m.id)
			require.EqualValues(t, codeEphemeralOnLocal, code(t, c, ephemeral(p)), "%v", m)
			require.False(t, exists(t, c, p))
			ok(t, c, create(p, ""), wire.Bare(wire.OpCloseSession))
		}
		e.sameTrees(t)
	})
}

// TestLeaderDoesNotServe: with leaderServes=no the leader takes no clients; the others do, and forward to it. When it
// is a follower again, it does.
func TestLeaderDoesNotServe(t *testing.T) {
	forMixes(t, []mix{"tta", "aat", "ttt"}, func(t *testing.T, x mix) {
		e := lay(t, x, options{direct: true, settings: []string{"leaderServes=no"}})
		for _, m := range e.members {
			m.launch()
		}
		await(t, patience, "two members give out sessions, and follow", func() bool { return len(e.followers()) == 2 }, e.show)
		served := e.followers()
		leader := e.others(served...)[0]
		_, err := open(leader, wire.Hello{Timeout: long, Password: make([]byte, 16)}, time.Second)
		require.Error(t, err, "%v leads and serves", leader)
		c := connect(t, served[0], long)
		ok(t, c, ephemeral("/served"))
		c = move(t, c, served[1])
		ok(t, c, set("/served", "1"))
		leader.Kill()
		e.writesGoOn(t, "the leader is dead")
		leader.launch()
		await(t, patience, "the old leader follows", func() bool { return leader.state().mode == "follower" }, e.show)
		c = move(t, c, leader)
		ok(t, c, set("/served", "2"), wire.Bare(wire.OpCloseSession))
	})
}
