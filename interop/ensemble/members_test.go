//go:build interop

package ensemble

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
)

// Limits of all ensembles here: a silent peer is given up after syncLimit ticks, 2 seconds.
const (
	tick      = 250 // milliseconds
	syncLimit = 8
	initLimit = 60
)

// mix tells kinds and roles of the members, see the package's comment.
type mix string

// targeted is the mix with only Apache's members if these are to be tested.
func (x mix) targeted() mix {
	if peer.Target() == peer.Apache {
		return mix(strings.NewReplacer("t", "a", "T", "A").Replace(string(x)))
	}
	return x
}

// allTroupe reports whether no member of the mix is Apache's.
func allTroupe(x mix) bool { return !strings.ContainsAny(string(x), "aA") }

// ensemble is some members and, if they do not talk to each other directly, the network between them.
type ensemble struct {
	t       testing.TB
	members []*member // in the order of their ids, from 1 on
	net     *network  // nil: each member knows the others' own addresses
}

// member is one server through all the processes that it is in turn.
type member struct {
	*peer.Server                // the newest process
	past         []*peer.Server // all of them, the newest last
	e            *ensemble
	id           int64
	kind         peer.Kind
	observer     bool
	dir          string
	settings     []string // lines of zoo.cfg
	properties   []string
	jvm          []string // flags of Apache's java
	clientPort   int
	quorumPort   int
	electionPort int
}

// options of an ensemble.
type options struct {
	direct   bool     // no network in between: all have one and the same list of servers
	settings []string // lines of zoo.cfg for all
}

func TestMain(m *testing.M) {
	code := m.Run()
	peer.Cleanup()
	os.Exit(code)
}

// forMixes runs f once for each mix, or for those of MIXES, as tests that are parallel to all others.
func forMixes(t *testing.T, mixes []mix, f func(t *testing.T, x mix)) {
	t.Parallel()
	if only := os.Getenv("MIXES"); only != "" {
		mixes = nil
		for _, x := range strings.Split(only, ",") {
			mixes = append(mixes, mix(x))
		}
	}
	done := map[mix]bool{}
	for _, x := range mixes {
		x = x.targeted()
		if done[x] {
			continue
		}
		done[x] = true
		t.Run(string(x), func(t *testing.T) {
			t.Parallel()
			f(t, x)
		})
	}
}

// lay lays out an ensemble and starts nothing.
func lay(t testing.TB, x mix, o options) *ensemble {
	t.Helper()
	e := &ensemble{t: t}
	for i, letter := range string(x) {
		m := &member{e: e, id: int64(i + 1), kind: peer.Apache, dir: t.TempDir(),
			clientPort: reserve(t), quorumPort: reserve(t), electionPort: reserve(t)}
		m.observer = letter == 'A' || letter == 'T'
		if letter == 't' || letter == 'T' {
			m.kind = peer.Troupe
			peer.TroupeBinary(t) // built before anything is timed
		}
		require.NoError(t, os.WriteFile(filepath.Join(m.dir, "myid"), []byte(fmt.Sprintln(m.id)), 0o644))
		e.members = append(e.members, m)
	}
	if !o.direct {
		e.net = newNetwork(t, e.members)
	}
	for _, m := range e.members {
		m.settings = slices.Concat([]string{
			fmt.Sprintf("tickTime=%d", tick), fmt.Sprintf("initLimit=%d", initLimit), fmt.Sprintf("syncLimit=%d", syncLimit),
			"minSessionTimeout=500", "snapCount=100000",
		}, e.servers(m), o.settings)
		if m.observer {
			m.settings = append(m.settings, "peerType=observer")
		}
	}
	return e
}

// reserve gives a free port that no other ensemble gets while the test runs: members bind theirs late, a quorum port only
// when they lead. Who has the same port of another address of loopback has it.
func reserve(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := peer.FreePort(t)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.99:%d", port)); err == nil {
			t.Cleanup(func() { _ = l.Close() })
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// servers gives the server lines of m's zoo.cfg: the others at the addresses by which m reaches them.
func (e *ensemble) servers(m *member) []string {
	var lines []string
	for _, other := range e.members {
		quorum, election := other.quorumPort, other.electionPort
		if e.net != nil && other != m {
			quorum, election = e.net.ports(hop{m.id, other.id})
		}
		line := fmt.Sprintf("server.%d=127.0.0.1:%d:%d", other.id, quorum, election)
		if other.observer {
			line += ":observer"
		}
		lines = append(lines, line)
	}
	return lines
}

// form lays out an ensemble, starts it with its highest voter as leader, and waits until all serve.
func form(t testing.TB, x mix, o options) *ensemble {
	t.Helper()
	e := lay(t, x, o)
	e.start()
	t.Cleanup(e.keep)
	return e
}

// start starts all members. First come the highest voter and as few of the lowest ones as make a quorum with it, so
// that these cannot elect another.
func (e *ensemble) start() {
	e.t.Helper()
	voters := e.voters()
	first := voters[len(voters)-1]
	rest := e.others(append(slices.Clone(voters[:len(voters)/2]), first)...)
	for _, m := range e.others(rest...) {
		m.launch()
	}
	first.awaitMode("leader")
	for _, m := range rest {
		m.launch()
	}
	leader := e.awaitFormed()
	require.Equal(e.t, first.id, leader.id, "who leads a fresh ensemble, voters %v", voters)
}

// launch starts a process for the member and does not wait.
func (m *member) launch() {
	m.e.t.Helper()
	m.Server = peer.Launch(m.e.t, m.kind, peer.Options{
		DataDir: m.dir, Port: m.clientPort, Settings: m.settings, Properties: m.properties, JVM: m.jvm,
	})
	m.past = append(m.past, m.Server)
}

// running reports whether the member has a process.
func (m *member) running() bool { return m.Server != nil && m.Alive() }

// pause and resume stop and continue the process.
func (m *member) pause()  { m.Signal(syscall.SIGSTOP) }
func (m *member) resume() { m.Signal(syscall.SIGCONT) }

// address of the member's client port.
func (m *member) address() string { return fmt.Sprintf("127.0.0.1:%d", m.clientPort) }

// data is the folder of the member's snapshots and logs.
func (m *member) data() string { return filepath.Join(m.dir, "version-2") }

// wipe removes all that the member has stored, but not its id.
func (m *member) wipe() {
	require.NoError(m.e.t, os.RemoveAll(m.data()))
}

func (m *member) String() string {
	role := ""
	if m.observer {
		role = " observer"
	}
	return fmt.Sprintf("server.%d (%s%s)", m.id, m.kind, role)
}

// voters are the members that take part in quorums, by id.
func (e *ensemble) voters() []*member {
	return slices.DeleteFunc(slices.Clone(e.members), func(m *member) bool { return m.observer })
}

// running are the members that have a process.
func (e *ensemble) running() []*member {
	return slices.DeleteFunc(slices.Clone(e.members), func(m *member) bool { return !m.running() })
}

// others are all members but the given ones.
func (e *ensemble) others(not ...*member) []*member {
	return slices.DeleteFunc(slices.Clone(e.members), func(m *member) bool { return slices.Contains(not, m) })
}

// member gives the member by its id.
func (e *ensemble) member(id int64) *member { return e.members[id-1] }
