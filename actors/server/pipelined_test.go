package server

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/wire"
)

// burst is a pipeline of what has its own way through the server: multis that fail in the middle, as a whole and not
// at all, a multiRead, a create2 of a node that exists, reads and watches. code is what each is answered with.
func burst(home string) (requests []wire.Request, codes []int32) {
	add := func(code int32, r wire.Request) { requests, codes = append(requests, r), append(codes, code) }
	node, other := home+"/n", home+"/m"
	get := func(path string) wire.Request { return wire.WatchReq(wire.OpGetData, path, false) }
	create2 := wire.CreateReq(wire.OpCreate2, node, nil, wire.OpenACL(), wire.Persistent)
	withTTL := wire.CreateReq(wire.OpCreate, other, nil, wire.OpenACL(), wire.WithTTL) // only createTTL may say so
	add(wire.CodeOK, wire.MultiReq(wire.OpMultiRead, get(node), get(other), get(home)))
	add(-5, wire.MultiReq(wire.OpMulti, wire.VersionReq(wire.OpDelete, node, -1), withTTL))
	add(wire.CodeOK, wire.PathModeReq(wire.OpAddWatch, other, 0))
	add(-101, wire.VersionReq(wire.OpDelete, other, -1))
	add(-101, get(other))
	add(wire.CodeOK, wire.MultiReq(wire.OpMulti, wire.VersionReq(wire.OpDelete, node, -1), wire.VersionReq(wire.OpCheck, other, 0)))
	add(-121, wire.PathModeReq(wire.OpCheckWatches, node, 3))
	add(-110, create2)
	add(wire.CodeOK, get(node))
	add(wire.CodeOK, wire.SetDataReq(node, []byte("x"), -1))
	add(wire.CodeOK, wire.MultiReq(wire.OpMulti, wire.VersionReq(wire.OpDelete, node, -1), create2))
	add(wire.CodeOK, wire.PathReq(wire.OpGetACL, node))
	add(wire.CodeOK, wire.PathModeReq(wire.OpRemoveWatches, other, 3))
	return requests, codes
}

// Each request of a burst is answered once, in its turn and as its neighbours demand, whatever is cut where by the
// network and whoever else is at work.
func TestBurstsAreAnsweredOnce(t *testing.T) {
	s := start(t, t.TempDir(), "forceSync=no")
	defer stop(t, s)
	const clients, rounds = 4, 40
	var all sync.WaitGroup
	errs := make([]error, clients)
	for i := range clients {
		c := connect(t, s)
		home := fmt.Sprintf("/burst%d", i)
		call(t, c, wire.CreateReq(wire.OpCreate, home, nil, wire.OpenACL(), wire.Persistent))
		call(t, c, wire.CreateReq(wire.OpCreate, home+"/n", nil, wire.OpenACL(), wire.Persistent))
		all.Go(func() { errs[i] = bursts(c, home, rounds) })
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
}

// bursts plays the same burst again and again, in two writes that part it anywhere.
func bursts(c *wire.Conn, home string, rounds int) error {
	requests, codes := burst(home)
	c.Take()
	for round := range rounds {
		var frames []byte
		for i, r := range requests {
			frames = append(frames, r.Frame(int32(1000*(round+1)+i))...)
		}
		cut := round * len(frames) / rounds
		if err := c.Write(frames[:cut]); err != nil {
			return err
		}
		if err := c.Write(frames[cut:]); err != nil {
			return err
		}
		if _, err := c.Barrier(); err != nil {
			return err
		}
		got := c.Take()
		if len(got) != len(requests) {
			return fmt.Errorf("round %d: %d answers to %d requests: %v", round, len(got), len(requests), got)
		}
		for i, m := range got {
			if want := int32(1000*(round+1) + i); m.Xid != want || m.Err != codes[i] {
				return fmt.Errorf("round %d: answer %d is %v, not #%d with %d", round, i, m, want, codes[i])
			}
		}
	}
	return nil
}
