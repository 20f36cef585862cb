package election

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"time"
)

// world is time, chance and a network for a simulation: everything happens on one goroutine, in an order that the
// seed decides.
type world struct {
	rng   *rand.Rand
	now   time.Duration
	count uint64
	queue events
	links map[[2]int64]*simLink
	// The faults of the network, which a simulation changes as it goes.
	maxDelay time.Duration
	loss     float64           // of the connection under a message, and the message with it
	cut      map[[2]int64]bool // from, to
	up       func(id int64) bool
	deliver  func(from, to int64, b []byte)
	trace    []string
}

func newWorld(seed uint64) *world {
	return &world{rng: rand.New(rand.NewPCG(seed, 1)), links: map[[2]int64]*simLink{}, cut: map[[2]int64]bool{}, maxDelay: 50 * time.Millisecond}
}

type event struct {
	at    time.Duration
	order uint64
	do    func()
}

type events []event

func (q events) Len() int { return len(q) }
func (q events) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].order < q[j].order
}
func (q events) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *events) Push(x any)   { *q = append(*q, x.(event)) }
func (q *events) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

func (w *world) after(d time.Duration, do func()) {
	w.count++
	heap.Push(&w.queue, event{w.now + d, w.count, do})
}

// run lets time pass until the end, or until enough says so.
func (w *world) run(end time.Duration, enough func() bool) {
	for w.queue.Len() > 0 && w.queue[0].at <= end && !enough() {
		e := heap.Pop(&w.queue).(event)
		w.now = e.at
		e.do()
	}
	if !enough() {
		w.now = end
	}
}

func (w *world) log(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf("%9v ", w.now.Round(time.Millisecond))+fmt.Sprintf(format, args...))
}

// upTo draws a time.
func (w *world) upTo(d time.Duration) time.Duration { return time.Duration(w.rng.Int64N(int64(d) + 1)) }

// simLink carries messages one way as package peers does: at most one waits, the newest; messages keep their order;
// after a break the last one comes again.
type simLink struct {
	waiting, last []byte
	moving        bool
	broken        bool
}

func (w *world) link(from, to int64) *simLink {
	k := [2]int64{from, to}
	if w.links[k] == nil {
		w.links[k] = &simLink{}
	}
	return w.links[k]
}

func (w *world) send(from, to int64, b []byte) {
	w.link(from, to).waiting = b
	w.connect(from, to)
	w.move(from, to)
}

// connect makes a broken connection anew, if it can be: it serves both ways, and each begins with its last message.
func (w *world) connect(a, b int64) {
	if !w.link(a, b).broken && !w.link(b, a).broken || !w.together(a, b) {
		return
	}
	for _, k := range [][2]int64{{a, b}, {b, a}} {
		l := w.link(k[0], k[1])
		l.broken = false
		if l.waiting == nil {
			l.waiting = l.last
		}
	}
	w.move(a, b)
	w.move(b, a)
}

// together tells whether both are up and packets go both ways, without which there is no connection.
func (w *world) together(a, b int64) bool {
	return w.up(a) && w.up(b) && !w.cut[[2]int64{a, b}] && !w.cut[[2]int64{b, a}]
}

// move sends what waits, if nothing is under way.
func (w *world) move(from, to int64) {
	l := w.link(from, to)
	if l.moving || l.broken || l.waiting == nil {
		return
	}
	if !w.together(from, to) {
		l.broken = true
		return
	}
	l.moving, l.last, l.waiting = true, l.waiting, nil
	b := l.last
	w.after(1+w.upTo(w.maxDelay), func() {
		l.moving = false
		switch {
		case l.broken || !w.together(from, to) || w.rng.Float64() < w.loss:
			l.broken = true
		default:
			w.deliver(from, to, b)
		}
		w.move(from, to)
	})
}

// drop breaks a link whose sender has crashed: what it had to send is gone.
func (l *simLink) drop() { l.waiting, l.last, l.broken = nil, nil, true }

// delivered is the hint that an elector gets: to somebody nothing waits.
func (w *world) delivered(from int64, to []int64) bool {
	for _, sid := range to {
		if sid != from && w.link(from, sid).waiting == nil {
			return true
		}
	}
	return false
}
