package load

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// open establishes a session for each connection of the worker, at most width under way.
func (w *worker) open(width int, deadline time.Time) error {
	w.begun, w.opened, w.failed = 0, 0, 0
	return w.loop(func() bool {
		for w.begun < len(w.conns) && w.begun-w.opened-w.failed < width {
			c := w.conns[w.begun]
			w.begun++
			if err := w.dial(c); err != nil {
				w.fail(c, err)
			}
		}
		if w.opened+w.failed == len(w.conns) {
			return true
		}
		if time.Now().After(deadline) || w.stop.Load() {
			for _, c := range w.conns[:w.begun] {
				if c.state == stateConnecting || c.state == stateGreeting {
					w.fail(c, errors.New("no session within the time given"))
				}
			}
			w.failed += len(w.conns) - w.begun
			return true
		}
		return false
	})
}

// dial begins a TCP connection.
func (w *worker) dial(c *conn) error {
	family, to := unix.AF_INET, w.to[(c.id+c.tries)%len(w.to)]
	c.tries++
	if _, v6 := to.(*unix.SockaddrInet6); v6 {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socket: %w (ulimit -n?)", err)
	}
	c.fd, c.state, c.begunAt = fd, stateConnecting, w.now()
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return fmt.Errorf("TCP_NODELAY: %w", err)
	}
	if err := unix.Connect(fd, to); err != nil && err != unix.EINPROGRESS {
		return fmt.Errorf("connect: %w", err)
	}
	return w.watch(c, unix.EPOLL_CTL_ADD, unix.EPOLLOUT)
}

// greet asks for a session on a connection that has come to be.
func (w *worker) greet(c *conn) error {
	code, err := unix.GetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && code != 0 {
		err = unix.Errno(code)
	}
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	c.state = stateGreeting
	if err := w.watch(c, unix.EPOLL_CTL_MOD, unix.EPOLLIN); err != nil {
		return err
	}
	w.out = w.dialect.hello(w.out[:0], c, int32(w.timeout.Milliseconds()))
	return w.write(c, w.out)
}

// fail gives up a connection that has no session yet.
func (w *worker) fail(c *conn, err error) {
	w.failed++
	if w.reason == nil {
		w.reason = err
	}
	c.close()
}

// drive sends the player's requests until it has no more or the worker is told to stop,
// and until all of them are answered.
func (w *worker) drive(depth int) error {
	w.depth, w.playing = depth, true
	defer func() { w.playing = false }()
	for _, c := range w.conns {
		if c.played = 0; c.state != stateOpen {
			continue
		}
		if err := w.send(c, depth, w.now()); err != nil {
			if !w.outlives(err) {
				return err
			}
			w.lose(c, err)
		}
	}
	err := w.answered(stallTime, func() bool { return w.player.left == 0 || w.stop.Load() })
	if err == nil && w.inFly > 0 {
		err = fmt.Errorf("load: no answer for %v, %d requests are waiting", stallTime, w.inFly)
	}
	return err
}

// answered serves until all is sent and every request is answered, or until patience is over
// without an answer.
func (w *worker) answered(patience time.Duration, sent func() bool) error {
	count, since := w.done.Load(), w.now()
	return w.loop(func() bool {
		if sent() && w.inFly == 0 {
			return true
		}
		if now := w.done.Load(); now != count {
			count, since = now, w.now()
		}
		return w.now()-since > int64(patience)
	})
}

// listen takes watch events until told to stop.
func (w *worker) listen() error { return w.loop(w.stop.Load) }

// close ends all sessions, width at once, so that the server forgets them, and then the
// connections. Those that get no answer have stayed in inFly.
func (w *worker) close(width int, patience time.Duration) error {
	w.stop.Store(true) // answers bring forth nothing
	w.closing = true
	farewell := w.dialect.farewell()
	w.player = newPlayer(w.dialect, One(farewell), 0, 1, 0)
	var err, sendErr error
	if next := 0; w.inFly == 0 && farewell.Len() > 0 { // otherwise a load has failed before
		err = w.answered(patience, func() bool {
			for ; next < len(w.conns) && w.inFly < width && sendErr == nil; next++ {
				if c := w.conns[next]; c.state == stateOpen {
					sendErr = w.send(c, 1, w.now())
				}
			}
			return next == len(w.conns) || sendErr != nil
		})
	}
	for _, c := range w.conns {
		c.close()
	}
	return errors.Join(err, sendErr, unix.Close(w.epoll))
}

// drop closes the connections and leaves the sessions to the server.
func (w *worker) drop() error {
	for _, c := range w.conns {
		c.close()
	}
	return unix.Close(w.epoll)
}

func (c *conn) close() {
	if c.state != stateClosed && c.state != stateLost && c.fd > 0 {
		_ = unix.Close(c.fd) // nothing can be done about it
	}
	c.state = stateClosed
}

// socketAddresses resolves a connect string: host:port, or several with commas between them.
func socketAddresses(connect string) (all []unix.Sockaddr, err error) {
	for _, address := range strings.Split(connect, ",") {
		to, err := socketAddress(address)
		if err != nil {
			return nil, err
		}
		all = append(all, to)
	}
	return all, nil
}

// socketAddress resolves host:port.
func socketAddress(address string) (unix.Sockaddr, error) {
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("load: address %q: %w", address, err)
	}
	if ip := a.IP.To4(); ip != nil {
		return &unix.SockaddrInet4{Port: a.Port, Addr: [4]byte(ip)}, nil
	}
	if ip := a.IP.To16(); ip != nil {
		return &unix.SockaddrInet6{Port: a.Port, Addr: [16]byte(ip)}, nil
	}
	return nil, fmt.Errorf("load: address %q: name a host", address)
}
