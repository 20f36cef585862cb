package load_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/panjf2000/gnet/v2"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"troupe/bench/floor"
	"troupe/bench/load"
)

// echo serves until the test ends and returns its address.
func echo(t testing.TB) string {
	t.Helper()
	engines, served := make(chan gnet.Engine, 1), make(chan error, 1)
	go func() { served <- floor.NewEcho(func(e gnet.Engine) { engines <- e }).Serve("127.0.0.1:0") }()
	var engine gnet.Engine
	select {
	case engine = <-engines:
	case err := <-served:
		require.FailNow(t, "echo", "%v", err)
	}
	t.Cleanup(func() {
		// Stop looks only every half a second whether it is done; Serve knows at once.
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := engine.Stop(ctx); err != nil {
			require.ErrorIs(t, err, context.Canceled)
		}
		require.NoError(t, <-served)
	})
	fd, err := engine.Dup()
	require.NoError(t, err)
	defer func() { require.NoError(t, unix.Close(fd)) }()
	name, err := unix.Getsockname(fd)
	require.NoError(t, err)
	a := name.(*unix.SockaddrInet4)
	return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)).String()
}

func open(t *testing.T, o load.Options) *load.Generator {
	t.Helper()
	g, opened, err := load.Open(t.Context(), o)
	require.NoError(t, err)
	require.Zero(t, opened.Failed, opened.Reason)
	require.EqualValues(t, o.Conns, opened.Ops)
	require.EqualValues(t, o.Conns, opened.Latency.TotalCount())
	return g
}

func TestABudgetIsAnsweredOnceEach(t *testing.T) {
	g := open(t, load.Options{Address: echo(t), Conns: 5, Depth: 16, Workers: 2})
	s := load.One(load.Create("/p/"+load.Number, 1000, load.Persistent).Sequence())
	s.Budget = 10_001
	r, err := g.All(t.Context(), s)
	require.NoError(t, err)
	require.EqualValues(t, s.Budget, r.Ops)
	require.EqualValues(t, s.Budget, r.Latency.TotalCount(), "the workers' histograms together")
	require.EqualValues(t, s.Budget*int64(s.Ops[0].Len()), r.BytesOut)
	require.EqualValues(t, s.Budget*(20+4+13), r.BytesIn)
	require.Positive(t, r.CPU)

	r, err = g.Each(t.Context(), load.Ping())
	require.NoError(t, err)
	require.EqualValues(t, 5, r.Ops)
	require.NoError(t, g.Close())
}

func TestAWindowCountsWhatIsInIt(t *testing.T) {
	g := open(t, load.Options{Address: echo(t), Conns: 2, Depth: 4})
	var calls []string
	r, err := g.Run(t.Context(), load.One(load.Exists("/p")), load.Window{
		Warm: 10 * time.Millisecond, Time: 50 * time.Millisecond,
		Begin: func() { calls = append(calls, "begin") }, End: func() { calls = append(calls, "end") },
	})
	require.NoError(t, err)
	require.Equal(t, []string{"begin", "end"}, calls)
	require.Positive(t, r.Ops)
	require.GreaterOrEqual(t, r.Elapsed, 50*time.Millisecond)
	require.InDelta(t, float64(r.Ops), float64(r.Latency.TotalCount()), float64(r.Ops)/5+100)
	p := load.Of(r.Latency)
	require.Positive(t, p.P50)
	require.True(t, p.P50 <= p.P90 && p.P90 <= p.P99 && p.P99 <= p.P999 && p.P999 <= p.Max)
	require.NoError(t, g.Close())
}

func TestLargeValuesGoThroughBothWays(t *testing.T) {
	address := echo(t)
	const value = 512 << 10
	require.NoError(t, load.Nodes{Path: "/p", Value: value}.Make(t.Context(), address, load.ZooKeeper))
	g := open(t, load.Options{Address: address, Conns: 2, Depth: 4})
	s := load.Script{Budget: 64, Ops: []load.Op{load.SetData("/p", value), load.GetData("/p", value, false)}}
	r, err := g.All(t.Context(), s)
	require.NoError(t, err)
	// Each of the connections takes turns for itself, so that the halves are not quite halves.
	require.Greater(t, r.BytesIn, int64(30*value))
	require.Greater(t, r.BytesOut, int64(30*value))
	require.NoError(t, g.Close())
}

func TestAContextEndsALoad(t *testing.T) {
	g := open(t, load.Options{Address: echo(t), Conns: 1})
	ctx, cancel := context.WithCancel(t.Context())
	_, err := g.Run(ctx, load.One(load.Ping()), load.Window{Time: time.Hour, Begin: cancel})
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, g.Close())
}

func TestSessionsThatFailAreCounted(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	g, opened, err := load.Open(t.Context(), load.Options{Address: address, Conns: 3})
	require.NoError(t, err)
	require.Equal(t, 3, opened.Failed)
	require.ErrorIs(t, opened.Reason, unix.ECONNREFUSED)
	require.NoError(t, g.Close())
}

// handful serves conns connections, each its own way, until they close.
func handful(t *testing.T, conns int, serve func(net.Conn) error) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	results := make(chan error, conns)
	for range conns {
		go func() {
			c, err := l.Accept()
			if err == nil {
				err = errors.Join(serve(c), c.Close())
			}
			results <- err
		}()
	}
	t.Cleanup(func() {
		for range conns {
			require.NoError(t, <-results)
		}
	})
	return l.Addr().String()
}

// request reads one frame.
func request(c net.Conn) ([]byte, error) {
	var prefix [4]byte
	if _, err := io.ReadFull(c, prefix[:]); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint32(prefix[:]))
	_, err := io.ReadFull(c, b)
	return b, err
}

// frame is a reply: length, xid, zxid, err and no body; or a handshake's answer.
func frame(words ...uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(4*len(words)))
	for _, w := range words {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return b
}

func accept(c net.Conn) error {
	if _, err := request(c); err != nil {
		return err
	}
	_, err := c.Write(frame(0, 30_000, 0, 1, 16, 0, 0, 0, 0))
	return err
}

func TestEventsAreHeardAndTimed(t *testing.T) {
	const watchers = 3
	fire := make(chan struct{})
	g := open(t, load.Options{Conns: watchers, Address: handful(t, watchers, func(c net.Conn) error {
		if err := accept(c); err != nil {
			return err
		}
		<-fire
		_, err := c.Write(frame(0xffffffff, 0, 0, 0, 3, 3, 0))
		_, closed := request(c)
		return errors.Join(err, unless(closed, io.EOF))
	})})
	r, err := g.Hear(t.Context(), watchers, func() error { close(fire); return nil })
	require.NoError(t, err)
	require.EqualValues(t, watchers, r.Ops)
	require.EqualValues(t, watchers, r.Latency.TotalCount())
	require.Positive(t, r.Elapsed)
	require.NoError(t, g.Drop())
}

func TestALostConnectionEndsALoadWithAnError(t *testing.T) {
	g := open(t, load.Options{Conns: 1, Depth: 4, Address: handful(t, 1, func(c net.Conn) error {
		err := accept(c)
		for range 4 { // all is read, so that the end is an orderly one
			_, err2 := request(c)
			err = errors.Join(err, err2)
		}
		return err
	})})
	_, err := g.Run(t.Context(), load.One(load.Ping()), load.Window{Time: time.Hour})
	require.ErrorContains(t, err, "4 requests in flight")
	require.NoError(t, g.Close())
}

func TestSessionsThatAreNotLetGoAreCounted(t *testing.T) {
	g := open(t, load.Options{Conns: 2, Width: 1, Farewell: 20 * time.Millisecond, Address: handful(t, 2, func(c net.Conn) error {
		err := accept(c)
		_, err2 := request(c) // the end of the session, which is not answered
		_, closed := request(c)
		return errors.Join(err, unless(err2, io.EOF), unless(closed, io.EOF))
	})})
	require.ErrorIs(t, g.Close(), load.StuckError{Sessions: 1}, "one at a time: the second was not asked for")
}

// unless is nil if err is the expected one.
func unless(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

func TestClientReportsCodes(t *testing.T) {
	c, err := load.Dial(t.Context(), handful(t, 1, func(c net.Conn) error {
		err := accept(c)
		for xid := range uint32(3) {
			_, err2 := request(c)
			code := uint32(0)
			if xid == 0 {
				code = 0xffffff9b // -101
			}
			_, err3 := c.Write(frame(xid+1, 0, 0, code))
			err = errors.Join(err, err2, err3)
		}
		return err
	}), 10*time.Second)
	require.NoError(t, err)
	_, err = c.Do(load.Exists("/p"), 0)
	require.ErrorIs(t, err, load.CodeError(load.CodeNoNode))
	_, err = c.Do(load.Exists("/p"), 0)
	require.NoError(t, err)
	require.NoError(t, c.Close())
}
