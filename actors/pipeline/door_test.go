package pipeline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// handClock stands still until it is moved on. Timers run in their order.
type handClock struct {
	now    time.Time
	timers []handTimer
}

type handTimer struct {
	at time.Time
	f  func()
}

func (c *handClock) Now() time.Time { return c.now }
func (c *handClock) Millis() int64  { return c.now.UnixMilli() }

func (c *handClock) AfterFunc(d time.Duration, f func()) func() {
	c.timers = append(c.timers, handTimer{c.now.Add(d), f})
	return func() {}
}

func (c *handClock) advance(d time.Duration) {
	for end := c.now.Add(d); ; {
		next := -1
		for i, t := range c.timers {
			if !t.at.After(end) && (next < 0 || t.at.Before(c.timers[next].at)) {
				next = i
			}
		}
		if next < 0 {
			c.now = end
			return
		}
		t := c.timers[next]
		c.timers = append(c.timers[:next], c.timers[next+1:]...)
		c.now = t.at
		t.f()
	}
}

func doorUnderTest() (d *door, c *handClock, passed *int) {
	c = &handClock{now: time.Unix(1000, 0)}
	passed = new(int)
	d = &door{clock: c, pass: func(b *Batch) { *passed += len(b.Requests) }}
	return d, c, passed
}

func writesOf(sessions ...int64) *Batch {
	b := &Batch{}
	for _, s := range sessions {
		r := &Request{}
		r.Session = s
		b.Requests = append(b.Requests, r)
	}
	return b
}

// Whatever was before, nobody is held for longer than a few times mostTook.
func TestDoorHoldsNobodyForLong(t *testing.T) {
	cases := map[string]func(d *door, c *handClock){
		"a disk that stood still for 5 s": func(d *door, c *handClock) {
			d.submit(writesOf(1))
			c.advance(5 * time.Second)
			d.answered(1)
		},
		"seconds of groups that overlap": func(d *door, c *handClock) {
			load := append(append(upTo(64), upTo(64)...), upTo(64)...)
			d.submit(writesOf(load...))
			for range 5_000 {
				d.submit(writesOf(load...))
				c.advance(time.Millisecond)
				d.answered(len(load))
			}
			d.answered(len(load))
		},
		"a request that never leaves": func(d *door, c *handClock) {
			d.submit(writesOf(1))
			c.advance(10 * time.Minute)
			d.submit(writesOf(2))
			c.advance(time.Minute)
		},
	}
	for name, before := range cases {
		d, c, passed := doorUnderTest()
		before(d, c)
		for s := range int64(10) {
			had := *passed
			d.submit(writesOf(1000 + s))
			c.advance(3 * mostTook)
			require.Equal(t, had+1, *passed, "%s, client %d after it", name, s)
		}
	}
}

// What is let in while something is handed on comes behind it.
func TestDoorKeepsTheOrder(t *testing.T) {
	c := &handClock{now: time.Unix(1000, 0)}
	var got []int64
	d := &door{clock: c}
	d.pass = func(b *Batch) {
		for _, r := range b.Requests {
			got = append(got, r.Session)
		}
		if len(got) == 1 {
			d.submit(writesOf(2))
			d.answered(1) // on the stack of whoever hands on
			d.open()
		}
	}
	d.submit(writesOf(1))
	require.Equal(t, []int64{1, 2}, got)
}

// Syncs of learners leave in another way than what the door hears of.
func TestDoorDoesNotWaitForSyncsOfLearners(t *testing.T) {
	d, _, passed := doorUnderTest()
	b := writesOf(1, 2)
	b.Requests[1].Read = true
	d.submit(b)
	d.answered(1)
	d.submit(writesOf(1))
	require.Equal(t, 3, *passed)
}
