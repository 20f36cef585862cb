package netio

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

func socketPair(t *testing.T) (ours, theirs int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Close(fds[0]) })
	return fds[0], fds[1]
}

// However the bytes come, whatever the owner consumes and waits for: they are there once, in order, also when the loop's
// memory and arrays of other connections are used in between.
func TestInputKeepsEveryByte(t *testing.T) {
	ours, theirs := socketPair(t)
	t.Cleanup(func() { _ = unix.Close(theirs) })
	shared := make([]byte, 1024)
	pool := &buffers{}
	next := func(b *byte) byte { *b++; return *b }
	rapid.Check(t, func(t *rapid.T) {
		i := input{buffers: pool}
		var sent, got byte
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			if n := rapid.IntRange(0, 3000).Draw(t, "sent"); n > 0 {
				p := make([]byte, n)
				for k := range p {
					p[k] = next(&sent)
				}
				_, err := unix.Write(theirs, p)
				require.NoError(t, err)
			}
			before := len(i.in)
			err := i.fill(ours, shared)
			require.True(t, err == nil && len(i.in) > before || err == unix.EAGAIN && len(i.in) == before)
			used := rapid.IntRange(0, len(i.in)).Draw(t, "used")
			for _, b := range i.Input()[:used] {
				require.Equal(t, next(&got), b)
			}
			i.Consume(used)
			i.Need(len(i.in) + rapid.IntRange(0, 100_000).Draw(t, "need"))
			i.hold()
			clear(shared)
			other := pool.get(rapid.IntRange(0, 100_000).Draw(t, "other"))
			clear(other[:cap(other)])
			pool.put(other)
		}
		i.Need(0)
		for i.fill(ours, shared) == nil {
			i.hold()
		}
		for _, b := range i.Input() {
			require.Equal(t, next(&got), b)
		}
		require.Equal(t, sent, got)
		i.Consume(len(i.Input()))
	})
}

// Who only announces a large frame gets no memory for it; who sends its beginning gets it whole, once.
func TestAnnouncedFrame(t *testing.T) {
	for sent, want := range map[int]int{100: 8 << 10, promised: 1 << 20} {
		ours, theirs := socketPair(t)
		i := input{buffers: &buffers{}}
		_, err := unix.Write(theirs, make([]byte, sent))
		require.NoError(t, err)
		require.NoError(t, i.fill(ours, make([]byte, 64<<10)))
		i.Need(1 << 20)
		i.hold()
		require.LessOrEqual(t, cap(i.in), want)
		require.GreaterOrEqual(t, cap(i.in), min(want, 1<<20)/2)
		require.NoError(t, unix.Close(theirs))
	}
}

// The end of what the peer sends is told once, even if a frame is missing its rest.
func TestEndOfInput(t *testing.T) {
	ours, theirs := socketPair(t)
	i := input{buffers: &buffers{}}
	i.Need(10)
	require.NoError(t, unix.Close(theirs))
	require.NoError(t, i.fill(ours, make([]byte, 100)))
	require.True(t, i.InputEnded())
	require.True(t, i.complete())
	require.False(t, i.complete())
}

// Buffers of large frames are used again, small ones and too large ones are left to the collector.
func TestBuffers(t *testing.T) {
	var b buffers
	large := append(b.get(100<<10), 1)
	b.put(large)
	require.Same(t, &large[0], &b.get(50 << 10)[:1][0])
	b.put(make([]byte, 10))
	b.put(make([]byte, bufferMax+1))
	require.Empty(t, b.free)
	b.put(large)
	require.Equal(t, 100, cap(b.get(100)), "an idle connection's few bytes do not hold a large array")
	for range 2 * buffersKept {
		b.put(make([]byte, bufferKept))
	}
	require.Len(t, b.free, buffersKept)
}
