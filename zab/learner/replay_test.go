package learner

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/proto"
	"troupe/zab"
	"troupe/zab/packet"
)

type conversation struct {
	Name    string
	Packets []struct{ Dir, Type, Hex string }
}

func conversations(t *testing.T) []conversation {
	raw, err := os.ReadFile("../testdata/quorum-conversations.json")
	require.NoError(t, err)
	var file struct{ Vectors []conversation }
	require.NoError(t, json.Unmarshal(raw, &file))
	require.Len(t, file.Vectors, 15)
	return file.Vectors
}

// Whole conversations of Apache's members: to each packet of the leader this learner answers what theirs did, byte for
// byte, but for the acks of proposals that came with DIFF, which it has no need to send.
func TestCapturedConversations(t *testing.T) {
	for _, c := range conversations(t) {
		t.Run(c.Name, func(t *testing.T) {
			var packets []packet.Packet
			for _, p := range c.Packets {
				var q packet.Packet
				if p.Type != "(snapshot stream)" {
					b, err := hex.DecodeString(p.Hex)
					require.NoError(t, err)
					q, err = packet.Decode(b)
					require.NoError(t, err)
				}
				packets = append(packets, q)
			}
			info, err := packets[0].LearnerInfo()
			require.NoError(t, err)
			current, err := packets[2].CurrentEpoch()
			require.NoError(t, err)
			var touches []packet.Touch
			l := New(Options{SID: info.SID, Observer: packets[0].Kind == packet.ObserverInfo, ConfigVersion: info.ConfigVersion,
				AcceptedEpoch: info.AcceptedEpoch, CurrentEpoch: max(current, 0), LastZxid: packets[2].Zxid, InitLimit: 10, SyncLimit: 5,
				Touches: func() []packet.Touch { return touches }})
			r := replay{t: t, l: l, synced: map[int64]bool{}, logged: map[int64]bool{}}
			for i, p := range packets {
				fromLearner := c.Packets[i].Dir == "learner->leader"
				switch {
				case fromLearner:
					r.expect(p)
				case c.Packets[i].Type == "(snapshot stream)":
					l.SnapshotRead(nil)
				default:
					if p.Kind == packet.Ping {
						touches = nextTouches(t, packets[i+1:])
					}
					l.Step(p)
				}
				r.drain()
			}
			require.True(t, l.Serving())
			for _, p := range r.out {
				require.Equal(t, packet.Ping, p.Kind, "everything that was said had been captured")
			}
			require.Equal(t, r.asked, r.answered, "syncs")
		})
	}
}

func nextTouches(t *testing.T, packets []packet.Packet) []packet.Touch {
	for _, p := range packets {
		if p.Kind == packet.Ping {
			touches, err := p.Touches()
			require.NoError(t, err)
			return touches
		}
	}
	return nil
}

type replay struct {
	t               *testing.T
	l               *Learner
	out             []packet.Packet
	synced, logged  map[int64]bool
	asked, answered int
	delivered       int64
}

func (r *replay) expect(p packet.Packet) {
	switch {
	case p.Kind == packet.Request:
		q, err := p.ClientRequest()
		require.NoError(r.t, err)
		if q.Op == proto.OpSync {
			r.asked++
			require.NoError(r.t, r.l.Sync(q, r.asked))
		} else {
			require.NoError(r.t, r.l.Forward(q))
		}
	case p.Kind == packet.Revalidate:
		q, err := p.RevalidateQuery()
		require.NoError(r.t, err)
		require.NoError(r.t, r.l.Revalidate(q, "token"))
	case p.Kind == packet.Ack && r.synced[p.Zxid]:
		return
	case p.Kind == packet.Ack && zab.Counter(p.Zxid) != 0:
		require.True(r.t, r.logged[p.Zxid], "%s went to the log stage", zab.Hex(p.Zxid))
		r.l.Logged(p.Zxid)
	}
	r.drain()
	for len(r.out) > 0 && r.out[0].Kind == packet.Ping && p.Kind != packet.Ping {
		r.out = r.out[1:] // most PINGs are not in the captured file
	}
	require.NotEmpty(r.t, r.out, "%s was to be sent", p)
	require.Equal(r.t, hex.EncodeToString(p.Append(nil)), hex.EncodeToString(r.out[0].Append(nil)))
	r.out = r.out[1:]
}

func (r *replay) drain() {
	x := r.l.Ready()
	require.NoError(r.t, x.Done)
	r.out = append(r.out, x.Send...)
	if x.Truncate {
		r.l.Truncated(x.TruncateTo, nil)
	}
	for _, e := range x.Append {
		r.synced[e.Zxid] = true
	}
	for _, e := range x.Log {
		r.logged[e.Zxid] = true
	}
	for _, d := range x.Deliver {
		if d.Sync != nil {
			r.answered++
			require.Equal(r.t, r.answered, d.Sync)
			continue
		}
		require.True(r.t, zab.Follows(max(r.delivered, d.Entry.Zxid-1), d.Entry.Zxid))
		r.delivered = d.Entry.Zxid
	}
}
