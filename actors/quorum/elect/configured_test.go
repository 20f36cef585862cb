package elect

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/config"
	"troupe/election"
	"troupe/election/peers"
	"troupe/election/quorum"
)

// load reads a zoo.cfg of server id, whose lines of servers may stand in /dynamic.
func load(t testing.TB, id, lines, dynamic string) *config.Config {
	files := map[string]string{"zoo.cfg": "dataDir=/d\ntickTime=100\ninitLimit=10\nsyncLimit=5\n" + lines, "/d/myid": id, "/dynamic.700000000": dynamic}
	c, err := config.Load(func(name string) ([]byte, error) {
		if content, ok := files[name]; ok {
			return []byte(content), nil
		}
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}, "zoo.cfg", nil)
	require.NoError(t, err)
	require.NoError(t, c.Unavailable())
	return c
}

// The members are what the lines say. A client address belongs to them only if it stands in a line.
func TestQuorumConfig(t *testing.T) {
	for name, x := range map[string]struct{ lines, dynamic, want string }{
		"static": {"clientPort=2181\nserver.2=b:1:2\nserver.10=[::1]:1:2:observer\nserver.1=a:1:2;2181\n", "",
			"server.1=a:1:2:participant;0.0.0.0:2181\nserver.2=b:1:2:participant\nserver.10=[::1]:1:2:observer\nversion=0"},
		"dynamic": {"dynamicConfigFile=/dynamic.700000000\n", "server.1=a:1:2;h:2181\nserver.2=b:1:2;2182\n",
			"server.1=a:1:2:participant;h:2181\nserver.2=b:1:2:participant;0.0.0.0:2182\nversion=700000000"},
		"groups": {"clientPort=2181\nserver.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\ngroup.1=1:2\ngroup.2=3\nweight.3=2\n", "",
			"server.1=a:1:2:participant\nserver.2=b:1:2:participant\nserver.3=c:1:2:participant\ngroup.1=1:2\ngroup.2=3\nweight.1=1\nweight.2=1\nweight.3=2\nversion=0"},
		"one": {"clientPort=2181\nserver.1=a:1:2\nstandaloneEnabled=false\n", "", "server.1=a:1:2:participant\nversion=0"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := QuorumConfig(load(t, "1", x.lines, x.dynamic))
			require.NoError(t, err)
			require.Equal(t, x.want, c.String())
		})
	}
	_, err := QuorumConfig(load(t, "1", "server.1=a:1:2\nserver.2=b:1:2\ngroup.1=1:2\nweight.1=9223372036854775807\nweight.2=1\n", ""))
	var wrong *quorum.ConfigError
	require.ErrorAs(t, err, &wrong)
	require.ErrorContains(t, err, "the server lines of zoo.cfg: ")
}

// What zoo.cfg says about elections arrives where it works.
func TestConfigured(t *testing.T) {
	cfg := load(t, "1", "clientPort=2181\nserver.1=a:1:2|b:3:4|c:5:4\nserver.2=b:1:2\nmultiAddress.enabled=true\nquorumListenOnAllIPs=true\n"+
		"cnxTimeout=7\nelectionPortBindRetry=0\nquorum.cnxn.threads.size=30\ntcpKeepAlive=true\n"+
		"fastleader.minNotificationInterval=20\nfastleader.maxNotificationInterval=40\n", "")
	members, err := QuorumConfig(cfg)
	require.NoError(t, err)
	o, err := Configured(cfg, members, nil, zerolog.Nop())
	require.NoError(t, err)
	require.Equal(t, election.Options{ID: 1, MinInterval: 20 * time.Millisecond, MaxInterval: 40 * time.Millisecond}, o.Elector)
	self, _ := members.Server(1)
	m := MeshOptions(cfg, self, members, zerolog.Nop())
	m.Report = nil
	require.Equal(t, peers.Options{ID: 1, Announce: []string{"a:2", "b:4", "c:4"}, Listen: []string{":2", ":4"}, MultiAddress: true, Committed: members,
		Network: peers.TCP{KeepAlive: true}, ConnectTimeout: 7 * time.Millisecond, HandshakeTimeout: 500 * time.Millisecond, Attempts: 30}, m)
	cfg = load(t, "2", "clientPort=2181\nserver.1=a:1:2\nserver.2=b:1:2\n", "")
	m = MeshOptions(cfg, quorum.Server{ID: 2, Addresses: []quorum.Address{{Host: "b", QuorumPort: 1, ElectionPort: 2}}}, members, zerolog.Nop())
	require.Equal(t, []string{"b:2"}, m.Listen)
	require.Equal(t, 3, m.BindRetries)

	other, err := quorum.Parse("server.3=a:1:2")
	require.NoError(t, err)
	_, err = Configured(cfg, other, nil, zerolog.Nop())
	require.ErrorContains(t, err, "this is server 2, and there is no line server.2: add it, or correct myid")
}

func TestJitter(t *testing.T) {
	require.Zero(t, Jitter(0, nil))
	require.Zero(t, Jitter(-1, nil))
	require.Equal(t, 199*time.Millisecond, Jitter(200*time.Millisecond, func(n int64) int64 {
		require.EqualValues(t, 200*time.Millisecond, n)
		return n - int64(time.Millisecond)
	}))
}

// Real connections carry ballots; a port that somebody else has is an error with Apache's exit code.
func TestMesh(t *testing.T) {
	cfg := load(t, "1", "server.1=127.0.0.1:1:2;0\nserver.2=127.0.0.1:3:4;0\n", "")
	members, err := QuorumConfig(cfg)
	require.NoError(t, err)
	n := &pipes{listeners: map[string]*pipeListener{}, listening: make(chan string, 3)}
	type message struct {
		from int64
		text string
	}
	got := make(chan message, 1)
	open := func(id int64, failed func(error)) Ballots {
		self, _ := members.Server(id)
		o := MeshOptions(cfg, self, members, zerolog.Nop())
		o.ID, o.Network, o.BindRetries = id, n, 1
		b, err := Mesh(o)(func(from int64, m []byte) { got <- message{from, string(m)} }, failed)
		require.NoError(t, err)
		return b
	}
	a := open(1, nil)
	require.Equal(t, "127.0.0.1:2", <-n.listening)
	b := open(2, nil)
	require.Equal(t, "127.0.0.1:4", <-n.listening)
	b.Send(1, []byte("vote"))
	require.Equal(t, message{2, "vote"}, <-got)
	failed := make(chan error, 1)
	c := open(2, func(err error) { failed <- err })
	err = <-failed
	require.ErrorContains(t, err, "election port 127.0.0.1:4 cannot be bound after 1 tries: taken: end the program that has it, or correct the line of this server")
	var code interface{ ExitCode() int }
	require.ErrorAs(t, err, &code)
	require.Equal(t, 14, code.ExitCode())
	require.ErrorIs(t, err, errTaken)
	for _, m := range []Ballots{a, b, c} {
		m.Close()
	}
}

// Strangers are a warning, connections to members that come and go are not.
func TestReport(t *testing.T) {
	var log bytes.Buffer
	report(zerolog.New(&log), peers.Event{Remote: "x:1", Err: errors.New("no server")})
	report(zerolog.New(&log), peers.Event{Peer: 2, Known: true, Remote: "y:1", Err: errors.New("gone")})
	lines := strings.Split(log.String(), "\n")
	require.Equal(t, `{"level":"warn","at":"x:1","error":"no server","message":"election connection"}`, lines[0])
	require.Equal(t, `{"level":"debug","peer":2,"at":"y:1","error":"gone","message":"election connection"}`, lines[1])
}

// pipes is a peers.Network in memory.
type pipes struct {
	mu        sync.Mutex
	listeners map[string]*pipeListener
	listening chan string // each address that is bound
}

var errTaken = errors.New("taken")

func (n *pipes) Dial(_ context.Context, address string) (net.Conn, error) {
	n.mu.Lock()
	l := n.listeners[address]
	n.mu.Unlock()
	if l == nil {
		return nil, errors.New("nobody listens")
	}
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.closed:
		return nil, errors.New("nobody listens any more")
	}
}

func (n *pipes) Listen(address string) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[address] != nil {
		return nil, errTaken
	}
	l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	n.listeners[address] = l
	n.listening <- address
	return l, nil
}

type pipeListener struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return nil }
