package persistence

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/tree"
)

func streamOf(t require.TestingT, src SnapshotSource) []byte {
	var out bytes.Buffer
	_, err := StreamSnapshot(&out, src)
	require.NoError(t, err)
	return out.Bytes()
}

// A tree that is streamed and read is the same tree, however the bytes come, and what stands behind them is left where it is.
func TestStreamRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5)))
		for range rapid.IntRange(0, 150).Draw(t, "txns") {
			m.next()
		}
		stream := streamOf(t, Whole(m.tree))
		behind := []byte("\x00\x00\x00\x02the packets that follow")
		readers := []func(io.Reader) io.Reader{
			func(r io.Reader) io.Reader { return r },
			iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader,
			func(r io.Reader) io.Reader { return bufio.NewReaderSize(r, 64) },
		}
		in := rapid.SampledFrom(readers).Draw(t, "reader")(bytes.NewReader(append(bytes.Clone(stream), behind...)))
		got, err := ReadStream(in, m.tree.LastZxid(), modelOptions)
		require.NoError(t, err)
		require.Equal(t, picture(m.tree), picture(got))
		rest, err := io.ReadAll(in)
		require.NoError(t, err)
		require.Equal(t, behind, rest)
	})
}

// Nodes larger than the window, and windows full of nodes.
func TestStreamWindows(t *testing.T) {
	tr := largeTree(t, 1500, window)
	stream := append(streamOf(t, Whole(tr)), 1, 2, 3)
	for _, in := range []io.Reader{bytes.NewReader(stream), iotest.HalfReader(bytes.NewReader(stream))} {
		got, err := ReadStream(in, 1, modelOptions)
		require.NoError(t, err)
		require.Equal(t, tr.Digest(), got.Digest())
		require.Equal(t, tr.NodeCount(), got.NodeCount())
		rest, err := io.ReadAll(in)
		require.NoError(t, err)
		require.Equal(t, []byte{1, 2, 3}, rest)
	}
}

// However a stream is cut short, and wherever the connection fails, the answer is an error that tells it (ZOOKEEPER-2872).
func TestZOOKEEPER2872ShortStream(t *testing.T) {
	m := newModel(rand.New(rand.NewPCG(8, 5)))
	for range 60 {
		m.next()
	}
	stream := streamOf(t, Whole(m.tree))
	boom := errors.New("boom")
	for n := range stream {
		_, err := ReadStream(bytes.NewReader(stream[:n]), 60, modelOptions)
		var se *SnapshotError
		require.ErrorAs(t, err, &se, "%d of %d bytes", n, len(stream))
		require.Equal(t, "the leader's snapshot", se.File)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		if n%8 != 0 {
			continue
		}
		_, err = ReadStream(io.MultiReader(bytes.NewReader(stream[:n]), iotest.ErrReader(boom)), 60, modelOptions)
		require.ErrorIs(t, err, boom, "at byte %d", n)
	}
	wrong := bytes.Clone(stream)
	wrong[len(wrong)-1]++
	_, err := ReadStream(bytes.NewReader(wrong), 60, modelOptions)
	require.ErrorContains(t, err, "does not end with the signature")
}

// A leader that goes on applying while it streams: with what was applied since the stream's zxid the learner has the leader's tree, and no digest on the
// way is taken for a difference.
func TestFuzzyStream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 6)))
		for range rapid.IntRange(0, 100).Draw(t, "before") {
			m.next()
		}
		zxid := m.tree.LastZxid()
		var since []tree.Txn
		src := lender(func(f func(*tree.Tree)) {
			for range rapid.IntRange(0, 3).Draw(t, "meanwhile") {
				since = append(since, m.next())
			}
			f(m.tree)
		})
		var out bytes.Buffer
		began, err := streamSnapshot(&out, src, rapid.IntRange(1, 400).Draw(t, "chunk"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, began, zxid)
		got, err := ReadStream(&out, zxid, modelOptions)
		require.NoError(t, err)
		require.True(t, got.Fuzzy())
		if len(since) > 0 && rapid.Bool().Draw(t, "early") { // most of what came meanwhile is applied before that is known
			got.Apply(&since[0], nil)
			since = since[1:]
		}
		got.FuzzyUntil(m.tree.LastZxid())
		for i := range since {
			got.Apply(&since[i], nil)
		}
		require.False(t, got.Fuzzy())
		require.Zero(t, got.DigestMismatches())
		require.Equal(t, picture(m.tree), picture(got))
	})
}

// lender is a SnapshotSource that is a function.
type lender func(f func(*tree.Tree))

func (l lender) With(f func(*tree.Tree)) { l(f) }

// A stream that nobody takes ends at once, and leaves no cursor behind.
func TestStreamToNobody(t *testing.T) {
	tr := largeTree(t, 3000, minWindow)
	boom := errors.New("boom")
	writes := 0
	_, err := StreamSnapshot(writerFunc(func(b []byte) (int, error) {
		if writes++; writes > 3 {
			return 0, boom
		}
		return len(b), nil
	}), Whole(tr))
	require.ErrorIs(t, err, boom)
	require.Equal(t, 4, writes)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// Counts and lengths that promise what does not come cost nothing but the bytes that came.
func TestHostileStream(t *testing.T) {
	huge := jute.AppendInt(nil, 1<<31-1)
	head := jute.AppendInt(jute.AppendInt(nil, 0), 0)
	var stat data.StatPersisted
	root := stat.Append(jute.AppendLong(jute.AppendBuffer(jute.AppendUstring(nil, ""), nil), -1))
	for name, b := range map[string][]byte{
		"sessions":     huge,
		"ACLs":         append(jute.AppendInt(nil, 0), huge...),
		"ACL entries":  append(jute.AppendLong(jute.AppendInt(jute.AppendInt(nil, 0), 1), 1), huge...),
		"scheme":       append(jute.AppendInt(jute.AppendInt(jute.AppendLong(jute.AppendInt(jute.AppendInt(nil, 0), 1), 1), 1), 31), huge...),
		"path":         append(bytes.Clone(head), huge...),
		"data":         append(jute.AppendUstring(bytes.Clone(head), "/a"), huge...),
		"negative":     append(bytes.Clone(head), 0xff, 0xff, 0xff, 0xfe),
		"no nodes":     append(bytes.Clone(head), endMark+streamSignature...),
		"null root":    append(append(bytes.Clone(head), 0xff, 0xff, 0xff, 0xff), root[4:]...),
		"root twice":   append(append(append(bytes.Clone(head), root...), root...), endMark+streamSignature...),
		"signature":    append(append(bytes.Clone(head), root...), endMark+"\x7f\xff\xff\xffBenWasHere"...),
		"no signature": append(append(bytes.Clone(head), root...), endMark...),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := ReadStream(bytes.NewReader(b), 1, modelOptions)
			runtime.ReadMemStats(&after)
			require.Error(t, err)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
		})
	}
}
