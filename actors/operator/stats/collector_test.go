package stats

import (
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// However the bursts are spread over loops, the totals are those of one list of all requests.
func TestCollectorAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := NewCollector(rapid.IntRange(0, 4).Draw(t, "loops"))
		var want Tally
		for range rapid.IntRange(0, 20).Draw(t, "bursts") {
			burst := Tally{Received: rapid.Int64Range(0, 100).Draw(t, "received"), Sent: rapid.Int64Range(0, 100).Draw(t, "sent"),
				BytesIn: rapid.Int64Range(0, 100).Draw(t, "in"), BytesOut: rapid.Int64Range(0, 100).Draw(t, "out")}
			want.Received += burst.Received
			want.Sent += burst.Sent
			want.BytesIn += burst.BytesIn
			want.BytesOut += burst.BytesOut
			for _, ms := range rapid.SliceOfN(rapid.Int64Range(-1, 1000), 0, 5).Draw(t, "latencies") {
				burst.Latency.Add(ms)
				ms = max(ms, 0)
				if want.Latency.Count == 0 || ms < want.Latency.Min {
					want.Latency.Min = ms
				}
				want.Latency.Max = max(want.Latency.Max, ms)
				want.Latency.Sum += ms
				want.Latency.Count++
			}
			c.Shard(rapid.IntRange(0, 9).Draw(t, "loop")).Add(&burst)
		}
		require.Equal(t, want, c.Read())
		c.Reset()
		require.Equal(t, Totals{}, c.Read())
		c.Shard(0).Add(&Tally{Latency: Latency{1, 7, 7, 7}})
		require.Equal(t, Latency{1, 7, 7, 7}, c.Read().Latency, "the least is not that of before the reset")
	})
}

// Loops add, readers read and somebody resets at the same time; nothing is lost when nobody resets.
func TestCollectorConcurrently(t *testing.T) {
	const loops, bursts = 4, 1000
	c := NewCollector(loops)
	var wg sync.WaitGroup
	for i := range loops {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for n := range bursts {
				b := Tally{Received: 2, Sent: 1}
				b.Latency.AddMany(int64(n), 2)
				c.Shard(i).Add(&b)
			}
		}()
		go func() {
			defer wg.Done()
			for range bursts {
				l := c.Read().Latency
				if l.Min > l.Max {
					t.Errorf("min %d is more than max %d", l.Min, l.Max)
				}
			}
		}()
	}
	wg.Wait()
	got := c.Read()
	require.Equal(t, int64(2*loops*bursts), got.Received)
	require.Equal(t, int64(loops*bursts), got.Sent)
	require.Equal(t, Latency{Count: 2 * loops * bursts, Sum: loops * bursts * (bursts - 1), Min: 0, Max: bursts - 1}, got.Latency)
	require.InDelta(t, (bursts-1)/2.0, got.Latency.Avg(), 1e-9)
	require.Zero(t, Latency{}.Avg())
}

// Two loops never write the same cache line.
func TestShardsAreApart(t *testing.T) {
	require.Equal(t, uintptr(cacheLine), unsafe.Sizeof(Shard{}))
}

// Counting costs no memory.
func TestAddDoesNotAllocate(t *testing.T) {
	c := NewCollector(1)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		t := Tally{Received: 1, Sent: 1}
		t.Latency.Add(3)
		c.Shard(0).Add(&t)
	}))
}

func TestSizes(t *testing.T) {
	s := NewSizes()
	read := func() [3]int64 {
		last, least, most := s.Read()
		return [3]int64{last, least, most}
	}
	require.Equal(t, [3]int64{-1, -1, -1}, read())
	for _, n := range []int64{20, 5, 300, 16} {
		s.Add(n)
	}
	require.Equal(t, [3]int64{16, 5, 300}, read())
	s.Reset()
	require.Equal(t, [3]int64{-1, -1, -1}, read())
	s.Add(0)
	require.Equal(t, [3]int64{0, 0, 0}, read())
}

func TestProcess(t *testing.T) {
	open, limit := OpenFiles()
	require.True(t, open == -1 || open >= 3, open)
	require.True(t, limit == -1 || limit >= open, limit)
	var names []string
	for _, v := range Environment("3.8.0-troupe-x") {
		names = append(names, v.Name)
		require.NotContains(t, v.Value, "\n")
	}
	require.Equal(t, "zookeeper.version host.name java.version java.vendor java.home java.class.path java.library.path java.io.tmpdir "+
		"java.compiler os.name os.arch os.version user.name user.home user.dir os.memory.free os.memory.max os.memory.total",
		strings.Join(names, " "))
}

// BenchmarkAdd is the price of a burst.
func BenchmarkAdd(b *testing.B) {
	c := NewCollector(1)
	for b.Loop() {
		t := Tally{Received: 1, Sent: 1, BytesIn: 40, BytesOut: 40}
		t.Latency.Add(0)
		c.Shard(0).Add(&t)
	}
}
