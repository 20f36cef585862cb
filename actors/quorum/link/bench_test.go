package link

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/zab/packet"
)

// counted is a connection that counts system calls (a write of ours is one, but for what the kernel splits).
type counted struct {
	net.Conn
	reads, writes atomic.Int64
}

func (c *counted) Read(b []byte) (int, error) {
	c.reads.Add(1)
	return c.Conn.Read(b)
}

func (c *counted) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// window lets a sender be so many packets ahead of a receiver.
type window struct {
	mu      sync.Mutex
	moved   sync.Cond
	arrived int
}

func (w *window) Packets(_ Link, ps []packet.Packet) {
	w.mu.Lock()
	w.arrived += len(ps)
	w.moved.Signal()
	w.mu.Unlock()
}

func (w *window) Snapshot(_ Link, snap packet.Packet, r io.Reader) error {
	_, err := io.CopyN(io.Discard, r, snap.Zxid)
	w.Packets(nil, []packet.Packet{snap})
	return err
}

func (w *window) Closed(Link, error) {}

func (w *window) wait(arrived int) {
	w.mu.Lock()
	for w.arrived < arrived {
		w.moved.Wait()
	}
	w.mu.Unlock()
}

// BenchmarkLink sends proposals over loopback in batches, at most 1024 packets (or one batch) ahead of the receiver. One
// operation is one packet, both ends of the link; the receiver allocates the data of each packet, and batches.
func BenchmarkLink(b *testing.B) {
	for _, c := range []struct{ bytes, batch int }{{64, 1}, {64, 16}, {64, 256}, {1024, 1}, {1024, 16}, {1024, 256}} {
		b.Run(fmt.Sprintf("%dB/by%d", c.bytes, c.batch), func(b *testing.B) {
			var both [2]*counted
			network := TCP(Options{Wrap: func(_ context.Context, raw net.Conn, address string) (net.Conn, error) {
				k := &counted{Conn: raw}
				if address == "" {
					both[0] = k
				} else {
					both[1] = k
				}
				return k, nil
			}})
			leader, learner := pair(b, network, "127.0.0.1:0")
			defer leader.Close(nil)
			defer learner.Close(nil)
			w := &window{}
			w.moved.L = &w.mu
			learner.Start(w)
			p := proposal(1, strings.Repeat("x", c.bytes))
			batch := make([]packet.Packet, c.batch)
			for i := range batch {
				batch[i] = p
			}
			b.SetBytes(int64(size(&p)))
			b.ReportAllocs()
			began := cpu(b)
			b.ResetTimer()
			for sent := 0; sent < b.N; {
				n := min(len(batch), b.N-sent)
				leader.Send(batch[:n])
				sent += n
				w.wait(sent - 1024)
			}
			w.wait(b.N)
			b.ReportMetric(float64(cpu(b)-began)/float64(b.N), "cpu-ns/op")
			b.ReportMetric(float64(both[0].writes.Load())*float64(c.batch)/float64(b.N), "writes/batch")
			b.ReportMetric(float64(both[1].reads.Load())*float64(c.batch)/float64(b.N), "reads/batch")
		})
	}
}

// BenchmarkRoundTrip is a proposal and its ack, one at a time: four hops between goroutines.
func BenchmarkRoundTrip(b *testing.B) {
	leader, learner := pair(b, TCP(Options{}), "127.0.0.1:0")
	defer leader.Close(nil)
	defer learner.Close(nil)
	w := &window{}
	w.moved.L = &w.mu
	leader.Start(w)
	echo := newEars()
	echo.hear = func(l Link, ps []packet.Packet) {
		echo.batches = echo.batches[:0]
		l.Send([]packet.Packet{{Kind: packet.Ack, Zxid: ps[0].Zxid}})
	}
	learner.Start(echo)
	batch := []packet.Packet{proposal(1, strings.Repeat("x", 100))}
	b.ReportAllocs()
	began := cpu(b)
	b.ResetTimer()
	for i := range b.N {
		leader.Send(batch)
		w.wait(i + 1)
	}
	b.ReportMetric(float64(cpu(b)-began)/float64(b.N), "cpu-ns/op")
}

// discard is a connection that takes everything.
type discard struct{ net.Conn }

func (discard) Write(b []byte) (int, error)      { return len(b), nil }
func (discard) SetWriteDeadline(time.Time) error { return nil }
func (discard) Close() error                     { return nil }
func (discard) RemoteAddr() net.Addr             { return pipeAddr("nowhere") }

// BenchmarkSend is the way out alone: queueing and encoding, without the kernel. It allocates nothing per packet.
func BenchmarkSend(b *testing.B) {
	for _, bytes := range []int{64, 1024} {
		b.Run(fmt.Sprintf("%dB", bytes), func(b *testing.B) {
			n := TCP(Options{}).(*network)
			c := n.open(discard{}, discard{}, false, nil)
			defer c.Close(nil)
			p := proposal(1, strings.Repeat("x", bytes))
			batch := []packet.Packet{p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p}
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += len(batch) {
				c.Send(batch)
				for i%4096 == 0 { // let the writer catch up
					c.mu.Lock()
					idle := c.backlog.queued == 0
					c.mu.Unlock()
					if idle {
						break
					}
				}
			}
		})
	}
}

// BenchmarkSnapshot is a stream of 64 MiB, written in pieces of 512 bytes, as a tree is.
func BenchmarkSnapshot(b *testing.B) {
	leader, learner := pair(b, TCP(Options{}), "127.0.0.1:0")
	defer leader.Close(nil)
	defer learner.Close(nil)
	w := &window{}
	w.moved.L = &w.mu
	learner.Start(w)
	const total = 64 << 20
	piece := make([]byte, 512)
	b.SetBytes(total)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		leader.SendSnapshot(packet.Packet{Kind: packet.Snap, Zxid: total}, func(w io.Writer) error {
			for range total / len(piece) {
				if _, err := w.Write(piece); err != nil {
					return err
				}
			}
			return nil
		})
		w.wait(i + 1)
	}
}
