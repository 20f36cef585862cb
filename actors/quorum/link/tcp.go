package link

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
)

// network is the Network of production.
type network struct {
	o  Options
	id atomic.Int64 // the last that was given out
}

// TCP is a Network of sockets. A process has one, so that the ids of links are unique in it.
func TCP(o Options) Network {
	n := &network{o: o.orDefaults()}
	n.id.Store(1)
	return n
}

// wrap applies Options.Wrap. On failure raw is closed.
func (n *network) wrap(ctx context.Context, raw net.Conn, address string) (net.Conn, error) {
	if n.o.Wrap == nil {
		return raw, nil
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	c, err := n.o.Wrap(ctx, raw, address)
	if !stop() {
		err = errors.Join(context.Cause(ctx), err)
	}
	if err != nil {
		_ = raw.Close()
		return nil, err
	}
	return c, nil
}
