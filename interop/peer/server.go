package peer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Kind is a server that speaks the client protocol.
type Kind string

// The servers that tests run.
const (
	Apache Kind = "apache"
	Troupe Kind = "troupe"
)

// Target is the server under test: Troupe, or what INTEROP_TARGET names. Running the tests against Apache is
// how they are checked themselves.
func Target() Kind {
	if k := os.Getenv("INTEROP_TARGET"); k != "" {
		return Kind(k)
	}
	return Troupe
}

// Options says how a server is started.
type Options struct {
	DataDir    string   // default: a fresh directory of the test
	DataLogDir string   // default: DataDir
	Settings   []string // lines of zoo.cfg, "key=value"; a later one wins
	Properties []string // what Apache takes as -Dkey=value and Troupe as --set key=value
	Port       int      // default: a free one
	JVM        []string // extra flags of Apache's java, such as -Xmx2g
}

// Server is a running (or ended) server process.
type Server struct {
	*Process
	Kind    Kind
	Addr    string // host:port of the client port
	DataDir string
	opts    Options
}

const (
	startLimit = 30 * time.Second
	stopLimit  = 20 * time.Second
	portTries  = 5
)

// base comes before Options.Settings. A short tick makes expiry quick; the wide session limits leave the
// time-outs to each test.
func base() []string {
	return []string{
		"tickTime=500", "minSessionTimeout=1000", "maxSessionTimeout=600000", "maxClientCnxns=0",
		"admin.enableServer=false", "4lw.commands.whitelist=*", "extendedTypesEnabled=true", "preAllocSize=1024",
	}
}

// Start runs a server of kind k and waits until it serves.
func Start(t testing.TB, k Kind, o Options) *Server {
	t.Helper()
	fixed := o.Port != 0
	for try := 1; ; try++ {
		s := Launch(t, k, o)
		if s.awaitServing(startLimit) {
			return s
		}
		if s.Alive() || fixed || try == portTries || !strings.Contains(strings.ToLower(s.Log()), "address already in use") {
			t.Fatalf("%s does not serve at %s; its log ends:\n%s", k, s.Addr, s.LogTail(40))
		}
	}
}

// Launch runs a server of kind k and does not wait: for tests of starts that fail.
func Launch(t testing.TB, k Kind, o Options) *Server {
	t.Helper()
	if o.DataDir == "" {
		o.DataDir = t.TempDir()
	}
	o.Properties = lastWins(o.Properties)
	port := o.Port
	if port == 0 {
		port = FreePort(t)
	}
	s := &Server{Kind: k, Addr: "127.0.0.1:" + itoa(port), DataDir: o.DataDir, opts: o}
	run := t.TempDir()
	cfg := filepath.Join(run, "zoo.cfg")
	lines := slices.Concat(base(), []string{"dataDir=" + o.DataDir, "clientPort=" + itoa(port),
		"clientPortAddress=127.0.0.1"}, o.Settings)
	if o.DataLogDir != "" {
		lines = append(lines, "dataLogDir="+o.DataLogDir)
	}
	if err := os.WriteFile(cfg, []byte(strings.Join(lastWins(lines), "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var cmd *exec.Cmd
	switch k {
	case Apache:
		cmd = apacheCommand(t, cfg, o)
	case Troupe:
		cmd = troupeCommand(t, cfg, o)
	default:
		t.Fatalf("unknown server %q: INTEROP_TARGET is %q or %q", k, Apache, Troupe)
	}
	cmd.Dir = run
	p, err := spawn(t, string(k), run, cmd)
	if err != nil {
		t.Fatalf("start %s: %v", k, err)
	}
	s.Process = p
	t.Cleanup(p.cleanUp)
	return s
}

// Stop ends the server as an operator does, with SIGTERM, and gives its exit code.
func (s *Server) Stop() int {
	s.t.Helper()
	s.Signal(syscall.SIGTERM)
	return s.WaitExit(stopLimit)
}

// CleanExit is the exit code of a server of this kind that was stopped by SIGTERM: a JVM has its own idea.
func (k Kind) CleanExit() int {
	if k == Apache {
		return 128 + int(syscall.SIGTERM)
	}
	return 0
}

// Again starts a server of the same kind on the same directory, after this one has ended.
func (s *Server) Again(t testing.TB) *Server { return s.As(t, s.Kind) }

// OnSamePort is Again for tests whose clients come back by themselves.
func (s *Server) OnSamePort(t testing.TB) *Server {
	t.Helper()
	_, port, _ := strings.Cut(s.Addr, ":")
	o := s.opts
	o.DataDir, o.Port = s.DataDir, int(atoi(port))
	return Start(t, s.Kind, o)
}

// As starts a server of kind k on the directory of this one, after this one has ended.
func (s *Server) As(t testing.TB, k Kind, settings ...string) *Server {
	t.Helper()
	o := s.opts
	o.DataDir = s.DataDir
	o.Settings = slices.Concat(o.Settings, settings)
	return Start(t, k, o)
}

// awaitServing polls until the server answers srvr as one that serves.
func (s *Server) awaitServing(limit time.Duration) bool {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	deadline := time.After(limit)
	for {
		if text, err := FourLetter(s.Addr, "srvr", time.Second); err == nil && strings.HasPrefix(text,
			"Zookeeper version") {
			return true
		}
		select {
		case <-s.done:
			return false
		case <-deadline:
			return false
		case <-poll.C:
		}
	}
}

// lastWins drops the lines whose key comes again later, so that the file says each thing once.
func lastWins(lines []string) []string {
	var out []string
	for i, line := range lines {
		key, _, _ := strings.Cut(line, "=")
		again := slices.ContainsFunc(lines[i+1:], func(l string) bool { return strings.HasPrefix(l, key+"=") })
		if !again {
			out = append(out, line)
		}
	}
	return out
}

// String names the server in messages.
func (s *Server) String() string { return fmt.Sprintf("%s at %s", s.Kind, s.Addr) }
