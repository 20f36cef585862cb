//go:build interop

package robust

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

const mib = 1 << 20

// TestClientThatNeverReads asks for much data and reads none of it. What the server holds for it is bounded,
// and others are served.
func TestClientThatNeverReads(t *testing.T) {
	s := start(t)
	big := connect(t, s)
	ok(t, big, create("/big", make([]byte, 900_000)))
	before := s.RSS()

	greedy, err := net.Dial("tcp", s.Addr)
	require.NoError(t, err)
	defer greedy.Close()
	no := false
	_, err = greedy.Write(wire.Hello{Timeout: timeout, Password: make([]byte, 16), ReadOnly: &no}.Frame())
	require.NoError(t, err)
	read := wire.WatchReq(wire.OpGetData, "/big", false)
	var burst []byte
	for xid := int32(1); xid <= 2000; xid++ { // 1.8 GB of replies
		burst = append(burst, read.Frame(xid)...)
	}
	_ = greedy.SetWriteDeadline(time.Now().Add(3 * time.Second))
	_, _ = greedy.Write(burst) // it may block or fail: the server may have stopped reading, or closed
	for range 20 {
		require.Less(t, served(t, s), 5*time.Second)
	}
	require.Less(t, s.RSS()-before, int64(256*mib), "memory held for a client that does not read")
}

// TestWatcherThatNeverReads is sent events that it does not read, while another client writes.
func TestWatcherThatNeverReads(t *testing.T) {
	s := start(t, "forceSync=no")
	c := connect(t, s)
	path := "/" + strings.Repeat("n", 10_000)
	ok(t, c, create(path, nil))
	deaf, err := net.Dial("tcp", s.Addr)
	require.NoError(t, err)
	defer deaf.Close()
	no := false
	_, err = deaf.Write(append(wire.Hello{Timeout: timeout, Password: make([]byte, 16), ReadOnly: &no}.Frame(),
		wire.PathModeReq(wire.OpAddWatch, path, 0).Frame(1)...))
	require.NoError(t, err)
	before := s.RSS()
	// 40,000 events of 10 KB each: 400 MB for one who reads none.
	const batch, batches = 1000, 40
	for range batches {
		var frames []byte
		for xid := int32(1); xid <= batch; xid++ {
			frames = append(frames, wire.SetDataReq(path, nil, -1).Frame(1000+xid)...)
		}
		require.NoError(t, c.Write(frames))
		_, err := c.Await(func(m wire.Message) bool { return m.Kind == wire.Reply && m.Xid == 1000+batch })
		require.NoError(t, err)
		c.Take()
	}
	require.Less(t, s.RSS()-before, int64(256*mib), "memory held for a watcher that does not read")
	require.Less(t, served(t, s), 5*time.Second)
}

// TestMillionWritesAtOnce pipelines as fast as it can; all are answered in order, memory stays bounded, and
// nobody is disconnected.
func TestMillionWritesAtOnce(t *testing.T) {
	const writes = 1_000_000
	s := start(t, "forceSync=no", "snapCount=10000000")
	c := connect(t, s)
	ok(t, c, create("/n", nil))
	before := s.RSS()
	nc, err := net.Dial("tcp", s.Addr)
	require.NoError(t, err)
	defer nc.Close()
	no := false
	_, err = nc.Write(wire.Hello{Timeout: 600_000, Password: make([]byte, 16), ReadOnly: &no}.Frame())
	require.NoError(t, err)

	var group errgroup.Group
	group.Go(func() error { // the writer does not wait for anything
		w := bufio.NewWriterSize(nc, 256<<10)
		set := wire.SetDataReq("/n", []byte("0123456789"), -1)
		for xid := int32(1); xid <= writes; xid++ {
			if _, err := w.Write(set.Frame(xid)); err != nil {
				return err
			}
		}
		return w.Flush()
	})
	group.Go(func() error { return inOrder(nc, writes) })
	most, done := int64(0), make(chan error, 1)
	go func() { done <- group.Wait() }()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for running := true; running; {
		select {
		case err := <-done:
			require.NoError(t, err)
			running = false
		case <-tick.C:
			most = max(most, s.RSS())
			require.Less(t, served(t, s), 10*time.Second)
		}
	}
	t.Logf("memory: %d MiB before, %d MiB at most", before/mib, most/mib)
	require.Less(t, most-before, int64(400*mib))
	m, err := connect(t, s).Call(wire.WatchReq(wire.OpExists, "/n", false))
	require.NoError(t, err)
	require.Equal(t, int32(writes), wire.NewDec(m.Body).Stat().Version)
}

// inOrder reads the handshake and n replies with the xids 1 to n and no error.
func inOrder(r io.Reader, n int32) error {
	in := bufio.NewReaderSize(r, 256<<10)
	frame := make([]byte, 0, 256)
	for xid := int32(0); xid <= n; xid++ {
		var head [4]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return fmt.Errorf("reply %d: %w", xid, err)
		}
		frame = frame[:binary.BigEndian.Uint32(head[:])]
		if _, err := io.ReadFull(in, frame); err != nil {
			return fmt.Errorf("reply %d: %w", xid, err)
		}
		d := wire.NewDec(frame)
		got, _, code := d.Int(), d.Long(), d.Int()
		if xid > 0 && (got != xid || code != 0) {
			return fmt.Errorf("reply to %d with error %d where %d was due", got, code, xid)
		}
	}
	return nil
}

// TestSilentConnections opens many connections that say nothing, as HAProxy's checks do, and some that stop
// in the middle of a handshake: none stays, and no descriptor is lost.
func TestSilentConnections(t *testing.T) {
	s := start(t, "nio.sessionlessCnxnTimeout=1000")
	c := connect(t, s)
	before := s.Descriptors()
	for range 500 { // connect and close at once
		nc, err := net.Dial("tcp", s.Addr)
		require.NoError(t, err)
		require.NoError(t, nc.Close())
	}
	for range 200 { // connect and reset
		nc, err := net.Dial("tcp", s.Addr)
		require.NoError(t, err)
		require.NoError(t, nc.(*net.TCPConn).SetLinger(0))
		require.NoError(t, nc.Close())
	}
	no := false
	hello := wire.Hello{Timeout: timeout, Password: make([]byte, 16), ReadOnly: &no}.Frame()
	var slow []net.Conn
	for i := range 200 { // a part of a handshake, or nothing
		nc, err := net.Dial("tcp", s.Addr)
		require.NoError(t, err)
		defer nc.Close()
		_, err = nc.Write(hello[:i%len(hello)])
		require.NoError(t, err)
		slow = append(slow, nc)
	}
	require.Less(t, served(t, s), 5*time.Second)
	for _, nc := range slow {
		_ = nc.SetReadDeadline(time.Now().Add(20 * time.Second))
		_, err := io.Copy(io.Discard, nc)
		if err != nil {
			require.NotErrorIs(t, err, net.ErrClosed)
			require.False(t, err.(net.Error).Timeout(), "the server must close a connection without a session")
		}
	}
	eventually(t, 10*time.Second, "all descriptors are given back", func() bool { return s.Descriptors() <= before })
	ok(t, c, wire.WatchReq(wire.OpExists, "/", false))
}

// TestSlowHandshake sends a handshake byte by byte: within the deadline it is accepted.
func TestSlowHandshake(t *testing.T) {
	s := start(t)
	c, err := wire.Dial(s.Addr)
	require.NoError(t, err)
	defer c.Close()
	no := false
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for _, b := range (wire.Hello{Timeout: timeout, Password: make([]byte, 16), ReadOnly: &no}).Frame() {
		<-tick.C
		require.NoError(t, c.Write([]byte{b}))
	}
	m, err := c.Next()
	require.NoError(t, err)
	require.Equal(t, wire.Handshake, m.Kind)
}

// TestConnectionLimits counts how many of several connections of one address are let in.
func TestConnectionLimits(t *testing.T) {
	for _, setting := range []string{"maxClientCnxns=3", "maxCnxns=3"} {
		t.Run(setting, func(t *testing.T) {
			s := start(t, setting)
			var open []*wire.Conn
			for range 6 {
				if c, err := wire.Connect(s.Addr, timeout); err == nil {
					open = append(open, c)
				}
			}
			require.Len(t, open, 3)
			open[0].Close()
			eventually(t, 5*time.Second, "a place becomes free", func() bool {
				c, err := wire.Connect(s.Addr, timeout)
				if err == nil {
					c.Close()
				}
				return err == nil
			})
		})
	}
}

// TestWordsOfMonitors sends four-letter words as monitoring tools do.
func TestWordsOfMonitors(t *testing.T) {
	s := start(t)
	connect(t, s)
	for word, want := range map[string]string{
		"ruok": `^imok$`, "ruok\n": `^imok$`, "stat\n": `(?s)^Zookeeper version: .*Node count: \d+\n$`,
		"mntr\r\n": `(?m)^zk_znode_count\t\d+$`,
		"isro\r\n": `^rw$`, "srvr\n\n": `Mode: standalone`, "envi": `zookeeper\.version=`, "ruokruok": `^imok$`,
	} {
		for _, half := range []bool{false, true} {
			nc, err := net.Dial("tcp", s.Addr)
			require.NoError(t, err)
			_, err = nc.Write([]byte(word))
			require.NoError(t, err)
			if half { // zktop closes its side at once and still wants the answer
				require.NoError(t, nc.(*net.TCPConn).CloseWrite())
			}
			_ = nc.SetReadDeadline(time.Now().Add(5 * time.Second))
			text, err := io.ReadAll(nc)
			if err != nil {
				require.ErrorContains(t, err, "reset", "the answer to %q must end", word)
			}
			require.Regexp(t, regexp.MustCompile(want), string(text), "%q, half closed: %v", word, half)
			_ = nc.Close()
		}
	}
	t.Run("not in the whitelist", func(t *testing.T) {
		s := start(t, "4lw.commands.whitelist=srvr,ruok")
		text, err := peer.FourLetter(s.Addr, "mntr", 5*time.Second)
		require.NoError(t, err)
		require.Equal(t, "mntr is not executed because it is not in the whitelist.\n", text)
	})
}
