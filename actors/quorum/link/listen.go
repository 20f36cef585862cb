package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Pauses after accepting has failed (no file descriptors left, mostly).
const (
	acceptPauseMin = 5 * time.Millisecond
	acceptPauseMax = time.Second
)

// listener is what Listen returns.
type listener struct {
	n       *network
	accept  func(Link)
	sockets []net.Listener
	ctx     context.Context // ends with the listener
	cancel  func()

	mu    sync.Mutex
	open  int                // accepted connections that are open
	fresh map[*conn]struct{} // links that have not been started
	full  bool               // it was logged that there are too many
}

// Listen implements Network.
func (n *network) Listen(addresses []string, accept func(Link)) (io.Closer, error) {
	l := &listener{n: n, accept: accept, fresh: map[*conn]struct{}{}}
	var failures []error
	for _, address := range addresses {
		s, err := n.o.Sockets.Listen(address)
		if err != nil {
			failures = append(failures, fmt.Errorf("quorum port %s cannot be bound: %w", address, err))
			continue
		}
		l.sockets = append(l.sockets, s)
	}
	if len(l.sockets) == 0 {
		return nil, errors.Join(append(failures, errors.New("learners cannot connect: no quorum port is bound"))...)
	}
	for _, err := range failures {
		n.o.Log.Warn().Err(err).Msg("learners can use the other addresses only")
	}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	for _, s := range l.sockets {
		go l.serve(s)
	}
	return l, nil
}

// Addrs are the bound addresses, for who listens on port 0.
func (l *listener) Addrs() []net.Addr {
	var all []net.Addr
	for _, s := range l.sockets {
		all = append(all, s.Addr())
	}
	return all
}

// Close unbinds the ports.
func (l *listener) Close() error {
	l.mu.Lock()
	l.cancel()
	fresh := l.fresh
	l.fresh = map[*conn]struct{}{}
	l.mu.Unlock()
	var errs []error
	for _, s := range l.sockets {
		errs = append(errs, s.Close())
	}
	for c := range fresh {
		c.Close(nil)
	}
	return errors.Join(errs...)
}

// serve accepts on one address until the listener is closed.
func (l *listener) serve(s net.Listener) {
	pause := acceptPauseMin
	for {
		raw, err := s.Accept()
		if err == nil {
			pause = acceptPauseMin
			l.take(raw)
			continue
		}
		if l.ctx.Err() != nil {
			return
		}
		l.n.o.Log.Error().Err(err).Stringer("address", s.Addr()).Dur("pause", pause).Msg("learners cannot be accepted, trying again")
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-l.ctx.Done():
			timer.Stop()
			return
		}
		pause = min(2*pause, acceptPauseMax)
	}
}

// take makes a link of a connection.
func (l *listener) take(raw net.Conn) {
	if !l.admit(raw) {
		_ = raw.Close()
		return
	}
	if l.n.o.Wrap == nil {
		l.introduce(raw, raw)
		return
	}
	go func() {
		ctx, stop := context.WithTimeout(l.ctx, l.n.o.WrapLimit)
		defer stop()
		c, err := l.n.wrap(ctx, raw, "")
		if err != nil {
			l.left()
			if l.ctx.Err() == nil {
				l.n.o.Log.Warn().Err(err).Stringer("remote", raw.RemoteAddr()).Msg("learner refused")
			}
			return
		}
		l.introduce(raw, c)
	}()
}

// admit counts a connection, if there are not too many.
func (l *listener) admit(raw net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open < l.n.o.Accepted {
		l.open++
		l.full = false
		return true
	}
	if !l.full {
		l.full = true
		l.n.o.Log.Error().Int("open", l.open).Stringer("remote", raw.RemoteAddr()).Msg("learners refused: too many connections on the quorum port")
	}
	return false
}

func (l *listener) left() {
	l.mu.Lock()
	l.open--
	l.mu.Unlock()
}

// introduce tells accept of a link.
func (l *listener) introduce(raw, c net.Conn) {
	k := l.n.open(raw, c, false, l)
	l.mu.Lock()
	ended := l.ctx.Err() != nil
	if !ended {
		l.fresh[k] = struct{}{}
	}
	l.mu.Unlock()
	if ended {
		k.Close(nil)
	}
	l.accept(k)
}

// started: the link has an owner.
func (l *listener) started(c *conn) {
	l.mu.Lock()
	delete(l.fresh, c)
	l.mu.Unlock()
}

// closed: the link has ended.
func (l *listener) closed(c *conn) {
	l.mu.Lock()
	delete(l.fresh, c)
	l.open--
	l.mu.Unlock()
}
