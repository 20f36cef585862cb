package link

import (
	"bytes"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

// One address that can be bound is enough; none is not.
func TestListenAddresses(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		n.hang["elsewhere:1"], n.hang["elsewhere:2"] = true, true
		var log bytes.Buffer
		network := TCP(Options{Sockets: n, Log: zerolog.New(&log)})
		_, err := network.Listen([]string{"elsewhere:1", "elsewhere:2"}, nil)
		require.ErrorContains(t, err, "quorum port elsewhere:2 cannot be bound: cannot assign")
		require.Empty(t, log.String())
		closer, err := network.Listen([]string{"elsewhere:1", "a:1"}, nil)
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(log.String(), "\n"))
		require.Contains(t, log.String(), "elsewhere:1")
		require.Len(t, closer.(*listener).Addrs(), 1)
		require.NoError(t, closer.Close())
		_, err = network.Listen(nil, nil)
		require.Error(t, err)
	})
}

// Running out of file descriptors does not end accepting: it goes on when there are some again, and is said once a pause.
func TestAcceptFails(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		var log bytes.Buffer
		network := TCP(Options{Sockets: n, Log: zerolog.New(zerolog.SyncWriter(&log))})
		n.accepting["a:1"] = []error{syscall.EMFILE, syscall.ECONNABORTED, syscall.ENFILE}
		for range 20 {
			n.accepting["b:1"] = append(n.accepting["b:1"], fmt.Errorf("accept: %w", syscall.EMFILE))
		}
		var accepted atomic.Int32
		closer, err := network.Listen([]string{"a:1", "b:1"}, func(l Link) { accepted.Add(1); l.Close(nil) })
		require.NoError(t, err)
		a, b := dial(network, []string{"a:1"}, DialOptions{}), dial(network, []string{"b:1"}, DialOptions{})
		after(time.Minute)
		require.NoError(t, a.err)
		require.Equal(t, 35*time.Millisecond, a.at)
		require.NoError(t, b.err)
		require.Equal(t, 13275*time.Millisecond, b.at, "pauses double up to a second")
		a.l.Close(nil)
		b.l.Close(nil)
		require.EqualValues(t, 2, accepted.Load())
		require.Equal(t, 23, strings.Count(log.String(), "\n"))
		n.mu.Lock()
		n.accepting["a:1"] = []error{syscall.EMFILE}
		n.mu.Unlock()
		d := dial(network, []string{"a:1"}, DialOptions{})
		synctest.Wait()
		require.NoError(t, d.err)
		d.l.Close(nil)
		require.NoError(t, closer.Close(), "while it pauses")
	})
}

// Too many connections are refused, said once, until there are fewer.
func TestAcceptedBound(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		var log bytes.Buffer
		network := TCP(Options{Sockets: n, Accepted: 2, Log: zerolog.New(&log)})
		var accepted []Link
		closer, err := network.Listen([]string{"a:1"}, func(l Link) { accepted = append(accepted, l) })
		require.NoError(t, err)
		refused := func() bool {
			d := dial(network, []string{"a:1"}, DialOptions{})
			synctest.Wait()
			require.NoError(t, d.err)
			e := newEars()
			d.l.Start(e)
			synctest.Wait()
			defer d.l.Close(nil)
			return e.ended() != nil
		}
		hold := func() Link {
			d := dial(network, []string{"a:1"}, DialOptions{})
			synctest.Wait()
			return d.l
		}
		first, second := hold(), hold()
		require.Len(t, accepted, 2)
		require.True(t, refused())
		require.True(t, refused())
		require.Equal(t, 1, strings.Count(log.String(), "too many"))
		accepted[0].Close(nil)
		require.False(t, refused())
		require.Len(t, accepted, 3)
		first.Close(nil)
		second.Close(nil)
		require.NoError(t, closer.Close())
		require.Zero(t, closer.(*listener).open)
	})
}

// Links that nobody has started end with the listener; those that were started go on.
func TestListenerClosed(t *testing.T) {
	bubble(t, func(t *testing.T, n *pipes) {
		network := TCP(Options{Sockets: n})
		var accepted []Link
		closer, err := network.Listen([]string{"a:1"}, func(l Link) { accepted = append(accepted, l) })
		require.NoError(t, err)
		one, two := dial(network, []string{"a:1"}, DialOptions{}), dial(network, []string{"a:1"}, DialOptions{})
		synctest.Wait()
		a, b := newEars(), newEars()
		accepted[0].Start(a)
		require.NoError(t, closer.Close())
		require.NoError(t, closer.Close())
		accepted[1].Start(b)
		require.ErrorIs(t, b.end(), ErrClosed)
		after(time.Hour)
		require.NoError(t, a.ended())
		one.l.Close(nil)
		two.l.Close(nil)
		require.ErrorIs(t, a.end(), ErrPeerClosed)
		d := dial(network, []string{"a:1"}, DialOptions{})
		after(time.Second)
		require.ErrorIs(t, d.err, errRefused)
	})
}
