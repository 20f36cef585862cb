package session

import "github.com/asynkron/protoactor-go/actor"

// Client is the connection that speaks for a session, as the session sees it.
type Client interface {
	// Attached tells that the connection speaks for the session now.
	Attached(s *Session)
	// Refused tells that the session does not exist, or is not the client's.
	Refused()
	// Kick tells the connection to end: its session speaks through another one, or is over.
	Kick(reason string)
}

// attach is a client that comes back with a session's id.
type attach struct {
	client   Client
	timeout  int32 // negotiated anew, ms
	password bool  // whether it gave the right one
	now      int64
}

// detach is the end of a connection.
type detach struct{ client Client }

// displace is the end of the present connection: the session has gone elsewhere.
type displace struct{ reason string }

// ended is the end of the session: its closing has been applied to the tree.
type ended struct{ reason string }

// tracker is the actor of one session: it knows which connection speaks for it.
type tracker struct {
	session *Session
	client  Client
}

func (t *tracker) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *attach:
		t.attach(m)
	case *detach:
		if t.client == m.client {
			t.client = nil
		}
	case *displace:
		t.displace(m.reason)
	case *ended:
		if t.client != nil {
			t.client.Kick(m.reason)
		}
		ctx.Stop(ctx.Self())
	}
}

const takenUp = "the session was taken up by another connection"

func (t *tracker) displace(reason string) {
	if t.client != nil {
		t.client.Kick(reason)
		t.client = nil
	}
}

// attach gives the session to the client. The old connection ends even if the password is wrong, as
// with Apache (behaviours.md, Sessions 1).
func (t *tracker) attach(m *attach) {
	if t.client != m.client {
		t.displace(takenUp)
	}
	if !m.password || !t.session.alive() {
		m.client.Refused()
		return
	}
	t.client = m.client
	t.session.timeout.Store(m.timeout)
	t.session.owner.Store(Here)
	t.session.Touch(m.now)
	m.client.Attached(t.session)
}
