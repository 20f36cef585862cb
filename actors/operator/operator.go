// Package operator answers the people who run the server: four-letter words. What the answers look like
// is in operator/fourletter, pure functions; here is where their figures come from.
package operator

import (
	"fmt"
	"net/netip"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"

	"troupe/actors"
	"troupe/actors/clients"
	"troupe/actors/conn"
	"troupe/actors/gate"
	"troupe/actors/operator/fourletter"
	"troupe/actors/operator/stats"
	"troupe/actors/pipeline"
	"troupe/actors/session"
	"troupe/actors/watch"
	"troupe/config"
	"troupe/persistence"
	"troupe/tree"
)

// Options are what the operator can look at.
type Options struct {
	Config     *config.Config
	Gate       *gate.Gate
	Tree       *tree.Tree
	Tracker    *session.Ref
	Watches    *watch.Ref
	Clients    *clients.Clients
	Stats      *stats.Collector
	AuthFailed *atomic.Int64
	Pipeline   *pipeline.Ref
	Store      *persistence.Store
	Clock      actors.Clock
	ServerID   int64
	Member     func() *Membership // nil standalone
	Log        zerolog.Logger
}

// Membership is what the operator shows of a member of an ensemble.
type Membership struct {
	Mode   string // leader, follower, observer or read-only
	State  string // such as "leading - broadcast"; empty in read-only mode
	Voters int
	Leader *fourletter.Leader // nil on learners
	Config fourletter.Member
}

// Ref is how connections ask.
type Ref struct {
	send actor.SenderContext
	pid  *actor.PID
}

type (
	question struct {
		word     fourletter.Command
		argument []byte
		asker    *conn.Handler
	}
	listening struct{ addr netip.AddrPort }
)

// Spawn starts the operator actor under parent.
func Spawn(parent actor.SpawnerContext, send actor.SenderContext, o Options, opts ...actor.PropsOption) (*Ref, error) {
	d := &desk{
		Options: o, since: o.Clock.Millis(), started: o.Clock.Now(),
		allowed: fourletter.ParseWhitelist(o.Config.Operator.FourLetterWhitelist, o.Config.Session.ReadOnlyMode),
		trace:   defaultTraceMask,
	}
	pid, err := parent.SpawnNamed(actor.PropsFromProducer(func() actor.Actor { return d }, opts...), "operator")
	if err != nil {
		return nil, fmt.Errorf("operator: %w", err)
	}
	return &Ref{send: send, pid: pid}, nil
}

// Ask implements conn.Words.
func (r *Ref) Ask(word fourletter.Command, argument []byte, h *conn.Handler) {
	r.send.Send(r.pid, &question{word, argument, h})
}

// Listening tells where clients connect.
func (r *Ref) Listening(a netip.AddrPort) { r.send.Send(r.pid, &listening{a}) }

// Receive implements actor.Actor: one question after the other, on the operator's own goroutine, since
// some take time.
func (d *desk) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *listening:
		d.addr = m.addr
	case *question:
		text := m.word.Refusal()
		if d.allowed.Allows(m.word) {
			text = fourletter.Answer(m.word, m.argument, d)
		}
		m.asker.Answer([]byte(text))
	}
}
