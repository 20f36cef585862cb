package server

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors"
	"troupe/config"
	"troupe/election"
	"troupe/interop/wire"
	"troupe/persistence/vfs"
)

// ensemble is several servers in this process, on real sockets.
type ensemble struct {
	t       *testing.T
	lines   []string // server.N
	world   World
	set     []string
	dirs    []string
	servers []*Server // nil while one is down
	said    io.Writer // takes the logs; nil: the test does
}

// form starts n servers; the last observers of them have no vote.
func form(t *testing.T, n, observers int, w World, set ...string) *ensemble {
	t.Helper()
	e := layOut(t, n, observers, w, set...)
	e.startAll()
	return e
}

func (e *ensemble) startAll() {
	for i := range e.servers {
		e.start(i)
	}
	e.t.Cleanup(func() {
		var all sync.WaitGroup
		for i := range e.servers {
			all.Go(func() { e.stop(i) })
		}
		all.Wait()
	})
}

// layOut is form without the start.
func layOut(t *testing.T, n, observers int, w World, set ...string) *ensemble {
	t.Helper()
	w.Files, w.Clock = vfs.OS(), actors.SystemClock()
	e := &ensemble{t: t, world: w, set: set, servers: make([]*Server, n)}
	ports := freePorts(t, 2*n)
	for i := range n {
		role := ""
		if i >= n-observers {
			role = ":observer"
		}
		e.lines = append(e.lines, fmt.Sprintf("server.%d=127.0.0.1:%d:%d%s", i+1, ports[2*i], ports[2*i+1], role))
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "myid"), fmt.Append(nil, i+1), 0o600))
		e.dirs = append(e.dirs, dir)
	}
	return e
}

// freePorts are ports that nobody has at this moment, outside of those that the system gives to whoever connects.
func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for port := 20_000 + os.Getpid()%5000; len(ports) < n; port++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		defer l.Close() //nolint:errcheck // it was only tried
		ports = append(ports, port)
	}
	return ports
}

func (e *ensemble) start(i int) {
	e.t.Helper()
	var to io.Writer = zerolog.NewTestWriter(e.t)
	if e.said != nil {
		to = e.said
	}
	log := zerolog.New(to).Level(zerolog.InfoLevel).With().Int("server", i+1).Logger()
	var err error
	e.servers[i], err = StartIn(e.world, e.config(i), log)
	require.NoError(e.t, err)
}

func (e *ensemble) config(i int) *config.Config {
	e.t.Helper()
	set := append([]string{"dataDir=" + e.dirs[i], "clientPort=0", "tickTime=200", "initLimit=25", "syncLimit=10", "preAllocSize=64",
		"minSessionTimeout=400", "maxSessionTimeout=60000"}, e.set...)
	cfg, err := config.Load(os.ReadFile, "", append(set, e.lines...))
	require.NoError(e.t, err)
	return cfg
}

func (e *ensemble) stop(i int) {
	if s := e.servers[i]; s != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = s.Stop(ctx)
		e.servers[i] = nil
	}
}

// until waits for the servers that are up to have come to something.
func (e *ensemble) until(what string, f func() bool) {
	e.t.Helper()
	require.Eventually(e.t, f, 20*time.Second, 2*time.Millisecond, what)
}

// leader waits until one leads and all others that are up follow it, and tells which.
func (e *ensemble) leader() int {
	e.t.Helper()
	leader := -1
	e.until("one leads, the others follow", func() bool {
		leader = -1
		for i, s := range e.servers {
			if s == nil {
				continue
			}
			switch r := s.role.Load(); {
			case r == nil:
				return false
			case r.plan.State == election.Leading && leader >= 0:
				return false
			case r.plan.State == election.Leading:
				leader = i
			}
		}
		return leader >= 0
	})
	return leader
}

func (e *ensemble) connect(i int, timeout int32) *wire.Conn {
	e.t.Helper()
	var c *wire.Conn
	e.until("a session", func() (ok bool) {
		var err error
		c, err = wire.Connect(e.servers[i].Addr(), timeout)
		return err == nil
	})
	e.t.Cleanup(c.Close)
	return c
}

func syncThenGet(t *testing.T, c *wire.Conn, path string) string {
	t.Helper()
	require.Zero(t, call(t, c, wire.PathReq(wire.OpSync, path)).Err)
	m := call(t, c, wire.WatchReq(wire.OpGetData, path, false))
	require.Zero(t, m.Err)
	return string(wire.NewDec(m.Body).Buf())
}

// Three members and an observer: what is written at one is read at all behind a sync, pipelined requests keep their order,
// also beside others', and sessions, ephemerals and watches span the members.
func TestEnsembleServes(t *testing.T) {
	e := form(t, 4, 1, World{})
	e.leader()
	var all []*wire.Conn
	for i := range e.servers {
		all = append(all, e.connect(i, 10_000))
	}
	require.Zero(t, call(t, all[0], wire.CreateReq(wire.OpCreate, "/a", nil, wire.OpenACL(), wire.Persistent)).Err)
	for i, c := range all {
		want := fmt.Sprint("written at ", i)
		require.Zero(t, call(t, c, wire.SetDataReq("/a", []byte(want), -1)).Err)
		for _, other := range all {
			require.Equal(t, want, syncThenGet(t, other, "/a"))
		}
	}
	// Each client alone in its own znode, all at once, without waiting for answers.
	var work sync.WaitGroup
	for i, c := range all {
		path := fmt.Sprint("/own", i)
		require.Zero(t, call(t, c, wire.CreateReq(wire.OpCreate, path, []byte("0"), wire.OpenACL(), wire.Persistent)).Err)
		c.Take()
		work.Go(func() { pipelined(t, c, path) })
	}
	work.Wait()
	// A watch at one member, an ephemeral at another; the session ends at a third one.
	call(t, all[1], wire.WatchReq(wire.OpExists, "/e", true))
	mortal := e.connect(2, 10_000)
	require.Zero(t, call(t, mortal, wire.CreateReq(wire.OpCreate, "/e", nil, wire.OpenACL(), wire.Ephemeral)).Err)
	m, err := all[1].Await(func(m wire.Message) bool { return m.Kind == wire.Event })
	require.NoError(t, err)
	require.Equal(t, wire.NodeCreated, m.Type)
	call(t, all[1], wire.WatchReq(wire.OpExists, "/e", true))
	syncThenGet(t, all[0], "/a") // a server that is behind what the client has seen would send it away
	moved, err := mortal.Reattach(e.servers[0].Addr())
	require.NoError(t, err)
	defer moved.Close()
	require.Equal(t, mortal.Session, moved.Session)
	require.Zero(t, call(t, moved, wire.Bare(wire.OpCloseSession)).Err)
	m, err = all[1].Await(func(m wire.Message) bool { return m.Kind == wire.Event && m.Type == wire.NodeDeleted })
	require.NoError(t, err)
	require.Equal(t, wire.NodeDeleted, m.Type)
}

// pipelined sends writes and reads without waiting: each read sees exactly the write before it.
func pipelined(t *testing.T, c *wire.Conn, path string) {
	const n = 300
	last := "0"
	var want []string
	for i := range n {
		r := wire.WatchReq(wire.OpGetData, path, false)
		if i%3 == 0 {
			last = fmt.Sprint(i)
			r = wire.SetDataReq(path, []byte(last), -1)
		}
		want = append(want, last)
		if _, err := c.Send(r); err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
	}
	for i := range n {
		m, err := c.Next()
		if err != nil || m.Err != 0 {
			t.Errorf("%s: answer %d: %v %v", path, i, m, err)
			return
		}
		if i%3 == 0 {
			continue
		}
		if got := string(wire.NewDec(m.Body).Buf()); got != want[i] {
			t.Errorf("%s: read %d gave %q, the write before it was %q", path, i, got, want[i])
			return
		}
	}
}

// Whoever leads may go: the others elect another one, sessions go on, nothing acknowledged is lost; and who comes back has
// it all.
func TestEnsembleOutlivesItsLeaders(t *testing.T) {
	e := form(t, 3, 0, World{})
	written := 0
	for range 3 {
		gone := e.leader()
		c := e.connect((gone+1)%3, 10_000)
		for range 20 {
			require.Zero(t, call(t, c, wire.CreateReq(wire.OpCreate, fmt.Sprint("/w", written), nil, wire.OpenACL(), wire.Persistent)).Err)
			written++
		}
		e.stop(gone)
		next := e.leader()
		again, err := c.Reattach(e.servers[next].Addr())
		require.NoError(t, err)
		require.Zero(t, call(t, again, wire.CreateReq(wire.OpCreate, fmt.Sprint("/w", written), nil, wire.OpenACL(), wire.Persistent)).Err)
		again.Close()
		written++
		e.start(gone)
		e.leader()
		back := e.connect(gone, 10_000)
		require.Zero(t, call(t, back, wire.PathReq(wire.OpSync, "/")).Err)
		for i := range written {
			require.Zero(t, call(t, back, wire.WatchReq(wire.OpExists, fmt.Sprint("/w", i), false)).Err, "write %d", i)
		}
	}
}

// A session whose client falls silent at one member is expired by the leader, and its ephemerals are gone everywhere; one
// that pings lives on.
func TestEnsembleExpiresSessions(t *testing.T) {
	e := form(t, 3, 0, World{})
	l := e.leader()
	mortal, alive := e.connect((l+1)%3, 1000), e.connect((l+2)%3, 1000)
	stop := make(chan struct{})
	var pings sync.WaitGroup
	pings.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
				_ = alive.Write(wire.Bare(wire.OpPing).Frame(-2))
			}
		}
	})
	require.Zero(t, call(t, mortal, wire.CreateReq(wire.OpCreate, "/mortal", nil, wire.OpenACL(), wire.Ephemeral)).Err)
	require.Zero(t, call(t, alive, wire.CreateReq(wire.OpCreate, "/alive", nil, wire.OpenACL(), wire.Ephemeral)).Err)
	_, err := mortal.Await(func(m wire.Message) bool { return m.Kind == wire.Closed })
	require.NoError(t, err)
	for i := range e.servers {
		c := e.connect(i, 10_000)
		require.Zero(t, call(t, c, wire.PathReq(wire.OpSync, "/")).Err)
		require.Equal(t, wire.CodeNoNode, call(t, c, wire.WatchReq(wire.OpExists, "/mortal", false)).Err)
		require.Zero(t, call(t, c, wire.WatchReq(wire.OpExists, "/alive", false)).Err)
	}
	close(stop)
	pings.Wait()
}

// When the counter of the zxids is used up, a new epoch begins: no acknowledged write is lost, none is refused with an
// error, and writing goes on (ZOOKEEPER-1277, 2789).
func TestEnsembleBeginsANewEpochWhenZxidsAreUsedUp(t *testing.T) {
	e := form(t, 3, 0, World{LastCounter: 60})
	e.leader()
	first := e.epoch()
	written := 0
	for written < 150 {
		c := e.connect(written%3, 10_000)
		for written < 150 {
			m, err := c.Call(wire.CreateReq(wire.OpCreate, fmt.Sprint("/z", written), nil, wire.OpenACL(), wire.Persistent))
			if err != nil {
				break // disconnected: it may have been done or not
			}
			if m.Err != wire.CodeNodeExists {
				require.Zero(t, m.Err)
			}
			written++
		}
		c.Close()
	}
	e.leader()
	require.GreaterOrEqual(t, e.epoch(), first+2)
	for i := range e.servers {
		c := e.connect(i, 10_000)
		require.Zero(t, call(t, c, wire.PathReq(wire.OpSync, "/")).Err)
		for k := range written {
			require.Zero(t, call(t, c, wire.WatchReq(wire.OpExists, fmt.Sprint("/z", k), false)).Err, "write %d", k)
		}
	}
}

func (e *ensemble) epoch() int64 { return e.servers[e.leader()].member.ref.Status().Epoch }

// A session with very many ephemerals can be closed: the members agree, and can start again (ZOOKEEPER-4306).
func TestEnsembleClosesASessionOfVeryManyEphemerals(t *testing.T) {
	e := form(t, 3, 0, World{}, "tickTime=1000")
	l := e.leader()
	const many, long = 20_000, 60
	c := e.connect((l+1)%3, 60_000)
	pad := strings.Repeat("x", long)
	for from := 0; from < many; from += 1000 {
		var parts []wire.Request
		for i := from; i < from+1000; i++ {
			parts = append(parts, wire.CreateReq(wire.OpCreate, fmt.Sprintf("/%s-%05d", pad, i), nil, wire.OpenACL(), wire.Ephemeral))
		}
		require.Zero(t, call(t, c, wire.MultiReq(wire.OpMulti, parts...)).Err)
	}
	require.Zero(t, call(t, c, wire.Bare(wire.OpCloseSession)).Err)
	for i := range e.servers {
		e.stop(i)
	}
	for i := range e.servers {
		e.start(i)
	}
	e.leader()
	for i := range e.servers {
		look := e.connect(i, 10_000)
		require.Zero(t, call(t, look, wire.PathReq(wire.OpSync, "/")).Err)
		m := call(t, look, wire.WatchReq(wire.OpGetChildren, "/", false))
		require.Equal(t, []string{"zookeeper"}, wire.NewDec(m.Body).Strs())
	}
}

// Without a quorum nobody is served, and what is in no role tells so to who asks with a four-letter word.
func TestEnsembleWithoutAQuorum(t *testing.T) {
	e := form(t, 3, 0, World{}, "4lw.commands.whitelist=*")
	l := e.leader()
	e.stop((l + 1) % 3)
	e.stop((l + 2) % 3)
	s := e.servers[l]
	e.until("the leader steps down", func() bool { return s.role.Load() == nil })
	for word, answer := range map[string]string{"ruok": "imok", "srvr": "This ZooKeeper instance is not currently serving requests\n"} {
		require.Equal(t, answer, ask(t, s.Addr(), word))
	}
	_, err := wire.Connect(s.Addr(), 10_000)
	require.Error(t, err)
}

func ask(t *testing.T, addr, word string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Write([]byte(word))
	require.NoError(t, err)
	var b strings.Builder
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return b.String()
		}
	}
}

// leaderServes=no: the leader leads and takes no clients.
func TestEnsembleLeaderThatDoesNotServe(t *testing.T) {
	said := &lockedBuffer{}
	e := layOut(t, 3, 0, World{}, "leaderServes=no")
	e.said = said
	e.startAll()
	l := e.leader()
	e.until("the log", func() bool { return strings.Contains(said.String(), "serves the clients (leaderServes=no)") })
	require.NotContains(t, said.String(), "leading: a quorum follows, and clients are served")
	_, err := wire.Connect(e.servers[l].Addr(), 10_000)
	require.Error(t, err)
	c := e.connect((l+1)%3, 10_000)
	require.Zero(t, call(t, c, wire.CreateReq(wire.OpCreate, "/a", nil, wire.OpenACL(), wire.Persistent)).Err)
}

// Local sessions live at one member only, until they create an ephemeral, where that is allowed.
func TestEnsembleLocalSessions(t *testing.T) {
	e := form(t, 3, 0, World{}, "localSessionsEnabled=true", "localSessionsUpgradingEnabled=true")
	l := e.leader()
	for i := range e.servers {
		c := e.connect(i, 10_000)
		require.False(t, e.servers[l].knows(c.Session))
		require.Zero(t, call(t, c, wire.CreateReq(wire.OpCreate, fmt.Sprint("/p", i), nil, wire.OpenACL(), wire.Persistent)).Err)
		require.Zero(t, call(t, c, wire.CreateReq(wire.OpCreate, fmt.Sprint("/e", i), nil, wire.OpenACL(), wire.Ephemeral)).Err)
		syncThenGet(t, e.connect((i+1)%3, 10_000), fmt.Sprint("/p", i)) // a server that is behind would send the client away
		again, err := c.Reattach(e.servers[(i+1)%3].Addr())
		require.NoError(t, err, "it is one of the ensemble now")
		require.Zero(t, call(t, again, wire.Bare(wire.OpCloseSession)).Err)
	}
}

// knows tells whether a session is one of the ensemble.
func (s *Server) knows(session int64) bool {
	s.gate.Enter()
	defer s.gate.Leave()
	_, known := s.role.Load().plan.Tree.Session(session)
	return known
}
