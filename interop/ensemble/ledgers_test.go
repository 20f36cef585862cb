//go:build interop

package ensemble

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/ledger"
	"troupe/interop/wire"
)

// ledgers write to an ensemble while things happen to it. Each writer keeps its session and moves with it to another
// member when its connection ends, looks what of its writes was done, and goes on from there. Between what it has in
// flight and what it looks at stands a write of the moved session: all that was sent before the move is either in the
// order before that one, or refused.
type ledgers struct {
	e       *ensemble
	writers []*ledgerWriter
	stop    chan struct{}
	wait    sync.WaitGroup
	errs    chan error
}

type ledgerWriter struct {
	ledger.Writer
	e       *ensemble
	at      int // number of the member to try next
	xid     int32
	session *wire.Conn   // the last connection of the session
	moves   int          // connections after the first one
	acked   atomic.Int64 // for others to look at while the writer works
}

// fence is the node that a writer writes after each move.
func (w *ledgerWriter) fence() string { return w.Root + "-fence" }

// writeLedgers starts n writers, with depth requests in flight each. The test ends them with finish.
func writeLedgers(e *ensemble, n, depth int) *ledgers {
	l := &ledgers{e: e, stop: make(chan struct{}), errs: make(chan error, n)}
	for i := range n {
		w := &ledgerWriter{e: e, at: i, xid: 1_000_000_000}
		w.Root = fmt.Sprintf("/ledger%d", i)
		l.writers = append(l.writers, w)
		l.wait.Add(1)
		go func() {
			defer l.wait.Done()
			for {
				if err := w.once(depth, l.stop); err != nil {
					l.errs <- fmt.Errorf("%s: %w", w.Root, err)
					return
				}
				select {
				case <-l.stop:
					return
				default:
				}
			}
		}()
	}
	return l
}

// once works through one connection, until it ends or the load is to stop.
func (w *ledgerWriter) once(depth int, stop <-chan struct{}) error {
	c, err := w.connect(stop)
	if c == nil {
		return err
	}
	defer c.Close()
	if err := w.check(c); err != nil {
		if errors.Is(err, wire.ErrClosed) || errors.Is(err, wire.ErrTimeout) {
			return nil // the member ended, too
		}
		return err
	}
	for {
		// In small pieces, so that others can see how far it is.
		err := w.Run(c, depth, 100, stop)
		w.acked.Store(int64(w.Acked))
		select {
		case <-stop:
			return nil
		default:
		}
		switch {
		case errors.Is(err, wire.ErrClosed) || errors.Is(err, wire.ErrTimeout):
			return nil
		case err != nil:
			return fmt.Errorf("at %v: %w", w.e.members[w.at], err)
		}
	}
}

// connect takes the session to the next member that takes it, or begins one.
func (w *ledgerWriter) connect(stop <-chan struct{}) (*wire.Conn, error) {
	ticker := time.NewTicker(2 * poll)
	defer ticker.Stop()
	for {
		w.at = (w.at + 1) % len(w.e.members)
		m := w.e.members[w.at]
		var c *wire.Conn
		var err error
		if w.session == nil {
			c, err = open(m, wire.Hello{Timeout: long, Password: make([]byte, 16)}, time.Second)
		} else {
			c, err = reattach(w.session, m, time.Second)
		}
		if err == nil {
			if w.session != nil {
				w.moves++
			}
			w.session = c
			return c, nil
		}
		if errors.Is(err, wire.ErrRefused) {
			return nil, fmt.Errorf("session 0x%x at %v: %w", w.session.Session, m, err)
		}
		select {
		case <-stop:
			return nil, nil
		case <-ticker.C:
		}
	}
}

// check settles what was in flight.
func (w *ledgerWriter) check(c *wire.Conn) error {
	for _, r := range []wire.Request{create(w.fence(), ""), set(w.fence(), "")} {
		w.xid++
		m, err := ask(c, w.xid, r, 5*time.Second)
		if err != nil {
			return err
		}
		if m.Err != wire.CodeOK && m.Err != wire.CodeNodeExists {
			return fmt.Errorf("%s of %s at %v is answered with %d", wire.OpName(r.Op), w.fence(), w.e.members[w.at], m.Err)
		}
	}
	if err := w.Open(c); err != nil {
		return fmt.Errorf("read at %v: %w", w.e.members[w.at], err)
	}
	return nil
}

// acked is how many writes were acknowledged so far.
func (l *ledgers) acked() (n int64) {
	for _, w := range l.writers {
		n += w.acked.Load()
	}
	return n
}

// halt ends the writers.
func (l *ledgers) halt() {
	close(l.stop)
	l.wait.Wait()
}

// finish ends the writers and reads their ledgers on each member that runs.
func (l *ledgers) finish(t *testing.T) {
	t.Helper()
	l.halt()
	select {
	case err := <-l.errs:
		require.NoError(t, err)
	default:
	}
	moves := 0
	for _, w := range l.writers {
		moves += w.moves
		require.Positive(t, w.Acked)
		c := move(t, w.session, l.e.awaitFormed())
		require.NoError(t, w.check(c))
		for _, m := range l.e.running() {
			r := connect(t, m, long)
			ok(t, r, set("/", ""))
			require.NoError(t, w.Verify(r), "%v", m)
			ok(t, r, wire.Bare(wire.OpCloseSession))
		}
		ok(t, c, wire.Bare(wire.OpCloseSession))
	}
	t.Logf("ledgers: %d writes acknowledged, %d moves", l.acked(), moves)
}
