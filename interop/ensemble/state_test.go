//go:build interop

package ensemble

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"troupe/interop/peer"
)

const (
	patience = 40 * time.Second // for what must happen, on a busy machine, with Java starting
	poll     = 20 * time.Millisecond
)

// await polls until cond holds; what says what for, and show, if there is one, what stands in the way.
func await(t testing.TB, limit time.Duration, what string, cond func() bool, show ...func() string) {
	t.Helper()
	begin := time.Now()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for !cond() {
		if time.Since(begin) > limit {
			var seen string
			for _, f := range show {
				seen += "\n" + f()
			}
			t.Fatalf("not within %v: %s%s", limit, what, seen)
		}
		<-ticker.C
	}
}

// state is what a member says of itself.
type state struct {
	serves bool
	mode   string // leader, follower, observer, read-only
	zxid   int64  // last applied
	nodes  int
}

// state asks the member with srvr. The zero state is one that does not serve.
func (m *member) state() state {
	var s state
	text, err := peer.FourLetter(m.address(), "srvr", time.Second)
	if err != nil || !strings.HasPrefix(text, "Zookeeper version") {
		return s
	}
	s.serves = true
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "Mode":
			s.mode = value
		case "Zxid":
			s.zxid, _ = strconv.ParseInt(strings.TrimPrefix(value, "0x"), 16, 64)
		case "Node count":
			s.nodes, _ = strconv.Atoi(value)
		}
	}
	return s
}

// metric reads one number of mntr; missing is -1.
func (m *member) metric(key string) int64 {
	text, err := peer.FourLetter(m.address(), "mntr", time.Second)
	if err != nil {
		return -1
	}
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && k == key {
			if n, err := strconv.ParseFloat(v, 64); err == nil {
				return int64(n)
			}
		}
	}
	return -1
}

// leader is the one member that leads, or nil.
func (e *ensemble) leader() *member {
	var found *member
	for _, m := range e.running() {
		if m.state().mode == "leader" {
			if found != nil {
				return nil
			}
			found = m
		}
	}
	return found
}

// followers are the voters that follow, by id.
func (e *ensemble) followers() []*member {
	var out []*member
	for _, m := range e.voters() {
		if m.running() && m.state().mode == "follower" {
			out = append(out, m)
		}
	}
	return out
}

// formed reports whether one of the members leads and all others that run follow or observe.
func (e *ensemble) formed() bool {
	leaders := 0
	for _, m := range e.running() {
		want := "follower"
		if m.observer {
			want = "observer"
		}
		switch m.state().mode {
		case "leader":
			leaders++
		case want:
		default:
			return false
		}
	}
	return leaders == 1
}

// awaitFormed waits until all members that run are in their places, and tells who leads.
func (e *ensemble) awaitFormed() *member {
	e.t.Helper()
	var leader *member
	await(e.t, patience, "one leads and the others follow", func() bool {
		if !e.formed() {
			return false
		}
		leader = e.leader()
		return leader != nil
	}, e.show)
	return leader
}

// level reports whether all members that run have applied the same transactions.
func (e *ensemble) level() bool {
	var first int64
	for _, m := range e.running() {
		s := m.state()
		if !s.serves || first != 0 && s.zxid != first {
			return false
		}
		first = s.zxid
	}
	return true
}

// awaitMode waits until the member is what is wanted.
func (m *member) awaitMode(mode string) {
	m.e.t.Helper()
	await(m.e.t, patience, fmt.Sprintf("%v is %s", m, mode), func() bool { return m.state().mode == mode }, m.e.show)
}

// show tells what all members say, and the ends of their logs.
func (e *ensemble) show() string {
	var b strings.Builder
	for _, m := range e.members {
		if m.Server == nil {
			continue
		}
		fmt.Fprintf(&b, "%v alive=%v %+v, log ends:\n%s\n", m, m.Alive(), m.state(), m.LogTail(15))
	}
	return b.String()
}
