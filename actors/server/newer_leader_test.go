package server

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors"
	"troupe/actors/quorum/elect"
	"troupe/actors/quorum/link"
	"troupe/election"
	"troupe/election/quorum"
	"troupe/jute"
	"troupe/jute/txn"
	"troupe/persistence"
	"troupe/persistence/vfs"
	"troupe/zab"
	"troupe/zab/packet"
)

// decided answers every ballot: server 2 leads, server 3 follows it.
type decided struct {
	config *quorum.Config
	heard  func(int64, []byte)
}

func (d *decided) Send(to int64, _ []byte) {
	state := election.Leading
	if to == 3 {
		state = election.Following
	}
	n := election.Notification{State: state, Vote: election.Vote{Leader: 2, Round: 1, PeerEpoch: 1}, Version: election.FormatVersion, Config: d.config.String()}
	go d.heard(to, n.Append(nil))
}

func (d *decided) ConnectAll()                   {}
func (d *decided) Delivered() bool               { return true }
func (d *decided) Connected() []int64            { return []int64{2, 3} }
func (d *decided) Configure(_, _ *quorum.Config) {}
func (d *decided) Close()                        {}

// newer is a leader of a later version.
type newer struct {
	synchronised, served []packet.Packet // what it sends before NEWLEADER, and when the learner serves
	acks                 chan int64
	closed               chan struct{}
	once                 sync.Once
}

func (n *newer) Packets(l link.Link, ps []packet.Packet) {
	for _, p := range ps {
		switch p.Kind {
		case packet.FollowerInfo:
			l.Send([]packet.Packet{packet.LeaderInfoPacket(1)})
		case packet.AckEpoch:
			l.Send([]packet.Packet{{Kind: packet.Diff}})
			l.Send(n.synchronised)
			l.Send([]packet.Packet{{Kind: packet.NewLeader, Zxid: zab.Zxid(1, 0)}, {Kind: packet.UpToDate, Zxid: -1}})
			l.Send(n.served)
		case packet.Ack:
			n.acks <- p.Zxid
		}
	}
}

func (n *newer) Snapshot(link.Link, packet.Packet, io.Reader) error { return errors.ErrUnsupported }
func (n *newer) Closed(link.Link, error)                            { n.once.Do(func() { close(n.closed) }) }

// lockedBuffer is a log that is written and read at a time.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}
func (l *lockedBuffer) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// proposal is a transaction of a kind, decided or not.
func proposal(zxid int64, kind int32, body []byte, decided bool) (all []packet.Packet) {
	h := txn.TxnHeader{ClientID: 7, Zxid: zxid, Time: 1, Type: kind}
	all = append(all, packet.Packet{Kind: packet.Proposal, Zxid: zxid, Data: append(h.Append(nil), body...)})
	if decided {
		all = append(all, packet.Packet{Kind: packet.Commit, Zxid: zxid})
	}
	return all
}

// A leader of a later version sends a transaction of a kind that is not known here. The learner says so and what to do, ends its
// role, and has logged and applied what was before it and nothing else, so that it can start again.
func TestALearnerRefusesTransactionsOfLaterVersions(t *testing.T) {
	const unknown, createSession = 99, -10
	session := jute.AppendInt(nil, 10_000)
	for name, n := range map[string]*newer{
		"while it catches up": {synchronised: append(proposal(zab.Zxid(1, 1), createSession, session, true), proposal(zab.Zxid(1, 2), unknown, nil, true)...)},
		"while it serves": {served: append(append(proposal(zab.Zxid(1, 1), createSession, session, true),
			proposal(zab.Zxid(1, 2), unknown, []byte("whatever"), true)...), proposal(zab.Zxid(1, 3), createSession, session, true)...)},
		"a known kind that is cut short": {served: append(proposal(zab.Zxid(1, 1), createSession, session, true), proposal(zab.Zxid(1, 2), createSession, nil, true)...)},
	} {
		t.Run(name, func(t *testing.T) {
			n.acks, n.closed = make(chan int64, 1000), make(chan struct{})
			e := layOut(t, 3, 0, World{})
			members, err := quorum.Parse(strings.Join(e.lines, "\n"))
			require.NoError(t, err)
			leader, _ := members.Server(2)
			port, err := link.TCP(link.Options{}).Listen(leader.QuorumAddresses(), func(l link.Link) { l.Start(n) })
			require.NoError(t, err)
			defer port.Close() //nolint:errcheck // the test is over
			said := &lockedBuffer{}
			cfg := e.config(0)
			w := World{Files: vfs.OS(), Clock: actors.SystemClock(), Ballots: func(heard func(int64, []byte), _ func(error)) (elect.Ballots, error) {
				return &decided{members, heard}, nil
			}}
			e.servers[0], err = StartIn(w, cfg, zerolog.New(said))
			require.NoError(t, err)
			defer e.stop(0)
			select {
			case <-n.closed:
			case <-time.After(20 * time.Second):
				t.Fatalf("the learner does not leave; it says:\n%s", said)
			}
			e.until("the reason", func() bool { return strings.Contains(said.String(), "leaving the role") })
			e.stop(0)
			require.Contains(t, said.String(), "bring this server to the version of the leader")
			require.Contains(t, said.String(), "0x100000002")
			require.NotContains(t, said.String(), "an actor")
			store, err := persistence.Open(vfs.OS(), storeOptions(w, cfg, zerolog.Nop()))
			require.NoError(t, err)
			loaded, _, err := store.Load()
			require.NoError(t, err)
			require.NoError(t, store.Close())
			require.Equal(t, zab.Zxid(1, 1), loaded.LastZxid())
			_, known := loaded.Session(7)
			require.True(t, known)
			for len(n.acks) > 0 {
				require.LessOrEqual(t, <-n.acks, zab.Zxid(1, 1))
			}
		})
	}
}
