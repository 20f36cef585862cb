package load_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/bench/load"
)

// mortal serves connections one after the other; each dies at its third request. It counts
// those that came back with the session that they had.
type mortal struct{ begun, resumed atomic.Int64 }

const mortalSession = 77

func (m *mortal) serve(c net.Conn) error {
	hello, err := request(c)
	if err != nil {
		return err
	}
	session := binary.BigEndian.Uint64(hello[16:])
	if m.begun.Add(1); session == mortalSession && hello[28] == 9 {
		m.resumed.Add(1)
	}
	// protocol, timeout, session, password: 16 bytes of which the first is 9
	if _, err := c.Write(frame(0, 30_000, 0, mortalSession, 16, 9<<24, 0, 0, 0)); err != nil {
		return err
	}
	for range 2 {
		r, err := request(c)
		if err != nil {
			return err
		}
		if _, err := c.Write(frame(binary.BigEndian.Uint32(r), 0, 0, 0)); err != nil {
			return err
		}
	}
	_, err = request(c)
	return err
}

// listen serves with m until the test ends.
func (m *mortal) listen(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				done <- unless(err, net.ErrClosed)
				return
			}
			// How a connection ends is the client's business here.
			_ = errors.Join(m.serve(c), c.Close())
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, l.Close())
		require.NoError(t, <-done)
	})
	return l.Addr().String()
}

func TestALoadOutlivesItsServers(t *testing.T) {
	var first, second mortal
	g := open(t, load.Options{Address: first.listen(t) + "," + second.listen(t), Conns: 1, Resume: time.Millisecond})
	g.Mark()
	r, err := g.Run(t.Context(), load.One(load.Ping()), load.Window{
		Time: 20 * time.Second, Beat: 10 * time.Second,
		Until: func() bool { return second.resumed.Load() >= 2 },
	})
	require.NoError(t, err)
	require.Positive(t, g.AfterMark(), "something was answered after the mark")
	require.GreaterOrEqual(t, first.begun.Load(), int64(2), "the addresses take turns")
	require.Equal(t, first.begun.Load()-1, first.resumed.Load(), "all but the first asked for their session")
	require.GreaterOrEqual(t, r.Lost, 2, "the third request of each connection")
	require.Zero(t, r.Expired)
	require.Len(t, r.Beats, 2)
	require.Equal(t, r.Ops, r.Beats[0].Ops+r.Beats[1].Ops)
	require.Positive(t, r.Beats[0].Longest)
	require.NoError(t, g.Drop())
}

func TestAWrongAnswerEndsALoadThatWouldGoOn(t *testing.T) {
	var m mortal
	g := open(t, load.Options{Address: m.listen(t), Conns: 1, Resume: time.Millisecond})
	_, err := g.Run(t.Context(), load.One(load.Exists("/p")), load.Window{Time: time.Hour})
	require.ErrorContains(t, err, "has 16 bytes, not 84")
	require.NoError(t, g.Drop())
}

func TestASessionThatIsRefusedIsReplaced(t *testing.T) {
	const conns = 3 // the first dies, the second refuses, the third gives a new session
	number := atomic.Int64{}
	address := handful(t, conns, func(c net.Conn) error {
		switch number.Add(1) {
		case 1:
			err := accept(c)
			_, dies := request(c)
			return errors.Join(err, dies)
		case 2:
			_, err := request(c)
			_, err2 := c.Write(frame(0, 0, 0, 0, 16, 0, 0, 0, 0))
			_, closed := request(c)
			return errors.Join(err, err2, unless(closed, io.EOF))
		}
		err := accept(c)
		r, err2 := request(c)
		_, err3 := c.Write(frame(binary.BigEndian.Uint32(r), 0, 0, 0))
		_, closed := request(c)
		return errors.Join(err, err2, err3, unless(closed, io.EOF))
	})
	g := open(t, load.Options{Address: address, Conns: 1, Resume: time.Millisecond})
	s := load.One(load.Ping())
	s.Budget = 2 // one is lost with the first connection
	g.Mark()
	r, err := g.Run(t.Context(), s, load.Window{Time: 20 * time.Second, Until: func() bool { return g.AfterMark() > 0 }})
	require.NoError(t, err)
	require.Equal(t, 1, r.Expired)
	require.Equal(t, 1, r.Lost)
	require.NoError(t, g.Drop())
}

func TestEachConnectionPlaysItsShare(t *testing.T) {
	g := open(t, load.Options{Address: echo(t), Conns: 7, Depth: 16})
	s := load.One(load.GetData("/p/"+load.Number, 0, true).Turn())
	s.Each = 100
	for range 2 { // a script begins anew
		r, err := g.All(t.Context(), s)
		require.NoError(t, err)
		require.EqualValues(t, 700, r.Ops)
	}
	require.NoError(t, g.Close())
}

func TestAWindowMayEndEarlier(t *testing.T) {
	g := open(t, load.Options{Address: echo(t), Conns: 1})
	asked := 0
	r, err := g.Run(t.Context(), load.One(load.Ping()), load.Window{Time: time.Hour, Until: func() bool { asked++; return asked == 3 }})
	require.NoError(t, err)
	require.Positive(t, r.Ops)
	require.Less(t, r.Elapsed, time.Minute)
	require.NoError(t, g.Close())
}

func TestWord(t *testing.T) {
	answer, err := load.Word(t.Context(), handful(t, 1, func(c net.Conn) error {
		var word [4]byte
		_, err := io.ReadFull(c, word[:])
		_, err2 := io.WriteString(c, "Mode: leader, asked "+string(word[:])+"\n")
		return errors.Join(err, err2)
	}), "srvr")
	require.NoError(t, err)
	require.Equal(t, "Mode: leader, asked srvr\n", answer)
}
