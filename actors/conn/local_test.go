package conn

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/actors/pipeline"
	"troupe/actors/session"
	"troupe/interop/wire"
	"troupe/jute"
	"troupe/jute/proto"
	"troupe/tree"
)

// ephemeral is what a local session cannot do.
func ephemeral() wire.Request {
	return wire.CreateReq(wire.OpCreate, "/e", nil, wire.OpenACL(), int32(proto.ModeEphemeral))
}

// locals is a scene whose client has a local session.
func locals(t *testing.T, upgrading bool) *scene {
	t.Helper()
	s := newSceneOf(t, session.Rules{Kind: session.Learner, ServerID: 1, LocalSessions: true, Upgrading: upgrading}, nil)
	s.receive(wire.Hello{Timeout: 10000, Password: make([]byte, 16)}.Frame())
	answers := s.link.messages(t)
	require.Len(t, answers, 1, "no transaction opens it")
	require.Empty(t, s.pipe.requests)
	w, err := wire.ParseWelcome(answers[0])
	require.NoError(t, err)
	require.Equal(t, s.h.session.ID, w.Session)
	require.True(t, s.h.session.Local())
	return s
}

// code is the err of the only reply there is.
func (s *scene) code() proto.Code {
	s.t.Helper()
	all := s.link.messages(s.t)
	require.Len(s.t, all, 1)
	d := wire.NewDec(all[0])
	d.Int()
	d.Long()
	return proto.Code(d.Int())
}

// refuse makes a request what the leader makes of one that it refuses.
func refuse(r *pipeline.Request) {
	r.HasTxn, r.Result = true, tree.Result{Err: proto.SessionExpired}
}

// The createSession goes before what needs it, once, and nobody waits for its answer; from then on the session is closed
// like any other.
func TestUpgradeGoesBeforeTheEphemeral(t *testing.T) {
	s := locals(t, true)
	s.send(write())
	require.Len(t, s.pipe.requests, 1, "a write alone needs no upgrade")
	require.True(t, s.h.session.Local())
	s.pipe.requests = nil
	s.send(ephemeral(), ephemeral(), wire.Bare(wire.OpCloseSession))
	var ops []proto.Op
	for _, r := range s.pipe.requests {
		ops = append(ops, r.Op)
		require.Equal(t, s.h.session.ID, r.Session)
		require.Zero(t, r.Instead)
		require.False(t, r.Read, "the closing too is a transaction (ZOOKEEPER-3471)")
	}
	require.Equal(t, []proto.Op{proto.OpCreateSession, proto.OpCreate, proto.OpCreate, proto.OpCloseSession}, ops)
	up := s.pipe.requests[0]
	require.Nil(t, up.Conn)
	require.Zero(t, up.Cxid)
	require.Equal(t, jute.AppendInt(nil, 10000), up.Body)
	require.False(t, s.h.session.Local())
}

// Without upgrading the leader refuses it, since it does not know the session; the client hears the true reason, also in
// a multi.
func TestEphemeralOnLocalSession(t *testing.T) {
	s := locals(t, false)
	s.send(ephemeral())
	refuse(s.pipe.requests[0])
	s.commit(1)
	require.Equal(t, proto.EphemeralOnLocalSession, s.code())
	require.True(t, s.h.session.Local(), "and goes on")

	s.send(write())
	refuse(s.pipe.requests[0])
	s.commit(1)
	require.Equal(t, proto.SessionExpired, s.code(), "other refusals are told as they are")

	s.send(wire.MultiReq(wire.OpMulti, ephemeral()))
	r := s.pipe.requests[0]
	r.HasTxn = true
	r.Result.Multi = []tree.OpResult{{Op: proto.OpError, Err: proto.SessionExpired}, {Op: proto.OpError, Err: proto.RuntimeInconsistency}}
	s.commit(1)
	require.Equal(t, proto.Ok, s.code())
	require.Equal(t, proto.EphemeralOnLocalSession, r.Result.Multi[0].Err)
	require.Equal(t, proto.RuntimeInconsistency, r.Result.Multi[1].Err)
}

// A local session is closed without a transaction, behind what its client asked for before.
func TestClosingALocalSession(t *testing.T) {
	s := locals(t, true)
	id := s.h.session.ID
	x := s.send(write(), wire.Bare(wire.OpCloseSession))
	require.True(t, s.pipe.requests[1].Read)
	require.NotNil(t, s.env.Sessions.Get(id))
	s.commit(2)
	require.Equal(t, x, s.link.xids(t))
	require.Nil(t, s.env.Sessions.Get(id))
	require.True(t, s.link.closed)
	require.NoError(t, s.link.err)
}

// A client that sends createSession as a request gets a second ConnectResponse, and its session stays local.
func TestCreateSessionOnALocalSession(t *testing.T) {
	s := locals(t, true)
	s.send(wire.Request{Op: int32(proto.OpCreateSession), Body: jute.AppendInt(nil, 5000)})
	s.commit(1)
	answers := s.link.messages(t)
	require.Len(t, answers, 1)
	w, err := wire.ParseWelcome(answers[0])
	require.NoError(t, err)
	require.Equal(t, s.h.session.ID, w.Session)
	require.True(t, s.h.session.Local())
}

// In an ensemble a sync goes through the pipeline like a write, also with nothing before it; standalone it is a read.
func TestSyncTravelsInAnEnsemble(t *testing.T) {
	sync := wire.Request{Op: int32(proto.OpSync), Body: jute.AppendUstring(nil, "/")}
	alone := greeted(t, nil)
	require.Equal(t, alone.send(sync), alone.link.xids(t))
	s := locals(t, false)
	x := s.send(sync, read())
	require.Empty(t, s.link.xids(t))
	require.Len(t, s.pipe.requests, 1, "the read follows it")
	require.True(t, s.pipe.requests[0].Read)
	s.commit(2)
	require.Equal(t, x, s.link.xids(t))
}

// A lone check that was sent to the leader as a multi is answered as a check.
func TestCheckThatWasForwardedAsAMulti(t *testing.T) {
	for _, want := range []proto.Code{proto.Ok, proto.BadVersion} {
		s := greeted(t, nil)
		s.send(wire.Request{Op: int32(proto.OpCheck), Body: (&proto.CheckVersionRequest{Path: "/"}).Append(nil)})
		r := s.pipe.requests[0]
		r.HasTxn, r.Result.Multi = true, []tree.OpResult{{Op: proto.OpCheck, Err: want}}
		s.commit(1)
		require.Equal(t, want, s.code())
	}
}
