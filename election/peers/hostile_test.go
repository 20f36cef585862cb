package peers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/jute"
)

// feed connects to server 2 as a stranger, sends bytes, and waits until the other side closes.
func feed(t *testing.T, n *memory, b []byte) {
	raw, err := n.Dial(t.Context(), address(2))
	require.NoError(t, err)
	go func() { _, _ = raw.Write(b) }()
	_, err = raw.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, raw.Close())
	synctest.Wait()
}

// Bytes that no server sends cost their connection and one event each; everybody else goes on.
func TestHostileBytes(t *testing.T) {
	cases := hostileHellos()
	frame := func(size int32, text string) []byte {
		return append(helloBytes(helloV1, 3, 3, "h:1"), append(jute.AppendInt(nil, size), text...)...)
	}
	cases["a frame of 524289 bytes"] = frame(524289, "x")
	cases["a frame of 0 bytes"] = frame(0, "")
	cases["a frame of -1 bytes"] = frame(-1, "x")
	cases["a frame of 1195725856 bytes"] = frame(0x47455420, "/ HTTP/1.1") // GET
	cases["says that it is server 2"] = helloBytes(helloV1, 2, 3, "h:1")
	cases["took too long"] = []byte{0xff}
	bubble(t, func(t *testing.T, n *memory) {
		a, b := start(t, n, 1, 3), start(t, n, 2, 3)
		synctest.Wait()
		b.Send(1, []byte("x"))
		synctest.Wait()
		for reason, bytes := range cases {
			before := len(b.seen())
			feed(t, n, bytes)
			events := b.seen()[before:]
			require.Len(t, events, 1, reason)
			require.ErrorContains(t, events[0].Err, reason)
		}
		require.Equal(t, []int64{1}, b.Connected())
		b.Send(1, []byte("still here"))
		synctest.Wait()
		require.Equal(t, []string{"2: x", "2: still here"}, a.received())
		a.Close()
		b.Close()
	})
}

// Who connects and says nothing is let go after the handshake's time; so many at a time are borne.
func TestSilentConnections(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		b := start(t, n, 2, 3)
		synctest.Wait()
		var all []net.Conn
		for range maxHandshakes + 10 {
			raw, err := n.Dial(t.Context(), address(2))
			require.NoError(t, err)
			all = append(all, raw)
			synctest.Wait()
		}
		require.Len(t, b.seen(), 10)
		require.ErrorContains(t, b.seen()[0].Err, "have not introduced themselves")
		after(6 * time.Second)
		require.Len(t, b.seen(), maxHandshakes+10)
		require.ErrorIs(t, b.seen()[10].Err, ErrTimeout)
		for _, raw := range all {
			_, err := raw.Read(make([]byte, 1))
			require.Error(t, err)
			require.NoError(t, raw.Close())
		}
		b.Close()
	})
}

// Observers without an id get -1, -2, ... and are answered; nothing is kept of them when they are gone.
func TestAnonymousObservers(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		b := start(t, n, 2, 3)
		synctest.Wait()
		hello := helloBytes(helloV1, math.MaxInt64, 3, "h:1")
		for i := int64(-1); i >= -2; i-- {
			raw, err := n.Dial(t.Context(), address(2))
			require.NoError(t, err)
			_, err = raw.Write(append(hello, append(jute.AppendInt(nil, 2), "hi"...)...))
			require.NoError(t, err)
			synctest.Wait()
			require.Equal(t, []string{fmt.Sprintf("%d: hi", i)}, b.received())
			b.Send(i, []byte("you too"))
			answer := make([]byte, 4+7)
			_, err = io.ReadFull(raw, answer)
			require.NoError(t, err)
			require.Equal(t, "you too", string(answer[4:]))
			require.NoError(t, raw.Close())
			synctest.Wait()
			require.Empty(t, b.links)
		}
		b.Close()
	})
}

// Servers outside of the configuration are bounded in number, and members still get in.
func TestStrangersAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T, n *memory) {
		b := start(t, n, 2, 3)
		synctest.Wait()
		for sid := int64(100); sid < 100+maxStrangers+20; sid++ {
			raw, err := n.Dial(t.Context(), address(2))
			require.NoError(t, err)
			_, err = raw.Write(helloBytes(helloV1, sid, 3, "h:1"))
			require.NoError(t, err)
			synctest.Wait()
		}
		require.LessOrEqual(t, len(b.Connected()), maxStrangers+3)
		require.NotEmpty(t, b.seen())
		require.ErrorContains(t, b.seen()[0].Err, "strangers")
		c := start(t, n, 3, 3)
		c.Send(2, []byte("member"))
		synctest.Wait()
		require.Equal(t, []string{"3: member"}, b.received())
		n.breakAll()
		synctest.Wait()
		require.LessOrEqual(t, len(b.links), 3)
		b.Close()
		c.Close()
	})
}

// Authentication that fails ends the connection on both sides, and is said once on each.
func TestAuthenticate(t *testing.T) {
	password := func(word string) func(*Options) {
		return func(o *Options) {
			o.Authenticate = func(c net.Conn, _ int64, initiated bool) error {
				if initiated {
					_, err := c.Write([]byte(word))
					return err
				}
				got := make([]byte, len(word))
				if _, err := io.ReadFull(c, got); err != nil {
					return err
				}
				if !bytes.Equal(got, []byte(word)) {
					return errors.New("wrong password")
				}
				return nil
			}
		}
	}
	bubble(t, func(t *testing.T, n *memory) {
		a, b, c := start(t, n, 1, 3, password("good")), start(t, n, 2, 3, password("good")), start(t, n, 3, 3, password("evil"))
		synctest.Wait()
		b.Send(1, []byte("x"))
		c.Send(1, []byte("y"))
		after(time.Second)
		require.Equal(t, []string{"2: x"}, a.received())
		require.Len(t, a.seen(), 1)
		require.True(t, strings.Contains(a.seen()[0].Err.Error(), "wrong password"))
		for _, s := range []*server{a, b, c} {
			s.Close()
		}
	})
}
