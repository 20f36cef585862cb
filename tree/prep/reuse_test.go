package prep_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/tree"
	"troupe/tree/acl"
	"troupe/tree/prep"
)

// Requests whose bodies and rooms are used again as soon as their transactions are applied make the same transactions as requests
// that nobody touches any more.
func TestRequestsAreUsedAgainWhenApplied(t *testing.T) {
	reg, err := acl.New(acl.Options{})
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		sessions := &fakeSessions{code: map[int64]proto.Code{alice: proto.Ok, bob: proto.Ok}}
		var trees [2]*tree.Tree
		var preps [2]*prep.Preparer
		for i := range trees {
			trees[i] = tree.New(tree.Options{Digest: true})
			preps[i] = prep.New(trees[i], reg, sessions, defaults)
		}
		var ring [6]*prep.Request // those of the second Preparer
		var kept, reused []tree.Txn
		applied := int64(0)
		for zxid := int64(1); zxid <= 60; zxid++ {
			if under := zxid - 1 - applied; under == int64(len(ring)) || under > 0 && rapid.Bool().Draw(t, "apply") {
				for n := rapid.Int64Range(1, under).Draw(t, "many"); n > 0; n-- {
					trees[0].Apply(&kept[applied], nil)
					trees[1].Apply(&reused[applied], nil)
					r := ring[applied%int64(len(ring))]
					for i := range r.Body {
						r.Body[i] = 0xee
					}
					r.Room = r.Room.Reset()
					applied++
				}
			}
			session, op, body := anyRequest(t)
			own := &prep.Request{Session: session, Op: op, Body: append([]byte(nil), body...), Time: zxid}
			slot := &ring[(zxid-1)%int64(len(ring))]
			if *slot == nil {
				*slot = &prep.Request{}
			}
			again := *slot
			again.Session, again.Op, again.Body, again.Time = session, op, append(again.Body[:0], body...), zxid
			preps[0].Applied(applied)
			preps[1].Applied(applied)
			a, err := preps[0].Prepare(own, zxid)
			require.NoError(t, err)
			b, err := preps[1].Prepare(again, zxid)
			require.NoError(t, err)
			require.Equal(t, a.Append(nil), b.Append(nil))
			kept, reused = append(kept, a), append(reused, b)
		}
		require.Equal(t, trees[0].Digest(), trees[1].Digest())
	})
}

// anyRequest is a write of few znodes.
func anyRequest(t *rapid.T) (session int64, op proto.Op, body []byte) {
	path := rapid.SampledFrom([]string{"/a", "/a/b", "/c", "/c/d-"}).Draw(t, "path")
	mode := rapid.SampledFrom([]proto.CreateMode{proto.ModePersistent, proto.ModeEphemeral, proto.ModeEphemeralSequential, proto.ModePersistentSequential}).Draw(t, "mode")
	list := rapid.SampledFrom([][]data.ACL{anyone, nobody}).Draw(t, "acl")
	set := &proto.SetDataRequest{Path: path, Data: rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "data"), Version: -1}
	session = rapid.SampledFrom([]int64{alice, bob}).Draw(t, "session")
	switch op = rapid.SampledFrom([]proto.Op{proto.OpCreate, proto.OpDelete, proto.OpSetData, proto.OpSetACL, proto.OpMulti, proto.OpCloseSession}).Draw(t, "op"); op {
	case proto.OpCreate:
		body = create(path, list, int32(mode)).Append(nil)
	case proto.OpDelete:
		body = (&proto.DeleteRequest{Path: path, Version: -1}).Append(nil)
	case proto.OpSetData:
		body = set.Append(nil)
	case proto.OpSetACL:
		body = (&proto.SetACLRequest{Path: path, ACL: list, Version: -1}).Append(nil)
	case proto.OpMulti:
		body = multi(part{proto.OpSetData, set}, part{proto.OpCreate, create(path, list, int32(mode))}, part{proto.OpCreate, create(path, list, int32(mode))})
	}
	return session, op, body
}
