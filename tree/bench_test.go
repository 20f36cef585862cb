package tree

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

const (
	benchDirs     = 100
	benchPathSize = 20
	benchDataSize = 100
)

// benchPath is a path of 20 bytes below one of 100 directories.
func benchPath(i int) string { return fmt.Sprintf("/bench%02d/node-%06d", i%benchDirs, i) }

func openACL() []data.ACL {
	return []data.ACL{{Perms: proto.PermAll, ID: data.ID{Scheme: "world", ID: "anyone"}}}
}

// filler applies creates with growing zxids.
type filler struct {
	t       *Tree
	x       Txn
	rec     txn.CreateTxn
	zxid    int64
	session int64 // of the next create, less 1
}

func newFiller(o Options) *filler {
	f := &filler{t: New(o)}
	f.rec.ACL = openACL()
	f.x.Record = &f.rec
	return f
}

func (f *filler) create(path string, content []byte) {
	f.zxid++
	f.x.Header = txn.TxnHeader{ClientID: 1 + f.session, Zxid: f.zxid, Time: 1_700_000_000_000 + f.zxid, Type: int32(proto.OpCreate)}
	f.rec.Path, f.rec.Data, f.rec.ParentCVersion = path, content, -1
	f.t.Apply(&f.x, nil)
}

// benchTree has n nodes with 20 bytes of path and 100 of data.
func benchTree(n int) *Tree {
	f := newFiller(Options{Digest: true})
	for d := range benchDirs {
		f.create(fmt.Sprintf("/bench%02d", d), nil)
	}
	content := make([]byte, benchDataSize)
	for i := range n {
		f.create(benchPath(i), content)
	}
	return f.t
}

// BenchmarkMemory reports what a znode takes of the live heap, all tables included.
func BenchmarkMemory(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for range b.N {
				before := liveHeap()
				t := benchTree(n)
				after := liveHeap()
				b.ReportMetric(float64(after-before)/float64(n), "B/znode")
				runtime.KeepAlive(t)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

func liveHeap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkLookup(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		t := benchTree(n)
		paths := make([]string, 1024)
		for i := range paths {
			paths[i] = benchPath(i * (n / len(paths)))
		}
		b.Run(fmt.Sprintf("hot/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				if t.Lookup(paths[i%64]) == nil {
					b.Fatal("missing")
				}
			}
		})
		b.Run(fmt.Sprintf("stat/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			var s data.Stat
			for i := range b.N {
				t.Lookup(paths[i%1024]).FillStat(&s)
			}
		})
		b.Run(fmt.Sprintf("missing/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if t.Lookup("/bench00/nobody-is-here") != nil {
					b.Fatal("found")
				}
			}
		})
	}
	t := benchTree(1_000_000)
	all := make([]string, 1_000_000)
	for i := range all {
		all[i] = benchPath(i * 7919 % 1_000_000)
	}
	b.Run("cold/1000000", func(b *testing.B) {
		for i := range b.N {
			if t.Lookup(all[i%1_000_000]) == nil {
				b.Fatal("missing")
			}
		}
	})
}

func BenchmarkCreate(b *testing.B) {
	f := newFiller(Options{Digest: true})
	f.create("/bench00", nil)
	content := make([]byte, benchDataSize)
	paths := make([]string, b.N)
	for i := range paths {
		paths[i] = fmt.Sprintf("/bench00/node-%07d", i)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		f.create(paths[i], content)
	}
}

func BenchmarkSetData(b *testing.B) {
	t := benchTree(10_000)
	rec := &txn.SetDataTxn{Data: make([]byte, benchDataSize)}
	paths := make([]string, 1000)
	for i := range paths {
		paths[i] = benchPath(i)
	}
	x := &Txn{Header: txn.TxnHeader{Zxid: t.LastZxid(), Type: int32(proto.OpSetData)}, Record: rec}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		x.Header.Zxid++
		rec.Path = paths[i%1000]
		t.Apply(x, nil)
	}
}

// BenchmarkDelete deletes and creates again (both are counted) in a directory of 500,000 children.
func BenchmarkDelete(b *testing.B) {
	const n = 500_000
	f := newFiller(Options{Digest: true})
	f.create("/bench00", nil)
	paths := make([]string, n)
	for i := range paths {
		paths[i] = fmt.Sprintf("/bench00/node-%07d", i)
		f.create(paths[i], nil)
	}
	rec := &txn.DeleteTxn{}
	x := &Txn{Header: txn.TxnHeader{Type: int32(proto.OpDelete)}, Record: rec}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		rec.Path = paths[i*7919%n]
		f.zxid++
		x.Header.Zxid = f.zxid
		if r := f.t.Apply(x, nil); r.Err != proto.Ok {
			b.Fatal(r.Err)
		}
		f.create(rec.Path, nil)
	}
}

// BenchmarkAppendChildren encodes the names of 10,000 children, off the nodes and as they are kept.
func BenchmarkAppendChildren(b *testing.B) {
	f := newFiller(Options{Digest: true})
	f.create("/bench00", nil)
	for i := range 10_000 {
		f.create(fmt.Sprintf("/bench00/node-%07d", i), nil)
	}
	n := f.t.Lookup("/bench00")
	buf := f.t.AppendChildren(nil, n)
	b.Run("nodes", func(b *testing.B) {
		for range b.N {
			buf = f.t.appendNames(buf[:0], n)
		}
	})
	b.Run("kept", func(b *testing.B) {
		for range b.N {
			buf = f.t.AppendChildren(buf[:0], n)
		}
	})
	require.NotEmpty(b, buf)
}

// BenchmarkSnapshot walks over 100,000 nodes in chunks.
func BenchmarkSnapshot(b *testing.B) {
	t := benchTree(100_000)
	buf := make([]byte, 0, 1<<17)
	for range b.N {
		c := t.NewCursor()
		for more := true; more; {
			buf, more = c.Append(buf[:0], 1<<16)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100_000, "ns/znode")
}

// BenchmarkLoad builds a tree of 100,000 nodes as from a snapshot.
func BenchmarkLoad(b *testing.B) {
	content := make([]byte, benchDataSize)
	for range b.N {
		bu := NewBuilder(Options{Digest: true})
		require.NoError(b, bu.AddNode("", nil, -1, data.StatPersisted{}))
		for d := range benchDirs {
			require.NoError(b, bu.AddNode(fmt.Sprintf("/bench%02d", d), nil, -1, data.StatPersisted{}))
			for i := range 1000 {
				if err := bu.AddNode(benchPath(i*benchDirs+d), content, -1, data.StatPersisted{}); err != nil {
					b.Fatal(err)
				}
			}
		}
		_, err := bu.Finish(1)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100_000, "ns/znode")
}

// BenchmarkGuess reads znodes at random out of 100,000 and out of a million, one by one and by bursts.
func BenchmarkGuess(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		t := benchTree(n)
		all := make([]string, n)
		for i := range all {
			all[i] = benchPath(i * 7919 % n)
		}
		var stat data.Stat
		var buf []byte
		for _, guess := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d/%v", n, guess), func(b *testing.B) {
				var nodes [GuessBatch]*Node
				for i := 0; i < b.N; i += GuessBatch {
					from := i % (n - GuessBatch)
					paths := all[from : from+GuessBatch]
					if guess {
						t.Guess(paths, &nodes)
					}
					for i, p := range paths {
						z := t.LookupGuessed(p, nodes[i])
						z.FillStat(&stat)
						buf = append(buf[:0], z.Data()...)
					}
				}
			})
		}
	}
}

// BenchmarkCollect is what a collection of garbage costs for each znode that lives.
func BenchmarkCollect(b *testing.B) {
	const n, sessions = 200_000, 64
	for _, ephemeral := range []bool{false, true} {
		b.Run(fmt.Sprintf("ephemeral=%t", ephemeral), func(b *testing.B) {
			f := newFiller(Options{Digest: true})
			f.create("/line", nil)
			f.rec.Ephemeral = ephemeral
			for i := range n {
				f.session = int64(i % sessions)
				f.create(fmt.Sprintf("/line/n-%010d", i), make([]byte, benchDataSize))
			}
			runtime.GC()
			b.ResetTimer()
			for range b.N {
				runtime.GC()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/znode")
			runtime.KeepAlive(f)
		})
	}
}
