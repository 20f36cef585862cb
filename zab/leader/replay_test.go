package leader

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/proto"
	"troupe/zab"
	"troupe/zab/history"
	"troupe/zab/packet"
)

const (
	theLearner ID = 1
	theHelper  ID = 2
	helperSID     = 99
)

// voters is a majority of these.
type voters []int64

func (v voters) Quorum(has func(int64) bool) bool {
	n := 0
	for _, sid := range v {
		if has(sid) {
			n++
		}
	}
	return n > len(v)/2
}

// entry is a transaction of no meaning.
func entry(zxid int64) zab.Entry {
	b := make([]byte, 36)
	binary.BigEndian.PutUint64(b[12:], uint64(zxid))
	return zab.Entry{Zxid: zxid, Data: b}
}

type captured struct {
	packet.Packet
	fromLearner, stream bool
}

type replay struct {
	t       *testing.T
	l       *Leader
	packets []captured
	out     []packet.Packet
	asked   []Revalidation
	commits map[int64]captured // what decides each zxid
}

// Whole conversations of Apache's leaders: to each packet of a learner this leader answers what theirs did, byte for
// byte. A second voter helps where theirs had one.
func TestCapturedConversations(t *testing.T) {
	raw, err := os.ReadFile("../testdata/quorum-conversations.json")
	require.NoError(t, err)
	var file struct {
		Vectors []struct {
			Name    string
			Packets []struct{ Dir, Type, Hex string }
		}
	}
	require.NoError(t, json.Unmarshal(raw, &file))
	for _, v := range file.Vectors {
		if v.Name == "reconfig_3_observer_master" {
			continue // a follower's answers, not a leader's
		}
		t.Run(v.Name, func(t *testing.T) {
			r := replay{t: t, commits: map[int64]captured{}}
			for _, p := range v.Packets {
				c := captured{fromLearner: p.Dir == "learner->leader", stream: p.Type == "(snapshot stream)"}
				if !c.stream {
					b, err := hex.DecodeString(p.Hex)
					require.NoError(t, err)
					c.Packet, err = packet.Decode(b)
					require.NoError(t, err)
				}
				r.packets = append(r.packets, c)
				switch c.Kind {
				case packet.Commit, packet.CommitAndActivate, packet.Inform, packet.InformAndActivate:
					r.commits[c.Zxid] = c
				}
			}
			r.begin()
			for i, c := range r.packets {
				switch {
				case c.stream:
				case c.fromLearner:
					r.l.Step(theLearner, c.Packet)
					r.drain()
				default:
					r.expect(i, c.Packet)
				}
			}
			for _, p := range r.out {
				require.Equal(t, packet.Ping, p.Kind, "everything that was said had been captured")
			}
		})
	}
}

// begin brings the leader to where Apache's was when the learner came.
func (r *replay) begin() {
	epoch := zab.Epoch(r.packets[1].Zxid)
	first := r.packets[3]
	o := Options{SID: 77, AcceptedEpoch: epoch - 1, CurrentEpoch: epoch - 1, InitLimit: 1000, SyncLimit: 1000, ConfigVersion: 1 << 40}
	var data []byte
	for _, c := range r.packets {
		if c.Kind == packet.NewLeader {
			data = c.Data
		}
		if c.Kind == packet.CommitAndActivate || c.Kind == packet.InformAndActivate {
			sid, _, err := c.Activation()
			require.NoError(r.t, err)
			if o.SID == 77 {
				o.SID = sid
			}
		}
	}
	o.Config = func(int64) []byte { return data }
	info, err := r.packets[0].LearnerInfo()
	require.NoError(r.t, err)
	o.Quorums = []zab.QuorumSet{voters{o.SID, info.SID, helperSID}}
	inEpoch := zab.Epoch(first.Zxid) == epoch
	o.History = history.NewCommitted(0, 0)
	if !inEpoch && first.Zxid > 0 {
		o.LastZxid = first.Zxid
		o.History.Reset(first.Zxid - 1)
		require.NoError(r.t, o.History.Add(entry(first.Zxid)))
	}
	r.l = New(o)
	if inEpoch || first.Kind != packet.Diff {
		r.help()
		for z := zab.Zxid(epoch, 1); z <= first.Zxid; z++ {
			e := entry(z)
			for _, c := range r.packets[3:] {
				if c.Kind == packet.Proposal && c.Zxid == z {
					e.Data = c.Data
				}
			}
			require.NoError(r.t, r.l.Propose(e, nil))
			r.decide(z)
		}
		r.out = nil
	}
	r.l.Connect(theLearner)
	r.drain()
}

// help makes the second voter join.
func (r *replay) help() {
	r.l.Connect(theHelper)
	info := packet.LearnerInfo{SID: helperSID, Version: packet.ProtocolVersion}
	r.l.Step(theHelper, info.Packet(packet.FollowerInfo))
	r.drain()
	r.l.Step(theHelper, packet.AckEpochPacket(0, 0))
	r.drain()
	r.l.Step(theHelper, packet.Packet{Kind: packet.Ack, Zxid: zab.Zxid(r.l.Epoch(), 0)})
	r.drain()
	require.True(r.t, r.l.Established())
}

func (r *replay) decide(zxid int64) {
	r.l.Logged(zxid)
	r.l.Step(theHelper, packet.Packet{Kind: packet.Ack, Zxid: zxid})
	r.drain()
}

func (r *replay) drain() {
	for {
		x := r.l.Ready()
		for _, o := range x.Send {
			if o.To == theLearner {
				r.out = append(r.out, o.Packet)
			} else if o.Packet.Kind == packet.Ping {
				r.l.Step(theHelper, packet.PongPacket(o.Packet.Zxid, nil))
			}
		}
		require.Empty(r.t, x.Close)
		for _, s := range x.Synchronise {
			r.l.Synchronise(s, nil)
		}
		if x.Activate {
			r.l.Serving()
		}
		for _, e := range x.Commit {
			require.NoError(r.t, r.l.Applied(e.Zxid))
		}
		for _, q := range x.Requests {
			if q.Op == proto.OpSync {
				require.NoError(r.t, r.l.Sync(q.From))
			}
		}
		r.asked = append(r.asked, x.Revalidations...)
		if len(x.Send) == 0 && len(x.Synchronise) == 0 && !x.Activate && len(x.Requests) == 0 && len(x.Commit) == 0 {
			return
		}
	}
}

// expect makes happen around the leader what must be behind a packet, and looks whether it comes.
func (r *replay) expect(i int, p packet.Packet) {
	switch p.Kind {
	case packet.Proposal, packet.Inform, packet.InformAndActivate:
		if p.Zxid > r.l.LastProposed() {
			e := zab.Entry{Zxid: p.Zxid, Data: p.Data}
			var change *Change
			if d := r.commits[p.Zxid]; d.Kind == packet.CommitAndActivate || d.Kind == packet.InformAndActivate {
				sid, txn, err := d.Activation()
				require.NoError(r.t, err)
				change = &Change{Config: r.l.quorums[0], Designated: sid}
				if d.Kind == packet.InformAndActivate {
					e.Data = txn
				}
			}
			require.NoError(r.t, r.l.Propose(e, change))
			if p.Kind != packet.Proposal {
				r.decide(p.Zxid)
			}
		}
	case packet.Commit, packet.CommitAndActivate:
		if p.Zxid > r.l.lastDecided {
			r.l.Logged(p.Zxid)
			if r.l.outstanding.Len() > 0 { // the other voter was quicker than this one
				r.l.outstanding.At(0).acks.add(helperSID)
				r.l.decide()
			}
		}
	case packet.Revalidate:
		_, valid, err := p.Revalidated()
		require.NoError(r.t, err)
		require.NotEmpty(r.t, r.asked)
		r.l.Revalidated(r.asked[0], valid)
		r.asked = r.asked[1:]
	case packet.Sync:
		// The learner's answer to the PING that proves the quorum is not in the captured file.
		for range r.l.learners[theLearner].pings.Len() {
			r.l.Step(theLearner, packet.PongPacket(0, nil))
		}
	case packet.Ping:
		r.l.Tick()
	}
	r.drain()
	for len(r.out) > 0 && r.out[0].Kind == packet.Ping && p.Kind != packet.Ping {
		r.out = r.out[1:]
	}
	require.NotEmpty(r.t, r.out, "packet %d, %s, was to be sent", i, p)
	require.Equal(r.t, hex.EncodeToString(p.Append(nil)), hex.EncodeToString(r.out[0].Append(nil)), "packet %d, %s", i, p)
	r.out = r.out[1:]
}
