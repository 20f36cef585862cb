package netio

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"
	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"
)

// Acceptor decides about new connections.
type Acceptor interface {
	// Accept is called in the new connection's first turn and returns its owner, or nil to refuse it.
	Accept(c *Conn) Owner
}

// Options configure an Engine.
type Options struct {
	Address    string // host:port; port 0 picks a free one
	Loops      int    // event loops; 0 is defaultLoops
	ReadBuffer int    // bytes taken from a socket at once; 0 is 64 KiB. A burst is never longer
	KeepAlive  bool   // TCP keep-alive on client sockets (clientTcpKeepAlive)
	Log        zerolog.Logger
}

// Engine listens and runs the event loops.
type Engine struct {
	opt      Options
	acceptor Acceptor
	gnet     gnet.Engine
	addr     netip.AddrPort
	ids      atomic.Uint64
	booted   chan struct{}
	stopped  chan struct{}
	err      error // of gnet.Run, valid once stopped is closed

	mu    sync.Mutex
	loops map[gnet.EventLoop]*Loop
}

// Listen binds the address and starts the event loops. An address that is taken, or may not be
// bound, is an error at once.
func Listen(opt Options, a Acceptor) (*Engine, error) {
	if opt.Loops <= 0 {
		opt.Loops = defaultLoops()
	}
	e := &Engine{
		opt: opt, acceptor: a,
		booted: make(chan struct{}), stopped: make(chan struct{}),
		loops: make(map[gnet.EventLoop]*Loop),
	}
	// The loops share the port (SO_REUSEPORT), and so would a second server, without a word: ask the kernel
	// first without sharing, so that it fails with the usual error.
	probe, err := net.Listen("tcp", opt.Address)
	if err != nil {
		return nil, fmt.Errorf("listening for clients: %w", err)
	}
	at := probe.Addr().(*net.TCPAddr)
	if opt.Address = at.String(); at.IP.IsUnspecified() && at.IP.To4() == nil {
		opt.Address = fmt.Sprintf(":%d", at.Port) // gnet takes [::] for IPv6 alone
	}
	if err := probe.Close(); err != nil {
		return nil, fmt.Errorf("listening for clients: %w", err)
	}
	go func() {
		defer close(e.stopped)
		e.err = gnet.Run(&callbacks{engine: e}, "tcp://"+opt.Address,
			gnet.WithNumEventLoop(opt.Loops),
			gnet.WithReadBufferCap(opt.ReadBuffer),
			gnet.WithTCPNoDelay(gnet.TCPNoDelay),
			// Each loop accepts for itself, so that Acceptor.Accept can refuse a connection before the next one
			// is taken. gnet's own acceptor runs ahead of it, and accept failing for want of descriptors ends gnet.
			gnet.WithReusePort(true),
			gnet.WithReuseAddr(true), // else old connections in TIME_WAIT keep a restarted server from its port
			gnet.WithLogger(gnetLog{opt.Log}))
		e.endLoops()
	}()
	select {
	case <-e.booted:
		return e, nil
	case <-e.stopped:
		return nil, fmt.Errorf("listening for clients on %s: %w", opt.Address, e.err)
	}
}

// defaultLoops is one event loop for two cores, and at least one. The other half is for the kernel's work on the
// sockets, the writes' stages and the collector. A loop a core is worse: each finds fewer sockets ready, so it sleeps and
// is woken more often, and the scheduler's monitor wakes each 20 us to take the processor away from loops that sleep. Per
// operation at 64 connections x 1 on 2 cores, two loops made 0.42 calls of epoll_wait and one 0.18.
func defaultLoops() int { return max(1, runtime.GOMAXPROCS(0)/2) }

// Addr is where the engine listens.
func (e *Engine) Addr() netip.AddrPort { return e.addr }

// Done is closed when the loops have ended: after Stop, or because the system refuses to go on (Err tells).
func (e *Engine) Done() <-chan struct{} { return e.stopped }

// Err is why the loops ended by themselves. REQUIRES: Done is closed.
func (e *Engine) Err() error { return e.err }

// Stop closes the listener and all connections that still live on loops, and returns when the loops
// have ended. Owners hear Closed.
func (e *Engine) Stop() {
	go e.gnet.Stop(context.Background()) //nolint:errcheck // polls each 500 ms; the end of Run is seen at once
	<-e.stopped
}

func (e *Engine) endLoops() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.loops {
		l.end()
	}
}

func (e *Engine) loopOf(g gnet.EventLoop) *Loop {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.loops[g]
	if l == nil {
		l = &Loop{gnet: g, index: len(e.loops)}
		e.loops[g] = l
	}
	return l
}

// callbacks is what gnet sees of an Engine.
type callbacks struct {
	gnet.BuiltinEventEngine
	engine *Engine
}

func (b *callbacks) OnBoot(g gnet.Engine) gnet.Action {
	e := b.engine
	e.gnet = g
	fd, err := g.Dup()
	if err != nil {
		e.opt.Log.Error().Err(err).Msg("cannot look at the listening socket")
		return gnet.Shutdown
	}
	defer unix.Close(fd) //nolint:errcheck // a duplicate that was only looked at
	sa, err := unix.Getsockname(fd)
	if err != nil {
		e.opt.Log.Error().Err(err).Msg("cannot tell the listening address")
		return gnet.Shutdown
	}
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		e.addr = netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		e.addr = netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))
	}
	close(e.booted)
	return gnet.None
}

func (b *callbacks) OnOpen(g gnet.Conn) ([]byte, gnet.Action) {
	e := b.engine
	c := &Conn{id: e.ids.Add(1), remote: addrPort(g.RemoteAddr()), local: addrPort(g.LocalAddr()), gnet: g, loop: e.loopOf(g.EventLoop())}
	if e.opt.KeepAlive {
		_ = g.SetKeepAlivePeriod(time.Minute)
	}
	c.owner = e.acceptor.Accept(c)
	if c.owner == nil {
		return nil, gnet.Close
	}
	g.SetContext(c)
	return nil, c.action()
}

func (b *callbacks) OnTraffic(g gnet.Conn) gnet.Action {
	c, ok := g.Context().(*Conn)
	if !ok {
		return gnet.Close
	}
	if c.need > 0 && g.InboundBuffered() < c.need {
		return gnet.None
	}
	c.loop.serve(c.owner.Readable)
	return c.action()
}

func (b *callbacks) OnClose(g gnet.Conn, err error) gnet.Action {
	if c, ok := g.Context().(*Conn); ok {
		c.leftGnet(err)
	}
	return gnet.None
}

func (c *Conn) action() gnet.Action {
	if c.leaving() {
		return gnet.Close
	}
	return gnet.None
}

func addrPort(a net.Addr) netip.AddrPort {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := t.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// gnetLog lets gnet speak through our log: its own notices are for debugging.
type gnetLog struct{ log zerolog.Logger }

func (l gnetLog) Debugf(format string, args ...any) { l.log.Trace().Msgf(format, args...) }
func (l gnetLog) Infof(format string, args ...any)  { l.log.Debug().Msgf(format, args...) }
func (l gnetLog) Warnf(format string, args ...any)  { l.log.Warn().Msgf(format, args...) }
func (l gnetLog) Errorf(format string, args ...any) { l.log.Warn().Msgf(format, args...) }
func (l gnetLog) Fatalf(format string, args ...any) { l.log.Error().Msgf(format, args...) }
