// Package storage runs what happens beside the log: snapshots and purging.
package storage

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"

	"troupe/actors"
	"troupe/actors/gate"
	"troupe/persistence"
	"troupe/tree"
)

// Options configure the storage actors.
type Options struct {
	Gate          *gate.Gate
	Tree          *tree.Tree
	Store         *persistence.Store
	Clock         actors.Clock
	Retain        int           // autopurge.snapRetainCount
	PurgeInterval time.Duration // autopurge.purgeInterval; 0 is off
	Run           actors.Runtime
	Fatal         func(error) // a snapshot cannot be written: the log would grow without bound
	Log           zerolog.Logger
}

// Ref is how others ask for a snapshot.
type Ref struct {
	send        actor.SenderContext
	snapshotter *actor.PID
	ended       *atomic.Bool
}

// End tells that the role ends: from now on the tree may become another one, so no snapshot of it is begun any more. One that is
// being written is written to its end.
func (r *Ref) End() { r.ended.Store(true) }

type (
	snapshot struct{}
	purge    struct{}
)

// Spawn starts snapshotter and purger under parent.
func Spawn(parent actor.SpawnerContext, send actor.SenderContext, o Options, opts ...actor.PropsOption) (*Ref, error) {
	ended := &atomic.Bool{}
	s, err := parent.SpawnNamed(actor.PropsFromProducer(func() actor.Actor { return &snapshotter{opt: o, ended: ended} }, opts...), "storage/snapshotter")
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	if o.PurgeInterval > 0 {
		if _, err := parent.SpawnNamed(actor.PropsFromProducer(func() actor.Actor { return &purger{opt: o} }, opts...), "storage/purger"); err != nil {
			return nil, fmt.Errorf("storage: %w", err)
		}
	}
	return &Ref{send: send, snapshotter: s, ended: ended}, nil
}

// Snapshot asks for a snapshot of the present state. Asked again while one is written, it makes one more.
func (r *Ref) Snapshot() { r.send.Send(r.snapshotter, &snapshot{}) }

// snapshotter writes snapshots while everything else goes on: it enters the gate for a chunk of znodes
// at a time, and writes outside. A role that ends does not wait for it, since that may take seconds in which the server
// could lead; what makes the tree another one waits for it in the store.
type snapshotter struct {
	opt            Options
	ended          *atomic.Bool
	writing, again bool
}

// written is the end of a snapshot.
type written struct{}

// Outdated implements what Store.WriteSnapshot asks for.
func (s *snapshotter) Outdated() bool { return s.ended.Load() }

// With implements persistence.SnapshotSource.
func (s *snapshotter) With(f func(*tree.Tree)) {
	s.opt.Gate.Enter()
	defer s.opt.Gate.Leave()
	f(s.opt.Tree)
}

func (s *snapshotter) Receive(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *snapshot:
		s.again = true
	case written:
		s.writing = false
	}
	if s.again && !s.writing {
		s.again, s.writing = false, true
		self, root := ctx.Self(), ctx.ActorSystem().Root
		s.opt.Run.Aside(func() {
			s.write()
			root.Send(self, written{})
		})
	}
}

func (s *snapshotter) write() {
	if _, err := s.opt.Store.WriteSnapshot(s); err != nil && !errors.Is(err, persistence.ErrClosed) {
		s.opt.Fatal(fmt.Errorf("without snapshots the log would grow without bound: %w", err))
	}
}

// purger removes snapshots and logs that are no longer needed, at the start and each interval.
type purger struct {
	opt  Options
	stop func()
}

func (p *purger) Receive(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *actor.Started, purge:
		if err := p.opt.Store.Purge(p.opt.Retain); err != nil && !errors.Is(err, persistence.ErrClosed) {
			p.opt.Log.Warn().Err(err).Msg("purging old snapshots and logs failed; it is tried again")
		}
		self, root := ctx.Self(), ctx.ActorSystem().Root
		p.stop = p.opt.Clock.AfterFunc(p.opt.PurgeInterval, func() { root.Send(self, purge{}) })
	case *actor.Stopping:
		if p.stop != nil {
			p.stop()
		}
	}
}
