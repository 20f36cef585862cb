package zab

// keepItems is how many items an emptied slice may have room for to be used again.
const keepItems = 4096

// Queue holds items in the order in which they came. It uses its array again: a full one of which half or more was taken
// out moves what waits to the front, so that at most one item is copied for each that was taken out. What was taken out is
// let go at once, and an array that has become large when the queue is empty. The zero value is empty. Not safe for
// concurrent use.
type Queue[T any] struct {
	items []T // the first of them are taken out, and zero
	head  int // how many these are
}

// Len is how many items wait.
func (q *Queue[T]) Len() int { return len(q.items) - q.head }

// Push adds an item at the end.
func (q *Queue[T]) Push(item T) {
	if len(q.items) == cap(q.items) && q.head > 0 && q.head >= q.Len() {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, item)
}

// Pop takes the oldest item out. It panics if there is none.
func (q *Queue[T]) Pop() T {
	item := q.items[q.head]
	var zero T
	q.items[q.head] = zero
	if q.head++; q.head == len(q.items) {
		q.items, q.head = Reuse(q.items[:0]), 0
	}
	return item
}

// At is the i-th item, the oldest is 0. It panics if there are not so many. The pointer is good until the next Push or Pop.
func (q *Queue[T]) At(i int) *T { return &q.items[q.head:][i] }

// All are the items, oldest first. The slice is good until the next Push or Pop.
func (q *Queue[T]) All() []T { return q.items[q.head:len(q.items):len(q.items)] }

// Reuse empties a slice to be filled again: its items are let go. One that has become large is given up.
func Reuse[T any](s []T) []T {
	if cap(s) > keepItems {
		return nil
	}
	clear(s)
	return s[:0]
}
