package server

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/actors/pipeline"
	"troupe/interop/wire"
)

// When a stage of the pipeline panics, the role ends as a whole: clients are disconnected, the state is read
// from disk again, what was acknowledged is there, and the session goes on.
func TestPipelineFailureReloads(t *testing.T) {
	s := start(t, t.TempDir())
	defer stop(t, s)
	c := connect(t, s)
	require.Zero(t, call(t, c, wire.CreateReq(wire.OpCreate, "/kept", []byte("x"), wire.OpenACL(), wire.Persistent)).Err)
	before := s.role.Load()
	before.pipeline.Submit(&pipeline.Batch{Requests: []*pipeline.Request{nil}}) // no client can send this
	_, err := c.Await(func(m wire.Message) bool { return m.Kind == wire.Closed })
	require.NoError(t, err)
	require.Eventually(t, func() bool { r := s.role.Load(); return r != nil && r != before }, 5*time.Second, time.Millisecond)
	again, err := c.Reattach(s.Addr())
	require.NoError(t, err)
	defer again.Close()
	require.Equal(t, c.Session, again.Session)
	require.Zero(t, call(t, again, wire.WatchReq(wire.OpExists, "/kept", false)).Err)
	require.Zero(t, call(t, again, wire.CreateReq(wire.OpCreate, "/more", nil, wire.OpenACL(), wire.Persistent)).Err)
}

// Failing again and again ends the server instead of reloading for ever.
func TestManyFailuresEndTheServer(t *testing.T) {
	s := start(t, t.TempDir())
	for range tooManyFailures {
		var r *role
		require.Eventually(t, func() bool { r = s.role.Load(); return r != nil || len(s.done) > 0 }, 5*time.Second, time.Millisecond)
		if r == nil {
			break
		}
		r.pipeline.Submit(&pipeline.Batch{Requests: []*pipeline.Request{nil}})
		require.Eventually(t, func() bool { return s.role.Load() != r || len(s.done) > 0 }, 5*time.Second, time.Millisecond)
	}
	require.ErrorContains(t, <-s.Done(), "failures within")
	stop(t, s)
}
