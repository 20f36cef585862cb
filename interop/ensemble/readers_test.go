//go:build interop

package ensemble

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/wire"
)

// readers read what the ledgers count, without any barrier, and move with their session from member to member, of
// their own accord and when they have to. For each of them time goes only forward: no reply has a lower zxid than the
// one before it, and no node an older value.
type readers struct {
	e     *ensemble
	paths []string
	stop  chan struct{}
	wait  sync.WaitGroup
	errs  chan error
	reads atomic.Int64
	moves atomic.Int64
}

// readLedgers starts n readers. The test ends them with finish.
func readLedgers(e *ensemble, l *ledgers, n int) *readers {
	r := &readers{e: e, stop: make(chan struct{}), errs: make(chan error, n)}
	for _, w := range l.writers {
		r.paths = append(r.paths, w.Root+"/count")
	}
	for i := range n {
		r.wait.Add(1)
		go func() {
			defer r.wait.Done()
			u := &reader{readers: r, at: i, counts: map[string]int{}}
			if err := u.work(); err != nil {
				r.errs <- fmt.Errorf("reader %d, at %v, %v, %v after its last answer: %w", i, e.members[u.at],
					time.Now().UTC().Format(time.TimeOnly), time.Since(u.answered), err)
			}
		}()
	}
	return r
}

func (r *readers) halt() {
	close(r.stop)
	r.wait.Wait()
}

func (r *readers) finish(t *testing.T) {
	t.Helper()
	r.halt()
	select {
	case err := <-r.errs:
		require.NoError(t, err)
	default:
	}
	t.Logf("readers: %d reads, %d moves", r.reads.Load(), r.moves.Load())
	require.Positive(t, r.reads.Load())
}

type reader struct {
	*readers
	at       int
	session  *wire.Conn // the last connection of the session
	conn     *wire.Conn
	zxid     int64
	counts   map[string]int
	answered time.Time
}

func (u *reader) work() error {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-u.stop:
			return nil
		case <-ticker.C:
		}
		if u.conn != nil && n%200 == 199 {
			u.conn.Close()
			u.conn = nil
		}
		if u.conn == nil {
			switch err := u.connect(); {
			case errors.Is(err, wire.ErrRefused):
				return fmt.Errorf("session 0x%x: %w", u.session.Session, err)
			case err != nil:
				continue
			}
		}
		path := u.paths[n%len(u.paths)]
		m, err := ask(u.conn, int32(n), wire.WatchReq(wire.OpGetData, path, false), answerLimit)
		if err != nil {
			u.conn.Close()
			u.conn = nil
			continue
		}
		if err := u.look(path, m); err != nil {
			return err
		}
	}
}

func (u *reader) look(path string, m wire.Message) error {
	u.reads.Add(1)
	u.answered = time.Now()
	if m.Zxid < u.zxid {
		return fmt.Errorf("a reply of zxid 0x%x after one of 0x%x", m.Zxid, u.zxid)
	}
	u.zxid = m.Zxid
	if m.Err == wire.CodeNoNode && u.counts[path] == 0 {
		return nil
	}
	d := wire.NewDec(m.Body)
	count, err := strconv.Atoi(string(d.Buf()))
	switch {
	case m.Err != wire.CodeOK:
		return fmt.Errorf("read of %s is answered with %d", path, m.Err)
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	case count < u.counts[path]:
		return fmt.Errorf("%s is %d after it was %d, at zxid 0x%x", path, count, u.counts[path], m.Zxid)
	}
	u.counts[path] = count
	return nil
}

// connect goes on at the next member. One whose state is older than what the session has seen closes the connection.
func (u *reader) connect() error {
	u.at = (u.at + 1) % len(u.e.members)
	var c *wire.Conn
	var err error
	if u.session == nil {
		c, err = open(u.e.members[u.at], wire.Hello{Timeout: long, Password: make([]byte, 16)}, answerLimit)
	} else {
		c, err = reattach(u.session, u.e.members[u.at], answerLimit)
		if err == nil {
			u.moves.Add(1)
		}
	}
	if err == nil {
		u.session, u.conn = c, c
	}
	return err
}
