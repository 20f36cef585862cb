package link

import (
	"context"
	"net"
	"time"

	"github.com/rs/zerolog"

	"troupe/election/peers"
	"troupe/zab/packet"
)

// Options of [TCP]. The zero value is usable.
type Options struct {
	// Limits of what is read (jute.maxbuffer).
	Limits packet.Limits
	// SendBound is how many bytes may be queued for a peer. 0: 64 MiB. More than a quarter of it in one Send is a
	// synchronisation, which raises the bound by its size until the peer has caught up.
	SendBound int
	// SnapshotBound is the bound from SendSnapshot until the peer has caught up: who loads a large snapshot is not slow.
	// 0: 8 * SendBound.
	SnapshotBound int
	// Stall is how long a snapshot may show no progress, on both ends. 0: 20 s; tickTime * initLimit.
	Stall time.Duration
	// Linger is how long CloseAfterFlush may take. 0: 1 s.
	Linger time.Duration
	// Accepted is how many accepted links may be open at a time, for each Listen. 0: 1024.
	Accepted int
	// Sockets dials and listens. Default: peers.TCP{} (KeepAlive: tcpKeepAlive).
	Sockets peers.Network
	// Wrap turns a fresh connection into the one that packets travel over, if it is set: TLS, SASL. It may wait: each
	// connection has a goroutine. address is what was dialed, "" on accepted connections. When ctx ends raw is closed.
	Wrap func(ctx context.Context, raw net.Conn, address string) (net.Conn, error)
	// WrapLimit is how long Wrap may take on accepted connections. 0: 5 s. On dialed ones it is part of DialOptions.Limit.
	WrapLimit time.Duration
	// Loops, if it is set, gives the event loops that links ride on when they are settled. It may give nil.
	Loops func() Loops
	// Log is told what no handler hears of: trouble with accepting, binding, dialing, Wrap.
	Log zerolog.Logger
}

func (o Options) orDefaults() Options {
	or(&o.SendBound, 64<<20)
	or(&o.SnapshotBound, 8*o.SendBound)
	or(&o.Stall, 20*time.Second)
	or(&o.Linger, time.Second)
	or(&o.Accepted, 1024)
	or(&o.WrapLimit, 5*time.Second)
	if o.Loops == nil {
		o.Loops = func() Loops { return nil }
	}
	if o.Sockets == nil {
		o.Sockets = peers.TCP{}
	}
	return o
}

func or[T int | time.Duration](v *T, value T) {
	if *v <= 0 {
		*v = value
	}
}
