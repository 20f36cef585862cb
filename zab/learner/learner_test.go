package learner

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/proto"
	"troupe/zab"
	"troupe/zab/packet"
)

func entry(zxid int64) zab.Entry {
	b := make([]byte, 36)
	binary.BigEndian.PutUint64(b[12:], uint64(zxid))
	return zab.Entry{Zxid: zxid, Data: b}
}

// z is a zxid of epoch 9, which the tests' leader leads.
func z(counter uint32) int64 { return zab.Zxid(9, counter) }

func proposal9(counter uint32) packet.Packet {
	e := entry(z(counter))
	return packet.Packet{Kind: packet.Proposal, Zxid: e.Zxid, Data: e.Data}
}

func commit(counter uint32) packet.Packet {
	return packet.Packet{Kind: packet.Commit, Zxid: z(counter)}
}

func inform(counter uint32) packet.Packet {
	p := proposal9(counter)
	p.Kind = packet.Inform
	return p
}

func plain(k packet.Kind, zxid int64) packet.Packet { return packet.Packet{Kind: k, Zxid: zxid} }

func ack(zxid int64) packet.Packet { return plain(packet.Ack, zxid) }

var (
	diff      = plain(packet.Diff, 0)
	newLeader = plain(packet.NewLeader, zab.Zxid(9, 0))
	upToDate  = plain(packet.UpToDate, -1)
)

// at makes a learner that has taken these packets after LEADERINFO; the last Ready is given back.
func at(t *testing.T, o Options, packets ...packet.Packet) (*Learner, Ready) {
	t.Helper()
	o.InitLimit, o.SyncLimit = 10, 5
	l := New(o)
	l.Step(packet.LeaderInfoPacket(9))
	require.NoError(t, l.Ready().Done)
	r := Ready{}
	for _, p := range packets {
		l.Step(p)
		r = l.Ready()
		require.NoError(t, r.Done)
	}
	return l, r
}

func serving(t *testing.T, o Options) *Learner {
	l, r := at(t, o, diff, newLeader, upToDate)
	require.True(t, r.Serve)
	return l
}

func zxids(entries []zab.Entry) []int64 {
	var all []int64
	for _, e := range entries {
		all = append(all, e.Zxid)
	}
	return all
}

// The answer to LEADERINFO depends on the accepted epoch (zab.md 8a).
func TestDiscovery(t *testing.T) {
	for _, c := range []struct {
		name     string
		o        Options
		accepted int64
		want     packet.Packet
		done     error
	}{
		{"new", Options{AcceptedEpoch: 8, CurrentEpoch: 7, LastZxid: 5}, 9, packet.AckEpochPacket(5, 7), nil},
		{"accepted before", Options{AcceptedEpoch: 9, CurrentEpoch: 8, LastZxid: 5}, 0, packet.AckEpochPacket(5, packet.NoEpoch), nil},
		{"a later one accepted", Options{AcceptedEpoch: 12}, 0, packet.Packet{}, ErrOldEpoch},
		{"needs a snapshot", Options{AcceptedEpoch: 8, LastZxid: 5, NeedSnapshot: true}, 9, packet.AckEpochPacket(zab.MaxEpoch<<32, packet.NoEpoch), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := New(c.o)
			require.Equal(t, packet.FollowerInfo, l.Ready().Send[0].Kind)
			l.Step(packet.LeaderInfoPacket(9))
			r := l.Ready()
			require.Equal(t, c.accepted, r.AcceptedEpoch)
			require.ErrorIs(t, r.Done, c.done)
			if c.done == nil {
				require.Equal(t, []packet.Packet{c.want}, r.Send)
			}
		})
	}
}

// 3911, 3023, 4643, 4646, 4785: on NEWLEADER one Ready has, in this order, what is committed for the log, the flush, the
// epoch and the ack; what is not committed stays in memory until UPTODATE.
func TestZOOKEEPER4643And4646LogBeforeEpochBeforeAck(t *testing.T) {
	l, _ := at(t, Options{}, diff)
	for _, p := range []packet.Packet{proposal9(1), proposal9(2), proposal9(3), commit(1), commit(2)} {
		l.Step(p)
	}
	l.Step(newLeader)
	r := l.Ready()
	require.Equal(t, []int64{z(1), z(2)}, zxids(r.Append))
	require.True(t, r.Flush)
	require.False(t, r.SaveSnapshot)
	require.Equal(t, int64(9), r.CurrentEpoch)
	require.Equal(t, []packet.Packet{ack(z(0))}, r.Send)
	require.Empty(t, r.Log)

	l.Step(commit(3))
	require.Empty(t, l.Ready().Deliver, "committed before UPTODATE, applied after it")
	l.Step(upToDate)
	r = l.Ready()
	require.Equal(t, []packet.Packet{ack(z(0))}, r.Send)
	require.True(t, r.Serve)
	require.Equal(t, []int64{z(3)}, zxids(r.Log))
	require.Equal(t, []Delivery{{Entry: entry(z(3))}}, r.Deliver)
	l.Logged(z(3))
	require.Equal(t, []packet.Packet{ack(z(3))}, l.Ready().Send)
}

// 4394: a COMMIT after NEWLEADER of a proposal from before it is taken, and so is one of a proposal that came after it.
func TestZOOKEEPER4394CommitBetweenNewLeaderAndUpToDate(t *testing.T) {
	_, r := at(t, Options{}, diff, proposal9(1), newLeader, proposal9(2), plain(packet.Ping, 0), commit(1), commit(2), upToDate)
	require.Equal(t, []Delivery{{Entry: entry(z(1))}, {Entry: entry(z(2))}}, r.Deliver)
	require.Equal(t, []int64{z(1), z(2)}, zxids(r.Log))
}

// 4685: nothing is acked before NEWLEADER is.
func TestZOOKEEPER4685NoAckBeforeThatOfNewLeader(t *testing.T) {
	l, _ := at(t, Options{}, diff, proposal9(1), commit(1))
	l.Logged(z(1))
	require.Empty(t, l.Ready().Send)
}

// 3104, 3642: a snapshot that breaks off is never used: memory is dropped, wherever it broke off before it was durable.
func TestZOOKEEPER3642BrokenSnapshotReloads(t *testing.T) {
	snap := plain(packet.Snap, z(7))
	l, r := at(t, Options{}, snap)
	require.True(t, r.ReadSnapshot)
	require.Equal(t, z(7), r.SnapshotZxid)
	l.SnapshotRead(errors.New("cut"))
	r = l.Ready()
	require.ErrorIs(t, r.Done, ErrSnapshot)
	require.True(t, r.Reload)
	require.False(t, r.SaveSnapshot)

	l, _ = at(t, Options{}, snap)
	l.SnapshotRead(nil)
	l.Step(proposal9(8))
	l.Step(commit(8))
	l.Stop(errors.New("cut"))
	r = l.Ready()
	require.True(t, r.Reload, "whole, but not durable")
	require.False(t, r.Flush)
	require.Zero(t, r.CurrentEpoch)

	l, _ = at(t, Options{}, snap)
	l.Step(newLeader)
	require.ErrorIs(t, l.Ready().Done, ErrProtocol, "NEWLEADER cannot overtake the snapshot (3104)")

	l, _ = at(t, Options{}, snap)
	l.SnapshotRead(nil)
	l.Step(proposal9(8))
	l.Step(commit(8))
	l.Step(newLeader)
	r = l.Ready()
	require.Equal(t, []int64{z(8)}, zxids(r.Apply))
	require.Empty(t, r.Append)
	require.True(t, r.SaveSnapshot)
	require.Equal(t, int64(9), r.CurrentEpoch)
	l.Stop(errors.New("cut"))
	require.False(t, l.Ready().Reload, "durable")
}

// 2845, 4712: who leaves ends the log stage first, and brings what is logged into the tree, so that its vote is true.
func TestZOOKEEPER2845LeavingAppliesTheLog(t *testing.T) {
	l := serving(t, Options{})
	l.Step(proposal9(1))
	l.Step(proposal9(2))
	l.Step(commit(1))
	l.Ready()
	l.Stop(errors.New("cut"))
	r := l.Ready()
	require.True(t, r.StopLog)
	require.True(t, r.Flush)
	require.Equal(t, []int64{z(2)}, zxids(r.FastForward))
	require.Error(t, r.Done)
	l.Step(proposal9(3))
	l.Logged(z(2))
	r = l.Ready()
	require.Equal(t, r.again(), r, "nothing comes after the end")

	l, _ = at(t, Options{}, diff, proposal9(1), newLeader)
	l.Stop(errors.New("cut"))
	r = l.Ready()
	require.Empty(t, r.FastForward, "what was not logged does not count")
	require.False(t, r.StopLog)
}

// 4925: a proposal that leaves a hole ends the connection, in every phase; what was there before is passed over.
func TestZOOKEEPER4925HolesAreRefused(t *testing.T) {
	for _, before := range [][]packet.Packet{{diff, proposal9(1)}, {diff, newLeader, proposal9(1)}, {diff, newLeader, upToDate, proposal9(1)}} {
		l, _ := at(t, Options{LastZxid: zab.Zxid(8, 4)}, before...)
		l.Step(proposal9(1))
		require.Empty(t, l.Ready().Log)
		l.Step(proposal9(3))
		r := l.Ready()
		require.ErrorIs(t, r.Done, ErrProtocol)
		require.Empty(t, r.Append)
	}
	l, _ := at(t, Options{LastZxid: zab.Zxid(8, 4)}, diff)
	l.Step(packet.Packet{Kind: packet.Proposal, Zxid: zab.Zxid(8, 6), Data: entry(zab.Zxid(8, 6)).Data})
	require.ErrorIs(t, l.Ready().Done, ErrProtocol)
}

// A COMMIT must be about the oldest proposal; one of what is committed already means nothing.
func TestCommitMustMatchTheHead(t *testing.T) {
	for _, before := range [][]packet.Packet{{diff, proposal9(1), proposal9(2)}, {diff, newLeader, proposal9(1), proposal9(2)},
		{diff, newLeader, upToDate, proposal9(1), proposal9(2)}} {
		l, _ := at(t, Options{}, before...)
		l.Step(commit(1))
		l.Step(commit(1))
		require.NoError(t, l.Ready().Done)
		l.Step(commit(3))
		require.ErrorIs(t, l.Ready().Done, ErrProtocol)
	}
	l := serving(t, Options{})
	l.Step(commit(1))
	require.ErrorIs(t, l.Ready().Done, ErrProtocol)
}

// TRUNC: the log goes on where it was cut; if it could not be cut there, only a snapshot helps.
func TestTruncate(t *testing.T) {
	trunc := plain(packet.Trunc, zab.Zxid(8, 4))
	l, r := at(t, Options{LastZxid: zab.Zxid(8, 6)}, trunc)
	require.True(t, r.Truncate)
	require.Equal(t, zab.Zxid(8, 4), r.TruncateTo)
	l.Truncated(zab.Zxid(8, 4), nil)
	for _, p := range []packet.Packet{proposal9(1), commit(1), newLeader} {
		l.Step(p)
	}
	r = l.Ready()
	require.Equal(t, []int64{z(1)}, zxids(r.Append))
	require.True(t, r.Flush)

	l, _ = at(t, Options{LastZxid: zab.Zxid(8, 6)}, trunc)
	l.Truncated(0, errors.New("no"))
	r = l.Ready()
	require.ErrorIs(t, r.Done, ErrCannotTruncate)
	require.True(t, r.Reload)

	l, _ = at(t, Options{LastZxid: zab.Zxid(8, 6)}, trunc)
	l.Truncated(zab.Zxid(8, 3), nil)
	require.ErrorIs(t, l.Ready().Done, ErrCannotTruncate)

	l, _ = at(t, Options{NeedSnapshot: true})
	l.Step(trunc)
	require.ErrorIs(t, l.Ready().Done, ErrProtocol)
}

// What does not belong where it comes ends the connection, and writes nothing.
func TestProtocolIsKept(t *testing.T) {
	for name, packets := range map[string][]packet.Packet{
		"no first packet":          {proposal9(1)},
		"UPTODATE too early":       {diff, upToDate},
		"NEWLEADER twice":          {diff, newLeader, newLeader},
		"NEWLEADER of other epoch": {diff, plain(packet.NewLeader, zab.Zxid(8, 0))},
		"short transaction":        {diff, {Kind: packet.Proposal, Zxid: z(1), Data: []byte{1}}},
		"other zxid inside":        {diff, {Kind: packet.Proposal, Zxid: z(1), Data: entry(z(2)).Data}},
		"activation without id":    {diff, newLeader, upToDate, proposal9(1), plain(packet.CommitAndActivate, z(1))},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := at(t, Options{}, packets[:len(packets)-1]...)
			l.Step(packets[len(packets)-1])
			r := l.Ready()
			require.Error(t, r.Done)
			require.Empty(t, r.Append)
			require.Zero(t, r.CurrentEpoch)
		})
	}
}

// An observer takes INFORM, in the synchronisation too, logs without acking, and is told nothing by PROPOSAL or COMMIT.
func TestObserver(t *testing.T) {
	l, r := at(t, Options{Observer: true}, diff, proposal9(1), commit(1), newLeader, inform(2), upToDate)
	require.Equal(t, []int64{z(2)}, zxids(r.Log))
	require.Equal(t, []Delivery{{Entry: entry(z(2))}}, r.Deliver)
	for _, p := range []packet.Packet{proposal9(3), commit(3), inform(3), inform(3)} {
		l.Step(p)
	}
	r = l.Ready()
	require.Equal(t, []int64{z(3)}, zxids(r.Log))
	require.Equal(t, []Delivery{{Entry: entry(z(3))}}, r.Deliver)
	l.Logged(z(2), z(3))
	require.Empty(t, l.Ready().Send)
	e := entry(z(4))
	l.Step(packet.ActivatePacket(packet.InformAndActivate, z(4), 5, e.Data))
	require.Equal(t, []Delivery{{Entry: e, Activate: true, Leader: 5}}, l.Ready().Deliver)
}

// PINGs are answered with the sessions heard of, once UPTODATE has come.
func TestPing(t *testing.T) {
	touches := []packet.Touch{{Session: 5, Timeout: 6000}}
	l, r := at(t, Options{Touches: func() []packet.Touch { return touches }}, diff, plain(packet.Ping, z(0)))
	require.Empty(t, r.Send)
	for _, p := range []packet.Packet{newLeader, upToDate} {
		l.Step(p)
	}
	l.Ready()
	l.Step(plain(packet.Ping, z(3)))
	require.Equal(t, []packet.Packet{packet.PongPacket(z(3), touches)}, l.Ready().Send)
}

// Syncs are answered oldest first, behind what was committed before; SYNC without a question and unknown kinds mean nothing.
func TestSyncAndRevalidate(t *testing.T) {
	l, _ := at(t, Options{}, diff, newLeader)
	require.ErrorIs(t, l.Sync(packet.ClientRequest{}, 1), ErrNotServing)
	require.ErrorIs(t, l.Revalidate(packet.Touch{}, 1), ErrNotServing)
	l.Step(upToDate)
	l.Ready()
	require.NoError(t, l.Sync(packet.ClientRequest{Session: 1}, "a"))
	require.NoError(t, l.Sync(packet.ClientRequest{Session: 2}, "b"))
	r := l.Ready()
	q, err := r.Send[1].ClientRequest()
	require.NoError(t, err)
	require.Equal(t, proto.OpSync, q.Op)
	for _, p := range []packet.Packet{proposal9(1), commit(1), plain(packet.Sync, 0), plain(packet.Sync, 0), plain(packet.Sync, 0), plain(99, 0)} {
		l.Step(p)
	}
	require.Equal(t, []Delivery{{Entry: entry(z(1))}, {Sync: "a"}, {Sync: "b"}}, l.Ready().Deliver)

	touch := packet.Touch{Session: 7, Timeout: 1}
	require.NoError(t, l.Revalidate(touch, "first"))
	require.NoError(t, l.Revalidate(touch, "second"))
	require.Equal(t, []Revalidated{{Session: 7, Token: "first", Replaced: true}}, l.Ready().Revalidated)
	l.Step(packet.RevalidatedPacket(8, true))
	l.Step(packet.RevalidatedPacket(7, true))
	l.Step(packet.RevalidatedPacket(7, false))
	require.Equal(t, []Revalidated{{Session: 7, Token: "second", Valid: true}}, l.Ready().Revalidated)
}

// What Ready gave stays as it is, whatever comes, until the next call.
func TestReadyHoldsUntilTheNext(t *testing.T) {
	l := serving(t, Options{})
	for n := uint32(1); n < 50; n += 2 {
		l.Step(proposal9(n))
		r := l.Ready()
		l.Logged(z(n))
		l.Step(commit(n))
		l.Step(proposal9(n + 1))
		require.Equal(t, []zab.Entry{entry(z(n))}, r.Log)
		require.Empty(t, r.Send)
		r = l.Ready()
		l.Logged(z(n + 1))
		l.Step(commit(n + 1))
		require.Equal(t, []zab.Entry{entry(z(n + 1))}, r.Log)
		require.Equal(t, []packet.Packet{ack(z(n))}, r.Send)
		require.Equal(t, []Delivery{{Entry: entry(z(n))}}, r.Deliver)
		require.Equal(t, []packet.Packet{ack(z(n + 1))}, l.Ready().Send)
	}
}

// A silent leader is left after initLimit ticks, after syncLimit once NEWLEADER has come.
func TestSilentLeader(t *testing.T) {
	for _, c := range []struct {
		packets []packet.Packet
		ticks   int
	}{{[]packet.Packet{diff}, 20}, {[]packet.Packet{diff, newLeader}, 10}} {
		l, _ := at(t, Options{}, c.packets...)
		for range c.ticks - 1 {
			l.Tick()
		}
		require.NoError(t, l.Ready().Done)
		l.Tick()
		require.ErrorIs(t, l.Ready().Done, ErrSilent)
	}
}

// Whatever a leader sends, a learner writes no epoch without the flush or snapshot above it, and does not panic.
func FuzzStep(f *testing.F) {
	f.Add([]byte{13, 2, 4, 10, 12, 5, 2, 4})
	f.Add([]byte{15, 100, 2, 4, 10, 12})
	f.Add([]byte{14, 101, 10, 12, 8, 19})
	f.Fuzz(func(t *testing.T, script []byte) {
		l := New(Options{Observer: len(script)%2 == 1, InitLimit: 10, SyncLimit: 5})
		l.Step(packet.LeaderInfoPacket(9))
		l.Ready()
		proposed, committed := uint32(0), uint32(0)
		for _, b := range script {
			switch k := packet.Kind(b % 32); {
			case b == 100:
				l.SnapshotRead(nil)
			case b == 101:
				l.Truncated(z(0), nil)
			case k == packet.Proposal || k == packet.Inform:
				proposed += 1 + uint32(b/128)
				p := proposal9(proposed)
				p.Kind = k
				l.Step(p)
			case k == packet.Commit:
				committed++
				l.Step(commit(committed))
			case k == packet.UpToDate:
				l.Step(upToDate)
			default:
				l.Step(plain(k, z(0)))
			}
			r := l.Ready()
			if r.CurrentEpoch != 0 {
				require.True(t, r.Flush || r.SaveSnapshot)
			}
			if len(r.Deliver) > 0 {
				require.True(t, l.Serving() || r.Done != nil)
			}
		}
	})
}
