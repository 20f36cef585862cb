// Package operator answers the people who run the server: four-letter words.
package operator

import (
	"fmt"
	"net/netip"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"

	"troupe/actors"
	"troupe/actors/clients"
	"troupe/actors/conn"
	"troupe/actors/gate"
	"troupe/actors/pipeline"
	"troupe/actors/session"
	"troupe/actors/watch"
	"troupe/config"
	"troupe/persistence"
	"troupe/tree"
)

// Options are what the operator can ask.
type Options struct {
	Config   *config.Config
	Gate     *gate.Gate
	Tree     *tree.Tree
	Sessions *session.Ref
	Watches  *watch.Ref
	Clients  *clients.Clients
	Counters *conn.Counters
	Pipeline *pipeline.Ref
	Store    *persistence.Store
	Clock    actors.Clock
	Log      zerolog.Logger
}

// Ref is how connections ask.
type Ref struct {
	send actor.SenderContext
	pid  *actor.PID
}

type (
	question struct {
		word     string
		argument []byte
		asker    *conn.Handler
	}
	listening struct{ addr netip.AddrPort }
)

// Spawn starts the operator actor under parent.
func Spawn(parent actor.SpawnerContext, send actor.SenderContext, o Options, opts ...actor.PropsOption) (*Ref, error) {
	pid, err := parent.SpawnNamed(actor.PropsFromProducer(func() actor.Actor { return &desk{opt: o} }, opts...), "operator")
	if err != nil {
		return nil, fmt.Errorf("operator: %w", err)
	}
	return &Ref{send: send, pid: pid}, nil
}

// Ask implements conn.Words.
func (r *Ref) Ask(word string, argument []byte, h *conn.Handler) {
	r.send.Send(r.pid, &question{word, argument, h})
}

// Listening tells where clients connect.
func (r *Ref) Listening(a netip.AddrPort) { r.send.Send(r.pid, &listening{a}) }

// desk is the actor. It answers one question after the other, on its own goroutine: some take time.
type desk struct {
	opt  Options
	addr netip.AddrPort
}

func (d *desk) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *listening:
		d.addr = m.addr
	case *question:
		m.asker.Answer(d.answer(m.word, m.argument))
	}
}
func (d *desk) answer(word string, argument []byte) []byte { return []byte("imok") }
