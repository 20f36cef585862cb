package netio

// buffers are arrays of large frames and answers, for use again: a value of 512 KiB costs the collector as much as it costs
// the network. They belong to one loop.
type buffers struct{ free [][]byte }

const (
	// bufferKept and bufferMax bound the capacity of what is kept, in bytes, and buffersKept its number.
	bufferKept, bufferMax = 16 << 10, 2 << 20
	buffersKept           = 8
)

// get returns an empty buffer for n bytes or more.
func (b *buffers) get(n int) []byte {
	for i, f := range b.free {
		if n >= bufferKept && cap(f) >= n {
			last := len(b.free) - 1
			b.free[i], b.free[last] = b.free[last], nil
			b.free = b.free[:last]
			return f
		}
	}
	return make([]byte, 0, n)
}

// put takes a buffer that nobody uses any more.
func (b *buffers) put(f []byte) {
	if cap(f) >= bufferKept && cap(f) <= bufferMax && len(b.free) < buffersKept {
		b.free = append(b.free, f[:0])
	}
}
