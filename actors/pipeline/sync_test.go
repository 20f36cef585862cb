package pipeline

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors"
)

// testLog is a log whose disk is as slow as the test wants.
type testLog struct {
	mu       sync.Mutex
	appended []int64
	commits  [][]int64 // what each commit made durable
	rolls    int
	due      bool
	fail     error
	busy     chan struct{} // a commit takes one from here
}

func (l *testLog) Append(zxid int64, _ []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.appended = append(l.appended, zxid)
	return nil
}

func (l *testLog) Commit() error {
	<-l.busy
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return l.fail
	}
	l.commits = append(l.commits, l.appended)
	l.appended = nil
	return nil
}

func (l *testLog) SnapshotDue() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	due := l.due
	l.due = false
	return due
}

func (l *testLog) Roll() error { l.rolls++; return nil }

func (l *testLog) pending() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.appended)
}

// stageUnderTest spawns a sync stage on its own goroutine.
func stageUnderTest(t *testing.T, s *syncStage) func(*Batch) {
	t.Helper()
	system := actors.NewSystem(zerolog.Nop())
	pid := system.Root.Spawn(actor.PropsFromProducer(func() actor.Actor { return s }))
	t.Cleanup(func() { _ = system.Root.StopFuture(pid).Wait() })
	return func(b *Batch) { system.Root.Send(pid, b) }
}

func batchOf(zxids ...int64) *Batch {
	b := &Batch{}
	for _, z := range zxids {
		r := &Request{}
		r.HasTxn = z > 0
		r.Txn.Header.Zxid = z
		b.Requests = append(b.Requests, r)
	}
	return b
}

func zxids(b *Batch) (all []int64) {
	for _, r := range b.Requests {
		all = append(all, r.Txn.Header.Zxid)
	}
	return all
}

// All that arrives while the disk is busy becomes one group: the next fsync serves it.
func TestGroupCommit(t *testing.T) {
	log := &testLog{busy: make(chan struct{})}
	out := make(chan *Batch, 10)
	send := stageUnderTest(t, &syncStage{log: log, max: 1000, next: func(b *Batch) { out <- b }, snapshot: func() {}})
	send(batchOf(1))
	require.Eventually(t, func() bool { return log.pending() == 1 }, 5*time.Second, time.Millisecond)
	for z := int64(2); z <= 9; z++ {
		send(batchOf(z)) // the first commit is on its way
	}
	log.busy <- struct{}{}
	require.Equal(t, []int64{1}, zxids(<-out))
	log.busy <- struct{}{}
	require.Equal(t, []int64{2, 3, 4, 5, 6, 7, 8, 9}, zxids(<-out))
	require.Len(t, log.commits, 2)
}

// A group is bounded: latency must not grow with the queue.
func TestGroupsAreBounded(t *testing.T) {
	log := &testLog{busy: make(chan struct{}, 100)}
	for range cap(log.busy) {
		log.busy <- struct{}{}
	}
	out := make(chan *Batch, 10)
	send := stageUnderTest(t, &syncStage{log: log, max: 3, next: func(b *Batch) { out <- b }, snapshot: func() {}})
	send(batchOf(1, 2))
	send(batchOf(3, 4))
	var got []int64
	for len(got) < 4 {
		b := <-out
		require.LessOrEqual(t, len(b.Requests), 4)
		got = append(got, zxids(b)...)
	}
	require.Equal(t, []int64{1, 2, 3, 4}, got)
}

// What changes nothing waits in its place but costs no fsync.
func TestRequestsWithoutTransactionsCostNoFsync(t *testing.T) {
	log := &testLog{} // a commit would block for ever
	out := make(chan *Batch, 1)
	send := stageUnderTest(t, &syncStage{log: log, max: 1000, next: func(b *Batch) { out <- b }, snapshot: func() {}})
	send(batchOf(0, 0))
	require.Len(t, (<-out).Requests, 2)
}

// After a failed fsync nothing is acknowledged any more, neither the group in hand nor what comes later,
// and the server is told once.
func TestFailedFsyncEndsEverything(t *testing.T) {
	broken := errors.New("no space left on device")
	log := &testLog{busy: make(chan struct{}, 10), fail: broken}
	log.busy <- struct{}{}
	fatal := make(chan error, 10)
	s := &syncStage{log: log, max: 1000, next: func(*Batch) { panic("acknowledged") }, snapshot: func() {}, fatal: func(err error) { fatal <- err }}
	send := stageUnderTest(t, s)
	send(batchOf(1))
	require.ErrorIs(t, <-fatal, broken)
	for z := int64(2); z < 50; z++ {
		send(batchOf(z))
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	require.Empty(t, log.commits)
	require.Empty(t, fatal)
}

// When a snapshot is due, the log rolls first: the snapshot's file then needs no older log.
func TestSnapshotRollsTheLog(t *testing.T) {
	log := &testLog{busy: make(chan struct{}, 1), due: true}
	log.busy <- struct{}{}
	asked := make(chan int, 1)
	s := &syncStage{log: log, max: 1000, next: func(*Batch) {}}
	s.snapshot = func() { asked <- log.rolls }
	send := stageUnderTest(t, s)
	send(batchOf(1))
	require.Equal(t, 1, <-asked)
}

// With flushDelay a group is given time to grow.
func TestFlushDelay(t *testing.T) {
	log := &testLog{busy: make(chan struct{}, 10)}
	log.busy <- struct{}{}
	clock := &alarmClock{Clock: actors.SystemClock()}
	out := make(chan *Batch, 1)
	send := stageUnderTest(t, &syncStage{log: log, max: 1000, delay: time.Hour, clock: clock, next: func(b *Batch) { out <- b }, snapshot: func() {}})
	send(batchOf(1))
	send(batchOf(2))
	require.Eventually(t, func() bool { return log.pending() == 2 }, 5*time.Second, time.Millisecond)
	require.Empty(t, out)
	clock.ring()
	require.Equal(t, []int64{1, 2}, zxids(<-out))
}

// alarmClock rings when the test says so.
type alarmClock struct {
	actors.Clock
	mu sync.Mutex
	f  func()
}

func (c *alarmClock) AfterFunc(_ time.Duration, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.f = f
	return func() {}
}

func (c *alarmClock) ring() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.f()
}
