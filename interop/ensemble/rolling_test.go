//go:build interop

package ensemble

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
)

// TestRollingReplacement replaces the members of an Apache ensemble by Troupe one at a time, as an operator does: stop
// the server, start the other one with the same zoo.cfg on the same data directory, wait until it follows; the leader
// last. Then all the way back. Clients write and read all the time, and miss nothing.
func TestRollingReplacement(t *testing.T) {
	t.Parallel()
	e := form(t, "aaaA", options{direct: true, settings: []string{"snapCount=2000"}})
	clients := load(t, e, false)
	roll := func(to peer.Kind) {
		order := append(e.others(e.leader()), e.leader())
		for _, m := range order {
			begin := time.Now()
			before := clients.ledgers.acked()
			code := m.Stop()
			require.Equal(t, m.Kind.CleanExit(), code, "exit code of %v", m)
			m.kind = to
			m.launch()
			leader := e.awaitFormed()
			await(t, patience, "the ledgers go on", func() bool { return clients.ledgers.acked() > before }, e.show, clients.failed)
			t.Logf("%v replaced after %4d ms, led by %v", m, time.Since(begin).Milliseconds(), leader)
			clients.registers.next(t)
		}
	}
	roll(peer.Target())
	roll(peer.Apache)
	clients.finish(t)
}
