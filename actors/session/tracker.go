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

// awaitEnd is a learner's question about a session whose closing is under way.
type awaitEnd struct{ over func() }

// comer is somebody who asks for a session, or about it.
type comer interface {
	right() bool // may hear of it
	refuse()     // there is no such session
}

func (m *attach) right() bool   { return m.password }
func (m *attach) refuse()       { m.client.Refused() }
func (m *awaitEnd) right() bool { return true }
func (m *awaitEnd) refuse()     { m.over() }

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
	// waits: client has come while the closing of the session is under way. It hears that the session is over when it is: a
	// leader that has been deposed does not learn of its fate, and its clients ask the next one.
	waits bool
	over  []func() // of learners who asked meanwhile
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
	case *awaitEnd:
		t.over = append(t.over, m.over)
	case *ended:
		t.end(m.reason)
		ctx.Stop(ctx.Self())
	}
}

const takenUp = "the session was taken up by another connection"

func (t *tracker) displace(reason string) {
	if t.client != nil {
		t.client.Kick(reason)
		t.client, t.waits = nil, false
	}
}

// end tells all who speak for the session, or want to, that it is over.
func (t *tracker) end(reason string) {
	switch {
	case t.client == nil:
	case t.waits:
		t.client.Refused()
	default:
		t.client.Kick(reason)
	}
	for _, tell := range t.over {
		tell()
	}
}

// attach gives the session to the client. The old connection ends even if the password is wrong, as
// with Apache (behaviours.md, Sessions 1).
func (t *tracker) attach(m *attach) {
	if t.client != m.client {
		t.displace(takenUp)
	}
	if !m.password {
		m.client.Refused()
		return
	}
	t.client = m.client
	if t.waits = !t.session.stays(); t.waits {
		return
	}
	t.session.timeout.Store(m.timeout)
	t.session.owner.Store(Here)
	t.session.Touch(m.now)
	m.client.Attached(t.session)
}
