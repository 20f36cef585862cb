//go:build interop

package election

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"troupe/election"
	"troupe/election/peers"
	"troupe/election/quorum"
)

// member is a server that elects and does nothing else: an elector, its connections, and a goroutine between them.
type member struct {
	t         testing.TB
	elector   *election.Elector // used by run only
	mesh      *peers.Mesh
	inputs    chan election.Input
	decisions chan election.Decision
	stop      chan struct{}
	done      chan struct{}

	mu    sync.Mutex
	heard []heard
}

// heard is a notification with its sender.
type heard struct {
	from int64
	election.Notification
}

// join opens member id of the ensemble. It does nothing until it is told to start.
func join(t testing.TB, id int64, c *quorum.Config) *member {
	self, ok := c.Server(id)
	if !ok {
		t.Fatalf("server %d is no member of:\n%v", id, c)
	}
	m := &member{
		t: t, elector: election.New(election.Options{ID: id}, c),
		inputs: make(chan election.Input), decisions: make(chan election.Decision, 100),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	m.mesh = peers.Open(peers.Options{
		ID: id, Announce: self.ElectionAddresses(), Listen: self.ElectionAddresses(), Committed: c, BindRetries: 3,
		Report: func(e peers.Event) { t.Logf("server %d, peer %d at %s: %v", id, e.Peer, e.Remote, e.Err) },
	})
	go m.run()
	t.Cleanup(m.leave)
	return m
}

// leave closes the member's connections, as the end of its process would. It may be called again.
func (m *member) leave() {
	select {
	case <-m.done:
	default:
		close(m.stop)
		<-m.done
		m.mesh.Close()
	}
}

// tell gives the elector an input.
func (m *member) tell(in election.Input) {
	select {
	case m.inputs <- in:
	case <-m.done:
	}
}

func (m *member) run() {
	defer close(m.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var seq uint64
	for {
		var in election.Input
		select {
		case in = <-m.inputs:
		case message := <-m.mesh.Incoming():
			n, err := election.Decode(message.Bytes)
			if err != nil {
				m.t.Errorf("from server %d: %v", message.From, err)
				continue
			}
			m.mu.Lock()
			m.heard = append(m.heard, heard{message.From, n})
			m.mu.Unlock()
			in = election.Received{From: message.From, Notification: n}
		case <-timer.C:
			in = election.TimerFired{Seq: seq, Delivered: m.mesh.Delivered()}
		case <-m.stop:
			return
		}
		ready := m.elector.Step(in)
		for _, e := range ready.Send {
			m.mesh.Send(e.To, e.Append(nil))
		}
		if ready.ConnectAll {
			m.mesh.ConnectAll()
		}
		if ready.Timer.Seq != 0 {
			seq = ready.Timer.Seq
			timer.Reset(ready.Timer.After)
		}
		if ready.Decided != nil {
			m.decisions <- *ready.Decided
		}
	}
}

// decision is the outcome of the running election.
func (m *member) decision(limit time.Duration) election.Decision {
	m.t.Helper()
	select {
	case d := <-m.decisions:
		m.t.Logf("decided %v %+v by %v", d.State, d.Vote, d.Voters)
		return d
	case <-time.After(limit):
		m.t.Fatalf("no decision within %v; heard: %s", limit, m.tail())
		return election.Decision{}
	}
}

// messages are all notifications that came so far.
func (m *member) messages() []heard {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]heard(nil), m.heard...)
}

func (m *member) tail() string {
	text := ""
	for _, h := range m.messages() {
		text += fmt.Sprintf("\n  %d: %v %+v", h.from, h.State, h.Vote)
	}
	return text
}
