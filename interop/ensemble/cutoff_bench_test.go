//go:build interop

package ensemble

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/wire"
)

// BenchmarkLeaderCutOff tells how long no write is acknowledged when the leader is cut off from all others, both ways. The
// followers find out after syncLimit ticks (2 s here), and then elect another leader.
//
//	go test -tags interop ./interop/ensemble -run '^$' -bench LeaderCutOff -benchtime 5x
func BenchmarkLeaderCutOff(b *testing.B) {
	e := form(b, "ttt", options{})
	for round := range b.N {
		leader := e.leader()
		follower := e.others(leader)[0]
		parent := fmt.Sprintf("/round-%d", round)
		ok(b, connect(b, follower, long), create(parent, ""))
		e.net.isolate(leader)
		begin := time.Now()
		for n := 0; !writes(follower, fmt.Sprintf("%s/%d", parent, n)); n++ {
			require.Less(b, time.Since(begin), patience, e.show())
		}
		b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms/last")
		b.Logf("writes go on after %v", time.Since(begin))
		e.net.heal()
		e.awaitFormed()
	}
}

// writes tells whether a new session at the member may create a znode.
func writes(m *member, path string) bool {
	c, err := open(m, wire.Hello{Timeout: long, Password: make([]byte, 16)}, 500*time.Millisecond)
	if err != nil {
		return false
	}
	defer c.Close()
	answer, err := c.Call(create(path, ""))
	return err == nil && answer.Err == wire.CodeOK
}
