package persistence

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"
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
	other     []tree.Txn // the history that Replace was about to put in place of txns when the power failed; nil: none
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
	o.Keep = 7
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
		switch w.r.IntN(12) {
		case 10:
			w.replace()
		case 11:
			w.truncate()
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
	var rec Recovery
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
	w.settle()
	got := w.tree.LastZxid()
	require.GreaterOrEqual(w.t, got, w.committed, "a committed transaction is lost")
	require.LessOrEqual(w.t, got, int64(len(w.txns)), "a transaction that nobody appended")

	// What was not committed and is lost never happened: the model goes back to it.
	w.become(w.txns[:got])
	require.Equal(w.t, picture(w.model.tree), picture(w.tree))
	w.checkKept(&rec)
}

// become makes the history the one that is committed.
func (w *world) become(txns []tree.Txn) {
	w.txns, w.committed = txns, int64(len(txns))
	w.model.tree = treeOf(txns)
}

func treeOf(txns []tree.Txn) *tree.Tree {
	t := tree.New(modelOptions)
	for i := range txns {
		t.Apply(&txns[i], nil)
	}
	return t
}

// replace takes over a leader's history, which has some of the own one and then other transactions.
func (w *world) replace() {
	leader := &model{r: w.r}
	common := w.r.IntN(len(w.txns) + 1)
	history := slices.Clone(w.txns[:common])
	leader.tree = treeOf(history)
	for range w.r.IntN(30) {
		history = append(history, leader.next())
	}
	w.store.chunk = 1 + w.r.IntN(300)
	w.other = history
	if w.must(w.store.Replace(Whole(leader.tree))); w.dead {
		return
	}
	w.other, w.tree = nil, leader.tree
	w.become(history)
}

// settle finds out whether a replacement has come about that the power failed in.
func (w *world) settle() {
	if w.other != nil && picture(treeOf(w.other)) == picture(w.tree) {
		w.become(w.other)
	}
	w.other = nil
}

// truncate takes the end off the history, as a follower does that has what was never decided.
func (w *world) truncate() {
	to := int64(w.r.IntN(len(w.txns) + 1))
	if w.must(w.store.Roll()); w.dead {
		return
	}
	w.committed = min(int64(len(w.txns)), to) // as long as it is not known to be done
	err := w.store.TruncateLog(to)
	if errors.Is(err, ErrCannotTruncate) {
		w.committed = int64(len(w.txns))
		return
	}
	if w.must(err); w.dead {
		return
	}
	tr, _, err := w.store.Load()
	if w.must(err); w.dead {
		return
	}
	w.tree = tr
	w.become(w.txns[:to])
	require.Equal(w.t, picture(w.model.tree), picture(tr))
}

// checkKept compares what Load keeps with what was appended last.
func (w *world) checkKept(rec *Recovery) {
	after := rec.KeptAfter
	for _, e := range rec.Kept {
		require.Equal(w.t, after+1, e.Zxid)
		require.Equal(w.t, w.txns[after].Append(nil), e.Bytes)
		after = e.Zxid
	}
	require.Equal(w.t, w.tree.LastZxid(), after)
	require.LessOrEqual(w.t, len(rec.Kept), w.o.Keep)
	require.Equal(w.t, min(rec.Entries, w.o.Keep), len(rec.Kept))
}
