package persistence

import (
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/persistence/vfs"
	"troupe/tree"
)

// Whatever a server does and whenever the power fails, or the process is killed, in whatever way the disk tears what was not synced: everything
// that was committed is there again, in order, and nothing else but transactions that had been appended after it.
func TestCrash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		w := newWorld(t, seed)
		for range 6 {
			w.live()
			w.die()
			w.recover()
		}
	})
}

// world is a disk, a server on it, and what the server may have promised.
type world struct {
	t     *rapid.T
	r     *rand.Rand
	fs    *vfs.Mem
	o     Options
	store *Store

	tree      *tree.Tree // the server's: what is committed and applied
	model     *model     // knows what was appended
	txns      []tree.Txn // appended, by zxid-1
	committed int64
	dead      bool
}

var errPower = errors.New("the power failed")

func newWorld(t *rapid.T, seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 99))
	w := &world{t: t, r: r, fs: vfs.New(), model: newModel(r)}
	o := DefaultOptions("/d")
	o.DataLogDir = [...]string{"", "/log"}[r.IntN(2)]
	o.PreAllocSize = [...]int64{0, 1 << 10, 8 << 10, 1 << 20}[r.IntN(4)]
	o.LogSizeLimit = [...]int64{0, 0, 2 << 10}[r.IntN(3)]
	o.SnapCount = 20
	o.Compression = [...]Compression{NoCompression, Gzip, Snappy}[r.IntN(3)]
	o.Tree = modelOptions
	o.Rand = r
	o.Logger = zerolog.New(io.Discard)
	w.o = o
	powerFailsAfter(w.fs, r.IntN(40))
	w.recover()
	return w
}

// live lets the server work until it has done enough or the power fails.
func (w *world) live() {
	w.dead = false
	if w.r.IntN(3) > 0 {
		powerFailsAfter(w.fs, w.r.IntN(60))
	}
	for range 1 + w.r.IntN(25) {
		if w.dead {
			return
		}
		switch w.r.IntN(10) {
		case 0:
			w.must(w.store.Roll())
		case 1, 2:
			w.snapshot()
		case 3:
			w.must(w.store.Purge(3))
		default:
			w.batch(1 + w.r.IntN([...]int{8, 8, 60}[w.r.IntN(3)]))
		}
	}
}

// batch appends n transactions, commits them and applies them, or leaves some uncommitted.
func (w *world) batch(n int) {
	for range n {
		x := w.model.next()
		w.txns = append(w.txns, x)
		if w.must(w.store.Append(x.Header.Zxid, x.Append(nil))); w.dead {
			return
		}
	}
	if w.r.IntN(8) == 0 {
		return
	}
	if w.must(w.store.Commit()); w.dead {
		return
	}
	w.committed = w.model.tree.LastZxid()
	if w.r.IntN(2) == 0 {
		w.apply(int(w.committed - w.tree.LastZxid()))
	}
}

// apply lets the tree follow the log by n transactions, but never beyond what is committed.
func (w *world) apply(n int) {
	for ; n > 0 && w.tree.LastZxid() < w.committed; n-- {
		w.tree.Apply(&w.txns[w.tree.LastZxid()], nil)
	}
}

// With is the gate: the tree may change before each look at it.
func (w *world) With(f func(*tree.Tree)) {
	w.apply(w.r.IntN(4))
	f(w.tree)
}

func (w *world) snapshot() {
	if w.must(w.store.Roll()); w.dead {
		return
	}
	w.committed = w.model.tree.LastZxid() // Roll commits
	w.store.chunk = 1 + w.r.IntN(300)
	_, err := w.store.WriteSnapshot(w)
	w.must(err)
}

// must notes that the power has failed; no other error may come.
func (w *world) must(err error) {
	if err != nil {
		require.ErrorIs(w.t, err, errPower)
		w.dead = true
	}
}

func (w *world) die() {
	switch {
	case !w.dead && w.r.IntN(4) == 0:
		require.NoError(w.t, ignorePower(w.store.Close()))
	case w.r.IntN(3) == 0:
		w.fs.Kill() // perhaps between a write and its sync
	default:
		w.fs.Crash(w.r)
	}
}

func ignorePower(err error) error {
	if errors.Is(err, errPower) {
		return nil
	}
	return err
}

// recover starts the server again, with the power failing in between as well.
func (w *world) recover() {
	for attempt := 0; ; attempt++ {
		if attempt < 3 && w.r.IntN(3) == 0 {
			powerFailsAfter(w.fs, w.r.IntN(12))
		} else if attempt > 0 || w.store != nil {
			w.fs.SetFault(nil)
		}
		store, err := Open(w.fs, w.o)
		if err == nil {
			store.chunk = 100
			store.writer.markCommits, store.writer.maxBatch = 1+w.r.IntN(8), [...]int{maxBatch, 1 << 10}[w.r.IntN(2)]
			w.store = store
			var rec Recovery
			w.tree, rec, err = store.Load()
			require.Zero(w.t, rec.DigestMismatches)
			require.Empty(w.t, rec.Rejected)
		}
		if err == nil {
			break
		}
		require.ErrorIs(w.t, err, errPower)
		require.Less(w.t, attempt, 10)
		w.fs.SetFault(nil)
		w.fs.Crash(w.r)
	}
	got := w.tree.LastZxid()
	require.GreaterOrEqual(w.t, got, w.committed, "a committed transaction is lost")
	require.LessOrEqual(w.t, got, int64(len(w.txns)), "a transaction that nobody appended")

	// What was not committed and is lost never happened: the model goes back to it.
	w.committed, w.txns = got, w.txns[:got]
	w.model.tree = tree.New(modelOptions)
	for i := range w.txns {
		w.model.tree.Apply(&w.txns[i], nil)
	}
	require.Equal(w.t, picture(w.model.tree), picture(w.tree))
}
