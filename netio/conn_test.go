package netio

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

// funcs is an owner made of functions.
type funcs struct {
	conn     *Conn
	readable func(c *Conn)
	drained  func(c *Conn)
	closed   chan error
}

func (f *funcs) Readable() { f.readable(f.conn) }

func (f *funcs) Drained() {
	if f.drained != nil {
		f.drained(f.conn)
	}
}

func (f *funcs) Closed(err error) { f.closed <- err }

type acceptFunc func(*Conn) Owner

func (f acceptFunc) Accept(c *Conn) Owner { return f(c) }

// serve starts an engine whose connections behave as make says, and returns its address.
func serve(t *testing.T, make func(*Conn) *funcs) string {
	t.Helper()
	e, err := Listen(Options{Address: "127.0.0.1:0", Loops: 2, Log: zerolog.Nop()}, acceptFunc(func(c *Conn) Owner {
		f := make(c)
		if f == nil {
			return nil
		}
		f.conn = c
		return f
	}))
	require.NoError(t, err)
	t.Cleanup(e.Stop)
	return e.Addr().String()
}

func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(30*time.Second)))
	return c.(*net.TCPConn)
}

func echo(c *Conn) {
	in := c.Input()
	c.Flush(append(c.TakeBuffer(), in...))
	c.Consume(len(in))
	if c.InputEnded() {
		c.Close()
	}
}

// What a client sends comes back, and its end is told.
func TestEchoOnALoop(t *testing.T) {
	closed := make(chan error, 1)
	addr := serve(t, func(*Conn) *funcs { return &funcs{readable: echo, closed: closed} })
	c := dial(t, addr)
	_, err := c.Write([]byte("hello"))
	require.NoError(t, err)
	got := make([]byte, 5)
	_, err = io.ReadFull(c, got)
	require.NoError(t, err)
	require.Equal(t, "hello", string(got))
	require.NoError(t, c.Close())
	require.Error(t, <-closed)
}

// A client that sends much and reads late gets every byte in order: what the kernel does not take waits.
func TestSlowReaderLosesNothing(t *testing.T) {
	const words = 2_000_000
	var full atomic.Bool
	addr := serve(t, func(*Conn) *funcs {
		return &funcs{closed: make(chan error, 1), readable: func(c *Conn) {
			if c.Pending() > 1<<20 {
				c.PauseReading()
				return
			}
			echo(c)
			if c.Pending() > 0 {
				full.Store(true)
			}
		}, drained: func(c *Conn) {
			echo(c)
			c.ResumeReading()
		}}
	})
	c := dial(t, addr)
	sent := make(chan error, 1)
	go func() {
		buf := make([]byte, 0, 64<<10)
		for i := range uint32(words) {
			buf = binary.BigEndian.AppendUint32(buf, i)
			if len(buf) == cap(buf) || i == words-1 {
				if _, err := c.Write(buf); err != nil {
					sent <- err
					return
				}
				buf = buf[:0]
			}
		}
		sent <- c.CloseWrite()
	}()
	// Reading begins only when the server has been stopped by the full socket.
	require.Eventually(t, full.Load, 20*time.Second, time.Millisecond)
	got := make([]byte, 4*words)
	_, err := io.ReadFull(c, got)
	require.NoError(t, err)
	require.NoError(t, <-sent)
	for i := range uint32(words) {
		if binary.BigEndian.Uint32(got[4*i:]) != i {
			require.Equal(t, i, binary.BigEndian.Uint32(got[4*i:]))
		}
	}
}

// While reading is paused the client's bytes stay in its own kernel: TCP carries the back-pressure.
func TestPauseReachesTheClient(t *testing.T) {
	var taken atomic.Int64
	conns := make(chan *Conn, 1)
	addr := serve(t, func(c *Conn) *funcs {
		conns <- c
		return &funcs{closed: make(chan error, 1), readable: func(c *Conn) {
			taken.Add(int64(len(c.Input())))
			c.Consume(len(c.Input()))
		}}
	})
	c := dial(t, addr)
	server := <-conns
	paused := make(chan struct{})
	server.Execute(func() { server.PauseReading(); close(paused) })
	<-paused
	const total = 64 << 20 // far more than the sockets' buffers
	var written atomic.Int64
	done := make(chan error, 1)
	go func() {
		chunk := make([]byte, 64<<10)
		for range total / len(chunk) {
			n, err := c.Write(chunk)
			written.Add(int64(n))
			if err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	// The writer comes to a stop by itself.
	before := int64(-1)
	require.Eventually(t, func() bool {
		now := written.Load()
		still := now > 0 && now == before && now < total
		before = now
		return still
	}, 10*time.Second, 200*time.Millisecond)
	require.LessOrEqual(t, taken.Load(), int64(1<<20))
	server.Execute(server.ResumeReading)
	require.NoError(t, <-done)
	require.Eventually(t, func() bool { return taken.Load() == total }, 20*time.Second, time.Millisecond)
}

// A client that asks, closes its sending side at once and then reads still gets its answer, also when
// that takes the server another goroutine (zktop does so).
func TestHalfClosedClientIsAnswered(t *testing.T) {
	closed := make(chan error, 1)
	addr := serve(t, func(*Conn) *funcs {
		asked := false
		return &funcs{closed: closed, readable: func(c *Conn) {
			if asked || len(c.Input()) < 4 {
				return
			}
			asked = true
			c.Consume(len(c.Input()))
			go c.Execute(func() {
				c.Flush(append(c.TakeBuffer(), "answer"...))
				c.Close()
			})
		}}
	})
	c := dial(t, addr)
	_, err := c.Write([]byte("stat\n"))
	require.NoError(t, err)
	require.NoError(t, c.CloseWrite())
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Equal(t, "answer", string(got))
	<-closed
}

// Functions run in the order given, and one at a time.
func TestExecuteKeepsOrder(t *testing.T) {
	conns := make(chan *Conn, 1)
	addr := serve(t, func(c *Conn) *funcs {
		conns <- c
		return &funcs{closed: make(chan error, 1), readable: func(*Conn) {}}
	})
	dial(t, addr)
	c := <-conns
	var got []int
	all := make(chan struct{})
	const n = 5000
	for i := range n {
		c.Execute(func() {
			got = append(got, i)
			if i == n-1 {
				close(all)
			}
		})
	}
	<-all
	for i := range got {
		require.Equal(t, i, got[i])
	}
	require.Len(t, got, n)
}

// A refused connection is closed without a word.
func TestRefused(t *testing.T) {
	addr := serve(t, func(*Conn) *funcs { return nil })
	got, err := io.ReadAll(dial(t, addr))
	if err == nil {
		require.Empty(t, got)
	}
}

// Close lets what was written out first; Abort does not wait.
func TestCloseAndAbort(t *testing.T) {
	for name, end := range map[string]func(*Conn){
		"close": func(c *Conn) { c.Close() },
		"abort": func(c *Conn) { c.Abort(io.ErrUnexpectedEOF) },
	} {
		t.Run(name, func(t *testing.T) {
			closed := make(chan error, 1)
			addr := serve(t, func(*Conn) *funcs {
				return &funcs{closed: closed, readable: func(c *Conn) {
					c.Flush(append(c.TakeBuffer(), "bye"...))
					end(c)
				}}
			})
			c := dial(t, addr)
			_, err := c.Write([]byte("x"))
			require.NoError(t, err)
			got, _ := io.ReadAll(c)
			require.Equal(t, "bye", string(got[:min(3, len(got))]))
			err = <-closed
			if name == "abort" {
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			} else {
				require.NoError(t, err)
			}
		})
	}
}

// A server on all addresses is reached over IPv4, and its clients have IPv4 addresses: ACLs of the ip
// scheme compare them.
func TestAllAddresses(t *testing.T) {
	remotes := make(chan netip.AddrPort, 1)
	e, err := Listen(Options{Address: ":0", Loops: 1, Log: zerolog.Nop()}, acceptFunc(func(c *Conn) Owner {
		remotes <- c.Remote()
		return nil
	}))
	require.NoError(t, err)
	defer e.Stop()
	c := dial(t, fmt.Sprintf("127.0.0.1:%d", e.Addr().Port()))
	require.Equal(t, c.LocalAddr().String(), (<-remotes).String())
}

// A server that closed its connections can be started again on its port at once.
func TestRestartOnThePort(t *testing.T) {
	addr := "127.0.0.1:0"
	for range 3 {
		closed := make(chan error, 1)
		e, err := Listen(Options{Address: addr, Loops: 1, Log: zerolog.Nop()}, acceptFunc(func(c *Conn) Owner {
			f := &funcs{conn: c, closed: closed, readable: (*Conn).Close}
			return f
		}))
		require.NoError(t, err)
		addr = e.Addr().String()
		c := dial(t, addr)
		_, err = c.Write([]byte("x"))
		require.NoError(t, err)
		<-closed
		_, _ = io.ReadAll(c)
		e.Stop()
	}
}

// What is given to a connection is run also when its loop is ending or has ended: the owner's actor would never
// stop otherwise.
func TestExecuteOutlivesTheLoop(t *testing.T) {
	for range 20 {
		conns := make(chan *Conn, 1)
		e, err := Listen(Options{Address: "127.0.0.1:0", Loops: 1, Log: zerolog.Nop()}, acceptFunc(func(c *Conn) Owner {
			conns <- c
			return &funcs{conn: c, closed: make(chan error, 1), readable: func(*Conn) {}}
		}))
		require.NoError(t, err)
		dial(t, e.Addr().String())
		c := <-conns
		const n = 2000
		var ran atomic.Int64
		go e.Stop()
		for range n {
			c.Execute(func() { ran.Add(1) })
		}
		<-e.Done()
		require.Eventually(t, func() bool { return ran.Load() == n }, 5*time.Second, time.Millisecond)
	}
}

// A port that is taken is an error at the start, not a second server on it.
func TestPortTaken(t *testing.T) {
	addr := serve(t, func(*Conn) *funcs { return nil })
	_, err := Listen(Options{Address: addr, Log: zerolog.Nop()}, acceptFunc(func(*Conn) Owner { return nil }))
	require.ErrorContains(t, err, "address already in use")
}

// What is queued while a connection handles its input runs right behind it, in order, and may end the connection.
func TestQueuedInATurn(t *testing.T) {
	ends := map[string]func(c *Conn){"close": (*Conn).Close, "abort": func(c *Conn) { c.Abort(io.EOF) }}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			closed := make(chan error, 1)
			addr := serve(t, func(*Conn) *funcs {
				return &funcs{closed: closed, readable: func(c *Conn) {
					c.Consume(1) // the rest of the input stays
					c.Execute(func() {
						c.Flush(append(c.TakeBuffer(), "b"...))
						c.Execute(func() { c.Flush(append(c.TakeBuffer(), "c"...)); end(c) })
					})
					c.Flush(append(c.TakeBuffer(), "a"...))
				}}
			})
			k := dial(t, addr)
			_, err := k.Write([]byte("xyz"))
			require.NoError(t, err)
			got, _ := io.ReadAll(k) // an abort may reset the connection
			require.Equal(t, "abc", string(got))
			<-closed
		})
	}
}

// A peer that resets the connection while it is not read from is noticed.
func TestResetWhilePaused(t *testing.T) {
	closed := make(chan error, 1)
	conns := make(chan *Conn, 1)
	addr := serve(t, func(c *Conn) *funcs {
		conns <- c
		return &funcs{closed: closed, readable: func(*Conn) {}}
	})
	k := dial(t, addr)
	c := <-conns
	paused := make(chan struct{})
	c.Execute(func() { c.PauseReading(); close(paused) })
	<-paused
	require.NoError(t, k.SetLinger(0))
	require.NoError(t, k.Close())
	require.Error(t, <-closed)
}

// Close waits for a peer that reads late, but is not answered any more.
func TestCloseWaitsForTheReader(t *testing.T) {
	closed := make(chan error, 1)
	answer := make([]byte, 16<<20) // more than sockets hold
	turns := 0
	addr := serve(t, func(*Conn) *funcs {
		return &funcs{closed: closed, readable: func(c *Conn) {
			turns++
			c.Flush(append(c.TakeBuffer(), answer...))
			c.Close()
			c.Flush(append(c.TakeBuffer(), "too late"...))
		}}
	})
	k := dial(t, addr)
	_, err := k.Write([]byte("x"))
	require.NoError(t, err)
	select {
	case <-closed:
		require.Fail(t, "closed before all was out")
	default:
	}
	got, err := io.ReadAll(k)
	require.NoError(t, err)
	require.Len(t, got, len(answer))
	require.NoError(t, <-closed)
	require.Equal(t, 1, turns)
}

// A frame of a megabyte comes in one turn, however it was cut on the way, and the next ones too.
func TestLargeFrames(t *testing.T) {
	const size = 1 << 20
	turns := make(chan int, 100)
	addr := serve(t, func(*Conn) *funcs {
		return &funcs{closed: make(chan error, 1), readable: func(c *Conn) {
			if len(c.Input()) < 4 {
				c.Need(4)
				return
			}
			n := 4 + int(binary.BigEndian.Uint32(c.Input()))
			if len(c.Input()) < n {
				c.Need(n)
				return
			}
			c.Consume(n)
			turns <- n
		}}
	})
	k := dial(t, addr)
	for range 3 {
		frame := binary.BigEndian.AppendUint32(nil, size)
		frame = append(frame, make([]byte, size)...)
		for _, cut := range []int{1, 4, 5, 100_000, len(frame)} {
			_, err := k.Write(frame[:min(cut, len(frame))])
			require.NoError(t, err)
			frame = frame[min(cut, len(frame)):]
		}
		require.Equal(t, size+4, <-turns)
	}
}

// What is given to a loop that goes to sleep wakes it: nothing is left behind, in many tries at the moment of falling asleep.
func TestWakeUps(t *testing.T) {
	conns := make(chan *Conn, 1)
	addr := serve(t, func(c *Conn) *funcs {
		conns <- c
		return &funcs{closed: make(chan error, 1), readable: func(*Conn) {}}
	})
	dial(t, addr)
	c := <-conns
	done := make(chan struct{})
	for range 20_000 {
		c.Execute(func() { done <- struct{}{} })
		<-done
	}
}
