package elect

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/election"
	"troupe/election/quorum"
)

// Everybody agrees on the best history, and an observer learns it.
func TestElects(t *testing.T) {
	type history struct{ zxid, epoch int64 }
	for name, x := range map[string]struct {
		histories []history
		leader    int64
	}{
		"equal: the highest id":   {[]history{{}, {}, {}}, 3},
		"the highest zxid":        {[]history{{zxid: 5}, {zxid: 7}, {zxid: 6}}, 2},
		"the highest epoch first": {[]history{{zxid: 1<<32 + 1, epoch: 2}, {zxid: 1<<32 + 9, epoch: 1}, {epoch: 1}}, 1},
		"no database: no voice":   {[]history{{zxid: 3}, {zxid: 4}, {zxid: -1}}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w, c := newWorld(t, 1), ensemble(t, 4, 1)
			for i, h := range x.histories {
				w.join(int64(i+1), c).Elect(h.zxid, h.epoch, false, 0)
			}
			w.join(4, c).Elect(0, 0, true, 0)
			w.run(5 * time.Second)
			for id, m := range w.servers {
				want := election.Following
				switch id {
				case x.leader:
					want = election.Leading
				case 4:
					want = election.Observing
				}
				require.Len(t, m.decided, 1, "server %d", id)
				require.Equal(t, want, m.decided[0].State, "server %d", id)
				require.Equal(t, x.leader, m.decided[0].Vote.Leader)
				require.Equal(t, want, m.State())
				require.Equal(t, m.decided[0].Vote, m.Vote())
				require.EqualValues(t, 1, m.Round())
			}
		})
	}
}

// Servers that come and go, and begin anew when the one that they follow does not lead, agree in the end, whatever
// the network did before.
func TestAgreementProperty(t *testing.T) {
	for seed := range int64(40) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w, c := newWorld(t, seed), ensemble(t, 5, 0)
			start := func(m *member) {
				m.Elect(int64(w.random.Intn(3)), 0, false, time.Duration(w.random.Intn(300))*time.Millisecond)
			}
			for id := range int64(5) {
				start(w.join(id+1, c))
			}
			lost := func(a, b int64) bool { return w.random.Intn(3) == 0 }
			w.cut = lost
			w.latency = func() time.Duration { return time.Duration(1+w.random.Intn(400)) * time.Millisecond }
			follows := func(m *member) bool { // a leader that has a quorum of followers
				n := 0
				for _, f := range w.servers {
					if f.State() != election.Looking && f.Vote().Leader == m.Vote().Leader {
						n++
					}
				}
				l := w.servers[m.Vote().Leader]
				return m.State() != election.Looking && l.State() == election.Leading && n >= 3
			}
			var calm func()
			calm = func() { // what Zab does: who has no leader looks for one
				for id := range int64(5) {
					m := w.servers[id+1]
					switch {
					case m.State() != election.Looking && !follows(m), w.random.Intn(20) == 0 && w.now < 10*time.Second:
						start(m)
					case w.random.Intn(20) == 0 && w.now < 10*time.Second:
						m.StopElecting()
						w.after(time.Second, func() { start(m) })
					}
				}
				w.after(2*time.Second, calm)
			}
			w.after(2*time.Second, calm)
			w.run(10 * time.Second)
			w.cut = func(int64, int64) bool { return false }
			w.latency = func() time.Duration { return time.Duration(1+w.random.Intn(20)) * time.Millisecond }
			w.run(4 * time.Minute)
			leaders := map[int64]bool{}
			for _, m := range w.servers {
				require.NotEqual(t, election.Looking, m.State(), "server %d: %v", m.id, m.log)
				leaders[m.Vote().Leader] = true
			}
			require.Len(t, leaders, 1)
		})
	}
}

// A majority elects as soon as it can talk, whatever does not get through to or from the others.
func TestCuts(t *testing.T) {
	among := func(x int64, all ...int64) bool { return slices.Contains(all, x) }
	for name, x := range map[string]struct {
		cut      func(from, to int64) bool
		deciding []int64
	}{
		"two cut off":              {func(from, to int64) bool { return among(from, 4, 5) != among(to, 4, 5) }, []int64{1, 2, 3}},
		"the best cannot be heard": {func(from, _ int64) bool { return from == 5 }, []int64{1, 2, 3, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			w, c := newWorld(t, 1), ensemble(t, 5, 0)
			w.cut = x.cut
			for id := range int64(5) {
				w.join(id+1, c).Elect(0, 0, false, 0)
			}
			w.run(5 * time.Second)
			for _, id := range x.deciding {
				require.Len(t, w.servers[id].decided, 1, "server %d", id)
			}
			// Who was cut off finds the others when it can.
			w.cut = func(int64, int64) bool { return false }
			for id := range int64(5) {
				if !among(id+1, x.deciding...) {
					w.servers[id+1].Elect(0, 0, false, 0)
				}
			}
			w.run(time.Minute)
			leader := w.servers[x.deciding[0]].Vote().Leader
			for _, m := range w.servers {
				require.Equal(t, leader, m.Vote().Leader, "server %d", m.id)
			}
		})
	}
}

// A server that is heard but hears nobody is elected at most once: those whom it does not let in elect another one, for
// it does not learn of their new round.
func TestDeafServerIsNotElectedTwice(t *testing.T) {
	w, c := newWorld(t, 1), ensemble(t, 3, 0)
	w.cut = func(_, to int64) bool { return to == 3 }
	for id := range int64(3) {
		w.join(id+1, c).Elect(0, 0, false, 0)
	}
	w.run(3 * time.Second)
	require.EqualValues(t, 3, w.servers[1].Vote().Leader)
	require.EqualValues(t, 3, w.servers[2].Vote().Leader)
	w.servers[1].Elect(0, 0, false, 0)
	w.servers[2].Elect(0, 0, false, 0)
	w.run(time.Minute)
	require.Empty(t, w.servers[3].decided)
	require.Equal(t, election.Following, w.servers[1].decided[1].State)
	require.Equal(t, election.Leading, w.servers[2].decided[1].State)
}

// A delayed election begins after its delay, unless it is stopped or replaced before.
func TestDelay(t *testing.T) {
	w, c := newWorld(t, 1), ensemble(t, 3, 1)
	w.join(1, c).Elect(1, 1, false, 0)
	w.join(2, c).Elect(1, 1, false, 0)
	w.run(time.Second)
	o := w.join(3, c)
	o.Elect(0, 0, true, 150*time.Millisecond)
	w.run(149 * time.Millisecond)
	require.Zero(t, o.Round())
	w.run(time.Second)
	require.Len(t, o.decided, 1)
	require.Equal(t, election.Observing, o.State())

	o.Elect(0, 0, true, time.Second)
	o.StopElecting()
	w.run(5 * time.Second)
	require.Len(t, o.decided, 1)
	require.EqualValues(t, 1, o.Round())

	o.Elect(0, 0, true, time.Second)
	w.run(500 * time.Millisecond)
	o.Elect(0, 0, true, time.Second)
	w.run(700 * time.Millisecond)
	require.Len(t, o.decided, 1, "the first delay must not count any more")
	w.run(time.Second)
	require.Len(t, o.decided, 2)
}

// An election that is stopped decides nothing, and goes on when it is asked for again.
func TestStopElecting(t *testing.T) {
	w, c := newWorld(t, 1), ensemble(t, 3, 0)
	a, b := w.join(1, c), w.join(2, c)
	a.Elect(0, 0, false, 0)
	a.StopElecting()
	b.Elect(0, 0, false, 0)
	w.run(time.Minute)
	require.Empty(t, a.decided)
	require.Empty(t, b.decided)
	a.Elect(0, 0, false, 0)
	w.run(time.Minute)
	require.Len(t, a.decided, 1)
	require.Len(t, b.decided, 1)
}

// Who is settled answers those who look, with the new epoch once it has begun.
func TestSettledServersAnswer(t *testing.T) {
	w, c := newWorld(t, 1), ensemble(t, 3, 0)
	a, b := w.join(1, c), w.join(2, c)
	a.Elect(0, 0, false, 0)
	b.Elect(0, 0, false, 0)
	w.run(time.Second)
	a.EpochBegun(1)
	b.EpochBegun(1)
	require.EqualValues(t, 1, b.Vote().PeerEpoch)
	late := w.join(3, c)
	late.Elect(0, 0, false, 0)
	w.run(time.Second)
	require.Len(t, late.decided, 1)
	require.EqualValues(t, 2, late.Vote().Leader)
	require.EqualValues(t, 1, late.Vote().PeerEpoch)
	require.Zero(t, a.deserted+b.deserted)
	require.Len(t, b.decided, 1)
}

// Server 2 has its quorum, and nobody who could bring a better vote is connected, when server 3 comes; but server 1 hears it in
// time. Server 2 hears of that: it is not to wait for learners.
func TestWhoIsDesertedIsTold(t *testing.T) {
	w, c := newWorld(t, 1), ensemble(t, 3, 0)
	w.latency = func() time.Duration { return time.Millisecond }
	one, two := w.join(1, c), w.join(2, c)
	two.Elect(0, 0, false, 0)
	one.Elect(0, 0, false, 0)
	for len(two.decided) == 0 {
		w.run(time.Millisecond / 4)
	}
	require.Equal(t, election.Leading, two.decided[0].State)
	vote := election.Vote{Leader: 3, Round: 1}
	two.tell(1, election.Notification{State: election.Looking, Vote: vote, Version: election.FormatVersion, Config: c.String()})
	require.Equal(t, 1, two.deserted)
}

// Without a peer the proposal goes out ever more seldom, and connections are tried.
func TestAlone(t *testing.T) {
	w := newWorld(t, 1)
	a := w.join(1, ensemble(t, 3, 0))
	a.Elect(0, 0, false, 0)
	w.run(200 * time.Millisecond)
	require.Equal(t, 1, a.connected)
	w.run(400 * time.Millisecond)
	require.Equal(t, 2, a.connected)
	w.run(time.Hour)
	require.Less(t, a.connected, 80)
	require.Empty(t, a.decided)
	require.EqualValues(t, 1, a.Vote().Leader)
}

// A server that comes back hears first what another one last had for it: a vote for itself of an election that is over. It
// then says what it does now.
func TestTheElectedLeaderFollowsAnother(t *testing.T) {
	w, c := newWorld(t, 1), ensemble(t, 3, 0)
	var follows []int64
	a := w.join(1, c, func(o *Options) { o.LeaderFollows = func(leader int64) { follows = append(follows, leader) } })
	a.Elect(0, 0, false, 0)
	own := election.Vote{Leader: 3, Zxid: 5, Round: 4, PeerEpoch: 2}
	a.tell(3, election.Notification{Vote: own})
	w.run(time.Second)
	require.Len(t, a.decided, 1)
	require.EqualValues(t, 3, a.Vote().Leader)
	a.tell(3, election.Notification{State: election.Following, Vote: election.Vote{Leader: 2, Zxid: 4, Round: 3, PeerEpoch: 1}})
	require.Empty(t, follows, "that was before")
	a.tell(2, election.Notification{State: election.Following, Vote: election.Vote{Leader: 2, Zxid: 5, Round: 5, PeerEpoch: 2}})
	require.Empty(t, follows, "that is not the leader")
	a.tell(3, election.Notification{State: election.Following, Vote: election.Vote{Leader: 2, Zxid: 5, Round: 5, PeerEpoch: 2}})
	require.Equal(t, []int64{2}, follows)
}

// Two elect one of them before the third, which is better, is heard; the one that was elected hears it first and votes for it. It
// will not lead: the other one does not wait for it.
func TestTheElectedLeaderVotesForAnother(t *testing.T) {
	w, c := newWorld(t, 1), ensemble(t, 3, 0)
	var follows []int64
	a := w.join(1, c, func(o *Options) {
		o.LeaderFollows = func(leader int64) { follows = append(follows, leader) }
		o.LeaderLooks = func() { t.Error("it does not want to be the leader") }
	})
	a.Elect(0, 0, false, 0)
	a.tell(2, election.Notification{Vote: election.Vote{Leader: 2, Round: 1}})
	w.run(time.Second)
	require.EqualValues(t, 2, a.Vote().Leader)
	a.tell(2, election.Notification{Vote: election.Vote{Leader: 3, Round: 1}})
	require.Equal(t, []int64{3}, follows)
}

// Nonsense costs nothing but a line now and then: the election goes on, however much of it comes.
func TestNonsense(t *testing.T) {
	w, c := newWorld(t, 1), ensemble(t, 3, 0)
	a, b := w.join(1, c), w.join(2, c)
	a.Elect(0, 0, false, 0)
	b.Elect(0, 0, false, 0)
	for range 100 {
		for range 30 {
			a.heard(2, []byte("nonsense"))
			a.heard(-1, make([]byte, 40)) // a ballot, but of a stranger
			a.heard(99, bytes.Repeat([]byte{0x7f}, 400))
		}
		w.run(10 * time.Millisecond)
	}
	require.Len(t, a.decided, 1)
	require.Len(t, b.decided, 1)
	w.run(30 * time.Second)
	a.heard(2, nil)
	passed := 0
	for _, line := range a.log {
		if bytes.Contains([]byte(line), []byte("passed over")) {
			passed++
		}
	}
	require.Equal(t, 2, passed)
	require.Contains(t, a.log[len(a.log)-1], `"alikeSinceTheLastLine":5999`)
}

// With a quorum of votes a better one is waited for only as long as somebody is connected who could bring it: after the
// leader's crash its followers have a new one within a few milliseconds.
func TestNobodyIsWaitedForInVain(t *testing.T) {
	for _, crashed := range []bool{false, true} {
		w, c := newWorld(t, 1), ensemble(t, 3, 0)
		w.latency = func() time.Duration { return time.Millisecond }
		for id := range int64(3) {
			w.join(id+1, c)
		}
		w.servers[3].closed = crashed
		w.servers[1].Elect(0, 0, false, 0)
		w.servers[2].Elect(0, 0, false, 0)
		w.run(50 * time.Millisecond)
		require.Equal(t, crashed, len(w.servers[1].decided) == 1)
		require.Equal(t, crashed, len(w.servers[2].decided) == 1)
		// It crashes, or is noticed to have, while it is waited for.
		w.servers[3].closed = true
		w.run(glance)
		require.Len(t, w.servers[1].decided, 1)
		require.Equal(t, election.Leading, w.servers[2].decided[0].State)
	}
}

// Ballots that nobody looks at do not pile up: the oldest go.
func TestInbox(t *testing.T) {
	b := &inbox{}
	for i := range maxWaiting + 7 {
		b.put(int64(i), nil)
	}
	system := newWorld(t, 1).system
	woken := 0
	pid := system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
		if _, ok := ctx.Message().(ballotsWait); ok {
			woken++
		}
	}, actor.WithDispatcher(actor.NewSynchronizedDispatcher(1))))
	b.belongTo(system.Root, pid)
	require.Equal(t, 1, woken)
	b.put(1000, nil)
	require.Equal(t, 1, woken, "it is told once")
	all := b.take()
	require.Len(t, all, maxWaiting)
	require.EqualValues(t, 8, all[0].from)
	require.EqualValues(t, 1000, all[maxWaiting-1].from)
	b.put(1, nil)
	require.Equal(t, 2, woken)
	require.Len(t, b.take(), 1)
	require.Empty(t, b.take())
}

// A newer configuration of a peer is followed: the connections first, the election anew if the members changed.
func TestReconfigured(t *testing.T) {
	w, old := newWorld(t, 1), ensemble(t, 3, 0)
	a := w.join(1, old, func(o *Options) { o.Elector.Reconfig = true })
	w.join(3, old) // it says nothing, but it could
	a.Elect(0, 0, false, 0)
	same := old.WithVersion(7)
	a.tell(2, election.Notification{Config: same.String(), Vote: election.Vote{Leader: 2, Round: 1}})
	require.Equal(t, []string{same.String()}, texts(a.reconfigured))
	require.Equal(t, a.reconfigured, a.configured)
	require.EqualValues(t, 1, a.Round())
	observer, err := quorum.Parse("server.1=a:1:2:observer\nserver.2=b:1:2\nversion=9")
	require.NoError(t, err)
	a.tell(2, election.Notification{Config: observer.String(), Vote: election.Vote{Leader: 2, Round: 1}})
	require.Equal(t, []string{same.String(), observer.String()}, texts(a.reconfigured))
	require.EqualValues(t, election.NoVote, a.Vote().Leader, "an observer has no vote")
	a.tell(2, election.Notification{State: election.Leading, Config: observer.String(), Vote: election.Vote{Leader: 2, Round: 1}})
	require.Len(t, a.decided, 1)
	require.Equal(t, election.Observing, a.decided[0].State)
}

func texts(all []*quorum.Config) []string {
	var t []string
	for _, c := range all {
		t = append(t, c.String())
	}
	return t
}

// Connections that cannot be opened are an error of Spawn; ports that fail later are told; with the actor they end.
func TestConnections(t *testing.T) {
	w, c := newWorld(t, 1), ensemble(t, 3, 0)
	broken := errors.New("broken")
	_, err := Spawn(w.system.Root, w.system.Root, Options{ID: 1, Config: c, Clock: w, Log: zerolog.Nop(),
		Open: func(func(int64, []byte), func(error)) (Ballots, error) { return nil, broken }})
	require.ErrorIs(t, err, broken)

	a := w.join(1, c)
	a.failed(broken)
	require.Equal(t, []error{broken}, a.failures)
	a.Elect(0, 0, false, 0)
	require.NotEmpty(t, w.events)
	w.system.Root.Stop(a.pid)
	require.True(t, a.closed)
	w.run(time.Minute)
	require.Empty(t, a.decided)

	twice := 0
	open := func(func(int64, []byte), func(error)) (Ballots, error) {
		return &closing{member: &member{}, times: &twice}, nil
	}
	o := Options{ID: 1, Config: c, Clock: w, Log: zerolog.Nop(), Open: open}
	_, err = Spawn(w.system.Root, w.system.Root, o)
	require.NoError(t, err)
	_, err = Spawn(w.system.Root, w.system.Root, o)
	require.ErrorContains(t, err, "elections: ")
	require.Equal(t, 1, twice, "what was opened is closed")
}

// closing counts.
type closing struct {
	*member
	times *int
}

func (c *closing) Close() { *c.times++ }
