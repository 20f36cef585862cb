package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/config"
)

// fakeServer is a server that does what a test wants.
type fakeServer struct {
	cfg  *config.Config
	done chan error
	stop func(ctx context.Context) error
}

func (s *fakeServer) Addr() string                   { return "127.0.0.1:2181" }
func (s *fakeServer) Done() <-chan error             { return s.done }
func (s *fakeServer) Stop(ctx context.Context) error { return s.stop(ctx) }

// syncBuffer may be written by the program and read by the test.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// scene is a program in a world of its own.
type scene struct {
	program
	out, err syncBuffer
	signals  chan os.Signal
	server   *fakeServer
	startErr error
	files    map[string]string
}

func newScene() *scene {
	s := &scene{signals: make(chan os.Signal, 2), files: map[string]string{}}
	s.server = &fakeServer{done: make(chan error, 1), stop: func(context.Context) error { return nil }}
	s.program = program{out: &s.out, err: &s.err, signals: s.signals,
		start: func(cfg *config.Config, _ zerolog.Logger) (runningServer, error) {
			s.server.cfg = cfg
			if s.startErr != nil {
				return nil, s.startErr
			}
			return s.server, nil
		},
		readFile: func(name string) ([]byte, error) {
			if content, ok := s.files[name]; ok {
				return []byte(content), nil
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
	}
	return s
}

// endedBy makes the server end by itself as soon as it runs.
func (s *scene) endedBy(err error) *scene {
	s.server.done <- err
	return s
}

// Whoever starts a server without anything is told where it listens, where its data is and how to connect.
func TestServeBanner(t *testing.T) {
	s := newScene().endedBy(nil)
	require.Equal(t, 0, s.run([]string{"serve"}))
	require.Equal(t, "127.0.0.1", s.server.cfg.Client.Address)
	require.Equal(t, 2181, s.server.cfg.Client.Port)
	require.Equal(t, "./troupe-data", s.server.cfg.Data.Dir)
	out := s.out.String()
	require.Regexp(t, `(?m)^  listens on     127\.0\.0\.1:2181$`, out)
	require.Regexp(t, `(?m)^  data in        /.*/troupe-data$`, out)
	require.Regexp(t, `(?m)^  connect with   zkCli\.sh -server 127\.0\.0\.1:2181$`, out)
	require.Equal(t, 5, strings.Count(out, "\n"))
}

// A member of an ensemble says which one it is.
func TestMembersBanner(t *testing.T) {
	s := newScene().endedBy(nil)
	s.files["zoo.cfg"] = "dataDir=/d\nclientPort=2181\ninitLimit=10\nsyncLimit=5\n" +
		"server.1=a:2888:3888\nserver.2=[::1]:2888:3888\nserver.3=c:2888:3888\nserver.4=d:2888:3888:observer\n"
	s.files["/d/myid"] = "2\n"
	require.Equal(t, 0, s.run([]string{"serve", "zoo.cfg"}), s.err.String())
	require.Contains(t, s.out.String(), "  is server      2, a participant, of: voters 1 2 3, observers 4\n"+
		"  its peers at   [::1]:2888 (followers), 3888 (votes)\n")
}

func TestReachable(t *testing.T) {
	for addr, want := range map[string]string{
		"0.0.0.0:2181": "127.0.0.1:2181", "[::]:2181": "127.0.0.1:2181", ":2181": "127.0.0.1:2181", "[::1]:5": "[::1]:5", "10.0.0.1:5": "10.0.0.1:5", "odd": "odd",
	} {
		require.Equal(t, want, reachable(addr))
	}
}

// zoo.cfg < --set < the flags for single keys.
func TestServePrecedence(t *testing.T) {
	s := newScene().endedBy(nil)
	s.files["zoo.cfg"] = "dataDir=/a\nclientPort=1\ntickTime=100\nsnapCount=5\n"
	require.Equal(t, 0, s.run([]string{"serve", "--port", "3", "zoo.cfg", "--set", "clientPort=2", "--set", "tickTime=200", "--data", "/b",
		"--address", "10.0.0.1", "--set=-Dzookeeper.maxCnxns=9"}))
	cfg := s.server.cfg
	require.Equal(t, 3, cfg.Client.Port)
	require.Equal(t, "10.0.0.1", cfg.Client.Address)
	require.Equal(t, int64(200), cfg.Session.TickTime.Milliseconds())
	require.Equal(t, "/b", cfg.Data.Dir)
	require.Equal(t, 5, cfg.Data.SnapCount)
	require.Equal(t, 9, cfg.Client.MaxTotal)
}

// SIGTERM and SIGINT stop the server and are no error.
func TestServeStopsOnSignal(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		s := newScene()
		var deadline bool
		s.server.stop = func(ctx context.Context) error {
			_, deadline = ctx.Deadline()
			return nil
		}
		started := s.program.start
		s.program.start = func(c *config.Config, l zerolog.Logger) (runningServer, error) {
			server, err := started(c, l)
			return &signalWhenAsked{server, s.signals, signal}, err
		}
		require.Equal(t, 0, s.run([]string{"serve"}))
		require.True(t, deadline)
		require.Contains(t, s.err.String(), "stopped")
	}
}

// signalWhenAsked sends a signal when the program begins to wait for the end.
type signalWhenAsked struct {
	runningServer
	signals chan os.Signal
	signal  os.Signal
}

func (s *signalWhenAsked) Done() <-chan error {
	s.signals <- s.signal
	return s.runningServer.Done()
}

// A second signal ends the program although the server has not stopped yet.
func TestServeSecondSignal(t *testing.T) {
	s := newScene()
	release := make(chan struct{})
	defer close(release)
	s.server.stop = func(context.Context) error {
		s.signals <- syscall.SIGTERM
		<-release
		return nil
	}
	started := s.program.start
	s.program.start = func(c *config.Config, l zerolog.Logger) (runningServer, error) {
		server, err := started(c, l)
		return &signalWhenAsked{server, s.signals, syscall.SIGTERM}, err
	}
	require.Equal(t, 128+15, s.run([]string{"serve"}))
	require.Contains(t, s.err.String(), "second signal")
}

// A signal while a big data directory is being loaded ends the program at once.
func TestServeSignalDuringStart(t *testing.T) {
	s := newScene()
	release := make(chan struct{})
	defer close(release)
	s.program.start = func(*config.Config, zerolog.Logger) (runningServer, error) {
		s.signals <- syscall.SIGINT
		<-release
		return nil, errors.New("too late")
	}
	require.Equal(t, 0, s.run([]string{"serve"}))
	require.Contains(t, s.err.String(), "stopped before it had started")
	require.Empty(t, s.out.String())
}

type damaged struct{}

func (damaged) Error() string { return "log.1: offset 4096: crc mismatch" }
func (damaged) ExitCode() int { return 3 }

// The exit code tells a supervisor what kind of trouble there is; the last line tells a person.
func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		name  string
		args  []string
		scene func(*scene)
		code  int
		says  string
	}{
		{"help", []string{"--help"}, nil, 0, ""},
		{"version", []string{"version"}, nil, 0, ""},
		{"unknown command", []string{"swerve"}, nil, 2, `unknown command "swerve"`},
		{"unknown flag", []string{"serve", "--prt", "1"}, nil, 2, "unknown flag: --prt"},
		{"bad flag", []string{"serve", "--port", "x"}, nil, 2, `invalid argument "x"`},
		{"too many arguments", []string{"serve", "a", "b"}, nil, 2, "accepts at most 1 arg"},
		{"bad log level", []string{"serve", "--log-level", "loud"}, nil, 2, `--log-level "loud" is none of`},
		{"empty log level", []string{"serve", "--log-level", ""}, nil, 2, `--log-level "" is none of`},
		{"bad log format", []string{"serve", "--log-format", "xml"}, nil, 2, `--log-format "xml" is none of`},
		{"no such file", []string{"serve", "none.cfg"}, nil, 2, "none.cfg: configuration cannot be read"},
		{"bad configuration", []string{"serve", "--set", "tickTime=0"}, nil, 2, "--set: tickTime=0 is not a time"},
		{"ensemble", []string{"serve", "zoo.cfg"}, func(s *scene) {
			s.files["zoo.cfg"] = "dataDir=/d\nclientPort=1\ninitLimit=10\nsyncLimit=5\nserver.1=a:1:2\nserver.2=b:1:2\n"
		}, 2, "/d/myid: myid cannot be read (open /d/myid: file does not exist): write the number of this server into it, the N of its line server.N"},
		{"TLS between servers", []string{"serve", "zoo.cfg"}, func(s *scene) {
			s.files["zoo.cfg"] = "dataDir=/d\nclientPort=1\nsslQuorum=true\nserver.1=a:1:2\nserver.2=b:1:2\n"
		}, 2, "zoo.cfg:3: sslQuorum=true asks for TLS between the servers"},
		{"TLS", []string{"serve", "--set", "secureClientPort=2281"}, nil, 2, "asks for TLS"},
		{"data directory", []string{"serve"}, func(s *scene) { s.startErr = damaged{} }, 3, "the server cannot start: log.1: offset 4096: crc mismatch"},
		{"start", []string{"serve"}, func(s *scene) { s.startErr = errors.New("no luck") }, 1, "the server cannot start: no luck"},
		{"ended", []string{"serve"}, func(s *scene) { s.endedBy(damaged{}) }, 3, "the server ended: log.1"},
		{"dirty stop", []string{"serve"}, func(s *scene) {
			started := s.program.start
			s.program.start = func(c *config.Config, l zerolog.Logger) (runningServer, error) {
				server, err := started(c, l)
				return &signalWhenAsked{server, s.signals, syscall.SIGTERM}, err
			}
			s.server.stop = func(context.Context) error { return context.DeadlineExceeded }
		}, 1, "the server did not stop cleanly: context deadline exceeded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene()
			if c.scene != nil {
				c.scene(s)
			}
			require.Equal(t, c.code, s.run(c.args), s.err.String())
			require.Contains(t, s.err.String(), c.says)
		})
	}
}

// What is odd about a configuration is a warning each; keys without effect are one line.
func TestNoticesAreLogged(t *testing.T) {
	s := newScene().endedBy(nil)
	s.files["zoo.cfg"] = "dataDir=/d\nclientPort=1\npathStats.delay=5\npathStats.maxDepth=2\ntickTme=3\n"
	require.Equal(t, 0, s.run([]string{"serve", "zoo.cfg", "--log-format", "json"}))
	require.Regexp(t, `"level":"warn","at":"zoo.cfg:5",.*"tickTme is no key of ZooKeeper's and is ignored; did you mean tickTime\?"`, s.err.String())
	require.Regexp(t, `"level":"info","keys":\["pathStats.delay","pathStats.maxDepth"\]`, s.err.String())
	require.NotContains(t, s.err.String(), `"debug"`)
}

// The console form is for people, JSON for machines, and auto finds out which of them reads.
func TestLogFormats(t *testing.T) {
	for _, c := range []struct {
		format   string
		terminal bool
		json     bool
	}{{"json", true, true}, {"console", false, false}, {"auto", true, false}, {"auto", false, true}} {
		var b bytes.Buffer
		log, err := newLog(&b, "debug", c.format, c.terminal)
		require.NoError(t, err)
		log.Debug().Msg("here")
		log.Trace().Msg("not here")
		require.Equal(t, c.json, strings.HasPrefix(b.String(), "{"), b.String())
		require.Equal(t, 1, strings.Count(b.String(), "\n"))
	}
}

func TestVersion(t *testing.T) {
	s := newScene()
	require.Equal(t, 0, s.run([]string{"version"}))
	require.Regexp(t, `^troupe \d+\.\d+\.\d+ \(3\.8\.0-troupe-.*, built on .* UTC\)\ncommit \w+\+?, go`, s.out.String())
}
