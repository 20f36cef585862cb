package peers

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/election/quorum"
)

// Two servers that talk to each other at the same moment end up with one connection, and lose nothing.
func TestOneConnectionAPair(t *testing.T) {
	for range 50 {
		bubble(t, func(t *testing.T, n *memory) {
			a, b := start(t, n, 1, 2), start(t, n, 2, 2)
			synctest.Wait()
			go a.Send(2, []byte("from a"))
			go b.Send(1, []byte("from b"))
			after(5 * time.Second)
			require.Equal(t, 2, n.ends(), "a %v, b %v, dialed %v", a.seen(), b.seen(), n.dialed)
			require.Contains(t, a.received(), "2: from b")
			require.Contains(t, b.received(), "1: from a")
			require.Equal(t, []int64{2}, a.Connected())
			require.Equal(t, []int64{1}, b.Connected())
			require.True(t, a.Delivered())
			a.Close()
			b.Close()
		})
	}
}

// The server with the larger id keeps what it dialed; the smaller one only asks to be called, at the address that
// it announces.
func TestLargerCallsBack(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		elsewhere := "10.0.0.77:3888"
		a := start(t, n, 1, 2, func(o *Options) { o.Announce, o.Listen = []string{elsewhere}, []string{elsewhere} })
		b := start(t, n, 2, 2)
		synctest.Wait()
		a.Send(2, []byte("x"))
		synctest.Wait()
		require.Equal(t, []string{address(2), elsewhere}, n.dialed)
		require.Equal(t, []string{"1: x"}, b.received())
		a.Close()
		b.Close()
	})
}

// Nobody can call a wildcard address: then the configured one is called.
func TestCallBackIgnoresWildcards(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		a := start(t, n, 1, 2, func(o *Options) { o.Announce = []string{"0.0.0.0:3888", "[::]:3888"}; o.MultiAddress = true })
		b := start(t, n, 2, 2)
		synctest.Wait()
		a.Send(2, []byte("x"))
		synctest.Wait()
		require.Equal(t, []string{address(2), address(1)}, n.dialed)
		require.Equal(t, []string{"1: x"}, b.received())
		a.Close()
		b.Close()
	})
}

// Everybody reaches everybody, with one connection a pair.
func TestFive(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		var all []*server
		for sid := int64(1); sid <= 5; sid++ {
			all = append(all, start(t, n, sid, 5))
		}
		synctest.Wait()
		for i, s := range all {
			for to := int64(1); to <= 5; to++ {
				go s.Send(to, fmt.Appendf(nil, "hello from %d", i+1))
			}
		}
		after(10 * time.Second)
		require.Equal(t, 5*4, n.ends())
		for i, s := range all {
			got := s.received()
			for from := 1; from <= 5; from++ {
				require.Contains(t, got, fmt.Sprintf("%d: hello from %d", from, from), "at %d", i+1)
			}
		}
		for _, s := range all {
			s.Close()
		}
	})
}

// What could not be sent is replaced by what is newer.
func TestNewestWins(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		b := start(t, n, 2, 2)
		for i := range 10 {
			b.Send(1, fmt.Appendf(nil, "message %d", i))
		}
		require.False(t, b.Delivered())
		after(time.Second)
		a := start(t, n, 1, 2)
		after(time.Minute)
		require.Empty(t, a.received(), "the attempt failed, and nobody has asked for another")
		b.ConnectAll()
		after(time.Minute)
		require.Equal(t, []string{"2: message 9"}, a.received())
		require.True(t, b.Delivered())
		a.Close()
		b.Close()
	})
}

// A fresh connection begins with the last message once more: it may have been lost with the old one.
func TestLastMessageAgain(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		a, b := start(t, n, 1, 2), start(t, n, 2, 2)
		synctest.Wait()
		b.Send(1, []byte("one"))
		after(time.Second)
		require.Equal(t, []string{"2: one"}, a.received())
		n.breakAll()
		after(time.Minute)
		require.Empty(t, b.Connected(), "nobody reconnects without a reason")
		b.ConnectAll()
		after(time.Second)
		require.Equal(t, []string{"2: one"}, a.received())
		n.breakAll()
		after(time.Second)
		b.Send(1, []byte("two"))
		after(time.Second)
		require.Equal(t, []string{"2: two"}, a.received())
		a.Close()
		b.Close()
	})
}

// A peer that cannot be reached is not dialed more often than the back-off allows, however much is sent.
func TestBackoff(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		b := start(t, n, 2, 2)
		for range 1000 {
			b.Send(1, []byte("x"))
			after(10 * time.Millisecond)
		}
		// 0, 0.05, 0.15, 0.35, 0.75, 1.55, 3.15, 4.75, 6.35, 7.95, 9.55
		require.Equal(t, 11, n.dials(address(1)))
		require.Len(t, b.seen(), 11)
		require.ErrorIs(t, b.seen()[0].Err, errRefused)
		b.Close()
	})
}

// A peer that calls is called back at once, whatever the back-off.
func TestCallCutsBackoffShort(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		b := start(t, n, 2, 2, func(o *Options) { o.BackoffMin, o.BackoffMax = time.Hour, time.Hour })
		synctest.Wait()
		b.Send(1, []byte("old"))
		synctest.Wait()
		b.Send(1, []byte("new"))
		a := start(t, n, 1, 2)
		synctest.Wait()
		a.Send(2, []byte("call me"))
		synctest.Wait()
		require.Equal(t, []string{"2: new"}, a.received())
		require.Equal(t, []string{"1: call me"}, b.received())
		a.Close()
		b.Close()
	})
}

// Of several addresses the next one is tried when one refuses or does not answer; then those of the proposed
// configuration.
func TestSeveralAddresses(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		parse := func(text string) *quorum.Config {
			c, err := quorum.Parse(text)
			require.NoError(t, err)
			return c
		}
		n.hang["dead:1"] = true
		b := start(t, n, 2, 2, func(o *Options) {
			o.Committed = parse("server.1=dead:9:1|gone:9:1\nserver.2=b:1:2\nversion=1")
			o.LastProposed = parse("server.1=10.0.0.1:2888:3888\nserver.2=b:1:2\nversion=2")
		})
		a := start(t, n, 1, 2)
		synctest.Wait()
		b.Send(1, []byte("x"))
		after(6 * time.Second)
		require.Equal(t, []string{"dead:1", "gone:1", address(1)}, n.dialed)
		require.Equal(t, []string{"2: x"}, a.received())
		a.Close()
		b.Close()
	})
}

// A port in use is tried again; after the allowed tries the mesh has failed; with 0 it never does.
func TestBindRetries(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		n.bindFails[address(1)], n.bindFails[address(2)], n.bindFails[address(3)] = 2, 3, 1000
		a := start(t, n, 1, 3)
		b := start(t, n, 2, 3)
		c := start(t, n, 3, 3, func(o *Options) { o.BindRetries = 0 })
		after(2500 * time.Millisecond)
		require.Empty(t, a.failed)
		require.Len(t, b.failed, 1)
		require.ErrorContains(t, b.failed[0], "after 3 tries")
		require.Len(t, b.seen(), 3)
		after(time.Hour)
		require.Empty(t, c.failed)
		c.Send(1, []byte("here"))
		after(time.Second)
		require.Equal(t, []string{"3: here"}, a.received())
		for _, s := range []*server{a, b, c} {
			s.Close()
		}
	})
}

// A listener that breaks is opened again.
func TestListenerBreaks(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		a, b := start(t, n, 1, 2), start(t, n, 2, 2)
		synctest.Wait()
		require.NoError(t, n.listeners[address(1)].Close())
		after(2 * time.Second)
		b.Send(1, []byte("x"))
		after(time.Second)
		require.Equal(t, []string{"2: x"}, a.received())
		a.Close()
		b.Close()
	})
}

// After Close nothing is sent, nothing is left running (the bubble would tell), also in the middle of an attempt.
func TestClose(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		n.hang[address(1)] = true
		b := start(t, n, 2, 3)
		b.Send(1, []byte("hangs"))
		b.Send(3, []byte("refused, in back-off"))
		synctest.Wait()
		b.Send(3, []byte("again"))
		raw, err := n.Dial(t.Context(), address(2))
		require.NoError(t, err)
		synctest.Wait()
		b.Close()
		b.Send(1, []byte("too late"))
		b.ConnectAll()
		b.Close()
		_, err = raw.Read(make([]byte, 1))
		require.Error(t, err)
		require.NoError(t, raw.Close())
	})
}

// Members that are new are called where the new configuration says.
func TestConfigure(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		a, c := start(t, n, 1, 3), start(t, n, 3, 2)
		c.Send(4, []byte("nobody knows it"))
		synctest.Wait()
		require.Empty(t, n.dialed)
		c.Configure(members(t, 3), members(t, 4).WithVersion(5))
		c.Send(4, []byte("x"))
		c.Send(1, []byte("y"))
		after(time.Second)
		require.True(t, slices.Contains(n.dialed, address(4)))
		require.Equal(t, []string{"3: y"}, a.received())
		a.Close()
		c.Close()
	})
}

// When connecting takes longer than the time between messages, servers neither storm each other nor give up the
// connections that they have just made.
func TestSlowNetwork(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		n.latency = 300 * time.Millisecond
		a, b := start(t, n, 1, 2), start(t, n, 2, 2)
		for range 500 {
			a.Send(2, []byte("from a"))
			b.Send(1, []byte("from b"))
			after(20 * time.Millisecond)
		}
		require.LessOrEqual(t, len(n.dialed), 10)
		require.Equal(t, 2, n.ends())
		require.Greater(t, len(a.received()), 90)
		require.Greater(t, len(b.received()), 90)
		a.Close()
		b.Close()
	})
}

// A peer that does not read holds up nobody else, and not the end.
func TestPeerThatDoesNotRead(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		a, b := start(t, n, 1, 3), start(t, n, 2, 3)
		synctest.Wait()
		raw, err := n.Dial(t.Context(), address(2))
		require.NoError(t, err)
		_, err = raw.Write(helloBytes(helloV1, 3, 3, "h:1"))
		require.NoError(t, err)
		for i := range 5 {
			b.Send(3, []byte("nobody reads this"))
			b.Send(1, fmt.Appendf(nil, "%d", i))
			synctest.Wait()
		}
		require.Equal(t, []string{"2: 0", "2: 1", "2: 2", "2: 3", "2: 4"}, a.received())
		b.Close()
		a.Close()
		require.NoError(t, raw.Close())
	})
}

// What a peer would refuse is not sent.
func TestSendBounds(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		a, b := start(t, n, 1, 2), start(t, n, 2, 2)
		synctest.Wait()
		b.Send(1, make([]byte, maxFrame+1))
		b.Send(1, nil)
		after(time.Second)
		require.Empty(t, n.dialed)
		b.Send(1, make([]byte, maxFrame))
		after(time.Second)
		require.Len(t, a.received()[0], len("2: ")+maxFrame)
		a.Close()
		b.Close()
	})
}
