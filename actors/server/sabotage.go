package server

import (
	"troupe/actors/quorum"
	"troupe/actors/session"
	"troupe/jute/proto"
	"troupe/tree/prep"
)

// Sabotage is a set of deliberate mistakes, with which the simulation shows that it finds such. The zero value makes none.
type Sabotage struct {
	Quorum     quorum.Sabotage
	EventsLate bool // connections serve before they empty their outboxes
	AnyOwner   bool // a session may be used where it no longer is
}

// sessions is what prep asks.
func (x Sabotage) sessions(t *session.Table) prep.Sessions {
	if x.AnyOwner {
		return anyOwner{t}
	}
	return t
}

type anyOwner struct{ *session.Table }

// Check implements prep.Sessions.
func (a anyOwner) Check(id int64, owner any) proto.Code {
	if code := a.Table.Check(id, owner); code != proto.SessionMoved {
		return code
	}
	return proto.Ok
}
