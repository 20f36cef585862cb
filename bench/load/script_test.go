package load

import (
	"encoding/binary"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// numbersIn reads the numbers of a frame that op has made.
func numbersIn(t require.TestingT, frame []byte, op Op) (all []int64) {
	for _, off := range op.numbers {
		v, err := strconv.ParseInt(string(frame[off:off+numberWidth]), 10, 64)
		require.NoError(t, err)
		all = append(all, v)
	}
	return all
}

func TestWorkersShareASequenceWithoutGapOrRepetition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		workers, budget := rapid.IntRange(1, 5).Draw(t, "workers"), rapid.Int64Range(1, 300).Draw(t, "budget")
		perOp := rapid.IntRange(1, 3).Draw(t, "numbers in a request")
		op := MultiCreate("/p/"+Number, 0, perOp).Sequence()
		seen := map[int64]bool{}
		for i := range workers {
			p, c := newPlayer(zooKeeper{}, Script{Ops: []Op{op}, Budget: budget, First: 40}, i, workers, 1), &conn{id: i}
			for p.take(c, 1) == 1 {
				for _, v := range numbersIn(t, p.append(nil, c), op) {
					require.False(t, seen[v], "%d twice", v)
					seen[v] = true
				}
			}
		}
		require.Len(t, seen, int(budget)*perOp)
		for v := range seen {
			require.GreaterOrEqual(t, v, int64(40))
			require.Less(t, v, 40+budget*int64(perOp))
		}
	})
}

func TestOwnNumbersPairUpAndNeverMeet(t *testing.T) {
	create, remove := Create("/p/"+Number, 0, Persistent).Own(), Delete("/p/"+Number).Own()
	p := newPlayer(zooKeeper{}, Script{Ops: []Op{create, remove}}, 0, 1, 1)
	seen := map[int64]int{}
	for id := range 3 {
		c := &conn{id: id}
		for turn := range 10 {
			op := []Op{create, remove}[turn%2]
			frame := p.append(nil, c)
			require.EqualValues(t, []int32{opCreate, opDelete}[turn%2], binary.BigEndian.Uint32(frame[8:]))
			seen[numbersIn(t, frame, op)[0]]++
		}
	}
	require.Len(t, seen, 15)
	for number, times := range seen {
		require.Equal(t, 2, times, "number %d: one create and one delete", number)
	}
}

func TestRandomNumbersCoverTheirRange(t *testing.T) {
	op := GetData("/p/"+Number, 0, false).Random(10)
	p, c, counts := newPlayer(zooKeeper{}, One(op), 0, 1, 1), &conn{}, map[int64]int{}
	for range 10_000 {
		counts[numbersIn(t, p.append(nil, c), op)[0]]++
	}
	require.Len(t, counts, 10)
	for v, n := range counts {
		require.InDelta(t, 1000, n, 150, "number %d", v)
	}
}

func TestWeightsAreKept(t *testing.T) {
	p, c, writes := newPlayer(zooKeeper{}, Script{Random: true, Ops: []Op{Exists("/p").Share(90), SetData("/p", 0).Share(10)}}, 0, 1, 1), &conn{}, 0
	for range 10_000 {
		if binary.BigEndian.Uint32(p.append(nil, c)[8:]) == uint32(opSetData) {
			writes++
		}
	}
	require.InDelta(t, 1000, writes, 150)
}

func TestBudgetIsUsedUpExactly(t *testing.T) {
	total := 0
	for i := range 3 {
		p := newPlayer(zooKeeper{}, Script{Ops: []Op{Ping()}, Budget: 100}, i, 3, 1)
		for n := p.take(&conn{}, 7); n > 0; n = p.take(&conn{}, 7) {
			total += n
		}
	}
	require.Equal(t, 100, total)
	require.Equal(t, 7, newPlayer(zooKeeper{}, One(Ping()), 0, 1, 1).take(&conn{}, 7), "without a budget there is always more")
}

func TestTurnsAreTheSameOnEachConnection(t *testing.T) {
	op := GetData("/p/"+Number, 0, false).Turn()
	p := newPlayer(zooKeeper{}, Script{Ops: []Op{op}, Each: 3}, 0, 1, 2)
	for _, c := range []*conn{{id: 0}, {id: 1}} {
		var numbers []int64
		for p.take(c, 1) == 1 {
			numbers = append(numbers, numbersIn(t, p.append(nil, c), op)...)
		}
		require.Equal(t, []int64{0, 1, 2}, numbers)
	}
	require.Zero(t, p.left)
}

func TestOwnNumbersBeginWhereTheScriptSays(t *testing.T) {
	op := Create("/p/"+Number, 0, Persistent).Own()
	p := newPlayer(zooKeeper{}, Script{Ops: []Op{op}, First: 5 * OwnRange}, 0, 1, 1)
	require.Equal(t, []int64{7 * OwnRange}, numbersIn(t, p.append(nil, &conn{id: 2}), op))
}
