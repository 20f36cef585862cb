package peers

import (
	"context"
	"net"
	"time"
)

// Network opens connections and listens for them. Connections must let Close end blocked reads and writes.
type Network interface {
	// Dial connects to host:port until ctx ends.
	Dial(ctx context.Context, address string) (net.Conn, error)
	// Listen binds host:port.
	Listen(address string) (net.Listener, error)
}

// Clock tells the time and waits.
type Clock interface {
	Now() time.Time
	// Timer sends once on c after d, unless stop was called before.
	Timer(d time.Duration) (c <-chan time.Time, stop func())
}

// TCP is the network of the machine.
type TCP struct {
	KeepAlive bool // TCP keep-alive on connections (tcpKeepAlive)
}

// Dial connects by TCP, without Nagle's delay.
func (t TCP) Dial(ctx context.Context, address string) (net.Conn, error) {
	d := net.Dialer{KeepAlive: t.interval()}
	return d.DialContext(ctx, "tcp", address)
}

// Listen binds a TCP port.
func (t TCP) Listen(address string) (net.Listener, error) {
	l := net.ListenConfig{KeepAlive: t.interval()}
	return l.Listen(context.Background(), "tcp", address)
}

// interval is that of keep-alive probes: the system's choice of Go, or none.
func (t TCP) interval() time.Duration {
	if t.KeepAlive {
		return 0
	}
	return -1
}

// SystemClock is the clock of the machine.
type SystemClock struct{}

// Now is time.Now.
func (SystemClock) Now() time.Time { return time.Now() }

// Timer is time.NewTimer.
func (SystemClock) Timer(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}
