package persistence

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/jute/data"
	"troupe/persistence/vfs"
	"troupe/tree"
)

// bigTree has n znodes of 100 bytes, a thousand in a directory.
func bigTree(tb testing.TB, n int) *tree.Tree {
	b := tree.NewBuilder(tree.Options{Digest: true})
	stat := data.StatPersisted{Czxid: 1, Mzxid: 1, Pzxid: 1, Ctime: 1_700_000_000_000, Mtime: 1_700_000_000_000}
	require.NoError(tb, b.AddNode("", nil, -1, stat))
	content := make([]byte, 100)
	for i := range content {
		content[i] = byte('a' + i*7%26)
	}
	dir := ""
	for i := range n {
		if i%1000 == 0 {
			dir = fmt.Sprintf("/dir%04d", i/1000)
			require.NoError(tb, b.AddNode(dir, nil, -1, stat))
			continue
		}
		require.NoError(tb, b.AddNode(fmt.Sprintf("%s/node%06d", dir, i), content, -1, stat))
	}
	tr, err := b.Finish(1)
	require.NoError(tb, err)
	return tr
}

// BenchmarkStream is what a SNAP of a million znodes of 100 bytes costs the leader (write) and the learner (read) beside the network, and what replacing the
// history by it costs (replace, with the sync).
func BenchmarkStream(b *testing.B) {
	tr := bigTree(b, 1_000_000)
	stream := streamOf(b, Whole(tr))
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := StreamSnapshot(io.Discard, Whole(tr))
			require.NoError(b, err)
		}
	})
	b.Run("read", func(b *testing.B) {
		in := bufio.NewReaderSize(nil, 64<<10)
		for b.Loop() {
			in.Reset(bytes.NewReader(stream))
			_, err := ReadStream(in, 1, tr.Options())
			require.NoError(b, err)
		}
	})
	b.Run("replace", func(b *testing.B) {
		o := DefaultOptions(b.TempDir())
		o.Tree = tr.Options()
		s := mustOpen(b, vfs.OS(), o)
		defer s.Close()
		mustLoad(b, s)
		b.ReportAllocs()
		for b.Loop() {
			require.NoError(b, s.Replace(Whole(tr)))
		}
	})
}

// BenchmarkLoad reads a snapshot of a million znodes of 100 bytes from the page cache. The time that counts for a restart.
func BenchmarkLoad(b *testing.B) {
	for _, c := range []Compression{NoCompression, Snappy, Gzip} {
		b.Run("compression="+string(c), func(b *testing.B) {
			o := DefaultOptions(b.TempDir())
			o.Compression = c
			o.Tree.Digest = true
			s := mustOpen(b, vfs.OS(), o)
			defer s.Close()
			_, err := s.WriteSnapshot(Whole(bigTree(b, 1_000_000)))
			require.NoError(b, err)
			runtime.GC()
			for b.Loop() {
				tr, _, err := s.Load()
				require.NoError(b, err)
				require.Greater(b, tr.NodeCount(), 1_000_000)
			}
		})
	}
}

// BenchmarkReplay reads a log of 100,000 transactions.
func BenchmarkReplay(b *testing.B) {
	o := DefaultOptions(b.TempDir())
	o.Tree.Digest = true
	s, tr := started(b, vfs.OS(), o)
	logAll(b, s, tr, creates(1, 100_000)...)
	defer s.Close()
	for b.Loop() {
		_, rec, err := s.Load()
		require.NoError(b, err)
		require.Equal(b, 100_000, rec.Entries)
	}
}

// BenchmarkEndOfLog finds the end of a log of one entry that a killed process left, with 64 MiB reserved behind it.
func BenchmarkEndOfLog(b *testing.B) {
	o := DefaultOptions(b.TempDir())
	s, tr := started(b, vfs.OS(), o)
	defer s.Close()
	logAll(b, s, tr, create(1, 100))
	for b.Loop() {
		r, err := OpenLog(vfs.OS(), s.writer.name, -1)
		require.NoError(b, err)
		_, err = r.Next()
		require.NoError(b, err)
		_, err = r.Next()
		require.ErrorIs(b, err, io.EOF)
		require.Equal(b, EndClean, r.End().Kind)
		require.NoError(b, r.Close())
	}
}

// BenchmarkWriteSnapshot writes a million znodes of 100 bytes, durably, and reports the longest time that it held the gate.
func BenchmarkWriteSnapshot(b *testing.B) {
	tr := bigTree(b, 1_000_000)
	for _, c := range []Compression{NoCompression, Snappy, Gzip} {
		b.Run("compression="+string(c), func(b *testing.B) {
			o := DefaultOptions(b.TempDir())
			o.Compression = c
			s := mustOpen(b, vfs.OS(), o)
			defer s.Close()
			src := &timedGate{tree: tr}
			for b.Loop() {
				_, err := s.WriteSnapshot(src)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(src.longest.Microseconds()), "longest-gate-us")
			b.ReportMetric(float64(src.total.Microseconds())/float64(src.calls), "gate-us")
		})
	}
}

type timedGate struct {
	tree           *tree.Tree
	longest, total time.Duration
	calls          int
}

func (g *timedGate) With(f func(*tree.Tree)) {
	start := time.Now()
	f(g.tree)
	took := time.Since(start)
	g.longest = max(g.longest, took)
	g.total += took
	g.calls++
}

// BenchmarkCommit appends batches and makes them durable, on the real disk.
func BenchmarkCommit(b *testing.B) {
	for _, batch := range []int{1, 16, 64, 1024} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			o := DefaultOptions(b.TempDir())
			s, _ := started(b, vfs.OS(), o)
			defer s.Close()
			x := create(1, 100)
			entry := x.Append(nil)
			zxid := int64(0)
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				for range batch {
					zxid++
					if err := s.Append(zxid, entry); err != nil {
						b.Fatal(err)
					}
				}
				if err := s.Commit(); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-us")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(zxid), "ns/txn")
		})
	}
}

// BenchmarkAppend is the cost of an entry apart from the disk.
func BenchmarkAppend(b *testing.B) {
	o := testOptions(nil)
	o.PreAllocSize = 0
	s, _ := started(b, vfs.New(), o)
	x := create(1, 100)
	entry := x.Append(nil)
	b.ReportAllocs()
	zxid := int64(0)
	for b.Loop() {
		zxid++
		s.writer.buf = s.writer.buf[:0]
		if err := s.Append(zxid, entry); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCommitBesideSnapshot is what a write waits for the disk while snapshots of a million znodes are written, one after the other.
func BenchmarkCommitBesideSnapshot(b *testing.B) {
	tr := bigTree(b, 1_000_000)
	for _, beside := range []bool{false, true} {
		b.Run(fmt.Sprintf("snapshots=%v", beside), func(b *testing.B) {
			s, _ := started(b, vfs.OS(), DefaultOptions(b.TempDir()))
			defer s.Close()
			stop := make(chan struct{})
			var writer sync.WaitGroup
			if beside {
				writer.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							_, err := s.WriteSnapshot(Whole(tr))
							require.NoError(b, err)
						}
					}
				})
			}
			x := create(1, 100)
			entry := x.Append(nil)
			var took []time.Duration
			for zxid := int64(1); b.Loop(); zxid++ {
				start := time.Now()
				require.NoError(b, s.Append(zxid, entry))
				require.NoError(b, s.Commit())
				took = append(took, time.Since(start))
			}
			close(stop)
			writer.Wait()
			slices.Sort(took)
			for name, q := range map[string]int{"p50-us": 50, "p99-us": 99, "max-us": 100} {
				b.ReportMetric(float64(took[(len(took)-1)*q/100].Microseconds()), name)
			}
		})
	}
}
