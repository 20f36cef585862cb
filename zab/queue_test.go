package zab

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A queue is a list to which is added behind and from which is taken in front, and holds on to nothing that was taken.
func TestQueueIsAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q Queue[*int]
		want := []*int{}
		for range rapid.IntRange(1, 20).Draw(t, "runs") {
			for range rapid.IntRange(0, 40).Draw(t, "pushed") {
				item := new(int)
				q.Push(item)
				want = append(want, item)
				*item = len(want)
			}
			for range rapid.IntRange(0, len(want)).Draw(t, "popped") {
				require.Same(t, want[0], q.Pop())
				want = want[1:]
			}
			require.Equal(t, len(want), q.Len())
			require.Equal(t, want, append([]*int{}, q.All()...))
			for i := range want {
				require.Same(t, want[i], *q.At(i))
			}
			held := 0
			for _, item := range q.items[:cap(q.items)] {
				if item != nil {
					held++
				}
			}
			require.Equal(t, len(want), held, "the array holds what waits and nothing else")
		}
	})
}

// Where not more wait than before, nothing is allocated, whether the queue becomes empty in between or never.
func TestQueueReusesItsArray(t *testing.T) {
	for _, waiting := range []int{0, 1, 100, keepItems / 4} {
		var q Queue[int]
		for range waiting {
			q.Push(0)
		}
		turn := func() {
			for range 300 {
				q.Push(1)
			}
			for range 300 {
				q.Pop()
			}
		}
		for range 10 {
			turn()
		}
		require.Zero(t, testing.AllocsPerRun(100, turn), "%d wait", waiting)
		require.LessOrEqual(t, cap(q.items), 4*(waiting+300))
		require.Equal(t, waiting, q.Len())
	}
}

// A burst does not leave its array behind.
func TestQueueGivesUpALargeArray(t *testing.T) {
	var q Queue[int]
	for range keepItems + 1 {
		q.Push(0)
	}
	for q.Len() > 0 {
		q.Pop()
	}
	require.Nil(t, q.items)
	require.Panics(t, func() { q.Pop() })
	require.Panics(t, func() { q.At(0) })
}

// What is emptied keeps its room but not its items, unless it has become large.
func TestReuse(t *testing.T) {
	s := []*int{new(int), new(int)}
	again := Reuse(s)
	require.Empty(t, again)
	require.Equal(t, []*int{nil, nil}, again[:2])
	require.Nil(t, Reuse(make([]int, 1, keepItems+1)))
	require.Nil(t, Reuse[int](nil))
}
