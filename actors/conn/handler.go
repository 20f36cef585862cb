package conn

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"

	"troupe/actors/operator/fourletter"
	"troupe/actors/operator/stats"
	"troupe/actors/pipeline"
	"troupe/actors/session"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/tree"
)

// state is how far a connection has come.
type state uint8

const (
	greeting   state = iota // waits for the first bytes: a four-letter word or a ConnectRequest
	asking                  // a four-letter word waits for its answer
	connecting              // waits for its session
	serving                 // speaks for a session
	closing                 // takes no further requests; ends when all answers are out
)

// Handler is the actor of one connection, and the owner of its link.
type Handler struct {
	env  *Env
	link Link
	box  box
	self atomic.Pointer[actor.PID] // nil until the actor is spawned

	// Touched only in turns.
	started   bool // the actor has been spawned; until then requests wait
	state     state
	ended     bool
	paused    bool
	more      bool // there is more to serve: take another turn
	fault     error
	out       []byte             // output of the turn
	arena     []byte             // copies of the turn's requests that outlive it
	gathering *gathering         // where it submits to
	last      *pipeline.Request  // the newest one under way; nil if none is owed
	owed      int                // requests in the pipeline
	owedReads int                // how many of them only read
	word      fourletter.Command // to ask, with its argument
	argument  []byte
	oldForm   bool // the client sent no readOnly byte, and gets none back
	turnState

	// Guarded by the gate.
	watched bool // has ever registered a watch
	session *session.Session
	ids     []data.ID // never changed in place

	// Filled under the exclusive gate, emptied in turns under the shared one.
	outbox []parcel

	stats  Stats
	opened int64 // Clock.Millis
	heard  atomic.Int64
}

// turnState is what a turn gathers and its end adds up.
type turnState struct {
	now         int64      // Clock.Millis
	unserved    int        // bytes of input from the present request on
	guess       *tree.Node // that the present request reads; only while the gate is held
	tally       stats.Tally
	lastOp      proto.Op
	lastXid     int32
	lastZxid    int64
	lastLatency int64 // ms
}

// New makes the handler of a fresh link. It serves from when Props have been spawned.
func New(env *Env, link Link) *Handler {
	h := &Handler{env: env, link: link, gathering: env.Gatherer.of(link.Loop(), env.Pipeline), opened: env.Clock.Millis(),
		ids: []data.ID{{Scheme: "ip", ID: link.Remote().Addr().String()}}}
	h.heard.Store(h.opened)
	h.stats.established = env.Clock.Now()
	h.box.turn = h.turn
	return h
}

// Props spawn the handler's actor on its link.
func (h *Handler) Props(opts ...actor.PropsOption) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor { return h }, append([]actor.PropsOption{
		actor.WithMailbox(func() actor.Mailbox { return &h.box }),
		actor.WithDispatcher(dispatcher{h.link}),
	}, opts...)...)
}

// Spawned tells which actor the handler is.
func (h *Handler) Spawned(pid *actor.PID) { h.self.Store(pid) }

// Name is the actor's name.
func (h *Handler) Name() string { return fmt.Sprintf("connection/%d", h.link.ID()) }

// The messages of a connection.
type (
	attached struct{ session *session.Session }
	refused  struct{}
	kicked   struct{ reason string }
	answer   struct{ text []byte }
)

// Receive implements actor.Actor.
func (h *Handler) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		h.self.Store(ctx.Self())
		h.started = true
	case *actor.Stopping:
		h.abandon()
	case *attached:
		h.attached(m.session)
	case refused:
		h.refuse()
	case *kicked:
		h.kicked(m.reason)
	case *answer:
		h.out = append(h.out, m.text...)
		h.tally.Sent++
		h.state = closing
	}
}

// Remote is the client's address.
func (h *Handler) Remote() netip.AddrPort { return h.link.Remote() }

// Readable implements netio.Owner.
func (h *Handler) Readable() { h.turn() }

// Drained implements netio.Owner.
func (h *Handler) Drained() { h.turn() }

// Closed implements netio.Owner: the link is gone.
func (h *Handler) Closed(err error) {
	if h.ended {
		return
	}
	h.ended = true
	h.dropWatches()
	if h.session != nil {
		h.env.Sessions.Detach(h.session.ID, h)
	}
	h.logEnd(err)
	h.env.Parent.Gone(h)
}

func (h *Handler) dropWatches() {
	h.env.Gate.Enter()
	defer h.env.Gate.Leave()
	if h.watched {
		h.env.Watches.Drop(h)
	}
}

// Attached implements session.Client.
func (h *Handler) Attached(s *session.Session) { h.tell(&attached{s}) }

// Refused implements session.Client.
func (h *Handler) Refused() { h.tell(refused{}) }

// Kick implements session.Client: it ends the connection when the answers that are ready are out.
func (h *Handler) Kick(reason string) { h.tell(&kicked{reason}) }

// ID is the link's.
func (h *Handler) ID() uint64 { return h.link.ID() }

// Dismiss is Kick for a connection whose actor may not have begun.
func (h *Handler) Dismiss(reason string) {
	if h.self.Load() != nil {
		h.Kick(reason)
		return
	}
	h.link.Execute(func() { h.link.Abort(errors.New(reason)) })
}

// Answer gives the text that a four-letter word asked for.
func (h *Handler) Answer(text []byte) { h.tell(&answer{text}) }

func (h *Handler) tell(m any) {
	if pid := h.self.Load(); pid != nil {
		h.env.Send.Send(pid, m)
	}
}

// kicked ends the connection. What is in the outbox goes out before: it may hold the answer to the
// closeSession that this is the consequence of.
func (h *Handler) kicked(string) {
	h.emptyOutbox()
	h.abandon()
}

func (h *Handler) logEnd(err error) {
	e := h.env.Log.Debug()
	if h.fault != nil {
		e = h.env.Log.Warn()
	}
	e.Err(err).Stringer("client", h.link.Remote()).Str("session", fmt.Sprintf("%#x", uint64(h.Session()))).Msg("connection closed")
}

// mayRead tells whether the client may see a znode with this ACL.
func (h *Handler) mayRead(a []data.ACL) bool {
	return h.env.ACL.Check(a, proto.PermRead, h.ids)
}

// addIDs gives the client more identities. The slice is replaced, as requests on their way share it.
func (h *Handler) addIDs(ids []data.ID) {
	all := slices.Clone(h.ids)
	for _, id := range ids {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	h.ids = all
}
