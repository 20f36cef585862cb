package leader

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/proto"
	"troupe/zab"
	"troupe/zab/history"
	"troupe/zab/packet"
)

// bench is a leader, server 1 of the voters 1, 2, 3, in epoch 1, with what it said.
type bench struct {
	t         *testing.T
	l         *Leader
	sent      map[ID][]packet.Packet
	closed    map[ID]error
	committed []int64
	synced    []any
	requests  []Request
	down      error
	hold      bool // do not apply
}

func options() Options {
	return Options{SID: 1, Quorums: []zab.QuorumSet{voters{1, 2, 3}}, InitLimit: 10, SyncLimit: 5, History: history.NewCommitted(0, 0)}
}

func lead(t *testing.T, o Options) *bench {
	b := &bench{t: t, l: New(o), sent: map[ID][]packet.Packet{}, closed: map[ID]error{}}
	b.run()
	return b
}

func (b *bench) run() {
	for again := true; again; {
		r := b.l.Ready()
		again = len(r.Synchronise) > 0 || r.Activate || len(r.Commit) > 0 && !b.hold
		for _, o := range r.Send {
			b.sent[o.To] = append(b.sent[o.To], o.Packet)
		}
		for _, c := range r.Close {
			b.closed[c.ID] = c.Err
		}
		for _, s := range r.Synchronise {
			b.l.Synchronise(s, nil)
		}
		if r.Activate {
			b.l.Serving()
		}
		for _, e := range r.Commit {
			b.committed = append(b.committed, e.Zxid)
			if !b.hold {
				require.NoError(b.t, b.l.Applied(e.Zxid))
			}
		}
		b.synced = append(b.synced, r.Synced...)
		b.requests = append(b.requests, r.Requests...)
		if r.StepDown != nil {
			b.down = r.StepDown
		}
	}
}

func (b *bench) step(id ID, packets ...packet.Packet) {
	for _, p := range packets {
		b.l.Step(id, p)
		b.run()
	}
}

// kinds is what was sent to a learner since the last call.
func (b *bench) kinds(id ID) string {
	var s []string
	for _, p := range b.sent[id] {
		s = append(s, p.Kind.String())
	}
	b.sent[id] = nil
	return strings.Join(s, " ")
}

func info(sid, accepted int64) packet.Packet {
	return packet.LearnerInfo{SID: sid, AcceptedEpoch: accepted, Version: packet.ProtocolVersion}.Packet(packet.FollowerInfo)
}

func observerInfo(sid int64) packet.Packet {
	p := info(sid, 0)
	p.Kind = packet.ObserverInfo
	return p
}

func ack(zxid int64) packet.Packet { return packet.Packet{Kind: packet.Ack, Zxid: zxid} }

// join brings a learner to UPTODATE; its connection has its SID for a name.
func (b *bench) join(first packet.Packet, peer int64) ID {
	l, err := first.LearnerInfo()
	require.NoError(b.t, err)
	id := ID(l.SID)
	b.l.Connect(id)
	b.step(id, first, packet.AckEpochPacket(peer, 0))
	b.step(id, ack(zab.Zxid(b.l.Epoch(), 0)))
	return id
}

func established(t *testing.T, o Options) *bench {
	b := lead(t, o)
	b.join(info(2, 0), 0)
	require.True(t, b.l.Established())
	b.kinds(2)
	return b
}

func (b *bench) propose(n uint32) {
	require.NoError(b.t, b.l.Propose(entry(zab.Zxid(b.l.Epoch(), n)), nil))
	b.run()
}

// e1 is a zxid of epoch 1.
func e1(n uint32) int64 { return zab.Zxid(1, n) }

// The epoch is one more than the largest accepted by a quorum, is durable before LEADERINFO, and each phase waits for a quorum.
func TestPhases(t *testing.T) {
	o := options()
	o.AcceptedEpoch, o.CurrentEpoch = 3, 3
	l := New(o)
	require.Equal(t, Ready{}, l.Ready())
	l.Connect(2)
	l.Step(2, info(2, 7))
	r := l.Ready()
	require.Equal(t, int64(8), r.AcceptedEpoch)
	require.Equal(t, packet.LeaderInfoPacket(8), r.Send[0].Packet)
	require.Zero(t, r.CurrentEpoch)
	l.Step(2, packet.AckEpochPacket(0, 3))
	r = l.Ready()
	require.Equal(t, int64(8), r.CurrentEpoch)
	require.Equal(t, []SyncPoint{{ID: 2}}, r.Synchronise)
	l.Synchronise(r.Synchronise[0], nil)
	l.Ready()
	l.Step(2, ack(zab.Zxid(8, 0)))
	r = l.Ready()
	require.True(t, r.Activate)
	require.Empty(t, r.Send, "UPTODATE only when the leader serves")
	l.Serving()
	require.Equal(t, packet.UpToDate, l.Ready().Send[0].Packet.Kind)
}

// A reply of -1 to LEADERINFO is not counted, nor is an observer or a server without a vote, in no phase.
func TestWhoCounts(t *testing.T) {
	b := lead(t, options())
	b.l.Connect(4)
	b.step(4, observerInfo(4))
	b.l.Connect(9)
	b.step(9, info(9, 0))
	require.Zero(t, b.l.Epoch())
	b.l.Connect(2)
	b.step(2, info(2, 0))
	require.Equal(t, int64(1), b.l.Epoch())
	b.step(4, packet.AckEpochPacket(0, 0))
	b.step(9, packet.AckEpochPacket(0, 0))
	b.step(2, packet.AckEpochPacket(0, packet.NoEpoch))
	require.Equal(t, findHistory, b.l.phase)
	b.l.Connect(3)
	b.step(3, info(3, 0), packet.AckEpochPacket(0, 0))
	require.Equal(t, synchronise, b.l.phase)
	b.step(4, ack(e1(0)))
	b.step(9, ack(e1(0)))
	require.Equal(t, synchronise, b.l.phase)
	b.step(2, ack(e1(0)))
	require.True(t, b.l.Established())
	b.propose(1)
	b.l.Logged(e1(1))
	b.step(4, ack(e1(1)))
	b.step(9, ack(e1(1)))
	require.Empty(t, b.committed)
	b.step(3, ack(e1(1)))
	require.Empty(t, b.committed, "NEWLEADER is not acked")
	b.step(2, ack(e1(1)))
	require.Equal(t, []int64{e1(1)}, b.committed)
	require.Equal(t, "LEADERINFO DIFF NEWLEADER UPTODATE INFORM", b.kinds(4))
	require.Equal(t, "LEADERINFO DIFF NEWLEADER UPTODATE PROPOSAL COMMIT", b.kinds(9))
}

// A quorum is needed in each configuration that counts.
func TestEveryConfigurationMustAgree(t *testing.T) {
	o := options()
	o.Quorums = append(o.Quorums, voters{1, 4, 5})
	b := lead(t, o)
	b.l.Connect(2)
	b.step(2, info(2, 0))
	require.Zero(t, b.l.Epoch())
	b.l.Connect(4)
	b.step(4, info(4, 0))
	require.Equal(t, int64(1), b.l.Epoch())
}

// What a learner must not send closes its connection (zab.md 7a), and nobody else's.
func TestRefusedLearners(t *testing.T) {
	for name, packets := range map[string][]packet.Packet{
		"first packet":           {{Kind: packet.Commit}},
		"old protocol":           {{Kind: packet.FollowerInfo}},
		"own id":                 {info(1, 0)},
		"newer configuration":    {packet.LearnerInfo{SID: 3, Version: packet.ProtocolVersion, ConfigVersion: 9}.Packet(packet.FollowerInfo)},
		"last epoch":             {info(3, zab.MaxEpoch)},
		"no ACKEPOCH":            {info(3, 0), ack(0)},
		"PING for NEWLEADER ack": {info(3, 0), packet.AckEpochPacket(0, 0), packet.PongPacket(0, nil)},
		"short request":          {info(3, 0), packet.AckEpochPacket(0, 0), ack(e1(0)), {Kind: packet.Request, Data: []byte{1, 2}}},
		"odd PING":               {info(3, 0), packet.AckEpochPacket(0, 0), ack(e1(0)), {Kind: packet.Ping, Data: []byte{1, 2, 3}}},
		"short REVALIDATE":       {info(3, 0), packet.AckEpochPacket(0, 0), ack(e1(0)), {Kind: packet.Revalidate}},
	} {
		t.Run(name, func(t *testing.T) {
			b := established(t, options())
			b.l.Connect(3)
			b.step(3, packets...)
			require.Error(t, b.closed[3])
			require.Len(t, b.closed, 1)
			require.NoError(t, b.down)
		})
	}
	b := established(t, options())
	b.step(2, packet.Packet{Kind: 99}, info(2, 0), ack(e1(77)), packet.PongPacket(0, []packet.Touch{{Session: 0x4d, Timeout: 1}}))
	require.Empty(t, b.closed, "tolerated")
}

// A learner that is ahead of the leader leaves while the history is sought, and is cut back afterwards.
func TestLearnerAhead(t *testing.T) {
	b := lead(t, options())
	b.l.Connect(2)
	b.step(2, info(2, 0), packet.AckEpochPacket(5, 0))
	require.Error(t, b.closed[2])
	b = established(t, options())
	b.l.Connect(3)
	b.step(3, info(3, 0), packet.AckEpochPacket(zab.Zxid(7, 3), 7))
	require.Equal(t, "LEADERINFO TRUNC NEWLEADER", b.kinds(3))
}

// 4394: proposals that are outstanding follow NEWLEADER, so that no COMMIT before UPTODATE is about one from before it. And the
// rule of the protocol paper: from the sync point on the learner gets all that is proposed and decided, nothing twice.
func TestZOOKEEPER4394OutstandingProposalsFollowNewLeader(t *testing.T) {
	b := established(t, options())
	b.hold = true
	b.propose(1)
	b.propose(2)
	b.l.Logged(e1(2))
	b.step(2, ack(e1(1))) // 1 is decided and not applied, 2 is outstanding
	b.l.Connect(3)
	b.step(3, info(3, 0), packet.AckEpochPacket(e1(0), 0))
	require.Equal(t, "LEADERINFO DIFF PROPOSAL COMMIT NEWLEADER PROPOSAL", b.kinds(3))
	b.step(2, ack(e1(2)))
	b.propose(3)
	require.Equal(t, "COMMIT PROPOSAL", b.kinds(3))
	b.step(3, ack(e1(0)))
	require.Equal(t, "UPTODATE", b.kinds(3))
}

// 4685: acks of proposals before that of NEWLEADER neither fail the learner nor count; they count with it.
func TestZOOKEEPER4685EarlyAcksCountWithNewLeader(t *testing.T) {
	b := established(t, options())
	b.propose(1)
	b.l.Logged(e1(1))
	b.l.Connect(3)
	b.step(3, info(3, 0), packet.AckEpochPacket(e1(0), 0), ack(e1(1)), ack(e1(9)))
	require.Empty(t, b.committed)
	require.Empty(t, b.closed)
	b.step(3, ack(e1(0)))
	require.Equal(t, []int64{e1(1)}, b.committed)
}

// Decisions are made in the order of zxids, whatever the order of the acks.
func TestDecidedInOrder(t *testing.T) {
	b := established(t, options())
	for n := range uint32(3) {
		b.propose(n + 1)
	}
	b.step(2, ack(e1(3)), ack(e1(2)))
	b.l.Logged(e1(3))
	b.run()
	require.Empty(t, b.committed)
	b.step(2, ack(e1(1)), ack(e1(1)), ack(e1(0)), ack(zab.Zxid(7, 1)))
	require.Equal(t, []int64{e1(1), e1(2), e1(3)}, b.committed)
	require.Equal(t, "PROPOSAL PROPOSAL PROPOSAL COMMIT COMMIT COMMIT", b.kinds(2))
}

// Acks of a learner that begins anew are withdrawn: TRUNC takes what it had acked off its log.
func TestAcksAreWithdrawnWhenTheLogIsCut(t *testing.T) {
	b := established(t, options())
	b.propose(1)
	b.step(2, ack(e1(1)))
	b.l.Disconnected(2)
	b.l.Connect(5)
	b.step(5, info(2, 1), packet.AckEpochPacket(e1(1), packet.NoEpoch))
	require.Equal(t, "LEADERINFO TRUNC NEWLEADER PROPOSAL", b.kinds(5))
	b.l.Logged(e1(1))
	b.run()
	require.Empty(t, b.committed)
	b.step(5, ack(e1(0)), ack(e1(1)))
	require.Equal(t, []int64{e1(1)}, b.committed)
}

// A sync is answered only when a quorum has answered a PING sent after it came, behind what was proposed before.
func TestSyncWaitsForQuorum(t *testing.T) {
	b := established(t, options())
	pong := packet.PongPacket(0, nil)
	b.l.Tick()
	b.run()
	require.NoError(t, b.l.SyncOwn("own"))
	require.NoError(t, b.l.Sync(2))
	b.run()
	require.Equal(t, "PING PING", b.kinds(2))
	b.step(2, pong)
	require.Empty(t, b.synced, "that answers the PING of the tick")
	b.propose(1)
	b.step(2, pong)
	require.Equal(t, []any{"own"}, b.synced)
	require.Equal(t, "PROPOSAL PING", b.kinds(2), "the second sync came while a round was under way")
	b.step(2, pong)
	require.Equal(t, "SYNC", b.kinds(2))

	b.propose(2) // not decided when the next ones come
	require.NoError(t, b.l.SyncOwn("later"))
	b.run()
	b.step(2, pong)
	require.Len(t, b.synced, 1)
	b.l.Logged(e1(2))
	b.step(2, ack(e1(1)), ack(e1(2)))
	require.Equal(t, []any{"own", "later"}, b.synced)
}

// Decisions do not overtake the answer to a sync that their learner asked for before: Apache's learners have one queue for syncs and
// writes, and what comes out of its order is taken for another server's; then none of their clients gets an answer any more.
func TestDecisionsDoNotOvertakeASync(t *testing.T) {
	b := established(t, options())
	pong := packet.PongPacket(0, nil)
	b.l.Connect(3)
	b.step(3, packet.LearnerInfo{SID: 9, Version: packet.ProtocolVersion}.Packet(packet.ObserverInfo), packet.AckEpochPacket(0, 0), ack(e1(0)))
	b.kinds(3)
	b.propose(1) // the sync waits for this one
	require.NoError(t, b.l.Sync(2))
	b.propose(2)
	require.NoError(t, b.l.Sync(2))
	b.propose(3)
	b.l.Logged(e1(3))
	b.step(2, ack(e1(1)), ack(e1(2)), ack(e1(3)))
	require.Equal(t, []int64{e1(1), e1(2), e1(3)}, b.committed)
	require.Equal(t, "PROPOSAL PING PROPOSAL PROPOSAL COMMIT", b.kinds(2))
	require.Equal(t, "INFORM INFORM INFORM", b.kinds(3), "it has asked for nothing")
	b.step(2, pong)
	require.Equal(t, "SYNC COMMIT PING", b.kinds(2))
	b.step(2, pong)
	require.Equal(t, "SYNC COMMIT", b.kinds(2))
	b.propose(4)
	b.l.Logged(e1(4))
	b.step(2, ack(e1(4)))
	require.Equal(t, "PROPOSAL COMMIT", b.kinds(2))
}

// A sync is a request like others until Prep hands it back.
func TestRequestsAndRevalidations(t *testing.T) {
	b := established(t, options())
	b.step(2, packet.ClientRequest{Session: 5, Op: proto.OpSync}.Packet())
	require.Equal(t, ID(2), b.requests[0].From)
	b.l.Step(2, packet.RevalidatePacket(packet.Touch{Session: 5, Timeout: 6}))
	r := b.l.Ready()
	require.Equal(t, []Revalidation{{From: 2, Touch: packet.Touch{Session: 5, Timeout: 6}}}, r.Revalidations)
	b.l.Revalidated(r.Revalidations[0], true)
	require.Equal(t, packet.RevalidatedPacket(5, true), b.l.Ready().Send[0].Packet)
}

// Where the quorum is lost because connections have ended, the leader steps down with the next tick, and says so.
func TestQuorumLeft(t *testing.T) {
	b := established(t, options())
	b.l.Disconnected(2)
	b.l.Tick()
	b.l.Tick()
	b.run()
	require.ErrorIs(t, b.down, ErrLeft)
}

// Without a quorum the leader steps down within syncLimit ticks; while it waits for one, within initLimit.
func TestQuorumLost(t *testing.T) {
	b := established(t, options())
	for range 2 * (10 + 5) { // the first deadline of a learner is initLimit+syncLimit
		b.l.Tick()
		b.run()
		b.step(2, packet.PongPacket(0, nil))
	}
	require.NoError(t, b.down)
	ticks := 0
	for ; b.down == nil; ticks++ {
		b.l.Tick()
		b.run()
	}
	require.ErrorIs(t, b.down, ErrNoQuorum)
	require.LessOrEqual(t, ticks, 2*5)
	require.ErrorIs(t, b.l.Propose(entry(e1(1)), nil), ErrNotLeader)

	b = lead(t, options())
	for range 2*10 - 1 {
		b.l.Tick()
	}
	b.run()
	require.NoError(t, b.down)
	b.l.Tick()
	b.run()
	require.ErrorIs(t, b.down, ErrInitLimit)
}

// A learner that is silent, or does not ack a proposal in time, is dropped; the others go on.
func TestSlowLearnersAreDropped(t *testing.T) {
	b := established(t, options())
	b.join(info(3, 0), e1(0))
	b.join(observerInfo(4), e1(0))
	b.propose(1)
	for range 2 * 5 {
		b.step(2, ack(e1(1)))
		b.step(3, packet.PongPacket(0, nil)) // alive, but its log stands still
		b.l.Tick()
		b.run()
	}
	require.ErrorIs(t, b.closed[3], errBehind)
	require.ErrorIs(t, b.closed[4], errSilent)
	require.NotContains(t, b.closed, ID(2))
	require.NoError(t, b.down)
}

// Near the end of the counter nothing acknowledged is lost or refused: what is under way is finished, then a new epoch begins.
func TestEndOfTheEpoch(t *testing.T) {
	o := options()
	o.LastCounter = 2
	b := established(t, o)
	b.propose(1)
	b.propose(2)
	require.ErrorIs(t, b.l.Propose(entry(e1(3)), nil), ErrEpochEnds)
	b.run()
	require.NoError(t, b.down)
	b.l.Logged(e1(2))
	b.step(2, ack(e1(1)))
	require.NoError(t, b.down)
	b.step(2, ack(e1(2)))
	require.ErrorIs(t, b.down, ErrEpochEnds)
	require.Equal(t, []int64{e1(1), e1(2)}, b.committed)
	require.Equal(t, "PROPOSAL PROPOSAL COMMIT COMMIT", b.kinds(2))
	require.Equal(t, uint32(0xfffffffe), Options{}.withDefaults().LastCounter)
}

// A voter with a later accepted epoch cannot join: the leader makes way, an observer's is no reason.
func TestLaterEpochAccepted(t *testing.T) {
	b := established(t, options())
	b.l.Connect(4)
	p := info(4, 7)
	p.Kind = packet.ObserverInfo
	b.step(4, p)
	require.NoError(t, b.down)
	b.l.Connect(3)
	b.step(3, info(3, 7))
	require.ErrorIs(t, b.down, ErrEpochBehind)
}

// Proposals come in order, are not larger than members take, and none comes before the leader serves.
func TestPropose(t *testing.T) {
	b := lead(t, options())
	require.ErrorIs(t, b.l.Propose(entry(e1(1)), nil), ErrNotServing)
	require.ErrorIs(t, b.l.SyncOwn(1), ErrNotServing)
	b = established(t, options())
	require.ErrorIs(t, b.l.Propose(entry(e1(2)), nil), ErrOutOfOrder)
	require.ErrorIs(t, b.l.Propose(zab.Entry{Zxid: e1(1), Data: make([]byte, 2*0xfffff+1)}, nil), ErrTooLarge)
	b.propose(1)
	require.Equal(t, []zab.Entry{entry(e1(1))}, b.l.Undecided())
	require.True(t, b.l.HasQuorum(voters{1, 2}))
	require.False(t, b.l.HasQuorum(voters{3, 4}))
}

// Observers beyond the limits must try again; followers never.
func TestConcurrentSynchronisations(t *testing.T) {
	o := options()
	o.MaxSnaps, o.MaxDiffs = 1, 1
	b := established(t, o)
	for i, peer := range []int64{e1(0), 3, e1(0), 3} { // DIFF, SNAP, DIFF, SNAP
		id := ID(10 + i)
		b.l.Connect(id)
		b.step(id, observerInfo(int64(id)), packet.AckEpochPacket(peer, 0))
	}
	require.Len(t, b.closed, 2)
	require.ErrorIs(t, b.closed[12], errBusy)
	require.ErrorIs(t, b.closed[13], errBusy)
	b.l.Connect(3)
	b.step(3, info(3, 0), packet.AckEpochPacket(3, 0))
	require.Equal(t, "LEADERINFO SNAP NEWLEADER", b.kinds(3))
}

// Learners are counted by kind, once proposals are forwarded to them.
func TestCount(t *testing.T) {
	o := options()
	o.Voter = func(sid int64) bool { return sid < 5 }
	b := established(t, o)
	before := b.l.Count()
	require.Positive(t, before.Followers)
	for i, p := range []packet.Packet{info(7, 0), observerInfo(8)} {
		id := ID(20 + i)
		b.l.Connect(id)
		require.Equal(t, before.Learners+i+1, b.l.Count().Learners)
		b.step(id, p, packet.AckEpochPacket(e1(0), 0))
	}
	require.Equal(t, Count{Learners: before.Learners + 2, Followers: before.Followers, NonVoters: 1, Observers: 1}, b.l.Count())
}

// Whatever learners send, the leader decides only what two voters of three have acked, in order, and does not panic.
func FuzzStep(f *testing.F) {
	f.Add([]byte{0x0b, 0x12, 0x03, 0x03, 0x05, 0x01, 0x06, 0x8b, 0x92, 0x83})
	f.Add([]byte{0x10, 0x12, 0x03, 0x0b, 0x40, 0x41, 0x42, 0x43, 0x60})
	f.Fuzz(func(t *testing.T, script []byte) {
		b := established(t, options())
		next := uint32(0)
		for i, x := range script {
			id := ID(3 + int(x>>7))
			switch {
			case x&0x7f == 0x60:
				b.l.Disconnected(id)
			case x&0x7f == 0x61:
				b.l.Tick()
			case x&0x60 == 0x40:
				if b.l.Propose(entry(e1(next+1)), nil) == nil {
					next++
				}
				b.l.Logged(e1(next))
			default:
				if b.l.learners[id] == nil {
					b.l.Connect(id)
				}
				p := packet.Packet{Kind: packet.Kind(x & 0x1f), Zxid: e1(uint32(i) % (next + 1))}
				switch p.Kind {
				case packet.FollowerInfo, packet.ObserverInfo:
					k := p.Kind
					p = info(int64(id), 0)
					p.Kind = k
				case packet.AckEpoch:
					p = packet.AckEpochPacket(p.Zxid, packet.NoEpoch)
				}
				b.l.Step(id, p)
			}
			b.run()
		}
		for i, zxid := range b.committed {
			require.Equal(t, e1(uint32(i+1)), zxid)
		}
		require.LessOrEqual(t, len(b.committed), int(next))
	})
}
