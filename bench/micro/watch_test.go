package micro

import (
	"fmt"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors"
	"troupe/actors/gate"
	"troupe/actors/watch"
	"troupe/jute/proto"
)

// listener is a connection as the watch tables see it: it wants the bytes.
type listener struct {
	id    int64
	bytes int
}

func (l *listener) Notify(e *watch.Event) { l.bytes += len(e.Frame()) }
func (l *listener) Session() int64        { return l.id }

func newWatches(tb testing.TB) *watch.Ref {
	tb.Helper()
	system := actors.NewSystem(zerolog.Nop())
	r, err := watch.Spawn(system.Root, system.Root, 16)
	require.NoError(tb, err)
	return r
}

func listeners(n int) []*listener {
	all := make([]*listener, n)
	for i := range all {
		all[i] = &listener{id: int64(i)}
	}
	return all
}

// A watch that is set and fires, for several numbers of watchers of the one path.
func BenchmarkWatch(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("%d watchers", n), func(b *testing.B) {
			r, all := newWatches(b), listeners(n)
			b.ReportAllocs()
			for b.Loop() {
				for _, l := range all {
					r.Register("/bench/watched", watch.Data, l)
				}
				r.Fire(&watch.Event{Type: proto.EventNodeDataChanged, Path: "/bench/watched"})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/event")
		})
	}
}

// An event that nobody waits for: what each write pays.
func BenchmarkUnwatched(b *testing.B) {
	for name, others := range map[string]int{"no watches": 0, "100000 other watches": 100_000} {
		b.Run(name, func(b *testing.B) {
			r, l := newWatches(b), &listener{}
			for i := range others {
				r.Register(path(i), watch.Data, l)
			}
			b.ReportAllocs()
			for b.Loop() {
				r.Fire(&watch.Event{Type: proto.EventNodeDataChanged, Path: "/bench/unwatched"})
			}
		})
	}
}

// The gate by one connection, by connections of several loops, and by the final stage.
func BenchmarkGate(b *testing.B) {
	b.Run("shared", func(b *testing.B) {
		var g gate.Gate
		for b.Loop() {
			g.EnterBy(1)
			g.LeaveBy(1)
		}
	})
	b.Run("shared by all processors", func(b *testing.B) {
		var g gate.Gate
		loops := make(chan int, 1024)
		for i := range cap(loops) {
			loops <- i
		}
		b.RunParallel(func(pb *testing.PB) {
			for loop := <-loops; pb.Next(); {
				g.EnterBy(loop)
				g.LeaveBy(loop)
			}
		})
	})
	b.Run("exclusive", func(b *testing.B) {
		var g gate.Gate
		for b.Loop() {
			g.Shut()
			g.Open()
		}
	})
}
