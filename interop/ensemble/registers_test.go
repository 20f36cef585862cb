//go:build interop

package ensemble

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"troupe/interop/wire"
)

// registers are nodes that clients write, swap and read on all members while things happen to the ensemble, with a
// history of what was asked and answered when. In the end porcupine tells whether it is linearizable.
//
// What is read must be behind a barrier. The barrier that ZooKeeper's clients use is sync, but Apache's does not ask
// a quorum (lessons.md, "Seen when", 2): where an Apache server is a member, the read goes behind a write of its
// session instead, which orders it among all writes.
type registers struct {
	e       *ensemble
	strict  bool // reads behind sync, not behind a write
	stop    chan struct{}
	wait    sync.WaitGroup
	phase   atomic.Int32 // the registers in use: what is not known in the end stays among few others
	mu      sync.Mutex
	history map[string][]porcupine.Operation
	begin   time.Time
	unknown int
}

// registerInput is what was asked.
type registerInput struct {
	kind    string // write, swap, read
	version int32  // that a swap wants
	value   int64
}

// registerOutput is what was answered.
type registerOutput struct {
	known   bool // false: the connection ended, and it may have been done or not
	done    bool // false: a swap found another version
	version int32
	value   int64
}

// register is the state of one: the version of the node, and its value.
type register struct {
	version int32
	value   int64
}

// registerModel is what a register does when nothing happens at the same time.
func registerModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return register{} },
		Step: func(before, input, output any) (bool, any) {
			r, in, out := before.(register), input.(registerInput), output.(registerOutput)
			next := register{r.version + 1, in.value}
			switch in.kind {
			case "read":
				return out.version == r.version && out.value == r.value, r
			case "swap":
				if out.known && out.done != (in.version == r.version) {
					return false, r
				}
				if in.version != r.version {
					return true, r
				}
			}
			return !out.known || out.version == next.version, next
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v %+v", input, output) },
	}
}

const (
	registersInUse = 2
	answerLimit    = 1500 * time.Millisecond
	pace           = 4 * time.Millisecond // between the operations of a client: the history is to stay small
)

// useRegisters starts n clients. The test ends them with finish.
func useRegisters(t *testing.T, e *ensemble, n int, strict bool) *registers {
	t.Helper()
	r := &registers{e: e, strict: strict, stop: make(chan struct{}), history: map[string][]porcupine.Operation{},
		begin: time.Now()}
	c := connect(t, e.leader(), long)
	ok(t, c, create("/registers", ""), create("/barriers", ""))
	for i := range n {
		ok(t, c, create(fmt.Sprintf("/barriers/%d", i), ""))
	}
	r.next(t)
	for i := range n {
		r.wait.Add(1)
		go func() {
			defer r.wait.Done()
			user := &registerUser{r: r, id: i, at: i, rng: rand.New(rand.NewPCG(uint64(i), 7))}
			user.work()
		}()
	}
	return r
}

// next lets the clients go over to new registers.
func (r *registers) next(t *testing.T) {
	t.Helper()
	c := connect(t, r.e.leader(), long)
	defer c.Close()
	phase := r.phase.Load() + 1
	for k := range registersInUse {
		ok(t, c, create(registerPath(phase, k), "0"))
	}
	ok(t, c, wire.Bare(wire.OpCloseSession))
	r.phase.Store(phase)
}

func registerPath(phase int32, k int) string { return fmt.Sprintf("/registers/%d-%d", phase, k) }

func (r *registers) halt() {
	close(r.stop)
	r.wait.Wait()
}

// finish ends the clients and checks what they saw.
func (r *registers) finish(t *testing.T) {
	t.Helper()
	r.halt()
	total := 0
	for path, history := range r.history {
		total += len(history)
		result, info := porcupine.CheckOperationsVerbose(registerModel(), history, time.Minute)
		if result != porcupine.Ok {
			t.Errorf("%s: the history of %d operations is %v; the longest order found ends with:\n%s", path, len(history),
				result, unplaced(history, info))
		}
	}
	t.Logf("registers: %d operations, %d without an answer", total, r.unknown)
	require.Positive(t, total)
}

// unplaced shows what stands around the first operation that the longest order found has no place for.
func unplaced(history []porcupine.Operation, info porcupine.LinearizationInfo) string {
	var longest []porcupine.Operation
	for _, partials := range info.PartialLinearizationsOperations() {
		for _, p := range partials {
			if len(p) > len(longest) {
				longest = p
			}
		}
	}
	text := fmt.Sprintf("  (%d operations before)\n", max(0, len(longest)-10))
	for _, op := range longest[max(0, len(longest)-10):] {
		text += describe(op)
	}
	text += "  (these have no place behind them)\n"
	placed := map[string]bool{}
	for _, op := range longest {
		placed[describe(op)] = true
	}
	left := slices.DeleteFunc(slices.Clone(history), func(op porcupine.Operation) bool { return placed[describe(op)] })
	slices.SortFunc(left, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	for _, op := range left[:min(10, len(left))] {
		text += describe(op)
	}
	return text
}

func describe(op porcupine.Operation) string {
	return fmt.Sprintf("  client %d %.3f..%.3f ms %+v %+v\n", op.ClientId, float64(op.Call)/1e6, float64(op.Return)/1e6,
		op.Input, op.Output)
}

// registerUser is one client.
type registerUser struct {
	r    *registers
	id   int
	at   int // number of the member that it is at
	conn *wire.Conn
	rng  *rand.Rand
	seq  int64
}

func (u *registerUser) work() {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	versions := map[string]int32{}
	for {
		select {
		case <-u.r.stop:
			if u.conn != nil {
				u.conn.Close()
			}
			return
		case <-ticker.C:
		}
		if u.conn == nil && !u.connect() {
			continue
		}
		path := registerPath(u.r.phase.Load(), u.rng.IntN(registersInUse))
		u.seq++
		in := registerInput{kind: "read"}
		switch u.rng.IntN(5) {
		case 0, 1:
			in = registerInput{kind: "write", value: u.seq*100 + int64(u.id)}
		case 2:
			in = registerInput{kind: "swap", value: u.seq*100 + int64(u.id), version: versions[path]}
		}
		call := time.Since(u.r.begin)
		out, err := u.do(path, in)
		u.r.note(u.id, path, in, out, call, time.Since(u.r.begin))
		if err != nil {
			u.conn.Close()
			u.conn = nil
			continue
		}
		if out.done {
			versions[path] = out.version
		}
	}
}

// connect begins a session at the next member that gives one out.
func (u *registerUser) connect() bool {
	u.at = (u.at + 1) % len(u.r.e.members)
	c, err := open(u.r.e.members[u.at], wire.Hello{Timeout: long, Password: make([]byte, 16)}, answerLimit)
	if err != nil {
		return false
	}
	u.conn = c
	return true
}

// do sends one operation. An error means that the connection is of no use any more.
func (u *registerUser) do(path string, in registerInput) (out registerOutput, err error) {
	value := strconv.FormatInt(in.value, 10)
	request := set(path, value)
	switch in.kind {
	case "swap":
		request = wire.SetDataReq(path, []byte(value), in.version)
	case "read":
		barrier := set(fmt.Sprintf("/barriers/%d", u.id), "")
		if u.r.strict {
			barrier = flush(path)
		}
		if _, err := u.conn.Send(barrier); err != nil {
			return out, err
		}
		request = wire.WatchReq(wire.OpGetData, path, false)
	}
	xid, err := u.conn.Send(request)
	if err != nil {
		return out, err
	}
	m, err := u.conn.AwaitFor(func(m wire.Message) bool { return m.Kind == wire.Reply && m.Xid == xid }, answerLimit)
	if err != nil {
		return out, err
	}
	u.conn.Take() // the answer of the barrier
	d := wire.NewDec(m.Body)
	switch {
	case m.Err == wire.CodeBadVersion && in.kind == "swap":
		return registerOutput{known: true}, nil
	case m.Err != wire.CodeOK:
		u.r.e.t.Errorf("%s of %s at %v is answered with %d", in.kind, path, u.r.e.members[u.at], m.Err)
		return out, wire.ErrClosed
	case in.kind == "read":
		if out.value, err = strconv.ParseInt(string(d.Buf()), 10, 64); err != nil {
			return out, err
		}
	}
	out.known, out.done, out.version = true, true, d.Stat().Version
	return out, d.Err()
}

// note puts an operation into the history. A read without an answer says nothing.
func (r *registers) note(client int, path string, in registerInput, out registerOutput, call, ret time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	op := porcupine.Operation{ClientId: client, Input: in, Call: int64(call), Output: out, Return: int64(ret)}
	if !out.known {
		r.unknown++
		if in.kind == "read" {
			return
		}
		op.Return = math.MaxInt64
	}
	r.history[path] = append(r.history[path], op)
}
