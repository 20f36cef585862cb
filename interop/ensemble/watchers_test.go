//go:build interop

package ensemble

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/wire"
)

// watchers know the ledgers' counts only by their watches: each reads a count when an event tells it to, and never
// otherwise. When its connection ends it moves with its session to another member and sets the watch there again. A
// watch that is missed shows in the end, when nothing is written any more and a watcher still believes an older count.
type watchers struct {
	e     *ensemble
	all   []*watcher
	stop  chan struct{}
	wait  sync.WaitGroup
	errs  chan error
	moves atomic.Int64
}

type watcher struct {
	*watchers
	path  string
	at    int
	conn  *wire.Conn // the last connection of the session
	known atomic.Value
}

// watchLedgers starts a watcher for each ledger at each member. The test ends them with finish, once the ledgers are
// at rest.
func watchLedgers(e *ensemble, l *ledgers) *watchers {
	n := len(l.writers) * len(e.members)
	r := &watchers{e: e, stop: make(chan struct{}), errs: make(chan error, n)}
	for i := range n {
		w := &watcher{watchers: r, path: l.writers[i%len(l.writers)].Root + "/count", at: i}
		w.known.Store("")
		r.all = append(r.all, w)
		r.wait.Add(1)
		go func() {
			defer r.wait.Done()
			if err := w.work(); err != nil {
				r.errs <- fmt.Errorf("watcher of %s, at %v: %w", w.path, e.members[w.at], err)
			}
		}()
	}
	return r
}

func (r *watchers) halt() {
	close(r.stop)
	r.wait.Wait()
}

// finish compares what the watchers believe with what is there.
func (r *watchers) finish(t *testing.T) {
	t.Helper()
	c := connect(t, r.e.awaitFormed(), long)
	ok(t, c, set("/", ""))
	want := map[string]string{}
	for _, w := range r.all {
		want[w.path], _ = data(t, c, w.path)
	}
	for i, w := range r.all {
		await(t, patience, fmt.Sprintf("watcher %d knows that %s is %s", i, w.path, want[w.path]),
			func() bool { return w.known.Load() == want[w.path] },
			func() string { return fmt.Sprintf("it believes %v; %s", w.known.Load(), failed(r.errs)) })
	}
	r.halt()
	select {
	case err := <-r.errs:
		require.NoError(t, err)
	default:
	}
	t.Logf("watchers: %d, %d moves", len(r.all), r.moves.Load())
}

func (w *watcher) work() error {
	first := true
	for {
		if err := w.connect(); errors.Is(err, wire.ErrRefused) {
			return fmt.Errorf("session 0x%x: %w", w.conn.Session, err)
		} else if err == nil {
			if err := w.watch(&first); errors.Is(err, errWatch) {
				return err
			}
			w.conn.Close()
		}
		select {
		case <-w.stop:
			return nil
		default:
		}
	}
}

// connect goes on at the next member.
func (w *watcher) connect() (err error) {
	w.at = (w.at + 1) % len(w.e.members)
	var c *wire.Conn
	if w.conn == nil {
		c, err = open(w.e.members[w.at], wire.Hello{Timeout: long, Password: make([]byte, 16)}, answerLimit)
	} else if c, err = reattach(w.conn, w.e.members[w.at], answerLimit); err == nil {
		w.moves.Add(1)
	}
	if err == nil {
		w.conn = c
	}
	return err
}

var errWatch = errors.New("watch")

// watch works through one connection. The watch that the session had is set again first; if the node has changed
// since, the event comes at once.
func (w *watcher) watch(first *bool) error {
	for xid := int32(1); ; xid++ {
		request := wire.WatchReq(wire.OpGetData, w.path, true)
		again := xid == 1 && !*first
		if again {
			request = wire.SetWatchesReq(wire.OpSetWatches, w.conn.LastZxid, []string{w.path}, []string{}, []string{})
		}
		m, err := ask(w.conn, xid, request, answerLimit)
		switch {
		case err != nil:
			return err
		case m.Err == wire.CodeNoNode && *first: // not made yet: the watch is on its creation in any case
			if m, err = ask(w.conn, xid+500_000, wire.WatchReq(wire.OpExists, w.path, true), answerLimit); err != nil {
				return err
			}
			if m.Err == wire.CodeOK {
				continue
			}
		case m.Err != wire.CodeOK:
			return fmt.Errorf("%w: %s is answered with %d", errWatch, wire.OpName(request.Op), m.Err)
		case !again:
			*first = false
			w.known.Store(string(wire.NewDec(m.Body).Buf()))
		}
		if err := w.event(); err != nil {
			return err
		}
	}
}

// event waits for the event, which may take long: it asks now and then whether the connection is still good.
func (w *watcher) event() error {
	for {
		_, err := w.conn.AwaitFor(func(m wire.Message) bool { return m.Kind == wire.Event }, answerLimit/3)
		if !errors.Is(err, wire.ErrTimeout) {
			return err
		}
		select {
		case <-w.stop:
			return wire.ErrClosed
		default:
		}
		if _, err := ask(w.conn, wire.XidPing, wire.Bare(wire.OpPing), answerLimit); err != nil {
			return err
		}
	}
}
