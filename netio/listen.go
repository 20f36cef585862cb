package netio

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// keepAlive is how long a connection is silent before the kernel asks whether the peer is there, and how long it waits
// between two such questions.
const keepAlive = time.Minute

// listen binds host:port and returns the descriptor of the listening socket. What is set on it the accepted sockets
// inherit.
func listen(address string, alive bool) (fd int, addr netip.AddrPort, err error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return -1, addr, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	addr = l.Addr().(*net.TCPAddr).AddrPort()
	raw, err := l.(*net.TCPListener).SyscallConn()
	if err != nil {
		return -1, addr, err
	}
	var failed error
	err = raw.Control(func(of uintptr) {
		if fd, failed = unix.FcntlInt(of, unix.F_DUPFD_CLOEXEC, 0); failed == nil {
			failed = prepare(fd, alive)
		}
	})
	return fd, addr, errors.Join(err, failed)
}

func prepare(fd int, alive bool) error {
	options := []struct{ level, name, value int }{{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1}}
	if alive {
		seconds := int(keepAlive / time.Second)
		options = append(options, []struct{ level, name, value int }{
			{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
			{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, seconds},
			{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, seconds},
		}...)
	}
	for _, o := range options {
		if err := unix.SetsockoptInt(fd, o.level, o.name, o.value); err != nil {
			return fmt.Errorf("setting an option of the listening socket: %w", err)
		}
	}
	return nil
}

const (
	// acceptBurst is how many connections are accepted before the loop serves others.
	acceptBurst = 64
	// acceptPause is how long nothing is accepted after that has failed: for want of descriptors, mostly.
	acceptPause = 100 * time.Millisecond
)

// accept takes new connections and deals them out to the loops in turn.
func (l *Loop) accept() {
	e := l.engine
	for range acceptBurst {
		fd, peer, err := unix.Accept4(e.listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch {
		case err == nil:
			c := e.newConn(fd, addrPort(peer))
			if c.loop == l {
				l.open(c)
			} else {
				c.loop.Execute(func() { c.loop.open(c) })
			}
		case errors.Is(err, unix.EAGAIN):
			return
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ECONNABORTED):
		default:
			e.opt.Log.Warn().Err(err).Dur("pause", acceptPause).Msg("cannot accept a client: raise the limit of open files (ulimit -n), or lower maxCnxns")
			_ = l.poll.set(e.listener, 0, true)
			time.AfterFunc(acceptPause, func() { l.Execute(l.acceptAgain) })
			return
		}
	}
}

func (l *Loop) acceptAgain() {
	if l.stopping {
		return
	}
	if err := l.poll.set(l.engine.listener, toRead, true); err != nil {
		l.engine.opt.Log.Error().Err(err).Msg("cannot accept clients any more")
		l.engine.askToStop()
	}
}

func (e *Engine) newConn(fd int, remote netip.AddrPort) *Conn {
	id := e.ids.Add(1)
	l := e.loops[id%uint64(len(e.loops))]
	return &Conn{id: id, fd: fd, remote: remote, loop: l, input: input{buffers: &l.buffers}}
}

// open begins the life of a connection on its loop.
func (l *Loop) open(c *Conn) {
	if !l.stopping {
		c.owner = l.engine.acceptor.Accept(c)
	}
	if c.owner == nil {
		l.forget(c)
		return
	}
	c.endTurn()
}

func addrPort(a unix.Sockaddr) netip.AddrPort {
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port))
	}
	return netip.AddrPort{}
}
