package conn

import (
	"net/netip"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"

	"troupe/actors"
	"troupe/actors/gate"
	"troupe/actors/operator/fourletter"
	"troupe/actors/operator/stats"
	"troupe/actors/pipeline"
	"troupe/actors/session"
	"troupe/actors/watch"
	"troupe/tree"
	"troupe/tree/acl"
	"troupe/tree/reply"
)

// Link is the connection's transport: *netio.Conn, or a simulated one.
type Link interface {
	ID() uint64
	Loop() int
	Remote() netip.AddrPort
	Input() []byte
	InputEnded() bool
	Consume(n int)
	Need(n int)
	TakeBuffer() []byte
	Flush(buf []byte)
	Pending() int
	PauseReading()
	ResumeReading()
	Close()
	Abort(err error)
	Execute(f func())
	OnLoop(f func())
	AfterRound(f func())
	InTurn(f func())
}

// Pipeline takes writes: batches that it gave out empty.
type Pipeline interface {
	Batch() *pipeline.Batch
	Submit(b *pipeline.Batch)
	Inside() int64
}

// Words answers four-letter words; the answer comes back through Handler.Answer.
type Words interface {
	Ask(word fourletter.Command, argument []byte, h *Handler)
}

// Parent hears of connections that have ended.
type Parent interface{ Gone(h *Handler) }

// Limits are what one client may ask of the server.
type Limits struct {
	MaxFrame            int32 // jute.maxbuffer, bytes
	MinSessionTimeout   int32 // ms
	MaxSessionTimeout   int32 // ms
	GlobalOutstanding   int64 // globalOutstandingLimit: requests in the pipeline
	SessionOutstanding  int   // requests of one connection that wait for an answer
	SessionReads        int   // how many of them may be reads: their answers take memory until they are sent
	OutputSoft          int   // bytes that a client has not read: from here on it is not read from
	OutputHard          int   // bytes that a client has not read: here it is closed
	RequiredAuthSchemes []string
}

// Env is what all connections of a server share. But for its counter it does not change while they live.
type Env struct {
	Gate     *gate.Gate
	Tree     *tree.Tree
	ACL      *acl.Registry
	Reader   *reply.Reader
	Sessions *session.Ref
	IDs      *session.IDs
	Watches  *watch.Ref
	Pipeline Pipeline
	Courier  *Courier
	Gatherer Gatherer
	Words    Words
	Parent   Parent
	Stats    *stats.Collector
	Clock    actors.Clock
	Send     actor.SenderContext
	Limits   Limits
	Member   bool // of an ensemble: a sync goes through the pipeline
	ReadOnly bool // only clients that allow for it are let in
	Log      zerolog.Logger

	EventsLate bool // a deliberate mistake, for the simulation: requests are served before the outbox is emptied

	// Requests are those that were answered, for use again.
	Requests pipeline.Pool

	// AuthFailed counts failed authentications.
	AuthFailed atomic.Int64
}
