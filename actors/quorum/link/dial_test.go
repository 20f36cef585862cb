package link

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// dialing is what Dial has come to.
type dialing struct {
	calls  int
	l      Link
	err    error
	at     time.Duration // since it began
	cancel func()
}

func dial(n Network, addresses []string, o DialOptions) *dialing {
	d := &dialing{}
	began := time.Now()
	d.cancel = n.Dial(addresses, o, func(l Link, err error) { d.calls, d.l, d.err, d.at = d.calls+1, l, err, time.Since(began) })
	return d
}

// Of several addresses the first that answers is taken, at once, whatever the others do; connections that come about
// beside it are closed.
func TestDialSeveralAddresses(t *testing.T) {
	for name, addresses := range map[string][]string{
		"one black-holed":          {"hole:1", "a:1"},
		"one refused":              {"nobody:1", "a:1"},
		"all kinds":                {"nobody:1", "hole:1", "a:1", "hole:2"},
		"two that answer":          {"a:1", "b:1"},
		"the same one three times": {"a:1", "a:1", "a:1"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *pipes) {
				n.hang["hole:1"], n.hang["hole:2"] = true, true
				network := TCP(Options{Sockets: n})
				var all []Link
				closer, err := network.Listen([]string{"a:1", "b:1"}, func(l Link) { n.mu.Lock(); all = append(all, l); n.mu.Unlock() })
				require.NoError(t, err)
				d := dial(network, addresses, DialOptions{})
				synctest.Wait()
				require.Equal(t, 1, d.calls)
				require.NoError(t, d.err)
				require.Zero(t, d.at)
				require.Contains(t, addresses, d.l.Remote())
				require.NoError(t, closer.Close())
				d.l.Close(nil)
				for _, l := range all {
					e := newEars()
					l.Start(e)
					require.Error(t, e.end())
				}
			})
		})
	}
}

// Apache's numbers: 5 tries, 100 ms apart, within a limit; and before them quick ones, which take 126 ms. The error has the address and the cause.
func TestDialFails(t *testing.T) {
	for name, c := range map[string]struct {
		addresses []string
		o         DialOptions
		at        time.Duration
		tries     int // at the first address
		err       string
		is        error
	}{
		"refused":              {[]string{"nobody:1"}, DialOptions{}, 526 * time.Millisecond, 11, "cannot connect to nobody:1: connection refused", errRefused},
		"refused, twice":       {[]string{"nobody:1"}, DialOptions{Tries: 2, Pause: 10 * time.Millisecond}, 24 * time.Millisecond, 5, "connection refused", errRefused},
		"refused, limit":       {[]string{"nobody:1"}, DialOptions{Limit: 250 * time.Millisecond}, 250 * time.Millisecond, 8, "last try: connection refused", ErrConnectLimit},
		"black-holed":          {[]string{"hole:1"}, DialOptions{Limit: 3 * time.Second}, 3 * time.Second, 1, "cannot connect to hole:1: no connection in time", ErrConnectLimit},
		"refused, black-holed": {[]string{"nobody:1", "hole:1"}, DialOptions{}, 20 * time.Second, 11, "connection refused\ncannot connect to hole:1", ErrConnectLimit},
		"no address":           {nil, DialOptions{}, 0, 0, "no address", nil},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *pipes) {
				n.hang["hole:1"] = true
				d := dial(TCP(Options{Sockets: n}), c.addresses, c.o)
				after(time.Minute)
				require.Equal(t, 1, d.calls)
				require.Nil(t, d.l)
				require.ErrorContains(t, d.err, c.err)
				if c.is != nil {
					require.ErrorIs(t, d.err, c.is)
					require.Equal(t, c.tries, n.dialed[c.addresses[0]])
				}
				require.Equal(t, c.at, d.at)
			})
		})
	}
}

// A leader that listens a moment later is found.
func TestDialBeforeListen(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		network := TCP(Options{Sockets: n})
		d := dial(network, []string{"a:1"}, DialOptions{})
		after(250 * time.Millisecond)
		require.Zero(t, d.calls)
		closer, err := network.Listen([]string{"a:1"}, func(Link) {})
		require.NoError(t, err)
		after(100 * time.Millisecond)
		require.Equal(t, 1, d.calls)
		require.NoError(t, d.err)
		require.Equal(t, 326*time.Millisecond, d.at)
		d.l.Close(nil)
		require.NoError(t, closer.Close())
	})
}

// Cancelling ends it, in whatever state it is, and is of no effect on a link that was handed over.
func TestDialCancelled(t *testing.T) {
	for name, address := range map[string]string{"while it waits for an answer": "hole:1", "between two tries": "nobody:1"} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *pipes) {
				n.hang["hole:1"] = true
				d := dial(TCP(Options{Sockets: n}), []string{address}, DialOptions{})
				after(50 * time.Millisecond)
				d.cancel()
				d.cancel()
				synctest.Wait()
				require.Equal(t, 1, d.calls)
				require.ErrorIs(t, d.err, ErrCancelled)
				require.Equal(t, 50*time.Millisecond, d.at)
			})
		})
	}
	t.Run("afterwards", func(t *testing.T) {
		bubble(t, func(t *testing.T, n *pipes) {
			leader, learner := pair(t, TCP(Options{Sockets: n}), "a:1")
			network := TCP(Options{Sockets: n})
			closer, err := network.Listen([]string{"b:1"}, func(l Link) { l.Start(newEars()) })
			require.NoError(t, err)
			d := dial(network, []string{"b:1"}, DialOptions{})
			synctest.Wait()
			d.cancel()
			e := newEars()
			d.l.Start(e)
			after(time.Hour)
			require.Equal(t, 1, d.calls)
			require.NoError(t, e.ended())
			d.l.Close(nil)
			require.ErrorIs(t, e.end(), ErrClosed)
			require.NoError(t, closer.Close())
			leader.Close(nil)
			learner.Close(nil)
		})
	})
}

// Wrap is part of connecting: it may replace the connection, refuse it, and must not take for ever.
func TestWrap(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		network := TCP(Options{Sockets: n, Wrap: func(ctx context.Context, raw net.Conn, address string) (net.Conn, error) {
			switch address {
			case "good:1":
				_, err := raw.Write([]byte("hello"))
				return raw, err
			case "bad:1":
				return nil, errors.New("no certificate")
			case "slow:1":
				_, err := raw.Read(make([]byte, 1))
				return nil, err
			}
			hello := make([]byte, 5)
			_, err := raw.Read(hello)
			return raw, err
		}})
		var accepted []Link
		closer, err := network.Listen([]string{"good:1", "bad:1", "slow:1"}, func(l Link) { accepted = append(accepted, l) })
		require.NoError(t, err)
		good, bad := dial(network, []string{"good:1"}, DialOptions{}), dial(network, []string{"bad:1"}, DialOptions{})
		slow := dial(network, []string{"slow:1"}, DialOptions{Limit: 2 * time.Second})
		after(time.Minute)
		require.NoError(t, good.err)
		require.ErrorContains(t, bad.err, "no certificate")
		require.ErrorIs(t, slow.err, ErrConnectLimit)
		require.Equal(t, 2*time.Second, slow.at)
		require.Len(t, accepted, 1)
		require.Equal(t, 1, closer.(*listener).open)
		good.l.Close(nil)
		require.NoError(t, closer.Close())
	})
}
