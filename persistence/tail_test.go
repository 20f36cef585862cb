package persistence

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/persistence/vfs"
)

// killed is a log of ours as a dead process leaves it: entries of about 150 bytes up to the given zxid, reserved room behind them, and the mark
// where it was last written. It returns its bytes and the offset of each entry, the end included.
func killed(t *testing.T, last int64) (log []byte, starts []int64) {
	f := vfs.New()
	s, tr := started(t, f, testOptions(nil))
	for zxid := int64(1); zxid <= last; zxid++ {
		logAll(t, s, tr, create(zxid, 20))
		starts = append(starts, s.writer.pos)
	}
	f.Kill()
	return content(t, f, dir+"/log.1"), append([]int64{logHeaderSize}, starts...)
}

// Fault: torn batch. Whatever sectors of the batch a crash loses (the others, and sound entries in them, being there), the start cuts at
// the first entry that lost bytes, and keeps all that was acknowledged.
func TestTornBatch(t *testing.T) {
	const acknowledged, all = 5, 40
	log, starts := killed(t, all)
	r := rand.New(rand.NewPCG(5, 6))
	begin := starts[acknowledged]
	for range 300 {
		torn, want := bytes.Clone(log), int64(all)
		keep := r.Float64()
		for at := begin; at < starts[all]; {
			next := (at/sectorSize + 1) * sectorSize
			if r.Float64() > keep {
				clear(torn[at:next])
			}
			at = next
		}
		for i := int64(all); i > acknowledged; i-- {
			if !bytes.Equal(torn[starts[i-1]:starts[i]], log[starts[i-1]:starts[i]]) {
				want = i - 1
			}
		}
		f := vfs.New()
		apacheDir(t, f, map[string][]byte{"log.1": torn})
		tr, _ := mustLoad(t, mustOpen(t, f, testOptions(nil)))
		requireCreated(t, tr, want)
	}
}

// Fault: a batch of which only the beginning was written, to any byte.
func TestTornAnywhere(t *testing.T) {
	log, starts := killed(t, 8)
	for at := starts[6]; at < starts[8]; at++ {
		for _, padded := range []bool{true, false} {
			torn := bytes.Clone(log[:at])
			if padded {
				torn = append(torn, make([]byte, 5000)...)
			}
			f := vfs.New()
			apacheDir(t, f, map[string][]byte{"log.1": torn})
			tr, _ := mustLoad(t, mustOpen(t, f, testOptions(nil)))
			want := int64(6)
			if at >= starts[7] {
				want = 7
			}
			requireCreated(t, tr, want)
		}
	}
}

// Fault: flipped bit beyond the mark. No crash does that: the start is refused, whichever bit it is.
func TestFlippedBitBeyondTheMark(t *testing.T) {
	log, starts := killed(t, 8)
	require.Equal(t, int64(logHeaderSize), parseMark(log[markOffset:]))
	for at := logHeaderSize; at < int(starts[8]); at++ {
		f := vfs.New()
		flipped := bytes.Clone(log)
		flipped[at] ^= 1 << (at % 8)
		apacheDir(t, f, map[string][]byte{"log.1": flipped})
		damage := damaged(t, f)
		require.Contains(t, starts, damage.Offset)
		require.LessOrEqual(t, damage.Offset, int64(at))
		require.Equal(t, starts[damage.LastOK], damage.Offset)
	}
}

// Fault: a lost sector that no crash explains: it lies before the mark, or more follows than one write brings.
func TestLostSector(t *testing.T) {
	log, starts := killed(t, markCommits+20)
	require.Equal(t, starts[markCommits], parseMark(log[markOffset:]))
	f := vfs.New()
	apacheDir(t, f, map[string][]byte{"log.1": zeroed(log, 1024, 1536)})
	require.Less(t, damaged(t, f).Offset, int64(1024))

	at := int(starts[markCommits+3])/sectorSize*sectorSize + sectorSize
	f = vfs.New()
	apacheDir(t, f, map[string][]byte{"log.1": zeroed(log, at, at+sectorSize)})
	tr, rec := mustLoad(t, mustOpen(t, f, testOptions(nil)))
	require.NotNil(t, rec.Cut)
	requireCreated(t, tr, tr.LastZxid())

	for size, want := range map[int]bool{maxBatch / 2: true, maxBatch + 2048: false} {
		log := appendLogHeader(nil, logHeaderSize)
		for zxid := int64(1); len(log) < size; zxid++ {
			x := create(zxid, 300)
			log = appendEntry(log, x.Append(nil))
		}
		f := vfs.New()
		apacheDir(t, f, map[string][]byte{"log.1": zeroed(log, 512, 1024)})
		if want {
			tr, _ := mustLoad(t, mustOpen(t, f, testOptions(nil)))
			requireCreated(t, tr, 1)
			continue
		}
		require.ErrorContains(t, damaged(t, f), "a sound entry follows")
	}
}
