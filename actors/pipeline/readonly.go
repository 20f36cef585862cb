package pipeline

import (
	"github.com/asynkron/protoactor-go/actor"

	"troupe/jute/proto"
)

// SpawnReadOnly starts the pipeline of a member that has no leader: the final stage answers reads, in their order among
// the other requests of their client, and whatever would change something is refused (ReadOnlyRequestProcessor).
func SpawnReadOnly(parent actor.SpawnerContext, send actor.SenderContext, o Options, opts ...actor.PropsOption) (*Ref, error) {
	b := newBuilder(parent, send, o, opts)
	b.final()
	ref := b.ref
	ref.entered = func(x *Batch) {
		for _, r := range x.Requests {
			if !r.Read || r.Op == proto.OpSync {
				r.Failed = proto.NotReadOnly
			}
		}
		ref.finalOn.Little(false) // never on a connection's turn, to which the answers go
		send.Send(ref.final, x)
	}
	return ref, b.err
}
