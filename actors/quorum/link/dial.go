package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// Dial implements Network.
func (n *network) Dial(addresses []string, o DialOptions, done func(Link, error)) (cancel func()) {
	o = o.OrDefaults()
	ctx, end := context.WithCancelCause(context.Background())
	limited, stop := context.WithTimeoutCause(ctx, o.Limit, ErrConnectLimit)
	go func() {
		defer stop()
		c, err := n.race(limited, addresses, o)
		if err == nil && ctx.Err() != nil {
			c.Close(ErrCancelled)
			err = ErrCancelled
		}
		if err != nil {
			done(nil, err)
			return
		}
		done(c, nil)
	}()
	return func() { end(ErrCancelled) }
}

// attempt is how dialing one address ended.
type attempt struct {
	c   *conn
	err error
}

// race tries all addresses at the same time. The first connection wins; others that come about are closed.
func (n *network) race(ctx context.Context, addresses []string, o DialOptions) (*conn, error) {
	if len(addresses) == 0 {
		return nil, errors.New("the leader has no address to connect to")
	}
	ctx, cancel := context.WithCancel(ctx)
	results := make(chan attempt, len(addresses))
	for _, address := range addresses {
		go func() {
			c, err := n.try(ctx, address, o)
			results <- attempt{c, err}
		}()
	}
	var failures []error
	for i := range addresses {
		r := <-results
		if r.err == nil {
			cancel()
			go drop(results, len(addresses)-i-1)
			return r.c, nil
		}
		failures = append(failures, r.err)
	}
	cancel()
	return nil, errors.Join(failures...)
}

// drop closes those of n connections that came too late.
func drop(results <-chan attempt, n int) {
	for range n {
		if r := <-results; r.err == nil {
			r.c.Close(nil)
		}
	}
}

// try connects to one address, several times if need be.
func (n *network) try(ctx context.Context, address string, o DialOptions) (*conn, error) {
	for failures := 1; ; failures++ {
		c, err := n.connect(ctx, address)
		if err == nil {
			return c, nil
		}
		if pause, again := o.PauseAfter(failures); again && ctx.Err() == nil {
			n.o.Log.Debug().Err(err).Str("address", address).Int("try", failures).Msg("cannot connect to the leader, trying again")
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
				continue
			case <-ctx.Done():
				timer.Stop()
			}
		}
		if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
			err = fmt.Errorf("%w; last try: %w", cause, err)
		}
		return nil, fmt.Errorf("cannot connect to %s: %w", address, err)
	}
}

func (n *network) connect(ctx context.Context, address string) (*conn, error) {
	raw, err := n.o.Sockets.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	var c net.Conn
	if c, err = n.wrap(ctx, raw, address); err != nil {
		return nil, err
	}
	return n.open(raw, c, true, nil), nil
}
