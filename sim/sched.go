package sim

import (
	"container/heap"
	"hash"
	"hash/fnv"
	"time"

	"troupe/actors/quorum/link/linktest"
)

// event is something that will happen. Events at the same time happen in the order of key and n, which do not depend
// on the order in which they were made: code that passes over a map may make them in any.
type event struct {
	at     time.Duration
	key, n uint64
	owner  *process // nil: the world outside
	inner  bool     // of an actor or a connection: its server's Settle runs it
	over   bool
	do     func()
}

func (e *event) before(o *event) bool {
	if e.at != o.at {
		return e.at < o.at
	}
	if e.key != o.key {
		return e.key < o.key
	}
	return e.n < o.n
}

type events []*event

func (q events) Len() int           { return len(q) }
func (q events) Less(i, j int) bool { return q[i].before(q[j]) }
func (q events) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *events) Push(e any)        { *q = append(*q, e.(*event)) }
func (q *events) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return e
}

// The kinds of keys, in their top byte.
const (
	keyPlan uint64 = iota + 1
	keyMailbox
	keySocket
	keyFlow
	keyTimer
	keyBallot
	keyClient
	keyWorld
)

func keyOf(kind, number uint64) uint64 { return kind<<56 | number }

// world is one run.
type world struct {
	plan     *Plan
	now      time.Duration
	queue    events
	net      *linktest.Net
	timers   uint64
	lives    uint64 // processes that were started
	machines []*machine
	clients  []*client
	mail     map[[2]int64]*letters
	lanes    map[[2]string]*dice         // of what goes from one server to another
	chance   dice                        // of the network
	slow     map[[2]string]time.Duration // extra delay of a direction
	cut      map[[2]string]bool          // directions in which nothing gets through

	steps     int64 // also the clock of histories
	trace     hash.Hash64
	story     *Story // nil: nobody reads
	violation *Violation
	record    record
	begun     []begun
	wiping    time.Duration  // until when a voter may lack its data
	local     bool           // sessions are of one server, at first
	torn      time.Duration  // who sends the next snapshot is to be away for so long; 0: nobody
	streamed  *linktest.Flow // whose snapshot was just made
	calm      bool           // no more faults
	well      bool           // and what they had done is repaired
}

// record is what the run leaves to the checks.
type record struct {
	proposed map[int64][]byte // by zxid
	decided  int64            // the newest that a leader has told of
	written  map[string]bool  // values that clients have asked for
	ghosts   []ghost
	replaced int // disks
}

func newWorld(p *Plan, story *Story) *world {
	w := &world{plan: p, mail: map[[2]int64]*letters{}, lanes: map[[2]string]*dice{}, chance: diceOf(diceNet), slow: map[[2]string]time.Duration{},
		cut: map[[2]string]bool{}, trace: fnv.New64a(), story: story, record: record{proposed: map[int64][]byte{}, written: map[string]bool{}}}
	w.net = linktest.New(linktest.Options{Timers: w, Queued: w.queued, Linger: 200 * time.Millisecond,
		Batch: func(n int) int { return 1 + w.below(&w.chance, n) },
		Survive: func(n int) int {
			if w.streamed != nil {
				return 1 // the snapshot, or as much of it as has been sent
			}
			return w.below(&w.chance, n+1)
		},
		Tear:      func(n int) int { return w.below(&w.chance, n+1) },
		Streaming: func(f *linktest.Flow) { w.streamed = f },
	})
	return w
}

// later makes an event.
func (w *world) later(owner *process, key, n uint64, wait time.Duration, inner bool, do func()) *event {
	e := &event{at: w.now + max(0, wait), key: key, n: n, owner: owner, inner: inner, do: do}
	heap.Push(&w.queue, e)
	if inner {
		owner.inner = append(owner.inner, e)
	}
	return e
}

// AfterFunc is the clock of the network (linktest.Timers).
func (w *world) AfterFunc(d time.Duration, f func()) (stop func()) {
	w.timers++
	e := w.later(nil, keyOf(keyWorld, 0), w.timers, d, false, f)
	return func() { e.over = true }
}

// step lets the next event happen, and is false if there is none.
func (w *world) step() bool {
	for len(w.queue) > 0 && w.violation == nil {
		e := heap.Pop(&w.queue).(*event)
		p := e.owner
		switch {
		case e.over || p != nil && p.dead:
			if p != nil && e.inner && !e.over {
				p.took(e)
			}
			continue
		case p != nil && p.pausedUntil > w.now && e.at < p.pausedUntil:
			e.at = p.pausedUntil
			heap.Push(&w.queue, e)
			continue
		}
		w.now = max(w.now, e.at)
		w.perform(e)
		for _, m := range w.machines {
			m.look()
		}
		return true
	}
	return false
}

func (w *world) perform(e *event) {
	e.over = true
	if e.inner {
		e.owner.took(e)
	}
	w.steps++
	w.hash(uint64(e.at), e.key, e.n)
	e.do()
}

func (w *world) hash(numbers ...uint64) {
	var b [8]byte
	for _, x := range numbers {
		for i := range b {
			b[i] = byte(x >> (8 * i))
		}
		w.trace.Write(b[:])
	}
}

// run lets events happen until a time, or until something is so.
func (w *world) run(until time.Duration, enough func() bool) bool {
	for i := 0; w.violation == nil; i++ {
		if i%16 == 0 && enough != nil && enough() {
			return true
		}
		if len(w.queue) == 0 || w.queue[0].at > until || !w.step() {
			w.now = max(w.now, until)
			break
		}
		if w.steps > maxSteps {
			w.fail(Recovers, "the run does not end: %d steps at %v", w.steps, w.now)
		}
	}
	return w.violation == nil && enough != nil && enough()
}

// maxSteps is what no sound run needs.
const maxSteps = 3_000_000
