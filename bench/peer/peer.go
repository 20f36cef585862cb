// Package peer starts the servers that are compared, as child processes on loopback, and
// reads from /proc what they cost: processor time, memory, bytes written.
package peer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"troupe/bench/load"
)

// Options are what a server is started with. The same are given to all that are compared.
type Options struct {
	// Dir is where the server may write: data, configuration, its log. It must exist.
	Dir string
	// Settings are keys of zoo.cfg beyond the common ones.
	Settings map[string]string
	// HeapMiB bounds a Java server's heap (-Xmx).
	HeapMiB int
	// Self is the server to start. Members are all of the ensemble with it; one alone is
	// standalone.
	Self    Member
	Members []Member
}

// Kind is a way to start a server.
type Kind interface {
	// Name is what reports call it.
	Name() string
	// Check says what is missing on this machine; nil if the server can run.
	Check() error
	// Command prepares the process of o.Self, which listens on 127.0.0.1.
	Command(o Options) (*exec.Cmd, error)
	// Version says what would run, in a few words.
	Version(ctx context.Context) string
	// WarmUp is how long the server takes under load until it is at its best.
	WarmUp() time.Duration
	// Protocol is what it is spoken to in.
	Protocol() load.Protocol
}

const (
	// startTime bounds how long a server may take until it serves, 1,000,000 znodes included.
	startTime = 2 * time.Minute
	// stopTime is how long a server may take to end by itself before it is killed.
	stopTime = 30 * time.Second
	// probePause is between two questions whether a server serves.
	probePause = 2 * time.Millisecond
	// probeTime is how long the answer to the first question is waited for. Apache ZooKeeper
	// may leave a connection that comes too early open for ever, so one does not wait long;
	// but longer each time, since the machine may be slow.
	probeTime, probeTimeMax = 50 * time.Millisecond, 5 * time.Second
)

// Server is a process, running or not.
type Server struct {
	Kind     Kind
	Address  string
	Observer bool // has no vote in its ensemble

	options Options
	cmd     *exec.Cmd
	exited  chan struct{} // closed when the process is gone
	err     error         // how it ended; read after exited
}

func newServer(kind Kind, o Options) *Server {
	return &Server{
		Kind: kind, options: o, Observer: o.Self.Observer,
		Address: net.JoinHostPort("127.0.0.1", strconv.Itoa(o.Self.ClientPort)),
	}
}

// Start starts one server that is alone and waits until it gives out sessions.
func Start(ctx context.Context, kind Kind, o Options) (*Server, error) {
	e, err := StartEnsemble(ctx, kind, o, Size{})
	if err != nil {
		return nil, err
	}
	return e.Members[0], nil
}

// Restart starts the process, which must not be running, on what its directory holds, and
// tells how long it took until first answered, or, if that is nil, until a session was granted.
func (s *Server) Restart(ctx context.Context, first func(*load.Client) error) (time.Duration, error) {
	begin := time.Now()
	if err := s.spawn(); err != nil {
		return 0, err
	}
	return s.await(ctx, begin, first)
}

// await asks until first is answered, and tells how long after begin that was.
func (s *Server) await(ctx context.Context, begin time.Time, first func(*load.Client) error) (time.Duration, error) {
	patience := probeTime
	for {
		err := s.probe(ctx, patience, first)
		if err == nil {
			return time.Since(begin), nil
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			patience = min(2*patience, probeTimeMax)
		}
		select {
		case <-s.exited:
			return 0, fmt.Errorf("peer: %s ended before it served: %w; its last words:\n%s", s.Kind.Name(), s.err, s.lastWords())
		case <-ctx.Done():
			return 0, errors.Join(ctx.Err(), s.Kill())
		case <-time.After(probePause):
		}
		if time.Since(begin) > startTime {
			return 0, errors.Join(fmt.Errorf("peer: %s does not serve after %v: %w; its last words:\n%s", s.Kind.Name(), startTime, err, s.lastWords()), s.Kill())
		}
	}
}

func (s *Server) probe(ctx context.Context, patience time.Duration, first func(*load.Client) error) (err error) {
	if s.Kind.Protocol() != load.ZooKeeper {
		return s.probeOther(ctx, patience)
	}
	c, err := load.Dial(ctx, s.Address, patience)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if first != nil {
		return first(c)
	}
	return nil
}

// probeOther asks etcd for a key that is not there.
func (s *Server) probeOther(ctx context.Context, patience time.Duration) error {
	g, opened, err := load.Open(ctx, load.Options{Address: s.Address, Protocol: s.Kind.Protocol(), Patience: patience})
	if err != nil {
		return err
	}
	if opened.Failed == 0 {
		_, err = g.Each(ctx, load.EtcdGet("/", 0))
	}
	return errors.Join(err, opened.Reason, g.Close())
}

func (s *Server) spawn() error {
	cmd, err := s.Kind.Command(s.options)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(s.logPath(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("peer: %w", err)
	}
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, s.options.Dir
	// A group of its own: what is typed at the terminal is for us. The child dies with us.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return errors.Join(fmt.Errorf("peer: %s: %w", s.Kind.Name(), err), log.Close())
	}
	exited := make(chan struct{})
	s.cmd, s.exited = cmd, exited
	go func() {
		s.err = cmd.Wait()
		_ = log.Close() // the child's words are in it; nothing of ours is
		close(exited)
	}()
	return nil
}

// PID is the process's number.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Stop asks the server to end, and kills it if it does not. One that has ended is stopped.
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("peer: %s: %w", s.Kind.Name(), err)
	}
	select {
	case <-s.exited:
		return nil
	case <-time.After(stopTime):
		return s.Kill()
	}
}

// Kill ends the process with SIGKILL, as a crash would, and waits until it is gone.
func (s *Server) Kill() error {
	if err := s.Crash(); err != nil {
		return err
	}
	<-s.exited
	return nil
}

// Crash sends SIGKILL and does not wait.
func (s *Server) Crash() error {
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("peer: %s: %w", s.Kind.Name(), err)
	}
	return nil
}

// Wipe throws away what the server has stored. It must not be running.
func (s *Server) Wipe() error {
	if err := os.RemoveAll(dataDir(s.options)); err != nil {
		return fmt.Errorf("peer: %w", err)
	}
	return nil
}

// Usage is what the process has cost until now.
func (s *Server) Usage() (Usage, error) { return readUsage(s.PID()) }

func (s *Server) logPath() string { return filepath.Join(s.options.Dir, "server.log") }

// lastWords is the end of the server's log.
func (s *Server) lastWords() string {
	const enough = 2000
	b, err := os.ReadFile(s.logPath())
	if err != nil {
		return err.Error()
	}
	return string(b[max(len(b)-enough, 0):])
}

// freePort finds a port of loopback that nobody listens on. It lies below those that the
// kernel gives to clients: a client that asks for a port of its own range where nobody
// listens yet may be given that very port, and then the server cannot have it.
func freePort() (int, error) {
	const first, last, tries = 12_000, 32_000, 100
	var err error
	for range tries {
		port := first + rand.IntN(last-first)
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("peer: no free port: %w", err)
}
