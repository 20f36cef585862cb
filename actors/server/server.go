// Package server puts the actors together into a running server and takes it down again.
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"troupe/actors"
	"troupe/actors/conn"
	"troupe/actors/gate"
	"troupe/actors/operator/fourletter"
	"troupe/actors/quorum"
	"troupe/actors/quorum/elect"
	"troupe/actors/quorum/link"
	"troupe/config"
	"troupe/netio"
	"troupe/persistence"
	"troupe/persistence/vfs"
)

// Server is a running server.
type Server struct {
	cfg    *config.Config
	log    zerolog.Logger
	words  fourletter.Whitelist
	world  World
	clock  actors.Clock
	store  *persistence.Store
	gate   gate.Gate
	door   atomic.Pointer[Door]
	member *membership          // nil standalone
	role   atomic.Pointer[role] // nil while there is none: clients are not let in
	done   chan error
	failed chan failure
	broken atomic.Bool // ended by itself: what is under way will not finish
	quit   chan struct{}
	ended  chan struct{}
}

// Error is why a server could not start, or ended by itself.
type Error struct {
	Code int // what the process should exit with; Apache's exit codes
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// ExitCode is what the process should exit with.
func (e *Error) ExitCode() int { return e.Code }

// Apache's exit codes (ExitCode.java).
const (
	exitUnexpected = 1
	exitConfig     = 2
	exitDirectory  = 3
	exitSnapshot   = 10
)

// coded gives an error of the data directory the exit code that Apache has for it.
func coded(err error) error {
	var (
		dir    *persistence.DirError
		locked *persistence.LockedError
		fatal  *persistence.FatalError
	)
	switch {
	case errors.As(err, &dir), errors.As(err, &locked):
		return &Error{Code: exitDirectory, Err: err}
	case errors.As(err, &fatal) && fatal.Snapshot:
		return &Error{Code: exitSnapshot, Err: err}
	}
	return err
}

// World is what a server finds outside: handed in, so that a test or a simulation can hand in another one. But for
// the first two, what is not set is the real thing.
type World struct {
	Files   vfs.FS
	Clock   actors.Clock
	Random  *rand.Rand     // spreads what members should not do at once; nil: chance
	Network link.Network   // between leader and learners
	Ballots elect.Opener   // carries elections
	Run     actors.Runtime // how actors run
	// LastCounter is the last counter of an epoch's zxids that is used; 0: as many as a zxid holds.
	LastCounter uint32
	// Began, if it is set, is told of each role that a member takes up.
	Began    func(quorum.Role)
	Sabotage Sabotage
	Cores    int // that the event loops for clients are meant for; 0: as many as threads that run Go code
	// Listen opens the door for clients.
	Listen func(o netio.Options, a netio.Acceptor) (Door, error)
}

// Door is where clients come in.
type Door interface {
	Addr() netip.AddrPort
	// Done is closed when nobody can come in any more, Err tells why.
	Done() <-chan struct{}
	Err() error
	Stop()
}

// listen is the door of event loops.
func listen(o netio.Options, a netio.Acceptor) (Door, error) { return netio.Listen(o, a) }

// Start opens the data directory, loads what is there and serves. When it returns, clients can connect.
func Start(cfg *config.Config, log zerolog.Logger) (*Server, error) {
	return StartIn(Real(), cfg, log)
}

// Real is the world as it is.
func Real() World { return World{Files: vfs.OS(), Clock: actors.SystemClock()} }

func loops(cores int) int {
	if cores == 0 {
		cores = runtime.GOMAXPROCS(0)
	}
	return netio.LoopsFor(cores)
}

// StartIn is Start in a world of the caller's.
func StartIn(w World, cfg *config.Config, log zerolog.Logger) (*Server, error) {
	if w.Listen == nil {
		w.Listen = listen
	}
	store, err := persistence.Open(w.Files, storeOptions(w, cfg, log))
	if err != nil {
		return nil, coded(err)
	}
	s := &Server{cfg: cfg, log: log, world: w, clock: w.Clock, store: store,
		words: fourletter.ParseWhitelist(cfg.Operator.FourLetterWhitelist, cfg.Session.ReadOnlyMode),
		done:  make(chan error, 1), failed: make(chan failure, 16), quit: make(chan struct{}), ended: make(chan struct{})}
	begin := s.startAlone
	if cfg.Ensemble.Distributed() {
		begin = s.joinEnsemble
	}
	if err := begin(); err != nil {
		_ = store.Close()
		return nil, coded(err)
	}
	door, err := w.Listen(netio.Options{Address: address(cfg), Loops: loops(w.Cores), KeepAlive: cfg.Client.KeepAlive, Log: log}, s)
	if err != nil {
		s.leave()
		_ = store.Close()
		return nil, &Error{Code: exitUnexpected, Err: err}
	}
	s.door.Store(&door)
	if r := s.role.Load(); r != nil {
		r.operator.Listening(door.Addr())
	}
	w.Run.Go(s.watchOver)
	w.Run.Go(s.watchDoor)
	return s, nil
}

func address(cfg *config.Config) string {
	return net.JoinHostPort(cfg.Client.Address, strconv.Itoa(max(0, cfg.Client.Port)))
}

// Accept implements netio.Acceptor: the door of the present role.
func (s *Server) Accept(c *netio.Conn) netio.Owner { return s.Admit(c) }

// Admit is Accept for connections of any kind.
func (s *Server) Admit(c conn.Link) netio.Owner {
	r := s.role.Load()
	switch {
	case r == nil && s.member == nil:
		return nil
	case r == nil:
		return &lobby{conn: c, words: s.words}
	case r.closed:
		return nil
	}
	return r.clients.Accept(c)
}

// Addr is where clients connect.
func (s *Server) Addr() string { return (*s.door.Load()).Addr().String() }

// Done yields the error with which the server ended by itself.
func (s *Server) Done() <-chan error { return s.done }

// Stop ends the server in good order: what is under way is finished, clients are disconnected, the log
// is closed. Sessions live on in the data directory.
func (s *Server) Stop(ctx context.Context) error {
	close(s.quit)
	<-s.ended
	var err error
	if r := s.role.Load(); r != nil && s.member == nil && !s.broken.Load() {
		err = r.drain(ctx)
	}
	if s.member != nil { // its links to other members are on the door's event loops
		s.leave()
	}
	(*s.door.Load()).Stop()
	if s.member == nil {
		s.leave()
	}
	if cerr := s.store.Close(); cerr != nil {
		err = errors.Join(err, fmt.Errorf("closing the data directory: %w", cerr))
	}
	return err
}

// fatal ends the server: what is in memory can no longer be trusted to be what is on disk.
func (s *Server) fatal(err error) {
	err = coded(err)
	s.broken.Store(true)
	select {
	case s.done <- err:
	default: // the first reason counts
	}
}

// watchDoor ends the server when its event loops have ended by themselves: better no server than one that
// is there and serves nobody.
func (s *Server) watchDoor() {
	door := *s.door.Load()
	select {
	case <-s.quit:
	case <-door.Done():
		s.fatal(&Error{Code: exitUnexpected, Err: fmt.Errorf("the event loops ended: %w", cmp.Or(door.Err(), errLoops))})
	}
}

var errLoops = errors.New("no reason was given")

// tooManyFailures within failureWindow end the process: reloading does not help.
const (
	tooManyFailures = 5
	failureWindow   = time.Minute
)

// watchOver rebuilds the role when one of its actors has failed: clients are disconnected, the state is
// read from disk again, and serving goes on.
func (s *Server) watchOver() {
	defer close(s.ended)
	var recent []int64
	for {
		select {
		case <-s.quit:
			return
		case f := <-s.failed:
			r := f.role
			if s.role.Load() != r {
				continue // that role is gone already
			}
			s.log.Error().Str("actor", f.Who).Err(f.Reason).Msg("an actor failed: clients are disconnected and the state is loaded from disk again")
			now := s.clock.Millis()
			recent = append(recent, now)
			for len(recent) > 0 && now-recent[0] > failureWindow.Milliseconds() {
				recent = recent[1:]
			}
			if len(recent) >= tooManyFailures {
				s.fatal(&Error{Code: exitUnexpected, Err: fmt.Errorf("%d failures within %v, the last: %w", len(recent), failureWindow, f)})
				return
			}
			if s.member != nil {
				s.member.ref.Failed(f.Failed)
				continue
			}
			_ = s.endRole(f)
			if err := s.reload(); err != nil {
				s.fatal(err)
				return
			}
		}
	}
}

func (s *Server) reload() error {
	if err := s.store.Close(); err != nil {
		s.log.Warn().Err(err).Msg("closing the data directory before reading it again")
	}
	store, err := persistence.Open(s.world.Files, storeOptions(s.world, s.cfg, s.log))
	if err != nil {
		return err
	}
	s.store = store
	return s.startAlone()
}
