//go:build interop

package ensemble

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"troupe/interop/wire"
)

// TestSyncsAmongWrites lets many clients of one member send syncs, writes and reads without waiting, at all members at once. A
// follower or observer of Apache has one queue for the syncs and writes of all its clients, and expects answers in its order:
// each client must get all of its own.
func TestSyncsAmongWrites(t *testing.T) {
	forMixes(t, []mix{"attA"}, func(t *testing.T, x mix) {
		e := form(t, x, options{direct: true})
		e.awaitFormed()
		var all sync.WaitGroup
		for _, m := range e.members {
			for n := range 8 {
				all.Go(func() {
					if err := syncsAmongWrites(m, fmt.Sprintf("/queue-%d-%d", m.id, n)); err != nil {
						t.Errorf("client %d of %v: %v", n, m, err)
					}
				})
			}
		}
		all.Wait()
	})
}

// syncsAmongWrites sends requests to a member, a few at a time.
func syncsAmongWrites(m *member, path string) error {
	c, err := open(m, wire.Hello{Timeout: long, Password: make([]byte, 16)}, 10*time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Call(wire.CreateReq(wire.OpCreate, path, nil, wire.OpenACL(), wire.Persistent)); err != nil {
		return err
	}
	requests := []wire.Request{wire.PathReq(wire.OpSync, path), wire.SetDataReq(path, []byte("x"), -1), wire.WatchReq(wire.OpGetData, path, false),
		wire.PathReq(wire.OpSync, path), wire.SetDataReq(path, []byte("y"), -1)}
	for round := range 200 {
		for _, r := range requests {
			if _, err := c.Send(r); err != nil {
				return err
			}
		}
		for i := range requests {
			if _, err := c.AwaitFor(func(a wire.Message) bool { return a.Kind == wire.Reply }, 10*time.Second); err != nil {
				return fmt.Errorf("round %d, answer %d: %w", round, i, err)
			}
		}
	}
	return nil
}
